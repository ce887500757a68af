package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// Real clients run the real command over both transports, in every protocol
// revision that go-sdk supports.
func TestEveryProtocolRevision(t *testing.T) {
	base := startHTTP(t)
	for _, revision := range mcp.SupportedProtocolVersions() {
		for name, transport := range map[string]func() mcp.Transport{
			"stdio": func() mcp.Transport { return &mcp.CommandTransport{Command: self(t, "stdio", "--sandbox")} },
			"/mcp":  func() mcp.Transport { return &mcp.StreamableClientTransport{Endpoint: base + "/mcp"} },
			"/":     func() mcp.Transport { return &mcp.StreamableClientTransport{Endpoint: base} },
		} {
			t.Run(revision+" "+name, func(t *testing.T) {
				client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
				session, err := client.Connect(t.Context(), transport(), &mcp.ClientSessionOptions{ProtocolVersion: revision})
				if err != nil {
					t.Fatal(err)
				}
				defer session.Close()
				if got := session.InitializeResult().ProtocolVersion; got != revision {
					t.Errorf("speaks %s, want %s", got, revision)
				}
				// Since 2026-07-28, this is in the _meta of the discover result.
				if server := session.InitializeResult().ServerInfo; server == nil || server.Name != "stripe-checkout-mcp" || server.Version == "" {
					t.Errorf("the server is %+v", server)
				}
				if session.InitializeResult().Instructions == "" {
					t.Error("no instructions")
				}
				result, err := session.CallTool(t.Context(), &mcp.CallToolParams{
					Name:      "stripe-get-checkout-sessions",
					Arguments: json.RawMessage(`{"limit":1}`),
				})
				if err != nil {
					t.Fatal(err)
				}
				if data, _ := result.StructuredContent.(map[string]any)["data"].([]any); result.IsError || len(data) != 1 {
					t.Errorf("list with limit 1 gave %d sessions, isError %v", len(data), result.IsError)
				}
			})
		}
	}
}

// Any replica can answer, because no call depends on an earlier one.
func TestHTTPNeedsNoSession(t *testing.T) {
	base := startHTTP(t)
	for _, test := range []struct {
		name, method, body string
		wantStatus         int
		want               string
	}{
		{"call without initialize", "POST", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"stripe-get-checkout-sessions","arguments":{"limit":1}}}`, 200, `"has_more":true`},
		{"bad JSON", "POST", `{"jsonrpc":`, 400, ""},
		{"wrong method", "POST", `{"jsonrpc":"2.0","id":1,"method":"tools/delete"}`, 400, `"tools/delete" unsupported`},
		{"GET", "GET", "", 405, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), test.method, base+"/mcp", strings.NewReader(test.body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Accept", "application/json, text/event-stream")
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != test.wantStatus || !bytes.Contains(body, []byte(test.want)) {
				t.Errorf("got %d %s, want %d with %s", resp.StatusCode, body, test.wantStatus, test.want)
			}
			if id := resp.Header.Get("Mcp-Session-Id"); id != "" {
				t.Errorf("the answer has the session ID %s", id)
			}
		})
	}
}

// self runs this test binary as the program. See TestMain.
func self(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), "RUN_STRIPE_CHECKOUT_MCP=1")
	return cmd
}

var serving = regexp.MustCompile(`addr=(127\.0\.0\.1:\d+)`)

// startHTTP starts the http command on a free port and returns its base URL.
func startHTTP(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	stderr, logged := io.Pipe()
	cmd := rootCommand()
	cmd.SetArgs(append([]string{"http", "--sandbox", "--addr", "127.0.0.1:0"}, args...))
	cmd.SetErr(logged)
	done := make(chan error, 1)
	go func() {
		done <- cmd.ExecuteContext(ctx)
		logged.Close()
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("http ended with %v", err)
		}
	})
	found := make(chan string, 1)
	go func() {
		var seen strings.Builder
		buf := make([]byte, 4096)
		for {
			n, err := stderr.Read(buf)
			seen.Write(buf[:n])
			if m := serving.FindStringSubmatch(seen.String()); m != nil {
				select {
				case found <- "http://" + m[1]:
				default:
				}
			}
			if err != nil {
				close(found)
				return
			}
		}
	}()
	base, ok := <-found
	if !ok {
		t.Fatalf("http did not start: %v", <-done)
	}
	return base
}
