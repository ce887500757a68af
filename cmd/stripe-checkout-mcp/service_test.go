package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/spf13/cobra"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
)

const (
	createTool = "stripe-post-checkout-sessions"
	expireTool = "stripe-post-checkout-sessions-session"
	listTool   = "stripe-get-checkout-sessions"

	newProtocol = "2026-07-28"
	oldProtocol = "2025-11-25"
)

// createArguments sells a T-shirt to a customer whose address must never be in
// a log. The reference tells sessions apart.
func createArguments(reference string) string {
	return `{"body":{"mode":"payment","success_url":"https://example.com","customer_email":"jenny.rosen@example.com","client_reference_id":"` + reference +
		`","line_items":[{"quantity":1,"price_data":{"currency":"usd","unit_amount":1000,"product_data":{"name":"T-shirt"}}}]}}`
}

// A jsonLog is a server's log, with one JSON object per line.
type jsonLog struct {
	mu    sync.Mutex
	more  *sync.Cond
	text  bytes.Buffer
	lines []map[string]any
	rest  []byte
	ended bool
}

func newJSONLog() *jsonLog {
	l := new(jsonLog)
	l.more = sync.NewCond(&l.mu)
	return l
}

func (l *jsonLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Write(p)
	l.rest = append(l.rest, p...)
	for {
		line, rest, whole := bytes.Cut(l.rest, []byte("\n"))
		if !whole {
			l.more.Broadcast()
			return len(p), nil
		}
		l.rest = rest
		var object map[string]any
		if json.Unmarshal(line, &object) == nil {
			l.lines = append(l.lines, object)
		}
	}
}

// end says that nothing more will be logged.
func (l *jsonLog) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	l.more.Broadcast()
}

func (l *jsonLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// with returns the lines that have an attribute.
func (l *jsonLog) with(key, value string) (found []map[string]any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.find(key, value)
}

func (l *jsonLog) find(key, value string) (found []map[string]any) {
	for _, line := range l.lines {
		if line[key] == value {
			found = append(found, line)
		}
	}
	return found
}

// await waits until the listener with the given name is open and returns its
// address.
func (l *jsonLog) await(t *testing.T, listener string) string {
	t.Helper()
	return l.awaitLine(t, "listener", listener)["addr"].(string)
}

// awaitLine waits for a line with the given attribute.
func (l *jsonLog) awaitLine(t *testing.T, key, value string) map[string]any {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		if found := l.find(key, value); len(found) > 0 {
			return found[0]
		}
		if l.ended {
			t.Fatalf("the server ended before it logged %s %s: %s", key, value, l.text.String())
		}
		l.more.Wait()
	}
}

// A service is an http command running in this process.
type service struct {
	t    *testing.T
	base string // URL of MCP
	log  *jsonLog
	stop func() error // stops it as SIGTERM would
}

func startService(t *testing.T, args ...string) *service {
	t.Helper()
	return startServiceOf(t, rootCommand(), args...)
}

func startServiceOf(t *testing.T, cmd *cobra.Command, args ...string) *service {
	t.Helper()
	log := newJSONLog()
	return startServiceWith(t, cmd, log, log, args...)
}

// startServiceWith starts a service that writes its log to stderr, which passes
// it on to log.
func startServiceWith(t *testing.T, cmd *cobra.Command, log *jsonLog, stderr io.Writer, args ...string) *service {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	s := &service{t: t, log: log}
	cmd.SetArgs(append([]string{"http", "--addr", "127.0.0.1:0", "--log-format", "json", "--log-level", "debug"}, args...))
	cmd.SetErr(stderr)
	done := make(chan error, 1)
	go func() {
		done <- cmd.ExecuteContext(ctx)
		s.log.end()
	}()
	s.stop = sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Errorf("http ended with %v", err)
		}
	})
	scheme := "http://"
	for _, arg := range args {
		if strings.HasPrefix(arg, "--tls-cert") {
			scheme = "https://"
		}
	}
	s.base = scheme + s.log.await(t, "mcp")
	return s
}

// bearer sends a credential with every request.
type bearer struct {
	token string
	more  http.Header
}

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if b.token != "" {
		r.Header.Set("Authorization", "Bearer "+b.token)
	}
	for name, values := range b.more {
		r.Header[name] = values
	}
	return http.DefaultTransport.RoundTrip(r)
}

// connect opens an MCP session with the given bearer token, if any.
func (s *service) connect(transport http.RoundTripper, opts *mcp.ClientOptions) (*mcp.ClientSession, error) {
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, opts)
	session, err := client.Connect(s.t.Context(), &mcp.StreamableClientTransport{
		Endpoint:             s.base + "/mcp",
		HTTPClient:           &http.Client{Transport: transport},
		DisableStandaloneSSE: true,
		MaxRetries:           -1,
	}, nil)
	if err == nil {
		s.t.Cleanup(func() { session.Close() })
	}
	return session, err
}

func (s *service) mustConnect(token string) *mcp.ClientSession {
	s.t.Helper()
	session, err := s.connect(bearer{token: token}, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return session
}

// call calls a tool and returns its structured content.
func call(t *testing.T, session *mcp.ClientSession, tool, arguments string) (content map[string]any, isError bool) {
	t.Helper()
	result, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: json.RawMessage(arguments)})
	if err != nil {
		t.Fatalf("%s: %v", tool, err)
	}
	content, _ = result.StructuredContent.(map[string]any)
	return content, result.IsError
}

// recordingStripe serves a sandbox on its own port and returns its URL.
func recordingStripe(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(sandbox.New(sandbox.Options{}))
	t.Cleanup(server.Close)
	return server.URL
}

// errorOf returns the {"error":{…}} in a tool result.
func errorOf(content map[string]any) map[string]any {
	e, _ := content["error"].(map[string]any)
	return e
}
