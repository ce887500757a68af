package rest_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// A session's whole life, at both sets of paths.
func TestTheFiveOperations(t *testing.T) {
	for _, paths := range []struct{ name, sessions, lineItems string }{
		{"the capability's paths", "/v1/v1/checkout/sessions", "line-items"},
		{"Stripe's paths", "/v1/checkout/sessions", "line_items"},
	} {
		t.Run(paths.name, func(t *testing.T) {
			a := sandboxed(t)
			created := a.form(paths.sessions, tshirt+"&customer_email=jenny%40example.com").want(t, http.StatusOK).json(t)
			id, _ := created["id"].(string)
			if created["status"] != "open" || id == "" {
				t.Fatalf("created %v", created)
			}
			one := paths.sessions + "/" + id

			found := a.get(paths.sessions+"?customer_details[email]=jenny%40example.com&limit=5").want(t, http.StatusOK).json(t)
			data, _ := found["data"].([]any)
			if len(data) != 1 || data[0].(map[string]any)["id"] != id {
				t.Errorf("found %v", found)
			}
			items := a.get(one+"/"+paths.lineItems+"?limit=1").want(t, http.StatusOK).json(t)
			if data, _ := items["data"].([]any); len(data) != 1 {
				t.Errorf("line items %v", items)
			}
			expired := a.json(one+"/expire", `{"expand":["line_items"]}`).want(t, http.StatusOK).json(t)
			if expired["status"] != "expired" || expired["line_items"] == nil {
				t.Errorf("expired %v", expired)
			}
			if again := a.get(one).want(t, http.StatusOK).json(t); again["status"] != "expired" {
				t.Errorf("retrieved %v", again)
			}
			if e := a.form(one+"/expire", "").failure(t, http.StatusBadRequest); !strings.Contains(e.Message, "Only Checkout Sessions with a status") || e.RequestID == "" {
				t.Errorf("expired twice: %+v", e)
			}
		})
	}
}

