package tools

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	validator "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/stripespec"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

const tshirt = `{"body":{"mode":"payment","line_items":[{"quantity":2,"price_data":{"currency":"usd","unit_amount":1000,"product_data":{"name":"T-shirt"}}}],"success_url":"https://example.com/thanks"}}`

// The life of a session as an agent sees it.
func TestSessionLife(t *testing.T) {
	s := connectSandbox(t)

	created := succeed(t, s, createTool, tshirt)
	id := created["id"].(string)
	if created["amount_total"] != 2000.0 || created["status"] != "open" || created["url"] == nil {
		t.Errorf("created: amount_total %v, status %v, url %v; want 2000, open, an URL", created["amount_total"], created["status"], created["url"])
	}

	first := succeed(t, s, listTool, `{"limit":1,"status":"open"}`)["data"].([]any)[0].(map[string]any)
	if first["id"] != id {
		t.Errorf("the newest open session is %v, want %s", first["id"], id)
	}
	retrieved := succeed(t, s, retrieveTool, `{"session":"`+id+`","expand":["line_items"]}`)
	if n := len(retrieved["line_items"].(map[string]any)["data"].([]any)); n != 1 {
		t.Errorf("retrieved with %d line items, want 1", n)
	}
	item := succeed(t, s, lineItemsTool, `{"session":"`+id+`"}`)["data"].([]any)[0].(map[string]any)
	if item["description"] != "T-shirt" || item["quantity"] != 2.0 {
		t.Errorf("the line item is %v × %v, want 2 × T-shirt", item["quantity"], item["description"])
	}
	if expired := succeed(t, s, expireTool, `{"session":"`+id+`"}`); expired["status"] != "expired" {
		t.Errorf("expired: status %v", expired["status"])
	}
	if again := succeed(t, s, retrieveTool, `{"session":"`+id+`"}`); again["status"] != "expired" {
		t.Errorf("retrieved again: status %v, want expired", again["status"])
	}
}

// An agent that repeats a create with its idempotency key gets the same session.
func TestRepeatedCreateMakesOneSession(t *testing.T) {
	s := connectSandbox(t)
	arguments := strings.Replace(tshirt, `{"body"`, `{"idempotency_key":"order-1001","body"`, 1)
	one, two := succeed(t, s, createTool, arguments), succeed(t, s, createTool, arguments)
	if one["id"] != two["id"] {
		t.Errorf("got sessions %v and %v, want one", one["id"], two["id"])
	}
}

// Every tool reduces its answer to the fields asked for, and a list reduced
// like that still says how to get the next page.
func TestFields(t *testing.T) {
	s := connectSandbox(t)
	for range 5 {
		created := succeed(t, s, createTool, strings.TrimSuffix(tshirt, "}")+`,"fields":["url","livemode"]}`)
		if len(created) != 2 || created["livemode"] != false {
			t.Errorf("created %v, want url and livemode", created)
		}
	}
	first, _ := succeed(t, s, listTool, `{"limit":1}`)["data"].([]any)[0].(map[string]any)["id"].(string)
	if expired := succeed(t, s, expireTool, `{"session":"`+first+`","fields":["status"]}`); len(expired) != 1 || expired["status"] != "expired" {
		t.Errorf("expired %v, want only the status", expired)
	}

	all := len(succeed(t, s, listTool, `{"limit":100}`)["data"].([]any))
	pages, seen := 0, 0
	for arguments := map[string]any{}; arguments != nil; pages++ {
		if pages > all {
			t.Fatal("the pages never end")
		}
		arguments["limit"], arguments["fields"] = 2, []string{"status"}
		data, err := json.Marshal(arguments)
		if err != nil {
			t.Fatal(err)
		}
		page := succeed(t, s, listTool, string(data))
		seen += len(page["data"].([]any))
		arguments, _ = page["next_page"].(map[string]any)
		if (arguments != nil) != page["has_more"].(bool) {
			t.Errorf("page %d: has_more is %v and next_page %v", pages, page["has_more"], arguments)
		}
	}
	if seen != all || pages != (all+1)/2 {
		t.Errorf("saw %d sessions on %d pages, want %d on %d", seen, pages, all, (all+1)/2)
	}
}

