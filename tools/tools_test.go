package tools

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/stripespec"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

const (
	listTool      = "stripe-get-checkout-sessions"
	createTool    = "stripe-post-checkout-sessions"
	retrieveTool  = "stripe-get-checkout-sessions-session"
	expireTool    = "stripe-post-checkout-sessions-session"
	lineItemsTool = "stripe-get-checkout-sessions-session-2"
)

// testKey looks like a customer's key, and must not appear anywhere.
const testKey = "rk_test_51DoNotLeakThisKey"

// connect opens a real MCP client's session with a server that calls upstream.
func connect(t *testing.T, upstream http.RoundTripper, change ...func(*setup)) *mcp.ClientSession {
	t.Helper()
	return connectClient(t, serve(t, upstream, change...), nil)
}

// serve returns a server that calls upstream.
func serve(t *testing.T, upstream http.RoundTripper, change ...func(*setup)) *mcp.Server {
	t.Helper()
	o := setup{all: all, logger: slog.New(slog.DiscardHandler)}
	for _, f := range change {
		f(&o)
	}
	key, err := stripeclient.ParseKey(testKey)
	if err != nil {
		t.Fatal(err)
	}
	client, err := stripeclient.New(stripeclient.Config{Key: key, Transport: upstream, Logger: o.logger})
	if err != nil {
		t.Fatal(err)
	}
	o.operations.Logger = o.logger
	service, err := operations.New(client, o.operations)
	if err != nil {
		t.Fatal(err)
	}
	server, err := newServer(service, Options{Logger: o.logger}, o.all)
	if err != nil {
		t.Fatal(err)
	}
	return server
}

func connectClient(t *testing.T, server *mcp.Server, options *mcp.ClientOptions) *mcp.ClientSession {
	t.Helper()
	serverSide, clientSide := mcp.NewInMemoryTransports()
	if _, err := server.Connect(t.Context(), serverSide, nil); err != nil {
		t.Fatal(err)
	}
	session, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, options).Connect(t.Context(), clientSide, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	return session
}

// A setup says how a test's server differs from the usual one.
type setup struct {
	operations operations.Options
	logger     *slog.Logger
	all        []tool
}

// connectSandbox connects to a fresh sandbox and checks its every answer
// against Stripe's OpenAPI document.
func connectSandbox(t *testing.T) *mcp.ClientSession {
	t.Helper()
	return connect(t, stripespec.Transport(t, sandbox.New(sandbox.Options{})))
}

// answering returns an upstream that answers every request in the same way.
func answering(status int, body string) http.RoundTripper {
	return roundTripper(func(*http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		w.Header().Set("Request-Id", "req_test")
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
		return w.Result(), nil
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// call calls a tool with JSON arguments.
func call(t *testing.T, s *mcp.ClientSession, tool, arguments string) *mcp.CallToolResult {
	t.Helper()
	result, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: json.RawMessage(arguments)})
	if err != nil {
		t.Fatalf("%s: %v", tool, err)
	}
	if result.IsError {
		saysNoMoreThanItsStructure(t, result)
	}
	return result
}

// saysNoMoreThanItsStructure checks that a failed call's structured content has
// everything a model needs, because some clients show it nothing else.
func saysNoMoreThanItsStructure(t *testing.T, result *mcp.CallToolResult) {
	t.Helper()
	facts, _ := object(t, result)["error"].(map[string]any)
	message, _ := facts["message"].(string)
	advice, _ := facts["advice"].(string)
	if message == "" || advice == "" {
		t.Errorf("an error without a message or advice: %v", facts)
	}
	rest := strings.TrimPrefix(text(t, result), message)
	if rest = strings.TrimPrefix(rest, "."); rest != " "+advice {
		t.Errorf("the text of an error says more than its structure, %v:\n%s", facts, text(t, result))
	}
}

// succeed makes a call that must succeed and returns its object.
func succeed(t *testing.T, s *mcp.ClientSession, tool, arguments string) map[string]any {
	t.Helper()
	result := call(t, s, tool, arguments)
	if result.IsError {
		t.Fatalf("%s %s failed: %s", tool, arguments, text(t, result))
	}
	return object(t, result)
}

func text(t *testing.T, result *mcp.CallToolResult) string {
	t.Helper()
	if len(result.Content) != 1 {
		t.Fatalf("got %d content blocks, want 1", len(result.Content))
	}
	return result.Content[0].(*mcp.TextContent).Text
}

func object(t *testing.T, result *mcp.CallToolResult) map[string]any {
	t.Helper()
	o, ok := result.StructuredContent.(map[string]any)
	if !ok {
		t.Fatalf("structured content is %T, want an object", result.StructuredContent)
	}
	return o
}

// log collects a server's log lines, safely across goroutines.
func newLog() (*slog.Logger, *bytes.Buffer) {
	var b bytes.Buffer
	return slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug})), &b
}

func containsAll(text string, parts ...string) bool {
	for _, p := range parts {
		if !strings.Contains(text, p) {
			return false
		}
	}
	return true
}