// However the parameters are written, Stripe receives the same request.
func TestOneRequestManyWays(t *testing.T) {
	u := &upstream{}
	a := newAPI(t, newClient(t, u))
	key := header("Idempotency-Key", "k")
	const jsonLine = `{"price":"price_1","quantity":2}`
	for _, send := range []func(){
		func() {
			a.json(sessions, `{"mode":"payment","line_items":[`+jsonLine+`],"automatic_tax":{"enabled":true}}`, key)
		},
		func() {
			a.json(sessions, `{"body":{"mode":"payment","line_items":[`+jsonLine+`],"automatic_tax":{"enabled":true}}}`, key)
		},
		func() {
			a.json(sessions, `{"idempotency_key":"k","body":{"mode":"payment","line_items":[`+jsonLine+`],"automatic_tax":{"enabled":true}}}`)
		},
		func() {
			a.form(sessions, "mode=payment&line_items[0][price]=price_1&line_items[0][quantity]=2&automatic_tax[enabled]=true", key)
		},
		func() { // as Stripe's documentation writes it, which OpenAPI can't describe
			r := httptest.NewRequest(http.MethodPost, sessions, strings.NewReader("mode=payment&line_items[][price]=price_1&line_items[][quantity]=2&automatic_tax[enabled]=true"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Idempotency-Key", "k")
			a.handler.ServeHTTP(httptest.NewRecorder(), r)
		},
	} {
		send()
	}
	if len(u.requests) != 5 {
		t.Fatalf("Stripe was asked %d times", len(u.requests))
	}
	for _, got := range u.requests {
		if got != u.requests[0] {
			t.Errorf("Stripe was sent\n%+v\nand\n%+v", u.requests[0], got)
		}
	}
}

func TestArgumentsAreValidated(t *testing.T) {
	a := newAPI(t, newClient(t, unreachable{t}))
	for _, tt := range []struct {
		name          string
		answer        func() answer
		code, param   string
		messageStarts string
	}{
		{"unknown in the query", func() answer { return a.get(sessions + "?lmit=3") }, "parameter_unknown", "lmit", `lmit is not a parameter. Did you mean limit?`},
		{"unknown in the body", func() answer { return a.json(sessions, `{"mode":"payment","lineItems":[]}`) }, "parameter_unknown", "lineItems", `lineItems is not a parameter. Did you mean line_items?`},
		{"out of range", func() answer { return a.get(sessions + "?limit=101") }, "", "limit", "limit must be between 1 and 100; got 101."},
		{"not an integer", func() answer { return a.get(sessions + "?limit=ten") }, "parameter_invalid_integer", "limit", `limit must be an integer; got "ten".`},
		{"not a boolean", func() answer { return a.form(sessions, "automatic_tax[enabled]=yes") }, "", "automatic_tax[enabled]", `automatic_tax[enabled] must be a boolean; got "yes".`},
		{"a body on a GET", func() answer {
			r := httptest.NewRequest(http.MethodGet, sessions, strings.NewReader(`{"limit":3}`))
			r.Header.Set("Content-Type", "application/json")
			return a.send(r)
		}, "parameter_unknown", "limit", "limit belongs outside body."},
		{"a name twice in JSON", func() answer { return a.json(sessions, `{"mode":"payment","mode":"setup"}`) }, "", "mode", "mode is given twice; give it once."},
		{"in body and beside it", func() answer { return a.json(sessions, `{"body":{},"mode":"payment"}`) }, "parameter_unknown", "mode", "mode belongs in body."},
		{"in the query of a POST", func() answer { return a.json(sessions+"?mode=payment", `{}`) }, "parameter_unknown", "mode", "mode belongs in body."},
		{"no body", func() answer { return a.form(sessions, "") }, "parameter_missing", "body", "body is required"},
		{"another session in the query", func() answer { return a.get(sessions + "/cs_test_1?session=cs_test_2") }, "", "session", "session is given twice; give it once."},
		{"an id that isn't a session's", func() answer { return a.get(sessions + "/pi_123") }, "parameter_invalid", "session", "The session starts with pi_"},
		{"an id that escapes its path", func() answer { return a.get(sessions + "/..%2Fcustomers") }, "parameter_invalid", "session", "The session is not an id"},
		{"a field that no object has", func() answer { return a.get(sessions + "?fields[]=") }, "parameter_invalid_empty", "fields[0]", "fields[0] is empty"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := tt.answer().failure(t, http.StatusBadRequest)
			if e.Type != "invalid_request_error" || e.Code != tt.code || e.Param != tt.param || !strings.HasPrefix(e.Message, tt.messageStarts) || e.Retryable {
				t.Errorf("got %+v", e)
			}
		})
	}
}

func TestFields(t *testing.T) {
	a := sandboxed(t)
	got := a.get(sessions+"?limit=1&fields[]=id&fields[]=customer_details.email").want(t, http.StatusOK).json(t)
	data, _ := got["data"].([]any)
	if len(data) != 1 || len(data[0].(map[string]any)) > 2 || data[0].(map[string]any)["id"] == nil {
		t.Errorf("got %v", got)
	}
	if e := a.get(sessions+"?fields=statuss").failure(t, http.StatusBadRequest); e.Param != "fields" || !strings.Contains(e.Message, `Did you mean "status"?`) {
		t.Errorf("got %+v", e)
	}
}

func TestWhatIsNotThere(t *testing.T) {
	a := newAPI(t, newClient(t, unreachable{t}))
	for _, path := range []string{"/", "/v1", "/v1/customers", sessions + "/cs_1/line_items", stripeSessions + "/cs_1/line-items", sessions + "/", "/docs/other.js"} {
		a.get(path).failure(t, http.StatusNotFound)
	}
	for path, allow := range map[string]string{
		sessions:                            "GET, HEAD, POST",
		sessions + "/cs_1":                  "GET, HEAD",
		sessions + "/cs_1/expire":           "POST",
		sessions + "/cs_1/line-items":       "GET, HEAD",
		stripeSessions + "/cs_1/line_items": "GET, HEAD",
		"/openapi.json":                     "GET, HEAD",
		"/docs":                             "GET, HEAD",
	} {
		answer := a.send(httptest.NewRequest(http.MethodDelete, path, nil))
		answer.failure(t, http.StatusMethodNotAllowed)
		if got := answer.Header.Get("Allow"); got != allow {
			t.Errorf("%s: Allow: %s, want %s", path, got, allow)
		}
	}
	if got := a.form(sessions+"/cs_1", "").StatusCode; got != http.StatusMethodNotAllowed {
		t.Errorf("a POST to a session: HTTP %d", got)
	}
}

func TestContentNegotiation(t *testing.T) {
	a := sandboxed(t)
	if e := a.get(sessions, header("Accept", "text/html")).failure(t, http.StatusNotAcceptable); e.Param != "Accept" {
		t.Errorf("got %+v", e)
	}
	a.get(sessions+"?limit=1", header("Accept", "text/html, */*;q=0.1")).want(t, http.StatusOK)
	if e := a.form(sessions, tshirt, func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }).failure(t, http.StatusUnsupportedMediaType); e.Param != "Content-Type" {
		t.Errorf("got %+v", e)
	}
	tooLong := httptest.NewRequest(http.MethodPost, sessions, nil)
	tooLong.Header.Set("Content-Type", "application/json")
	recorder := httptest.NewRecorder()
	tooLong.Body = http.MaxBytesReader(recorder, io.NopCloser(strings.NewReader(tshirtJSON)), 10)
	a.handler.ServeHTTP(recorder, tooLong)
	answer{recorder.Result(), recorder.Body.String()}.failure(t, http.StatusRequestEntityTooLarge)
}