// A path that no session has is noticed before anything is created.
func TestAMistakenFieldOfAWriteSendsNothing(t *testing.T) {
	s := connect(t, roundTripper(nil)) // any request would panic
	result := call(t, s, createTool, strings.TrimSuffix(tshirt, "}")+`,"fields":["idd"]}`)
	if got, want := text(t, result), `fields contains "idd", but Stripe's object has no such field. Did you mean "id"? Nothing was sent to Stripe.`; !result.IsError || got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestStripeMock(t *testing.T) {
	mock, err := url.Parse(stripespec.Mock(t))
	if err != nil {
		t.Fatal(err)
	}
	s := connect(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		r = r.Clone(r.Context())
		r.URL.Scheme, r.URL.Host = mock.Scheme, mock.Host
		return http.DefaultTransport.RoundTrip(r)
	}))
	for tool, arguments := range map[string]string{
		listTool:      `{"limit":3,"created":{"gte":"2026-01-01"},"customer_details":{"email":"jenny@example.com"}}`,
		createTool:    tshirt,
		retrieveTool:  `{"session":"cs_test_1","expand":["customer"]}`,
		expireTool:    `{"session":"cs_test_1","body":{"expand":["customer"]}}`,
		lineItemsTool: `{"session":"cs_test_1","limit":3}`,
	} {
		t.Run(tool, func(t *testing.T) {
			conforms(t, s, tool, call(t, s, tool, arguments))
		})
	}
}

// A result is Stripe's whole JSON, both as structured content and as text.
func TestResultIsStripesJSON(t *testing.T) {
	const answer = `{
  "object": "checkout.session",
  "id": "cs_test_1",
  "new_field": {"nested": null, "list": []},
  "big": 9007199254740993,
  "decimal": 1.10,
  "html": "a<b>&c",
  "unicode": "\u00e9\ud83d\ude00"
}`
	s := connect(t, answering(200, answer))
	for tool, arguments := range map[string]string{
		createTool:   `{"body":{"mode":"setup"}}`,
		retrieveTool: `{"session":"cs_test_1"}`,
		expireTool:   `{"session":"cs_test_1"}`,
	} {
		result := call(t, s, tool, arguments)
		const compact = `{"object":"checkout.session","id":"cs_test_1","new_field":{"nested":null,"list":[]},"big":9007199254740993,"decimal":1.10,"html":"a<b>&c","unicode":"\u00e9\ud83d\ude00"}`
		if got := text(t, result); got != compact {
			t.Errorf("%s: text is %s\nwant %s", tool, got, compact)
		}
		var want any
		if err := json.Unmarshal([]byte(answer), &want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, result.StructuredContent); diff != "" {
			t.Errorf("%s: structured content (-Stripe +result):\n%s", tool, diff)
		}
	}
}

// The wire keeps what Go's generic decoding can't show: big integers and the
// order of keys.
func TestResultOnTheWire(t *testing.T) {
	const answer = `{"z":9007199254740993,"a":null}`
	wire, err := json.Marshal(Options{}.success(&operations.Call{}, &stripeclient.Response{JSON: json.RawMessage(answer)}))
	if err != nil {
		t.Fatal(err)
	}
	if want := `"structuredContent":` + answer; !strings.Contains(string(wire), want) {
		t.Errorf("the wire has %s, want it to contain %s", wire, want)
	}
}

func TestErrorResults(t *testing.T) {
	for _, test := range []struct {
		name      string
		upstream  http.RoundTripper
		arguments string
		want      map[string]any
		text      []string
	}{
		{
			"Stripe refuses", answering(400, `{"error":{"type":"invalid_request_error","code":"resource_missing","param":"session","message":"No such checkout.session: cs_test_1","doc_url":"https://stripe.com/docs/error-codes/resource-missing"}}`),
			`{"session":"cs_test_1"}`,
			map[string]any{"type": "invalid_request_error", "code": "resource_missing", "param": "session", "message": "No such checkout.session: cs_test_1", "http_status": 400.0, "request_id": "req_test", "doc_url": "https://stripe.com/docs/error-codes/resource-missing", "retryable": false, "advice": "Correct session and call again."},
			[]string{"No such checkout.session: cs_test_1"},
		},
		{
			"rate limit", answering(429, `{"error":{"type":"invalid_request_error","code":"rate_limit","message":"Too many requests."}}`),
			`{"session":"cs_test_1"}`,
			map[string]any{"type": "rate_limit_error", "code": "rate_limit", "message": "Too many requests.", "http_status": 429.0, "request_id": "req_test", "retryable": true, "advice": "Too many calls were made at once. Call again in a few seconds with the same arguments."},
			[]string{"Too many requests."},
		},
		{
			"refused before any request", nil,
			`{"session":"cs_test_1","expandd":["customer"]}`,
			map[string]any{"type": "invalid_request_error", "code": "parameter_unknown", "param": "expandd", "message": "expandd is not a parameter. Did you mean expand?", "retryable": false, "advice": "Nothing was sent to Stripe."},
			[]string{"expandd is not a parameter. Did you mean expand?", "Nothing was sent to Stripe."},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := connect(t, test.upstream)
			result := call(t, s, retrieveTool, test.arguments)
			if !result.IsError {
				t.Error("isError is false")
			}
			if diff := cmp.Diff(map[string]any{"error": test.want}, object(t, result)); diff != "" {
				t.Errorf("structured content (-want +got):\n%s", diff)
			}
			if got := text(t, result); !containsAll(got, test.text...) {
				t.Errorf("the text is %q, want it to say %q", got, test.text)
			}
			conforms(t, s, retrieveTool, result)
		})
	}
}

