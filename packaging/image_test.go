//go:build packaging

package packaging

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

const image = "localhost/stripe-checkout-mcp:dev"

// TestImage inspects the image that `make image` built and runs it the way a
// platform that trusts nobody would: without privileges, on a read-only file
// system.
func TestImage(t *testing.T) {
	var described []struct {
		Config struct {
			User, WorkingDir string
			Env              []string
			Entrypoint, Cmd  []string
			Labels           map[string]string
			ExposedPorts     map[string]any
		}
		Healthcheck struct{ Test []string }
	}
	if err := json.Unmarshal([]byte(output(t, "podman", "--storage-driver", "vfs", "image", "inspect", image)), &described); err != nil || len(described) != 1 {
		t.Fatal("there is no image (make -f packaging/Makefile image): ", err)
	}
	config := described[0].Config

	t.Run("description", func(t *testing.T) {
		if config.User != "65532:65532" {
			t.Errorf("it runs as %q", config.User)
		}
		if !reflect.DeepEqual(config.Entrypoint, []string{"/stripe-checkout-mcp"}) || !reflect.DeepEqual(config.Cmd, []string{"http"}) {
			t.Errorf("it starts %q %q", config.Entrypoint, config.Cmd)
		}
		if _, ok := config.ExposedPorts["9090/tcp"]; !ok {
			t.Errorf("ports %v", config.ExposedPorts)
		}
		var entry serverEntry
		decode(t, "server.json", &entry)
		if config.Labels["io.modelcontextprotocol.server.name"] != entry.Name {
			t.Errorf("labels %v", config.Labels)
		}
		if want := []string{"CMD", "/stripe-checkout-mcp", "doctor", "--url", "http://127.0.0.1:9090/readyz"}; !reflect.DeepEqual(described[0].Healthcheck.Test, want) {
			t.Errorf("health check %q", described[0].Healthcheck.Test)
		}
		for _, variable := range config.Env {
			if strings.Contains(variable, "KEY") {
				t.Errorf("variable %s", variable)
			}
		}
	})

	t.Run("content", func(t *testing.T) {
		id := output(t, "buildah", "--storage-driver", "vfs", "from", image)
		t.Cleanup(func() { exec.Command("buildah", "--storage-driver", "vfs", "rm", id).Run() })
		root := output(t, "buildah", "--storage-driver", "vfs", "mount", id)
		var files []string
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() {
				files = append(files, strings.TrimPrefix(path, root))
			}
			return err
		})
		if err != nil || !slices.Equal(files, []string{"/stripe-checkout-mcp"}) {
			t.Errorf("it contains %v, %v", files, err)
		}
		if modules := output(t, "go", "version", "-m", filepath.Join(root, "stripe-checkout-mcp")); !strings.Contains(modules, "golang.org/x/crypto/x509roots/fallback") {
			t.Error("it has no certificate authorities")
		}
	})

	// These are the flags that confine the program, and those that podman needs
	// where it may not raise limits or set up a network.
	podman := []string{"--storage-driver", "vfs", "--runtime", "runc", "--cgroup-manager", "cgroupfs", "run", "--rm",
		"--read-only", "--cap-drop", "all", "--security-opt", "no-new-privileges",
		"--network", "host", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=4096:4096"}

	t.Run("stdio", func(t *testing.T) {
		cmd := exec.CommandContext(t.Context(), "podman", append(podman, "--interactive", "--no-healthcheck", image, "stdio", "--sandbox")...)
		cmd.Stderr = os.Stderr
		if names := toolsOf(t, &mcp.CommandTransport{Command: cmd}); len(names) != 5 {
			t.Errorf("tools %v", names)
		}
	})

	t.Run("http", func(t *testing.T) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addr := listener.Addr().String()
		listener.Close()
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		const name = "stripe-checkout-mcp-test"
		var logs bytes.Buffer
		server := exec.CommandContext(ctx, "podman", append(podman, "--name", name, "--replace", image, "http", "--sandbox", "--addr", addr)...)
		server.Stdout, server.Stderr = &logs, &logs
		if err := server.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- server.Wait() }()
		deadline := time.Now().Add(time.Minute)
		for {
			resp, err := http.Get("http://" + addr + "/readyz")
			if err == nil {
				resp.Body.Close()
				if resp.StatusCode == http.StatusOK {
					break
				}
			}
			select {
			case err := <-ended:
				t.Fatalf("it ended: %v\n%s", err, &logs)
			case <-time.After(100 * time.Millisecond):
			}
			if time.Now().After(deadline) {
				t.Fatalf("it never became ready\n%s", &logs)
			}
		}
		if names := toolsOf(t, &mcp.StreamableClientTransport{Endpoint: "http://" + addr + "/mcp"}); len(names) != 5 {
			t.Errorf("tools %v", names)
		}
		check := []string{"--storage-driver", "vfs", "--runtime", "runc", "--cgroup-manager", "cgroupfs", "exec", name, "/stripe-checkout-mcp", "doctor", "--url", "http://" + addr + "/readyz"}
		if got := output(t, "podman", check...); got != "ready" {
			t.Errorf("the health check says %q", got)
		}
		output(t, "podman", "--storage-driver", "vfs", "--runtime", "runc", "--cgroup-manager", "cgroupfs", "stop", "--time", "30", name)
		if err := <-ended; err != nil {
			t.Errorf("after SIGTERM it ended with %v\n%s", err, &logs)
		}
	})
}