func TestIdempotencyKey(t *testing.T) {
	a := sandboxed(t)
	first := a.form(sessions, tshirt, header("Idempotency-Key", "order-1")).want(t, http.StatusOK)
	again := a.json(sessions, `{"body":`+tshirtJSON+`,"idempotency_key":"order-1"}`).want(t, http.StatusOK)
	if first.text != again.text || again.Header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("the same key made two sessions: %s and %s", first.text, again.text)
	}
	a.json(sessions, `{"body":`+tshirtJSON+`,"idempotency_key":"order<&>2"}`, header("Idempotency-Key", "order<&>2")).want(t, http.StatusOK)

	if e := a.form(sessions, "mode=setup&currency=usd&success_url=https%3A%2F%2Fexample.com", header("Idempotency-Key", "order-1")).failure(t, http.StatusBadRequest); e.Type != "idempotency_error" {
		t.Errorf("another request under the key: %+v", e)
	}
	if e := a.json(sessions, `{"body":`+tshirtJSON+`,"idempotency_key":"order-2"}`, header("Idempotency-Key", "order-3")).failure(t, http.StatusBadRequest); e.Param != "Idempotency-Key" {
		t.Errorf("two keys: %+v", e)
	}
	if e := a.form(sessions, tshirt, header("Idempotency-Key", "a"), header("Idempotency-Key", "b")).failure(t, http.StatusBadRequest); e.Param != "Idempotency-Key" {
		t.Errorf("the header twice: %+v", e)
	}
	if e := a.get(sessions, header("Idempotency-Key", "a")).failure(t, http.StatusBadRequest); e.Param != "Idempotency-Key" {
		t.Errorf("a key on a GET: %+v", e)
	}
	if e := a.form(sessions, tshirt, header("Idempotency-Key", "")).failure(t, http.StatusBadRequest); e.Param != "idempotency_key" {
		t.Errorf("an empty key: %+v", e)
	}
}

// A caller that gave no key and got no answer must be able to repeat the call
// safely.
func TestAGeneratedKeyIsReturned(t *testing.T) {
	u := &upstream{fail: errors.New("connection reset")}
	a := newAPI(t, newClient(t, u))
	failed := a.form(sessions, tshirt)
	failed.failure(t, http.StatusBadGateway)
	key := failed.Header.Get("Idempotency-Key")
	if key == "" || u.requests[0].idempotencyKey != key {
		t.Fatalf("the answer has the key %q, Stripe was sent %q", key, u.requests[0].idempotencyKey)
	}
	u.fail = nil
	a.form(sessions, tshirt, header("Idempotency-Key", key)).want(t, http.StatusOK)
	if u.requests[0] != u.requests[1] {
		t.Errorf("the repeated call differs: %+v and %+v", u.requests[0], u.requests[1])
	}
}

