package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/httpserver"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/splice"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/tools"
)

// overHTTP serves the tools over HTTP, on a sandbox that counts requests. Its
// stop waits for the calls that are running.
func overHTTP(t *testing.T) (url string, stop func(), stripe *countingSandbox) {
	t.Helper()
	stripe = &countingSandbox{Server: sandbox.New(sandbox.Options{}), asked: make(chan struct{}, 100)}
	key, err := stripeclient.ParseKey(sandbox.Key)
	if err != nil {
		t.Fatal(err)
	}
	client, err := stripeclient.New(stripeclient.Config{Key: key, Transport: stripe})
	if err != nil {
		t.Fatal(err)
	}
	service, err := operations.New(client, operations.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server, err := tools.NewServer(service, tools.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	server.AddReceivingMiddleware(splice.Middleware)
	http, err := httpserver.New(httpserver.Config{
		Listeners: []httpserver.Listener{httpserver.MCP("127.0.0.1:0", mcpHandler(server), toolScope)},
		Logger:    slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- http.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	t.Cleanup(stop)
	return "http://" + http.Addr("mcp").String() + "/mcp", stop, stripe
}

type countingSandbox struct {
	*sandbox.Server
	asked chan struct{}
}

func (s *countingSandbox) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodGet {
		s.asked <- struct{}{}
	}
	return s.Server.RoundTrip(r)
}

func (s *countingSandbox) create(t *testing.T) (id string) {
	t.Helper()
	return s.post(t, "/v1/checkout/sessions", oneTShirt)
}

func (s *countingSandbox) post(t *testing.T, path, form string) (id string) {
	t.Helper()
	req, err := http.NewRequest("POST", "http://sandbox.test"+path, strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+sandbox.Key)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := s.Server.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	var object struct{ ID string }
	if err := json.NewDecoder(resp.Body).Decode(&object); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("HTTP %d %v", resp.StatusCode, err)
	}
	return object.ID
}

// A call that waits can report its progress over HTTP too.
func TestWaitingReportsProgressOverHTTP(t *testing.T) {
	url, _, stripe := overHTTP(t)
	id := stripe.create(t)
	var told atomic.Int64
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, &mcp.ClientOptions{
		ProgressNotificationHandler: func(context.Context, *mcp.ProgressNotificationClientRequest) {
			if told.Add(1) == 1 {
				stripe.post(t, "/sandbox/sessions/"+id+"/pay", "")
			}
		},
	})
	session, err := client.Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: url}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	params := &mcp.CallToolParams{Name: operations.Retrieve.Tool, Arguments: json.RawMessage(`{"session":"` + id + `","wait_seconds":50}`)}
	params.SetProgressToken("t")
	result, err := session.CallTool(t.Context(), params)
	if err != nil {
		t.Fatal(err)
	}
	if object, _ := result.StructuredContent.(map[string]any); object["payment_status"] != "paid" || told.Load() == 0 {
		t.Errorf("%d progress notifications, got %v", told.Load(), result)
	}
	// A call that doesn't ask for progress gets a plain response.
	if result, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: operations.Retrieve.Tool, Arguments: json.RawMessage(`{"session":"` + id + `","wait_seconds":50}`)}); err != nil || result.IsError {
		t.Errorf("%v %v", result, err)
	}
}

// When a caller hangs up, we stop asking Stripe, even in the protocol versions
// where go-sdk lets calls run on.
func TestWaitingStopsWhenTheCallerHangsUp(t *testing.T) {
	for _, version := range []string{"2025-06-18", "2025-11-25"} {
		for _, meta := range []string{"", `,"_meta":{"progressToken":"t"}`} {
			t.Run(version+meta, func(t *testing.T) {
				url, stop, stripe := overHTTP(t)
				id := stripe.create(t)
				ctx, hangUp := context.WithCancel(t.Context())
				body := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"` + operations.Retrieve.Tool + `","arguments":{"session":"` + id + `","wait_seconds":50}` + meta + `}}`
				req, err := http.NewRequestWithContext(ctx, "POST", url, strings.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Content-Type", "application/json")
				req.Header.Set("Accept", "application/json, text/event-stream")
				req.Header.Set("MCP-Protocol-Version", version)
				go func() {
					<-stripe.asked // twice, so the call is waiting
					<-stripe.asked
					hangUp()
				}()
				resp, err := http.DefaultClient.Do(req)
				if err == nil { // a stream of events had started
					_, err = io.Copy(io.Discard, resp.Body)
					resp.Body.Close()
				}
				if !errors.Is(err, context.Canceled) {
					t.Errorf("the call ended with %v", err)
				}
				stop()
				if more := len(stripe.asked); more > 2 {
					t.Errorf("Stripe was asked %d more times", more)
				}
			})
		}
	}
}
