package httpserver

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/telemetry"
)

func anyKey(string) error { return nil }

// With interleaved calls from two accounts, over MCP and REST, each handler
// sees only its own request's key. This also shows that a value in the
// *http.Request's context reaches go-sdk's tool handlers.
func TestStripeKeysDoNotCross(t *testing.T) {
	echo := func(ctx context.Context) string {
		c, ok := auth.CallerFrom(ctx)
		return fmt.Sprint(c.StripeKey.Reveal(), " ", ok, " ", c.ID, " ", telemetry.RequestID(ctx) != "")
	}
	s := start(t, Config{
		Auth: auth.Config{Mode: auth.StripeKey, CheckKey: anyKey},
		Listeners: []Listener{
			MCP("127.0.0.1:0", mcpHandler("whoami", func(ctx context.Context) (*mcp.CallToolResult, error) {
				return text(echo(ctx)), nil
			}), nil),
			rest(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, echo(r.Context())) }),
		},
	})
	var wg sync.WaitGroup
	for _, key := range []string{"rk_test_one", "rk_test_two"} {
		want := key + " true " + fingerprint("key", key) + " true"
		session := connect(t, s.url("mcp")+"/mcp", map[string]string{"Authorization": "Bearer " + key})
		for range 2 {
			wg.Go(func() {
				for range 100 {
					r, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "whoami"})
					if err != nil {
						t.Error(err)
						return
					}
					if got := textOf(t, r); got != want {
						t.Errorf("the tool saw %q, want %q", got, want)
					}
				}
			})
		}
		wg.Go(func() { // the protocol before 2026-07-28, where the SDK detaches contexts
			for range 100 {
				_, got := call(t, s.url("mcp"), key, toolCall("whoami", "2025-06-18"))
				if !strings.Contains(got, want) {
					t.Errorf("the tool saw %s, want %q", got, want)
				}
			}
		})
		wg.Go(func() {
			for range 100 {
				if _, got := call(t, s.url("rest"), key); got != want {
					t.Errorf("REST saw %q, want %q", got, want)
				}
			}
		})
	}
	wg.Wait()
	if strings.Contains(s.log.String(), "rk_test_") {
		t.Error("a key is in the log")
	}
}

// Only Stripe knows whether a well-formed key is valid.
func TestRejectedStripeKeyIsAFailedAttempt(t *testing.T) {
	status := http.StatusUnauthorized
	var none *telemetry.Telemetry
	stripe := none.Transport(transportFunc(func(r *http.Request) (*http.Response, error) {
		return response(r, status), nil
	}))
	h := gate(t, Config{
		Auth:   auth.Config{Mode: auth.StripeKey, CheckKey: anyKey},
		Limits: Limits{AuthFailures: 2},
	}, func(w http.ResponseWriter, r *http.Request) {
		req, _ := http.NewRequestWithContext(r.Context(), http.MethodGet, "https://api.stripe.com/v1/checkout/sessions", nil)
		resp, err := stripe.RoundTrip(req)
		if err != nil {
			t.Error(err)
			return
		}
		_ = resp.Body.Close()
		w.WriteHeader(resp.StatusCode)
	})
	for i, want := range []int{401, 401, 429} {
		key := fmt.Sprint("rk_test_guess", i)
		got := h.do(func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+key) }).StatusCode
		if got != want {
			t.Errorf("key %d: %d, want %d", i, got, want)
		}
	}
	if log := h.log.String(); !strings.Contains(log, "Stripe rejected the key") || strings.Contains(log, "guess") {
		t.Errorf("log:\n%s", log)
	}
}