func TestStripeAccount(t *testing.T) {
	u := &upstream{}
	a := newAPI(t, newClient(t, u))
	a.get(sessions, header("Stripe-Account", "acct_123")).want(t, http.StatusOK)
	if u.requests[0].account != "acct_123" {
		t.Errorf("Stripe was asked for account %q", u.requests[0].account)
	}
	for _, wrong := range []string{"", "123", "acct_", "acct_1/2"} {
		if e := a.get(sessions, header("Stripe-Account", wrong)).failure(t, http.StatusBadRequest); e.Param != "Stripe-Account" {
			t.Errorf("%q: %+v", wrong, e)
		}
	}
	if e := a.get(sessions, header("Stripe-Account", "acct_1"), header("Stripe-Account", "acct_2")).failure(t, http.StatusBadRequest); e.Param != "Stripe-Account" {
		t.Errorf("twice: %+v", e)
	}
	if e := a.get(sessions, header("Stripe-Account", "acct_1"), header("Stripe-Context", "acct_2")).failure(t, http.StatusBadRequest); e.Param != "Stripe-Context" {
		t.Errorf("two accounts: %+v", e)
	}
	if e := a.get(sessions, header("Stripe-Context", "workspace/acct_1")).failure(t, http.StatusBadRequest); e.Param != "Stripe-Context" {
		t.Errorf("a path as Stripe-Context: %+v", e)
	}
	a.get(sessions, header("Stripe-Context", "acct_123")).want(t, http.StatusOK)
	if last := u.requests[len(u.requests)-1]; last.account != "acct_123" {
		t.Errorf("Stripe-Context: Stripe was asked for account %q", last.account)
	}
	u.requests = u.requests[:1]

	own := newAPI(t, newClient(t, u, func(c *stripeclient.Config) { c.Account = "acct_own" }))
	own.get(sessions).want(t, http.StatusOK)
	own.get(sessions, header("Stripe-Account", "acct_own")).want(t, http.StatusOK)
	if e := own.get(sessions, header("Stripe-Account", "acct_123")).failure(t, http.StatusForbidden); e.Message != "This server acts only on the account acct_own." {
		t.Errorf("another account: %+v", e)
	}
	for _, r := range u.requests[1:] {
		if r.account != "acct_own" {
			t.Errorf("Stripe was asked for account %q", r.account)
		}
	}
}

