package httpserver

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
)

func as(token string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
}

func twoCallers(l Limits) Config {
	return Config{Auth: auth.Config{Mode: auth.Token, Tokens: []string{tokenA, tokenB}}, Limits: l}
}

func TestRatePerCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := gate(t, twoCallers(Limits{RatePerCaller: 0.5, BurstPerCaller: 2}), ok)
		for i, want := range []int{200, 200, 429, 429} {
			resp := h.do(as(tokenA))
			if resp.StatusCode != want {
				t.Fatalf("call %d: %d, want %d", i+1, resp.StatusCode, want)
			}
			if got := resp.Header.Get("Retry-After"); want == 429 && got != "2" {
				t.Errorf("Retry-After %q, want 2", got)
			}
		}
		if got := h.do(as(tokenB)).StatusCode; got != 200 {
			t.Errorf("another caller: %d, want 200", got)
		}
		time.Sleep(2 * time.Second)
		if got := h.do(as(tokenA)).StatusCode; got != 200 {
			t.Errorf("after Retry-After: %d, want 200", got)
		}
	})
}

func TestConcurrentCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		h := gate(t, twoCallers(Limits{MaxConcurrent: 3, MaxConcurrentPerCaller: 2}), func(w http.ResponseWriter, r *http.Request) {
			<-release
			ok(w, r)
		})
		var calls sync.WaitGroup
		hold := func(token string) {
			calls.Go(func() {
				if got := h.do(as(token)).StatusCode; got != 200 {
					t.Errorf("a call within the limits: %d", got)
				}
			})
			synctest.Wait()
		}
		refused := func(token string, status int) {
			t.Helper()
			resp := h.do(as(token))
			if resp.StatusCode != status || resp.Header.Get("Retry-After") == "" {
				t.Errorf("status %d, Retry-After %q; want %d and some", resp.StatusCode, resp.Header.Get("Retry-After"), status)
			}
		}
		hold(tokenA)
		hold(tokenA)
		refused(tokenA, 429)
		hold(tokenB)
		refused(tokenB, 503)
		close(release)
		calls.Wait()
		hold(tokenA) // slots are free again
		calls.Wait()
	})
}

// However many callers there are, the server remembers only so many.
func TestTrackedCallersAreBounded(t *testing.T) {
	c := newCallerLimits(Limits{MaxTracked: 10, RatePerCaller: 1, BurstPerCaller: 1})
	for i := range 100 {
		c.state(fmt.Sprint(i))
	}
	if c.callers.Len() != 10 {
		t.Errorf("%d callers are tracked, want 10", c.callers.Len())
	}
	if first := c.state("99"); c.state("99") != first {
		t.Error("a caller that is tracked has a new state")
	}
}

func TestNoLimits(t *testing.T) {
	h := gate(t, twoCallers(Limits{}), ok)
	for range 1000 {
		_ = h.do(as("wrong"))
		resp := h.do(as(tokenA), func(r *http.Request) { r.Body = http.NoBody })
		if resp.StatusCode != 200 {
			t.Fatalf("without limits: %d", resp.StatusCode)
		}
	}
}

func TestLimitsAreChecked(t *testing.T) {
	if err := DefaultLimits().check(); err != nil {
		t.Error(err)
	}
	for name, l := range map[string]Limits{
		"MaxConcurrent":  {MaxConcurrent: -1},
		"BodyTimeout":    {BodyTimeout: -1},
		"BurstPerCaller": {RatePerCaller: 1, MaxTracked: 1},
		"MaxTracked":     {AuthFailures: 1},
	} {
		if err := l.check(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%+v: error %v, want one that names %s", l, err, name)
		}
	}
}

func TestRefusalsSayWhatToDo(t *testing.T) {
	l := MCP("127.0.0.1:0", http.HandlerFunc(ok), nil)
	s := start(t, Config{Listeners: []Listener{l, rest(ok)}, Limits: Limits{MaxBodyBytes: 10}})
	for listener, want := range map[string]string{
		"mcp":  `{"jsonrpc":"2.0","error":{"code":-32000,"message":"The request body is longer than 10 bytes.","data":{"retryable":false,"type":"invalid_request_error"}}}`,
		"rest": `{"error":{"advice":"Nothing was sent to Stripe.","http_status":413,"message":"The request body is longer than 10 bytes.","retryable":false,"type":"invalid_request_error"}}`,
	} {
		resp, err := http.Post(s.url(listener), "application/json", strings.NewReader("01234567890"))
		if err != nil {
			t.Fatal(err)
		}
		if body := readAll(t, resp); resp.StatusCode != 413 || body != want {
			t.Errorf("%s: %d %s", listener, resp.StatusCode, body)
		}
	}
}

// go-sdk's client shows the message of a refusal and keeps its session.
func TestClientSurvivesRefusals(t *testing.T) {
	s := start(t, Config{
		Limits: Limits{MaxBodyBytes: 2000},
		Listeners: []Listener{MCP("127.0.0.1:0", mcpHandler("t", func(context.Context) (*mcp.CallToolResult, error) {
			return text("done"), nil
		}), nil)},
	})
	session := connect(t, s.url("mcp"), nil)
	_, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "t", Arguments: map[string]string{"x": strings.Repeat("x", 2000)}})
	if err == nil || !strings.Contains(err.Error(), "longer than 2000 bytes") {
		t.Errorf("error %v, want one that says what was wrong", err)
	}
	if _, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "t"}); err != nil {
		t.Errorf("the next call: %v", err)
	}
}
