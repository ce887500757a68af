package rest_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/tools"
)

// The same arguments through REST and through MCP: Stripe must receive the same
// request, and the caller the same answer.
func TestRESTAndMCPDoTheSame(t *testing.T) {
	const line = `{"quantity":2,"price_data":{"currency":"usd","unit_amount":1000,"unit_amount_decimal":"1000.5","product_data":{"name":"T-shirt & \"mug\"","images":["https://example.com/a.png"]}},"adjustable_quantity":{"enabled":true,"maximum":5}}`
	calls := []struct {
		tool, arguments string
	}{
		{"stripe-get-checkout-sessions", `{}`},
		{"stripe-get-checkout-sessions", `{"limit":3,"status":"open","customer":"cus_1","payment_intent":"pi_1","payment_link":"plink_1","subscription":"sub_1"}`},
		{"stripe-get-checkout-sessions", `{"created":{"gte":"2026-01-01","lt":1769904000},"customer_details":{"email":"a+b@example.com"},"starting_after":"cs_1"}`},
		{"stripe-get-checkout-sessions", `{"created":"2026-01-31"}`},
		{"stripe-get-checkout-sessions", `{"created":1769904000,"expand":["data.customer","data.line_items"],"ending_before":"cs_1"}`},
		{"stripe-get-checkout-sessions", `{"fields":["id"],"body":{}}`},
		{"stripe-get-checkout-sessions", `{"fields":["statuss"]}`},
		{"stripe-get-checkout-sessions", `{"limit":0}`},
		{"stripe-get-checkout-sessions", `{"limit":"many","statuss":"open"}`},
		{"stripe-get-checkout-sessions", `{"created":"yesterday"}`},
		{"stripe-get-checkout-sessions", `{"created":{}}`},
		{"stripe-get-checkout-sessions", `{"customer_details":{}}`},
		{"stripe-get-checkout-sessions", `{"customer":"sk_test_pasted"}`},
		{"stripe-post-checkout-sessions", `{"body":{"mode":"payment","line_items":[` + line + `],"success_url":"https://example.com/?a=1&b=2","metadata":{"a.b":"1","c":"ü"},"expires_at":1769904000,"automatic_tax":{"enabled":true},"allow_promotion_codes":false},"idempotency_key":"k"}`},
		{"stripe-post-checkout-sessions", `{"body":{"mode":"setup","custom_fields":[],"expand":["customer"]},"idempotency_key":"k"}`},
		{"stripe-post-checkout-sessions", `{"body":{"mode":"pay","line_items":[{"quantity":"2"}],"lineItems":[]},"idempotency_key":"k"}`},
		{"stripe-get-checkout-sessions-session", `{"session":"cs_test_1","expand":["line_items"]}`},
		{"stripe-get-checkout-sessions-session", `{"session":"pi_1"}`},
		{"stripe-get-checkout-sessions-session", `{"session":"cs_test_1","limit":1}`},
		{"stripe-post-checkout-sessions-session", `{"session":"cs_test_1","idempotency_key":"k"}`},
		{"stripe-post-checkout-sessions-session", `{"session":"cs_test_1","body":{"expand":["customer"]},"idempotency_key":"k"}`},
		{"stripe-post-checkout-sessions-session", `{"session":"cs_test_1","body":{"reason":"x"},"idempotency_key":"k"}`},
		{"stripe-get-checkout-sessions-session-2", `{"session":"cs_test_1","limit":100,"starting_after":"li_1","expand":["data.price"]}`},
		{"stripe-get-checkout-sessions-session-2", `{"session":"cs_test_1","limit":1000}`},
	}
	stripes := map[string]upstream{
		"success":  {body: `{"object":"list","data":[{"id":"cs_1","amount_total":9007199254740993,"new":null}],"has_more":false,"url":"/v1/checkout/sessions"}`},
		"refusal":  {status: 400, body: `{"error":{"type":"invalid_request_error","code":"resource_missing","param":"customer","message":"No such customer: 'cus_1'","doc_url":"https://stripe.com/docs/error-codes/resource-missing"}}`},
		"overload": {status: 429, body: `{"error":{"type":"invalid_request_error","code":"rate_limit","message":"Slow down."}}`},
		"silence":  {fail: context.DeadlineExceeded},
	}
	for name, answering := range stripes {
		t.Run(name, func(t *testing.T) {
			viaMCP, viaREST := answering, answering
			session := connect(t, &viaMCP)
			a := newAPI(t, newClient(t, &viaREST))
			for _, call := range calls {
				result, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: call.tool, Arguments: json.RawMessage(call.arguments)})
				if err != nil {
					t.Fatalf("%s %s: %v", call.tool, call.arguments, err)
				}
				want := decode(t, result.StructuredContent)
				if !result.IsError { // the client's decoding would round big integers
					want = decode(t, json.RawMessage(result.Content[0].(*mcp.TextContent).Text))
				}
				for way, send := range map[string]func(api, string, map[string]any) answer{"JSON": sendJSON, "text": sendText} {
					viaREST.requests = nil
					got := send(a, call.tool, decode(t, json.RawMessage(call.arguments)).(map[string]any))
					asked := viaMCP.requests
					if !reflect.DeepEqual(viaREST.requests, asked) {
						t.Errorf("%s %s as %s: Stripe was sent\n%+v, through MCP\n%+v", call.tool, call.arguments, way, viaREST.requests, asked)
					}
					if isError := got.StatusCode >= 400; isError != result.IsError {
						t.Errorf("%s %s as %s: HTTP %d, but through MCP isError is %v", call.tool, call.arguments, way, got.StatusCode, result.IsError)
					}
					have := decode(t, json.RawMessage(got.text))
					ignoreOwnStatus(have, want)
					if !sameAnswer(have, want, way) {
						t.Errorf("%s %s as %s: answered\n%v, through MCP\n%v", call.tool, call.arguments, way, have, want)
					}
				}
				viaMCP.requests = nil
			}
		})
	}
}