func TestStripeVersion(t *testing.T) {
	var log bytes.Buffer
	a := newAPI(t, newClient(t, inSandbox(t)), func(s *setup) { s.rest.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	for range 2 {
		for _, version := range []string{stripe.APIVersion, "2026-03-25.dahlia", "2020-08-27"} {
			got := a.get(sessions, header("Stripe-Version", version)).want(t, http.StatusOK)
			if answered := got.Header.Get("Stripe-Version"); answered != stripe.APIVersion {
				t.Errorf("%s is answered in %q", version, answered)
			}
		}
	}
	a.get(sessions+"?limit=0").failure(t, http.StatusBadRequest)
	if e := a.get(sessions, header("Stripe-Version", "latest")).failure(t, http.StatusBadRequest); e.Param != "Stripe-Version" || !strings.Contains(e.Message, stripe.APIVersion) {
		t.Errorf("got %+v", e)
	}
	if lines := strings.Split(strings.TrimSpace(log.String()), "\n"); len(lines) != 2 || !strings.Contains(lines[0], "asked=2026-03-25.dahlia") || !strings.Contains(lines[1], "asked=2020-08-27") {
		t.Errorf("logged the following, want each other version once:\n%s", &log)
	}
}

// Refusals also have an id where Stripe's SDKs look for a request's id.
func TestRefusalsHaveARequestID(t *testing.T) {
	got := newAPI(t, newClient(t, unreachable{t})).get(sessions+"?limit=0").want(t, http.StatusBadRequest)
	if id := got.Header.Get("Request-Id"); id == "" || strings.HasPrefix(id, "req_") {
		t.Errorf("the refusal has the request id %q, want one that does not look like Stripe's", id)
	}
}

// The key that an SDK sends is not used. A key of the other mode is refused, so
// that nobody who is testing creates a live session.
func TestTheCallersKeyIsNotForwarded(t *testing.T) {
	const other = "sk_test_ofTheCaller"
	u := &upstream{}
	a := newAPI(t, newClient(t, u))
	a.get(sessions, header("Authorization", "Bearer "+other)).want(t, http.StatusOK)
	a.get(sessions, header("Authorization", "Bearer unused")).want(t, http.StatusOK)
	a.get(sessions, func(r *http.Request) { r.SetBasicAuth(other, "") }).want(t, http.StatusOK)
	for _, r := range u.requests {
		if r.authorization != "Bearer "+sandbox.Key {
			t.Errorf("Stripe was sent %q", r.authorization)
		}
	}
	for _, send := range []func(*http.Request){
		header("Authorization", "Bearer sk_live_ofTheCaller"),
		func(r *http.Request) { r.SetBasicAuth("rk_live_ofTheCaller", "") },
	} {
		got := a.get(sessions, send)
		if e := got.failure(t, http.StatusForbidden); e.Code != "livemode_mismatch" {
			t.Errorf("got %+v", e)
		}
		if strings.Contains(got.text, "ofTheCaller") {
			t.Errorf("the key is in the answer: %s", got.text)
		}
	}
	live := newAPI(t, newClient(t, unreachable{t}, func(c *stripeclient.Config) { c.Key = parseKey(t, "sk_live_ofTheServer") }))
	live.form(sessions, tshirt, header("Authorization", "Bearer "+other)).failure(t, http.StatusForbidden)
}

func TestStripesHeadersArePassedOn(t *testing.T) {
	u := &upstream{header: http.Header{
		"Request-Id":                  {"req_1"},
		"Ratelimit-Remaining":         {"24"},
		"X-Ratelimit-Limit":           {"25"},
		"Stripe-Rate-Limited-Reason":  {"endpoint-rate"},
		"Idempotent-Replayed":         {"true"},
		"Stripe-Should-Retry":         {"false"},
		"Set-Cookie":                  {"session=1"},
		"Access-Control-Allow-Origin": {"*"},
	}}
	got := newAPI(t, newClient(t, u)).get(sessions).want(t, http.StatusOK)
	for _, name := range []string{"Request-Id", "Ratelimit-Remaining", "X-Ratelimit-Limit", "Stripe-Rate-Limited-Reason", "Idempotent-Replayed", "Stripe-Should-Retry"} {
		if got.Header.Get(name) != u.header.Get(name) {
			t.Errorf("%s: %q", name, got.Header.Get(name))
		}
	}
	for _, name := range []string{"Set-Cookie", "Access-Control-Allow-Origin"} {
		if got.Header.Get(name) != "" {
			t.Errorf("%s was passed on", name)
		}
	}
	if got.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("Cache-Control: %s", got.Header.Get("Cache-Control"))
	}
}

func TestFailures(t *testing.T) {
	stripeError := func(status int, body string) *upstream { return &upstream{status: status, body: body} }
	for _, tt := range []struct {
		name      string
		upstream  http.RoundTripper
		status    int
		typ, code string
		retryable bool
	}{
		{"a declined card", stripeError(402, `{"error":{"type":"card_error","code":"card_declined","decline_code":"do_not_honor","message":"No."}}`), 402, "card_error", "card_declined", false},
		{"the server has a wrong key", stripeError(401, `{"error":{"type":"invalid_request_error","message":"Invalid API Key provided"}}`), 401, "authentication_error", "", false},
		{"no permission", stripeError(403, `{"error":{"type":"invalid_request_error","message":"No."}}`), 403, "permission_error", "", false},
		{"nothing there", stripeError(404, `{"error":{"type":"invalid_request_error","code":"resource_missing","message":"No such checkout.session"}}`), 404, "invalid_request_error", "resource_missing", false},
		{"too fast", stripeError(429, `{"error":{"type":"invalid_request_error","code":"rate_limit","message":"Too many requests"}}`), 429, "rate_limit_error", "rate_limit", true},
		{"Stripe fails", stripeError(500, `{"error":{"type":"api_error","message":"Oops"}}`), 500, "api_error", "", true},
		{"a proxy instead of Stripe", stripeError(503, `<html>`), 503, "api_error", "invalid_response", true},
		{"an answer that isn't JSON", stripeError(200, `<html>`), 502, "api_error", "invalid_response", true},
		{"a redirect", stripeError(302, ``), 502, "api_error", "redirect_refused", false},
		{"no connection", &upstream{fail: errors.New("refused")}, 502, "api_connection_error", "connection_failed", true},
		{"no answer in time", &upstream{fail: context.DeadlineExceeded}, 504, "api_connection_error", "timeout", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := newAPI(t, newClient(t, tt.upstream)).get(sessions).failure(t, tt.status)
			if e.Type != tt.typ || e.Code != tt.code || e.Retryable != tt.retryable {
				t.Errorf("got %+v", e)
			}
		})
	}
	t.Run("no key", func(t *testing.T) {
		a := newAPI(t, newClient(t, unreachable{t}, func(c *stripeclient.Config) { c.Key = stripeclient.Key{} }))
		if e := a.get(sessions).failure(t, http.StatusUnauthorized); e.Code != "api_key_missing" {
			t.Errorf("got %+v", e)
		}
	})
}

