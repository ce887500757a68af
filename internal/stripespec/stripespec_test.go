package stripespec

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stripe/stripe-mock/embedded"
)

const (
	sessionsPath = "/v1/checkout/sessions"
	sessionPath  = "/v1/checkout/sessions/{session}"
)

// fixture returns Stripe's own example of an object.
func fixture(t *testing.T, name string) map[string]any {
	t.Helper()
	var fixtures struct{ Resources map[string]json.RawMessage }
	if err := json.Unmarshal(embedded.OpenAPIFixtures, &fixtures); err != nil {
		t.Fatal(err)
	}
	var object map[string]any
	if err := json.Unmarshal(fixtures.Resources[name], &object); err != nil {
		t.Fatal(err)
	}
	return object
}

func encode(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestVersion(t *testing.T) {
	if got := Version(); got != "2025-09-30.clover" {
		t.Errorf("the document is for %s", got)
	}
}

func TestAcceptsStripesOwnExamples(t *testing.T) {
	session := fixture(t, "checkout.session")
	if err := ValidateResponse("GET", sessionPath, 200, encode(t, session)); err != nil {
		t.Error(err)
	}
	list := map[string]any{"object": "list", "data": []any{session}, "has_more": false, "url": sessionsPath}
	if err := ValidateResponse("GET", sessionsPath, 200, encode(t, list)); err != nil {
		t.Error(err)
	}
	customer := fixture(t, "customer")
	customer["discount"] = nil // the example's is in clover's shape
	session["customer"] = customer
	if err := ValidateResponse("GET", sessionPath, 200, encode(t, session)); err != nil {
		t.Errorf("with an expanded customer: %v", err)
	}
	refusal := `{"error": {"type": "invalid_request_error", "message": "No."}}`
	if err := ValidateResponse("POST", sessionsPath, 400, []byte(refusal)); err != nil {
		t.Error(err)
	}
}

func TestRefusesWrongAnswers(t *testing.T) {
	for name, change := range map[string]func(session map[string]any){
		"a missing required key":    func(s map[string]any) { delete(s, "payment_status") },
		"an invented key":           func(s map[string]any) { s["amount"] = 100 },
		"a value outside an enum":   func(s map[string]any) { s["status"] = "paid" },
		"a string for an integer":   func(s map[string]any) { s["amount_total"] = "2000" },
		"a fraction for an integer": func(s map[string]any) { s["amount_total"] = 20.5 },
		"null where it may not be":  func(s map[string]any) { s["livemode"] = nil },
		"an object for a list":      func(s map[string]any) { s["shipping_options"] = map[string]any{} },
		"a wrong object":            func(s map[string]any) { s["object"] = "session" },
		"a string that is too long": func(s map[string]any) { s["success_url"] = strings.Repeat("x", 5001) },
		"a number for metadata":     func(s map[string]any) { s["metadata"] = map[string]any{"k": 1} },
		"a wrong key deep inside": func(s map[string]any) {
			s["total_details"] = map[string]any{"amount_discount": 0, "amount_tax": 0, "tax": 0}
		},
		"a missing key deep inside": func(s map[string]any) { s["automatic_tax"] = map[string]any{} },
		"a half-expanded customer":  func(s map[string]any) { s["customer"] = map[string]any{"id": "cus_1", "object": "customer"} },
		"a number for an id":        func(s map[string]any) { s["customer"] = 1 },
		"a wrong item of a list":    func(s map[string]any) { s["payment_method_types"] = []any{"card", 1} },
		"a list without its has_more": func(s map[string]any) {
			s["line_items"] = map[string]any{"object": "list", "data": []any{}, "url": "/"}
		},
		"a wrong element of that list": func(s map[string]any) {
			s["line_items"] = map[string]any{"object": "list", "data": []any{map[string]any{"id": "li_1"}}, "has_more": false, "url": "/"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			session := fixture(t, "checkout.session")
			change(session)
			if err := ValidateResponse("GET", sessionPath, 200, encode(t, session)); err == nil {
				t.Error("accepted")
			}
		})
	}
	for name, body := range map[string]string{
		"not an error":        `{}`,
		"an unknown type":     `{"error": {"type": "authentication_error", "message": "No."}}`,
		"no type":             `{"error": {"message": "No."}}`,
		"an invented key":     `{"error": {"type": "api_error", "status": 400}}`,
		"an empty body":       ``,
		"not JSON":            `<html>`,
		"a session":           string(encode(t, fixture(t, "checkout.session"))),
		"more than one value": `{"error": {"type": "api_error"}} {}`,
	} {
		t.Run("error: "+name, func(t *testing.T) {
			if err := ValidateResponse("POST", sessionsPath, 400, []byte(body)); err == nil {
				t.Error("accepted")
			}
		})
	}
}

func TestRefusesUnknownOperations(t *testing.T) {
	for _, operation := range [][2]string{{"GET", "/v1/nothing"}, {"PUT", sessionsPath}} {
		if err := ValidateResponse(operation[0], operation[1], 200, []byte(`{}`)); err == nil {
			t.Errorf("%v does not exist, but an answer was accepted", operation)
		}
	}
	if err := ValidateComponent("checkout.nothing", []byte(`{}`)); err == nil {
		t.Error("an unknown component was accepted")
	}
}

func TestMatch(t *testing.T) {
	for _, tt := range []struct{ method, path, want string }{
		{"GET", "/v1/checkout/sessions", sessionsPath},
		{"GET", "/v1/checkout/sessions/cs_1", sessionPath},
		{"POST", "/v1/checkout/sessions/cs_1/expire", sessionPath + "/expire"},
		{"GET", "/v1/customers/search", "/v1/customers/search"},
		{"GET", "/v1/customers/cus_1", "/v1/customers/{customer}"},
	} {
		if got, ok := Match(tt.method, tt.path); !ok || got != tt.want {
			t.Errorf("%s %s is for %q, want %q", tt.method, tt.path, got, tt.want)
		}
	}
	for _, other := range [][2]string{{"GET", "/"}, {"GET", "/v1/checkout/sessions/"}, {"DELETE", sessionsPath}, {"GET", "/v1/checkout/sessions/cs_1/expire"}} {
		if template, ok := Match(other[0], other[1]); ok {
			t.Errorf("%v is for %q, want nothing", other, template)
		}
	}
}

func TestRequestSchema(t *testing.T) {
	create, err := RequestSchema("POST", sessionsPath)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := create["properties"].(map[string]any)["line_items"]; !ok {
		t.Error("create has no line_items")
	}
	list, err := RequestSchema("GET", sessionsPath)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := list["properties"].(map[string]any)["starting_after"]; !ok {
		t.Error("list has no starting_after")
	}
	create["properties"] = nil
	if again, _ := RequestSchema("POST", sessionsPath); again["properties"] == nil {
		t.Error("callers share the same schema")
	}
}

// recorder is a test that records its failures.
type recorder struct {
	testing.TB
	failures []string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}

type answering func(*http.Request) *http.Response

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) { return a(r), nil }