// ignoreOwnStatus drops the status of an answer that is not Stripe's, because a
// tool's result has none.
func ignoreOwnStatus(rest, mcp any) {
	r, _ := rest.(map[string]any)["error"].(map[string]any)
	m, _ := mcp.(map[string]any)["error"].(map[string]any)
	if r != nil && m != nil && m["http_status"] == nil {
		delete(r, "http_status")
	}
}

// sameAnswer compares answers. If an argument is refused, text can't express
// its type ("many" or many, [] or nothing), so it is enough that the same
// parameter is refused.
func sameAnswer(have, want any, way string) bool {
	if reflect.DeepEqual(have, want) {
		return true
	}
	h, _ := have.(map[string]any)["error"].(map[string]any)
	w, _ := want.(map[string]any)["error"].(map[string]any)
	return way == "text" && h != nil && w != nil && h["type"] == w["type"] && h["param"] == w["param"]
}

func connect(t testing.TB, u http.RoundTripper) *mcp.ClientSession {
	t.Helper()
	server, err := tools.NewServer(newService(t, newClient(t, u), operations.Options{}), tools.Options{Version: "test", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	here, there := mcp.NewInMemoryTransports()
	if _, err := server.Connect(t.Context(), there, nil); err != nil {
		t.Fatal(err)
	}
	session, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).Connect(t.Context(), here, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close() })
	return session
}

func decode(t testing.TB, value any) any {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.UseNumber()
	var decoded any
	if err := dec.Decode(&decoded); err != nil {
		t.Fatal(err)
	}
	return decoded
}

// pathOf returns the path of a tool's operation.
func pathOf(tool string, arguments map[string]any) (method, path string) {
	session, _ := arguments["session"].(string)
	one := sessions + "/" + session
	switch tool {
	case "stripe-get-checkout-sessions":
		return http.MethodGet, sessions
	case "stripe-post-checkout-sessions":
		return http.MethodPost, sessions
	case "stripe-get-checkout-sessions-session":
		return http.MethodGet, one
	case "stripe-post-checkout-sessions-session":
		return http.MethodPost, one + "/expire"
	default:
		return http.MethodGet, one + "/line-items"
	}
}

// sendJSON sends arguments with as much JSON as REST accepts: a POST as in the
// capability, a GET with structures as JSON in the query.
func sendJSON(a api, tool string, arguments map[string]any) answer {
	a.t.Helper()
	method, path := pathOf(tool, arguments)
	query, rest := url.Values{}, map[string]any{}
	for name, value := range arguments {
		switch {
		case name == "session":
		case method == http.MethodPost:
			rest[name] = value
		default:
			query.Set(name, plain(value))
		}
	}
	if method == http.MethodGet {
		return a.get(path + "?" + query.Encode())
	}
	if len(rest) == 1 { // only the key: the operation has no body
		return a.json(path, "", header("Idempotency-Key", rest["idempotency_key"].(string)))
	}
	body, err := json.Marshal(rest)
	if err != nil {
		a.t.Fatal(err)
	}
	return a.json(path, string(body))
}

