package httpserver

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/recording"
)

// running is a test's server, on loopback addresses.
type running struct {
	*Server
	log    *recording.Buffer
	stop   context.CancelFunc
	result chan error // what Run returned

	expected bool // whether Run should return an error
}

func (r *running) url(listener string) string { return "http://" + r.Addr(listener).String() }

// start runs a server until the test ends and checks that Run returns nil.
func start(t *testing.T, cfg Config, adjust ...func(*Server)) *running {
	t.Helper()
	log := new(recording.Buffer)
	cfg.Logger = slog.New(slog.NewJSONHandler(log, nil))
	cfg.Limits.MaxTracked = 1000
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range adjust {
		f(s)
	}
	ctx, stop := context.WithCancel(t.Context())
	r := &running{Server: s, log: log, stop: stop, result: make(chan error, 1)}
	go func() { r.result <- s.Run(ctx) }()
	t.Cleanup(func() {
		if err := r.end(); err != nil && !r.expected {
			t.Errorf("Run: %v", err)
		}
	})
	for cfg.TLS == (TLSFiles{}) { // Run serves in its own goroutines
		resp, err := http.Get(r.url(s.open[0].name) + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			break
		}
	}
	return r
}

// end stops the server and returns what Run returned.
func (r *running) end() error {
	r.stop()
	err := <-r.result
	r.result <- err
	return err
}

func rest(handler http.HandlerFunc) Listener {
	return Listener{Name: "rest", Addr: "127.0.0.1:0", Handler: handler}
}

func ok(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }

// call makes a request with the given bearer credential, if any.
func call(t *testing.T, url, credential string, adjust ...func(*http.Request)) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	if credential != "" {
		req.Header.Set("Authorization", "Bearer "+credential)
	}
	for _, f := range adjust {
		f(req)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	return resp, readAll(t, resp)
}

func readAll(t *testing.T, resp *http.Response) string {
	t.Helper()
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// fingerprint returns the caller ID for a credential of the given kind.
func fingerprint(kind, secret string) string {
	sum := sha256.Sum256([]byte(kind + "\x00" + secret))
	return kind + ":" + hex.EncodeToString(sum[:6])
}

type empty struct{}

// mcpHandler serves one tool, with the SDK options that this service needs.
func mcpHandler(tool string, f func(context.Context) (*mcp.CallToolResult, error), middleware ...mcp.Middleware) http.Handler {
	s := mcp.NewServer(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	mcp.AddTool(s, &mcp.Tool{Name: tool}, func(ctx context.Context, _ *mcp.CallToolRequest, _ empty) (*mcp.CallToolResult, any, error) {
		r, err := f(ctx)
		return r, nil, err
	})
	s.AddReceivingMiddleware(middleware...)
	return mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return s }, &mcp.StreamableHTTPOptions{
		Stateless:                  true,
		JSONResponse:               true,
		DisableLocalhostProtection: true,
	})
}

// connect opens an MCP client session that sends the given headers.
func connect(t *testing.T, url string, headers map[string]string) *mcp.ClientSession {
	t.Helper()
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	session, err := client.Connect(t.Context(), &mcp.StreamableClientTransport{
		Endpoint:             url,
		HTTPClient:           &http.Client{Transport: headerTransport(headers)},
		DisableStandaloneSSE: true,
		MaxRetries:           -1,
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close() })
	return session
}

type headerTransport map[string]string

func (h headerTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	for k, v := range h {
		req.Header.Set(k, v)
	}
	return http.DefaultTransport.RoundTrip(req)
}

func text(s string) *mcp.CallToolResult {
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: s}}}
}

func textOf(t *testing.T, r *mcp.CallToolResult) string {
	t.Helper()
	if len(r.Content) != 1 {
		t.Fatalf("result has %d contents", len(r.Content))
	}
	return r.Content[0].(*mcp.TextContent).Text
}

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func response(r *http.Request, status int) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: http.NoBody, Request: r}
}

// toolCall turns a request into a tools/call of a protocol version before
// 2026-07-28.
func toolCall(tool, version string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "application/json, text/event-stream")
		r.Header.Set("Mcp-Protocol-Version", version)
		body := `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"` + tool + `","arguments":{}}}`
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	}
}
