package main

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
)

// The URL that an agent gets from the sandbox opens a page, over either
// transport, and the agent sees what is paid there.
func TestTheAgentsLinkOpensAPage(t *testing.T) {
	t.Setenv("STRIPE_API_KEY", "")
	t.Setenv("STRIPE_API_KEY_FILE", "")
	for name, transport := range map[string]func(*testing.T) mcp.Transport{
		"stdio": func(t *testing.T) mcp.Transport { return &mcp.CommandTransport{Command: self(t, "stdio", "--sandbox")} },
		"stdio --sandbox-addr": func(t *testing.T) mcp.Transport {
			return &mcp.CommandTransport{Command: self(t, "stdio", "--sandbox", "--sandbox-addr", "127.0.0.1:0")}
		},
		"http": func(t *testing.T) mcp.Transport { return &mcp.StreamableClientTransport{Endpoint: startHTTP(t)} },
		"http --sandbox-addr": func(t *testing.T) mcp.Transport {
			return &mcp.StreamableClientTransport{Endpoint: startHTTP(t, "--sandbox-addr", "127.0.0.1:0")}
		},
	} {
		t.Run(name, func(t *testing.T) {
			session, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).Connect(t.Context(), transport(t), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer session.Close()
			created := answerOf(t, session, createTool, createArguments("order"))
			link, _ := created["url"].(string)
			if !strings.HasPrefix(link, "http://127.0.0.1:") {
				t.Fatalf("url is %q", link)
			}
			page, err := http.Get(link)
			if err != nil {
				t.Fatal(err)
			}
			defer page.Body.Close()
			html, err := io.ReadAll(page.Body)
			if err != nil || page.StatusCode != http.StatusOK || !strings.Contains(string(html), "No real money.") {
				t.Errorf("HTTP %d: %s %v", page.StatusCode, html, err)
			}
			if _, stderr, code := execute(t, "", "sandbox", "pay", link); code != exitOK {
				t.Fatalf("exit %d, %s", code, stderr)
			}
			id, _ := created["id"].(string)
			if got := answerOf(t, session, operations.Retrieve.Tool, `{"session":"`+id+`","wait_seconds":50}`); got["payment_status"] != "paid" || got["url"] != nil {
				t.Errorf("the agent sees %v", got)
			}
		})
	}
}

func answerOf(t *testing.T, session *mcp.ClientSession, tool, arguments string) map[string]any {
	t.Helper()
	result, err := session.CallTool(context.Background(), &mcp.CallToolParams{Name: tool, Arguments: json.RawMessage(arguments)})
	if err != nil || result.IsError {
		t.Fatalf("%s: %v %+v", tool, err, result)
	}
	object, _ := result.StructuredContent.(map[string]any)
	return object
}

// A web page that points its own name at this machine gets nothing.
func TestPagesAnswerOnlyForThisMachine(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go servePages(t.Context(), listener, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), slog.New(slog.DiscardHandler))
	for host, want := range map[string]int{"": 200, "localhost:1": 200, "[::1]:1": 200, "evil.example": 403, "127.0.0.1.evil.example:1": 403} {
		req, err := http.NewRequest("GET", "http://"+listener.Addr().String(), nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%q: HTTP %d, want %d", host, resp.StatusCode, want)
		}
	}
}

func TestSandboxAddrNeedsTheSandbox(t *testing.T) {
	t.Setenv("STRIPE_API_KEY", "sk_test_1234567890123456")
	for _, args := range [][]string{
		{"stdio", "--sandbox-addr", "127.0.0.1:0"},
		{"stdio", "--sandbox", "--sandbox-addr", "here"},
	} {
		if _, stderr, code := execute(t, "", args...); code != exitUsage || !strings.Contains(stderr, "--sandbox-addr") {
			t.Errorf("%v: exit %d, %s", args, code, stderr)
		}
	}
}
