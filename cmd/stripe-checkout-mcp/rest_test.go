package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
)

// serveHTTP runs the http command and returns the addresses of its listeners,
// from its log.
func serveHTTP(t testing.TB, arguments ...string) map[string]string {
	t.Helper()
	out, in := io.Pipe()
	cmd := rootCommand()
	cmd.SetArgs(append([]string{"http", "--log-format", "json", "--addr", "127.0.0.1:0"}, arguments...))
	cmd.SetErr(in)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		err := cmd.ExecuteContext(ctx)
		_ = in.CloseWithError(io.EOF)
		done <- err
	}()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	addresses := map[string]string{}
	lines := bufio.NewScanner(out)
	for len(addresses) < 2 && lines.Scan() {
		var line struct{ Msg, Listener, Addr string }
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		if line.Msg == "listening" {
			addresses[line.Listener] = "http://" + line.Addr
		}
	}
	go func() { _, _ = io.Copy(io.Discard, out) }() // keep reading the log
	return addresses
}

// REST and MCP lead to the same Stripe: each finds what the other creates.
func TestRESTAndMCPShareStripe(t *testing.T) {
	at := serveHTTP(t, "--sandbox", "--rest-addr", "127.0.0.1:0")
	post, err := http.Post(at["rest"]+"/v1/v1/checkout/sessions", "application/json",
		strings.NewReader(`{"mode":"setup","currency":"usd","client_reference_id":"order-1","success_url":"https://example.com"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = post.Body.Close() }()
	var created struct{ ID string }
	if err := json.NewDecoder(post.Body).Decode(&created); err != nil || post.StatusCode != http.StatusOK || created.ID == "" {
		t.Fatalf("HTTP %d, %v", post.StatusCode, err)
	}

	session, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).Connect(t.Context(),
		&mcp.StreamableClientTransport{Endpoint: at["mcp"] + "/mcp", DisableStandaloneSSE: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = session.Close() }()
	result, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "stripe-get-checkout-sessions-session", Arguments: map[string]any{"session": created.ID}})
	if err != nil {
		t.Fatal(err)
	}
	if got := result.StructuredContent.(map[string]any)["client_reference_id"]; got != "order-1" {
		t.Errorf("MCP found %v", result.StructuredContent)
	}
}

func TestReadOnlyAppliesToREST(t *testing.T) {
	at := serveHTTP(t, "--sandbox", "--read-only", "--rest-addr", "127.0.0.1:0")
	post, err := http.Post(at["rest"]+"/v1/checkout/sessions", "application/json", strings.NewReader(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = post.Body.Close() }()
	if post.StatusCode != http.StatusForbidden {
		t.Errorf("HTTP %d", post.StatusCode)
	}
}

func TestRESTIsOffByDefault(t *testing.T) {
	if listeners := (&restFlags{}).listeners(nil, serverFlags{}, auth.None, nil); len(listeners) != 0 {
		t.Errorf("%v", listeners)
	}
}

func TestRESTScopes(t *testing.T) {
	for method, want := range map[string]string{
		http.MethodGet:  auth.ScopeRead,
		http.MethodHead: auth.ScopeRead,
		http.MethodPost: auth.ScopeWrite,
	} {
		if got := restScopes(&http.Request{Method: method}); len(got) != 1 || got[0] != want {
			t.Errorf("%s needs %v, want %s", method, got, want)
		}
	}
}
