package tools

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/stripespec"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
)

// What a page of sessions costs an agent: as Stripe sends it, whole as we
// return it, and with five fields.
func TestAnswersCostFewTokens(t *testing.T) {
	upstream := stripespec.Transport(t, sandbox.New(sandbox.Options{}))
	var raw []byte // Stripe's last answer
	s := connect(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		resp, err := upstream.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		defer resp.Body.Close()
		if raw, err = io.ReadAll(resp.Body); err != nil {
			return nil, err
		}
		resp.Body = io.NopCloser(bytes.NewReader(raw))
		return resp, nil
	}))
	for range 100 {
		succeed(t, s, createTool, tshirt)
	}

	const fields = `,"fields":["id","status","payment_status","amount_total","customer_details.email"]`
	for _, sessions := range []int{10, 100} {
		tokens := map[string]int{}
		for name, more := range map[string]string{"whole": "", "five fields": fields} {
			result := call(t, s, listTool, fmt.Sprintf(`{"limit":%d%s}`, sessions, more))
			if n := len(object(t, result)["data"].([]any)); n != sessions {
				t.Fatalf("got %d sessions, want %d", n, sessions)
			}
			tokens[name] = countTokens(t, text(t, result))
		}
		stripes := countTokens(t, string(raw))
		whole, five := ratio(tokens["whole"], stripes), ratio(tokens["five fields"], stripes)
		t.Logf("%d sessions: Stripe's answer %d o200k tokens, whole %d (%.2f of it), five fields %d (%.2f)",
			sessions, stripes, tokens["whole"], whole, tokens["five fields"], five)
		if whole > 0.75 || five > 0.12 {
			t.Errorf("%d sessions: whole costs %.2f of Stripe's answer, want at most 0.75; five fields %.2f, want at most 0.12", sessions, whole, five)
		}
	}
}

func ratio(a, b int) float64 { return float64(a) / float64(b) }
