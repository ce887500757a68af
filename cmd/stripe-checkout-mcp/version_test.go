package main

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// A build of a plain clone reports its commit, and reports the same version
// everywhere.
func TestVersionOfASourceBuild(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED, not tested: -short")
	}
	t.Parallel()
	dir := t.TempDir()
	clone, program := filepath.Join(dir, "clone"), filepath.Join(dir, "stripe-checkout-mcp.exe")
	if out, err := exec.CommandContext(t.Context(), "git", "clone", "--quiet", "../..", clone).CombinedOutput(); err != nil {
		t.Skipf("SKIPPED, not tested: this is no clone: %v\n%s", err, out)
	}
	// Ignore GOFLAGS: a newcomer has none.
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=true", "-o", program, "./cmd/stripe-checkout-mcp")
	build.Dir, build.Env = clone, append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	head, err := exec.CommandContext(t.Context(), "git", "-C", clone, "rev-parse", "HEAD").Output()
	if err != nil {
		t.Fatal(err)
	}
	commit := strings.TrimSpace(string(head))

	out, err := exec.CommandContext(t.Context(), program, "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	details := strings.TrimPrefix(strings.TrimSpace(string(out)), "stripe-checkout-mcp version ")
	version, rest, _ := strings.Cut(details, " ")
	if !strings.Contains(version, commit[:12]) || !strings.HasPrefix(rest, "("+commit+", ") {
		t.Errorf("--version says %q, want commit %s", details, commit)
	}

	server := exec.CommandContext(t.Context(), program, "http", "--sandbox", "--addr", "127.0.0.1:0", "--rest-addr", "127.0.0.1:0")
	stderr, err := server.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Process.Kill(); _ = server.Wait() }()
	base := map[string]string{}
	for lines := bufio.NewScanner(stderr); len(base) < 2 && lines.Scan(); {
		for _, listener := range []string{"mcp", "rest"} {
			if m := serving.FindStringSubmatch(lines.Text()); m != nil && strings.Contains(lines.Text(), "listener="+listener) {
				base[listener] = "http://" + m[1]
			}
		}
	}
	session, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: base["mcp"] + "/mcp"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	if got := session.InitializeResult().ServerInfo.Version; got != version {
		t.Errorf("serverInfo says %q, --version %q", got, version)
	}
	resp, err := http.Get(base["rest"] + "/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var document struct{ Info struct{ Version string } }
	if err := json.NewDecoder(resp.Body).Decode(&document); err != nil || document.Info.Version != version {
		t.Errorf("%v: the OpenAPI document says %q, --version %q", err, document.Info.Version, version)
	}
}