func TestTransport(t *testing.T) {
	session := string(encode(t, fixture(t, "checkout.session")))
	refusal := `{"error": {"type": "invalid_request_error", "message": "No."}}`
	for name, tt := range map[string]struct {
		method, path, contentType, body string
		status                          int
		fails                           bool
	}{
		"a right answer":                   {"GET", "/v1/checkout/sessions/cs_1", "application/json", session, 200, false},
		"a right answer with a charset":    {"GET", "/v1/checkout/sessions/cs_1", "application/json; charset=utf-8", session, 200, false},
		"a refusal":                        {"GET", "/v1/checkout/sessions/cs_1", "application/json", refusal, 404, false},
		"a refusal of an unknown path":     {"GET", "/v2/nothing", "application/json", refusal, 404, false},
		"a wrong answer":                   {"GET", "/v1/checkout/sessions/cs_1", "application/json", `{"id": "cs_1"}`, 200, true},
		"the answer of another operation":  {"GET", "/v1/checkout/sessions", "application/json", session, 200, true},
		"a refusal with status 200":        {"GET", "/v1/checkout/sessions/cs_1", "application/json", refusal, 200, true},
		"a session with status 404":        {"GET", "/v1/checkout/sessions/cs_1", "application/json", session, 404, true},
		"an answer on an unknown path":     {"GET", "/v2/nothing", "application/json", session, 200, true},
		"another content type":             {"GET", "/v1/checkout/sessions/cs_1", "text/plain", session, 200, true},
		"an operation that does not exist": {"PUT", "/v1/checkout/sessions/cs_1", "application/json", session, 200, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := &recorder{TB: t}
			transport := Transport(r, answering(func(req *http.Request) *http.Response {
				return &http.Response{
					StatusCode: tt.status, Header: http.Header{"Content-Type": {tt.contentType}},
					Body: io.NopCloser(strings.NewReader(tt.body)), Request: req,
				}
			}))
			req, err := http.NewRequest(tt.method, "http://stripe.test"+tt.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := transport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if body, err := io.ReadAll(resp.Body); err != nil || string(body) != tt.body {
				t.Errorf("the answer came through as %q, %v", body, err)
			}
			if failed := len(r.failures) > 0; failed != tt.fails {
				t.Errorf("failures %q, want some: %v", r.failures, tt.fails)
			}
		})
	}
}

// What clover removed or newly requires must be checked against basil's
// document.
func TestChangedObjects(t *testing.T) {
	basil, err := loadBasil()
	if err != nil {
		t.Fatal(err)
	}
	if basil.Info.Version != "2025-05-28.basil" {
		t.Errorf("basil's document is for %s", basil.Info.Version)
	}
	type shape struct {
		Properties map[string]json.RawMessage
		Required   []string
	}
	decode := func(d *document, name string) (s shape) {
		if err := json.Unmarshal(d.Components.Schemas[name], &s); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return s
	}
	for _, name := range []string{
		"charge", "checkout.session", "coupon", "customer", "discount", "event", "invoice", "item", "line_item", "payment_intent",
		"payment_method", "price", "product", "promotion_code", "setup_intent", "shipping_rate", "subscription", "subscription_item",
	} {
		older, newer := decode(basil, name), decode(load(), name)
		differs := false
		for property := range older.Properties {
			_, there := newer.Properties[property]
			differs = differs || !there
		}
		for _, property := range newer.Required {
			// billing_mode came with 2025-06-30.basil.
			differs = differs || !slices.Contains(older.Required, property) && name+"."+property != "subscription.billing_mode"
		}
		if differs != changed[name] {
			t.Errorf("%s has another shape in clover: %v, but listed as changed: %v", name, differs, changed[name])
		}
	}
}
