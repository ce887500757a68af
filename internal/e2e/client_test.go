package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

const (
	listTool     = "stripe-get-checkout-sessions"
	createTool   = "stripe-post-checkout-sessions"
	retrieveTool = "stripe-get-checkout-sessions-session"
	expireTool   = "stripe-post-checkout-sessions-session"
	itemsTool    = "stripe-get-checkout-sessions-session-2"
)

func createArguments(reference string) string {
	return fmt.Sprintf(`{"idempotency_key":%q,"body":{"mode":"payment","success_url":"https://example.com","client_reference_id":%[1]q,"line_items":[{"quantity":1,"price_data":{"currency":"usd","unit_amount":1000,"product_data":{"name":"T-shirt"}}}]}}`, reference)
}

type authorized struct{ base http.RoundTripper }

func (a authorized) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+token)
	return a.base.RoundTrip(r)
}

// connect opens a session with its own connections.
func connect(ctx context.Context, addr string) (*mcp.ClientSession, error) {
	return mcp.NewClient(&mcp.Implementation{Name: "e2e", Version: "1"}, nil).Connect(ctx, streamable("http://"+addr+"/mcp"), nil)
}

func streamable(url string) *mcp.StreamableClientTransport {
	return &mcp.StreamableClientTransport{
		Endpoint:             url,
		HTTPClient:           &http.Client{Transport: authorized{http.DefaultTransport.(*http.Transport).Clone()}},
		DisableStandaloneSSE: true,
		MaxRetries:           -1,
	}
}

// An agent calls tools and repeats calls that got no answer.
type agent struct {
	t        *testing.T
	addr     string
	session  *mcp.ClientSession
	answered func() // called after each answer
	retries  int
}

// attempts is how often an agent tries one call.
const attempts = 100

// call returns the structured content of a call, which must succeed in the end.
func (a *agent) call(tool, arguments string) (map[string]any, error) {
	var last error
	for range attempts {
		content, retryable, err := a.try(tool, arguments)
		if err == nil {
			a.answered()
			return content, nil
		}
		if !retryable {
			return nil, err
		}
		last = err
		a.retries++
		select {
		case <-time.After(50 * time.Millisecond):
		case <-a.t.Context().Done():
			return nil, a.t.Context().Err()
		}
	}
	return nil, fmt.Errorf("%s: no answer after %d attempts: %w", tool, attempts, last)
}

func (a *agent) try(tool, arguments string) (content map[string]any, retryable bool, err error) {
	if a.session == nil {
		if a.session, err = connect(a.t.Context(), a.addr); err != nil {
			a.session = nil
			return nil, true, err
		}
	}
	result, err := a.session.CallTool(a.t.Context(), &mcp.CallToolParams{Name: tool, Arguments: json.RawMessage(arguments)})
	if err != nil {
		_ = a.session.Close() // it may be broken
		a.session = nil
		return nil, true, err
	}
	content, ok := result.StructuredContent.(map[string]any)
	if !ok {
		return nil, false, fmt.Errorf("%s: no structured content", tool)
	}
	if result.IsError {
		e, _ := content["error"].(map[string]any)
		return nil, e["retryable"] == true, fmt.Errorf("%s: %v", tool, e)
	}
	return content, false, nil
}

// sessions returns the sandbox's sessions, by client_reference_id.
func sessions(t *testing.T, a *agent) map[string][]map[string]any {
	t.Helper()
	byReference := map[string][]map[string]any{}
	after := ""
	for {
		page, err := a.call(listTool, `{"limit":100`+after+`}`)
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range page["data"].([]any) {
			session := item.(map[string]any)
			if reference, ok := session["client_reference_id"].(string); ok {
				byReference[reference] = append(byReference[reference], session)
			}
			after = fmt.Sprintf(`,"starting_after":%q`, session["id"])
		}
		if page["has_more"] != true {
			return byReference
		}
	}
}