// sendText sends arguments as Stripe's SDKs do.
func sendText(a api, tool string, arguments map[string]any) answer {
	a.t.Helper()
	method, path := pathOf(tool, arguments)
	form := url.Values{}
	for name, value := range arguments {
		switch name {
		case "session", "idempotency_key":
		case "body":
			flatten(form, "", value)
		default:
			flatten(form, name, value)
		}
	}
	if method == http.MethodGet {
		return a.get(path + "?" + form.Encode())
	}
	return a.form(path, form.Encode(), header("Idempotency-Key", arguments["idempotency_key"].(string)))
}

// flatten writes a value under a form name, with its members in brackets.
func flatten(form url.Values, name string, value any) {
	switch value := value.(type) {
	case map[string]any:
		for member, v := range value {
			inner := name + "[" + member + "]"
			if name == "" {
				inner = member
			}
			flatten(form, inner, v)
		}
		if len(value) == 0 && name != "" {
			form.Set(name, "{}") // a form has no other way to say so
		}
	case []any:
		for i, v := range value {
			flatten(form, name+"["+strconv.Itoa(i)+"]", v)
		}
		if len(value) == 0 {
			form.Set(name, "")
		}
	default:
		form.Set(name, plain(value))
	}
}

func plain(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	data, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(data)
}

// Random sessions are the same to Stripe whether they come from MCP, JSON or a
// form.
func TestRandomSessionsAreTheSame(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	viaMCP, viaREST := &upstream{}, &upstream{}
	session := connect(t, viaMCP)
	a := newAPI(t, newClient(t, viaREST))
	accepted := 0
	for range 200 {
		arguments := map[string]any{"body": randomSession(random), "idempotency_key": "k"}
		data, err := json.Marshal(arguments)
		if err != nil {
			t.Fatal(err)
		}
		result, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "stripe-post-checkout-sessions", Arguments: json.RawMessage(data)})
		if err != nil {
			t.Fatal(err)
		}
		if !result.IsError {
			accepted++
		}
		again := decode(t, json.RawMessage(data)).(map[string]any)
		sendJSON(a, "stripe-post-checkout-sessions", again)
		sendText(a, "stripe-post-checkout-sessions", again)
		for _, got := range viaREST.requests {
			if len(viaMCP.requests) != 1 || got != viaMCP.requests[0] {
				t.Fatalf("%s: Stripe was sent\n%+v, through MCP\n%+v", data, got, viaMCP.requests)
			}
		}
		if want := 2 * len(viaMCP.requests); len(viaREST.requests) != want {
			t.Fatalf("%s: Stripe was asked %d times, want %d", data, len(viaREST.requests), want)
		}
		viaMCP.requests, viaREST.requests = nil, nil
	}
	if accepted < 50 {
		t.Errorf("only %d of 200 random sessions were sent at all", accepted)
	}
	t.Logf("%d of 200 random sessions were sent to Stripe", accepted)
}

// randomSession returns a session that is usually valid, but not always.
func randomSession(random *rand.Rand) map[string]any {
	pick := func(texts ...string) string { return texts[random.IntN(len(texts))] }
	text := func() string { return pick("a", "ü & = + %", "1", "true", "[x]", "{}", "[1]", `"`, " a ", "a\nb", "") }
	line := func() any {
		if random.IntN(2) == 0 {
			return map[string]any{"price": sandbox.PriceTShirt, "quantity": random.IntN(9)}
		}
		return map[string]any{"quantity": 1, "price_data": map[string]any{
			"currency": pick("usd", "jpy"), "unit_amount": random.IntN(1e6) - 1,
			"product_data": map[string]any{"name": "x" + text(), "metadata": map[string]any{"k" + pick("1", ".a", " "): text()}},
		}}
	}
	session := map[string]any{"mode": pick("payment", "payment", "subscription", "setup", "pay")}
	optional := map[string]any{
		"line_items":              []any{line(), line()},
		"success_url":             "https://example.com/?" + text(),
		"client_reference_id":     "x" + text(),
		"metadata":                map[string]any{"0": text(), "b": text()},
		"allow_promotion_codes":   random.IntN(2) == 0,
		"automatic_tax":           map[string]any{"enabled": random.IntN(2) == 0},
		"expires_at":              1769904000 + random.IntN(1000),
		"payment_method_types":    []any{pick("card", "klarna")},
		"custom_text":             map[string]any{"submit": map[string]any{"message": "x" + text()}},
		"subscription_data":       map[string]any{"application_fee_percent": json.Number(pick("12.5", "0.01", "100", "7"))},
		"phone_number_collection": map[string]any{"enabled": true},
	}
	for name, value := range optional {
		if random.IntN(2) == 0 {
			session[name] = value
		}
	}
	return session
}