func TestReadOnly(t *testing.T) {
	a := newAPI(t, newClient(t, inSandbox(t)), func(o *setup) { o.operations.ReadOnly = true })
	a.get(sessions+"?limit=1").want(t, http.StatusOK)
	for _, path := range []string{sessions, stripeSessions, sessions + "/cs_1/expire", stripeSessions + "/cs_1/expire"} {
		if e := a.form(path, tshirt).failure(t, http.StatusForbidden); e.Type != "permission_error" || e.Message != "This server is read-only." {
			t.Errorf("%s: %+v", path, e)
		}
	}
	if document := a.get("/openapi.json").text; strings.Contains(document, `"post"`) || strings.Contains(document, "PostCheckoutSessions") {
		t.Error("the document has operations that write")
	}
}

func TestOnlyTheChosenTools(t *testing.T) {
	a := newAPI(t, newClient(t, inSandbox(t)), func(o *setup) { o.operations.Tools = []string{"stripe-get-checkout-sessions"} })
	a.get(sessions).want(t, http.StatusOK)
	a.get(sessions+"/cs_1").failure(t, http.StatusForbidden)
	a.form(sessions, tshirt).failure(t, http.StatusForbidden)
}

// A caller's key that a middleware puts into the context is used.
func TestMiddleware(t *testing.T) {
	const callers = "rk_test_ofTheCaller"
	u := &upstream{}
	a := newAPI(t, newClient(t, u), func(o *setup) {
		o.rest.Middleware = func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				next.ServeHTTP(w, r.WithContext(stripeclient.WithKey(r.Context(), parseKey(t, callers))))
			})
		}
	})
	a.get(sessions)
	a.get(stripeSessions + "/cs_1")
	for _, r := range u.requests {
		if r.authorization != "Bearer "+callers {
			t.Errorf("Stripe was sent %q", r.authorization)
		}
	}
	if len(u.requests) != 2 {
		t.Errorf("Stripe was asked %d times", len(u.requests))
	}
}

func TestHead(t *testing.T) {
	a := sandboxed(t)
	recorder := httptest.NewRecorder()
	a.handler.ServeHTTP(recorder, httptest.NewRequest(http.MethodHead, sessions, nil))
	if h := recorder.Header(); recorder.Code != http.StatusOK || h.Get("Request-Id") == "" || h.Get("Content-Length") != strconv.Itoa(recorder.Body.Len()) {
		t.Errorf("HTTP %d %v", recorder.Code, recorder.Header())
	}
}

// upstream stands in for Stripe: it records requests and answers as it is told,
// by default with an empty list.
type upstream struct {
	requests []upstreamRequest
	fail     error
	status   int
	header   http.Header
	body     string
}

// upstreamRequest is everything about a request that can differ between two
// calls.
type upstreamRequest struct {
	method, url, form                               string
	authorization, account, idempotencyKey, version string
}

func (u *upstream) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	u.requests = append(u.requests, upstreamRequest{
		r.Method, r.URL.String(), string(body),
		r.Header.Get("Authorization"), r.Header.Get("Stripe-Account"), r.Header.Get("Idempotency-Key"), r.Header.Get("Stripe-Version"),
	})
	if u.fail != nil {
		return nil, u.fail
	}
	answer := &http.Response{StatusCode: u.status, Header: u.header.Clone(), Request: r}
	if answer.StatusCode == 0 {
		answer.StatusCode = http.StatusOK
	}
	if answer.Header == nil {
		answer.Header = http.Header{"Request-Id": {"req_1"}}
	}
	text := u.body
	if text == "" {
		text = `{"id":"cs_1","object":"list","data":[],"has_more":false,"url":"/v1/checkout/sessions"}`
	}
	answer.Body = io.NopCloser(bytes.NewReader([]byte(text)))
	return answer, nil
}

// unreachable fails the test if Stripe is called at all.
type unreachable struct{ t testing.TB }

func (u unreachable) RoundTrip(r *http.Request) (*http.Response, error) {
	u.t.Errorf("Stripe was asked: %s %s", r.Method, r.URL)
	return nil, errors.New("unreachable")
}
