package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// startNginx puts nginx, from Debian's package, in front of the replicas, as
// docs/remote.md describes.
func startNginx(t *testing.T, replicas ...string) *process {
	t.Helper()
	nginx, err := exec.LookPath("nginx")
	if err != nil {
		nginx = "/usr/sbin/nginx" // Debian's, which isn't on a user's PATH
		if _, err := os.Stat(nginx); err != nil {
			t.Skip("SKIPPED, not tested: several replicas behind a load balancer, because nginx is not installed (apt-get install nginx)")
		}
	}
	dir, addr := t.TempDir(), freeAddr(t)
	config := filepath.Join(dir, "nginx.conf")
	var servers, user strings.Builder
	for _, r := range replicas {
		fmt.Fprintf(&servers, "server %s max_fails=0;\n", r)
	}
	if os.Getuid() == 0 {
		user.WriteString("user root;")
	}
	if err := os.WriteFile(config, []byte(fmt.Sprintf(`
%[1]s
worker_processes 1;
daemon off;
pid %[2]s/pid;
error_log stderr error;
events { worker_connections 512; }
http {
	access_log off;
	client_body_temp_path %[2]s/body;
	proxy_temp_path %[2]s/proxy;
	fastcgi_temp_path %[2]s/fastcgi;
	uwsgi_temp_path %[2]s/uwsgi;
	scgi_temp_path %[2]s/scgi;
	upstream replicas { %[3]s }
	server {
		listen %[4]s;
		location / {
			proxy_pass http://replicas;
			proxy_http_version 1.1;
			proxy_set_header Host $http_host;
			proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
		}
	}
}
`, user.String(), dir, servers.String(), addr)), 0o600); err != nil {
		t.Fatal(err)
	}
	return start(t, addr, "/healthz", nginx, "-e", "stderr", "-p", dir, "-c", config)
}
