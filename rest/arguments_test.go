package rest

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/schemas"
)

const (
	list     = "stripe-get-checkout-sessions"
	create   = "stripe-post-checkout-sessions"
	retrieve = "stripe-get-checkout-sessions-session"
	expire   = "stripe-post-checkout-sessions-session"
)

// routeOf returns the route for a tool.
func routeOf(t testing.TB, tool string) route {
	t.Helper()
	for _, rt := range routes {
		if rt.Tool == tool {
			return rt
		}
	}
	t.Fatalf("no route for %s", tool)
	return route{}
}

// request builds a request as a route receives it.
func request(rt route, query, contentType, body string) *http.Request {
	r := httptest.NewRequest(rt.Stripe.Method, "/", strings.NewReader(body))
	r.URL.RawQuery = query
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	if strings.Contains(rt.Stripe.Path, "{session}") {
		r.SetPathValue("session", "cs_1")
	}
	return r
}

func TestRequestsBecomeTheToolsArguments(t *testing.T) {
	for _, tt := range []struct {
		name, tool, query, typ, body string
		want                         string
	}{
		{name: "nothing", tool: list, want: `{}`},
		{name: "Stripe's own query", tool: list,
			query: "limit=3&status=open&created[gte]=1767225600&created[lt]=1769904000&customer_details[email]=a%2Bb@example.com&expand[]=data.customer&expand[]=data.line_items",
			want:  `{"limit":3,"status":"open","created":{"gte":"1767225600","lt":"1769904000"},"customer_details":{"email":"a+b@example.com"},"expand":["data.customer","data.line_items"]}`},
		{name: "flat names", tool: list,
			query: `created=2026-01-31&customer_details={"email":"a@example.com"}&expand=["data.customer"]&fields=id&fields=url`,
			want:  `{"created":"2026-01-31","customer_details":{"email":"a@example.com"},"expand":["data.customer"],"fields":["id","url"]}`},
		{name: "a range as JSON", tool: list, query: `created={"gte":"2026-01-01"}`, want: `{"created":{"gte":"2026-01-01"}}`},
		{name: "numbered items", tool: list, query: "expand[1]=b&expand[0]=a&expand[10]=c", want: `{"expand":["a","b","c"]}`},
		{name: "one item", tool: list, query: "expand=data.customer", want: `{"expand":["data.customer"]}`},
		{name: "a text that looks like a number", tool: list, query: "customer=123&starting_after=true", want: `{"customer":"123","starting_after":"true"}`},
		{name: "no number", tool: list, query: "limit=ten", want: `{"limit":"ten"}`},
		{name: "a number JSON has no form for", tool: list, query: "limit=007", want: `{"limit":"007"}`},
		{name: "a list where none belongs", tool: list, query: "limit[]=5", want: `{"limit":["5"]}`},
		{name: "an object where none belongs", tool: list, query: "limit[a]=5", want: `{"limit":{"a":"5"}}`},
		{name: "no object", tool: list, query: "customer_details=x", want: `{"customer_details":"x"}`},
		{name: "broken JSON", tool: list, query: `customer_details={"email"`, want: `{"customer_details":"{\"email\""}`},
		{name: "unknown names stay in", tool: list, query: "lmit=3&a[b][c]=d&e[]=f&g[0]=h&[x]=1&y]=2&z[=3&q[a]b=4&=5", want: `{"lmit":"3","a":{"b":{"c":"d"}},"e":["f"],"g":["h"],"[x]":"1","y]":"2","z[":"3","q[a]b":"4","":"5"}`},
		{name: "empty values stay in", tool: list, query: "limit=&customer&expand=", want: `{"limit":"","customer":"","expand":[]}`},
		{name: "the session", tool: retrieve, query: "expand[]=customer", want: `{"session":"cs_1","expand":["customer"]}`},
		{name: "an empty body on a GET", tool: list, typ: formType, want: `{}`},
		{name: "an empty object on a GET", tool: list, typ: jsonType, body: `{}`, want: `{"body":{}}`},
		{name: "the capability's empty body on a GET", tool: list, typ: jsonType, body: `{"body":{}}`, want: `{"body":{}}`},
		{name: "a body on a GET stays in", tool: list, typ: jsonType, body: `{"limit":3}`, want: `{"body":{"limit":3}}`},
		{name: "a form on a GET stays in", tool: list, typ: formType, body: "limit=3", want: `{"body":{"limit":"3"}}`},

		{name: "bare JSON", tool: create, typ: jsonType, body: ` {"mode":"payment","expires_at":1767225600} `, want: `{"body":{"mode":"payment","expires_at":1767225600}}`},
		{name: "JSON in body", tool: create, typ: "application/json; charset=UTF-8", body: `{"body":{"mode":"payment"},"idempotency_key":"k"}`, want: `{"body":{"mode":"payment"},"idempotency_key":"k"}`},
		{name: "JSON in body and beside it", tool: create, typ: jsonType, body: `{"body":{},"mode":"payment"}`, want: `{"body":{},"mode":"payment"}`},
		{name: "JSON of another type", tool: create, typ: jsonType, body: `[1]`, want: `{"body":[1]}`},
		{name: "a form", tool: create, typ: formType,
			body: "mode=payment&line_items[0][quantity]=2&line_items[0][price_data][unit_amount]=1000&line_items[0][price_data][product_data][name]=T-shirt&line_items[1][price]=price_1&automatic_tax[enabled]=true&metadata[a]=true&metadata[b]=2&allow_promotion_codes=false&payment_method_types[]=card&expires_at=1767225600",
			want: `{"body":{"mode":"payment","line_items":[{"quantity":2,"price_data":{"unit_amount":1000,"product_data":{"name":"T-shirt"}}},{"price":"price_1"}],"automatic_tax":{"enabled":true},"metadata":{"a":"true","b":"2"},"allow_promotion_codes":false,"payment_method_types":["card"],"expires_at":1767225600}}`},
		{name: "a form in body", tool: create, typ: formType, body: "body[mode]=setup&idempotency_key=k", want: `{"body":{"mode":"setup"},"idempotency_key":"k"}`},
		{name: "numbered metadata keys are keys", tool: create, typ: formType, body: "metadata[0]=a&metadata[1]=b", want: `{"body":{"metadata":{"0":"a","1":"b"}}}`},
		{name: "a structure as JSON in a form", tool: create, typ: formType, body: `line_items=[{"price":"price_1","quantity":1}]`, want: `{"body":{"line_items":[{"price":"price_1","quantity":1}]}}`},
		{name: "parameters in the query of a POST stay in", tool: create, query: "mode=payment", typ: jsonType, body: `{}`, want: `{"mode":"payment","body":{}}`},
		{name: "no body", tool: expire, want: `{"session":"cs_1"}`},
		{name: "blank body", tool: expire, typ: "text/plain", body: " \n", want: `{"session":"cs_1"}`},
		{name: "expand in a body", tool: expire, typ: formType, body: "expand[0]=line_items", want: `{"session":"cs_1","body":{"expand":["line_items"]}}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rt := routeOf(t, tt.tool)
			got, err := rt.arguments(request(rt, tt.query, tt.typ, tt.body))
			if err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(got)
			if err != nil {
				t.Fatal(err)
			}
			var have, want map[string]any
			if err := json.Unmarshal(text, &have); err != nil {
				t.Fatalf("%v: %s", err, text)
			}
			if err := json.Unmarshal([]byte(tt.want), &want); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(have, want) {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// If a value is given twice, neither is dropped silently.
func TestGivenTwice(t *testing.T) {
	for _, tt := range []struct{ tool, query, body, want string }{
		{create, "", `{"mode":"payment","mode":"setup"}`, "mode"},
		{create, "", `{"body":{},"body":{"mode":"setup"}}`, "body"},
		{create, "body[mode]=payment", `{"mode":"setup"}`, "body"},
		{create, `body={"mode":"payment","mode":"setup"}`, ``, "mode"},
		{expire, "session=cs_2", ``, "session"},
	} {
		rt := routeOf(t, tt.tool)
		got, err := rt.arguments(request(rt, tt.query, jsonType, tt.body))
		if err == nil || !strings.Contains(err.Error(), tt.want+" is given twice; give it once.") {
			t.Errorf("%s %s: %s, %v; want a refusal because %s is given twice", tt.query, tt.body, got, err, tt.want)
		}
	}
}

func TestRequestsThatCannotBeRead(t *testing.T) {
	for _, tt := range []struct {
		name, tool, query, typ, body string
		status                       int
		param, message               string
	}{
		{name: "twice", tool: list, query: "limit=1&limit=2", status: 400, param: "limit", message: "limit is given twice; give it once."},
		{name: "twice within", tool: list, query: "created[gte]=1&created[gte]=2", status: 400, param: "created[gte]", message: "created[gte] is given twice; give it once."},
		{name: "twice in a form", tool: create, typ: formType, body: "line_items[0][price]=a&line_items[0][price]=b", status: 400, param: "line_items[0][price]", message: "line_items[0][price] is given twice; give it once."},
		{name: "several ways", tool: list, query: "expand=a&expand[]=b", status: 400, param: "expand", message: "expand is given in several forms (expand=, expand[]=, expand[…]=); give it once."},
		{name: "text and members", tool: list, query: "created=1&created[gte]=2", status: 400, param: "created", message: "created is given in several forms (created=, created[]=, created[…]=); give it once."},
		{name: "too deep", tool: list, query: "a" + strings.Repeat("[a]", 40) + "=1", status: 400, param: "a", message: "a is nested more than 32 levels deep, which no parameter needs."},
		{name: "broken escape", tool: list, query: "customer=50%", status: 400, message: "The query contains a % that is not followed by two hexadecimal digits; write a percent sign as %25."},
		{name: "no UTF-8 in the query", tool: list, query: "customer=%ff", status: 400, message: "The query is not UTF-8 text."},
		{name: "no UTF-8 in a form", tool: create, typ: formType, body: "mode=%ff", status: 400, message: "The request body is not UTF-8 text."},
		{name: "no UTF-8 in JSON", tool: create, typ: jsonType, body: "{\"mode\":\"\xff\"}", status: 400, message: "The request body is not UTF-8 text."},
		{name: "no JSON", tool: create, typ: jsonType, body: `{"mode":}`, status: 400, message: "The request body is not valid JSON: invalid character '}' looking for beginning of value at byte 9."},
		{name: "JSON that would be more than a value", tool: create, typ: jsonType, body: `{},"session":"x"`, status: 400, message: "The request body is not valid JSON: invalid character ',' after top-level value at byte 3."},
		{name: "no content type", tool: create, body: `{}`, status: 415, param: "Content-Type", message: "The request body must have the Content-Type application/json or application/x-www-form-urlencoded."},
		{name: "another content type", tool: create, typ: "multipart/form-data; boundary=x", body: `x`, status: 415, param: "Content-Type", message: "The request body must have the Content-Type application/json or application/x-www-form-urlencoded."},
		{name: "another charset", tool: create, typ: "application/json; charset=latin1", body: `{}`, status: 415, param: "Content-Type", message: "The request body must be in UTF-8."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rt := routeOf(t, tt.tool)
			got, err := rt.arguments(request(rt, tt.query, tt.typ, tt.body))
			r, ok := err.(*refusal)
			if !ok {
				t.Fatalf("got %s, %v; want a refusal", got, err)
			}
			if r.status != tt.status || r.shown.Param != tt.param || r.shown.Message != tt.message {
				t.Errorf("got  %d %q %q\nwant %d %q %q", r.status, r.shown.Param, r.shown.Message, tt.status, tt.param, tt.message)
			}
		})
	}
}

func TestCompressedBodiesAreRefused(t *testing.T) {
	rt := routeOf(t, create)
	r := request(rt, "", jsonType, `{}`)
	r.Header.Set("Content-Encoding", "gzip")
	_, err := rt.arguments(r)
	if refused, ok := err.(*refusal); !ok || refused.status != http.StatusUnsupportedMediaType {
		t.Errorf("got %v", err)
	}
}

func TestAccept(t *testing.T) {
	for _, tt := range []struct {
		accept string
		want   bool
	}{
		{"", true},
		{"*/*", true},
		{"application/json", true},
		{"application/*;q=0.1", true},
		{"text/html, application/xhtml+xml, */*;q=0.8", true},
		{"application/json; charset=utf-8", true},
		{"text/html", false},
		{"application/xml", false},
		{"application/json;q=0", false},
		{"*/*, application/json;q=0", false},
		{"application/*;q=0, application/json", true},
		{"nonsense", false},
	} {
		if got := acceptsJSON([]string{tt.accept}); got != tt.want {
			t.Errorf("Accept: %s is %v", tt.accept, got)
		}
	}
}

// Whatever a query or a body says, it becomes either a single JSON object of
// arguments or a refusal, and no text is lost on the way.
func FuzzArguments(f *testing.F) {
	for _, seed := range []struct{ query, typ, body string }{
		{"limit=3&created[gte]=1&expand[]=a&expand[]=b", "", ""},
		{`customer_details={"email":"a@example.com"}&fields=id`, "", ""},
		{"expand[0]=a&expand[1]=b&x[y][z]=1&[=2&%5B%5D=3", formType, "mode=payment&line_items[0][price]=p"},
		{"", jsonType, `{"body":{"mode":"payment"},"idempotency_key":"k"}`},
		{"", jsonType, `{"mode":"payment","line_items":[{"quantity":1}]}`},
		{"body={}&session=cs_2", formType, "body[mode]=x&body=1"},
		{"a=%00&b=\"&c=\\u0000", jsonType, `{"a":"\ud800"}`},
	} {
		f.Add(seed.query, seed.typ, seed.body)
	}
	all := map[string]route{}
	for _, tool := range []string{list, create, retrieve, expire} {
		all[tool] = routeOf(f, tool)
	}
	service, err := operations.New(nil, operations.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, query, typ, body string) {
		for tool, rt := range all {
			arguments, err := rt.arguments(request(rt, query, typ, body))
			if err != nil {
				if mistake := (*schemas.Error)(nil); errors.As(err, &mistake) {
					continue
				}
				r, ok := err.(*refusal)
				if !ok {
					t.Fatalf("%s: %v is not a refusal", tool, err)
				}
				if r.status != http.StatusBadRequest && r.status != http.StatusUnsupportedMediaType || r.shown.Message == "" {
					t.Errorf("%s: %d %q", tool, r.status, r.shown.Message)
				}
				continue
			}
			form, err := parseForm(query, "query")
			if err != nil {
				t.Fatalf("the query was accepted, but then: %v", err)
			}
			for _, name := range form.Names {
				if _, there := arguments[name]; !there {
					t.Errorf("%s: %q was dropped from %s", tool, name, arguments)
				}
			}
			if _, there := arguments["body"]; strings.TrimSpace(body) != "" && !there {
				t.Errorf("%s: the body %q was dropped", tool, body)
			}
			// Validation must accept this without a panic.
			_, _ = service.PrepareParsed(t.Context(), rt.Operation, arguments)
		}
	})
}