func TestProtocolErrors(t *testing.T) {
	s := connectSandbox(t)
	_, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: "stripe-delete-everything"})
	var wire *jsonrpc.Error
	if !errors.As(err, &wire) || wire.Code != jsonrpc.CodeInvalidParams {
		t.Errorf("an unknown tool returns %v, want JSON-RPC error %d", err, jsonrpc.CodeInvalidParams)
	}
}

// A panic is one failed call with a logged stack; the server keeps running.
func TestPanicIsOneFailedCall(t *testing.T) {
	log, logged := newLog()
	first := true
	s := connect(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		if first {
			first = false
			panic("with " + r.Header.Get("Authorization"))
		}
		return answering(200, `{"id":"cs_test_1"}`).RoundTrip(r)
	}), func(o *setup) { o.logger = log })

	_, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: retrieveTool, Arguments: json.RawMessage(`{"session":"cs_test_1"}`)})
	if err == nil || !strings.Contains(err.Error(), "internal error") || strings.Contains(err.Error(), testKey) {
		t.Errorf("the panicking call returns %v, want an internal error without the key", err)
	}
	succeed(t, s, retrieveTool, `{"session":"cs_test_1"}`)
	if !containsAll(logged.String(), "panic", "call_test.go") || strings.Contains(logged.String(), testKey) {
		t.Errorf("the log should contain the stack but not the key:\n%s", logged)
	}
}

// A bug of ours is an internal error of the protocol, and its text is not
// passed on.
func TestBugsAreNotShown(t *testing.T) {
	s := connect(t, answering(200, "{}"), func(o *setup) {
		o.operations.Policy = func(context.Context, *operations.Call) error { return errors.New("about jenny@example.com") }
	})
	_, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: listTool})
	var wire *jsonrpc.Error
	if !errors.As(err, &wire) || wire.Code != jsonrpc.CodeInternalError || wire.Message != operations.ErrInternal.Error() {
		t.Errorf("got %v", err)
	}
}

// A client that cancels a call cancels the request to Stripe.
func TestCancelledCallCancelsTheRequest(t *testing.T) {
	started, cancelled := make(chan struct{}), make(chan error, 1)
	s := connect(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		close(started)
		<-r.Context().Done()
		cancelled <- r.Context().Err()
		return nil, r.Context().Err()
	}))
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-started
		cancel()
	}()
	if _, err := s.CallTool(ctx, &mcp.CallToolParams{Name: createTool, Arguments: json.RawMessage(tshirt)}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want it cancelled", err)
	}
	if err := <-cancelled; !errors.Is(err, context.Canceled) {
		t.Errorf("the request to Stripe ended with %v, want it cancelled", err)
	}
}

// conforms checks a result, even an error, against the tool's own output
// schema, as clients do.
func conforms(t *testing.T, s *mcp.ClientSession, tool string, result *mcp.CallToolResult) {
	t.Helper()
	for _, listed := range listTools(t, s) {
		if listed.Name != tool {
			continue
		}
		compiler := validator.NewCompiler()
		if err := compiler.AddResource("output", listed.OutputSchema); err != nil {
			t.Fatal(err)
		}
		schema, err := compiler.Compile("output")
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(result.StructuredContent); err != nil {
			t.Errorf("%s breaks its output schema: %v", tool, err)
		}
		return
	}
	t.Fatalf("no tool %s", tool)
}
