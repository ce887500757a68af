package httpserver_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/httpserver"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/telemetry"
)

// MCP and REST as one service, with the same tokens and limits.
func Example() {
	ctx, stop := context.WithCancel(context.Background())
	observed, err := telemetry.New(ctx, telemetry.Config{Name: "example", Prometheus: true})
	if err != nil {
		panic(err)
	}
	scope := func(tool string) string {
		if tool == "list" {
			return auth.ScopeRead
		}
		return auth.ScopeWrite
	}
	server := mcp.NewServer(&mcp.Implementation{Name: "example"}, nil)
	// The first middleware is the outermost, so refused calls are measured too.
	server.AddReceivingMiddleware(observed.Middleware("list", "create"), auth.RequireToolScopes(scope))
	handler := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, &mcp.StreamableHTTPOptions{
		Stateless:                  true, // callers mustn't share a session's context
		JSONResponse:               true,
		DisableLocalhostProtection: true, // httpserver does this, with a list
	})

	rest := http.NewServeMux()
	rest.HandleFunc("GET /v1/who", func(w http.ResponseWriter, r *http.Request) {
		caller, _ := auth.CallerFrom(r.Context())
		fmt.Fprintln(w, caller.ID)
	})

	s, err := httpserver.New(httpserver.Config{
		Listeners: []httpserver.Listener{
			httpserver.MCP("127.0.0.1:0", handler, scope),
			{Name: "rest", Addr: "127.0.0.1:0", Handler: rest},
		},
		MetricsAddr: "127.0.0.1:0",
		Auth:        auth.Config{Mode: auth.Token, Tokens: []string{"0123456789abcdef"}},
		Limits:      httpserver.DefaultLimits(),
		Telemetry:   observed,
		Logger:      slog.New(slog.DiscardHandler),
	})
	if err != nil {
		panic(err)
	}
	done := make(chan error)
	go func() { done <- s.Run(ctx) }()

	req, _ := http.NewRequest(http.MethodGet, "http://"+s.Addr("rest").String()+"/v1/who", nil)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		panic(err)
	}
	fmt.Println(resp.Status, resp.Header.Get("WWW-Authenticate"))
	req.Header.Set("Authorization", "Bearer 0123456789abcdef")
	if resp, err = http.DefaultClient.Do(req); err != nil {
		panic(err)
	}
	body, _ := io.ReadAll(resp.Body)
	fmt.Print(string(body))

	stop()
	fmt.Println("drained:", <-done, observed.Shutdown(context.Background()))
	// Output:
	// 401 Unauthorized Bearer realm="stripe-checkout-mcp"
	// token:ab621674d519
	// drained: <nil> <nil>
}
