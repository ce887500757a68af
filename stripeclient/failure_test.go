package stripeclient

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// TestStripeErrors has one row for each kind of failed answer: the structured
// error it becomes, and what its text tells a model to do next.
func TestStripeErrors(t *testing.T) {
	const (
		live = "rk_live_51RecognizableLiveKey"
		html = "<html>\n<h1>Bad Gateway</h1> recognizable body"
	)
	stripeError := func(fields string) string { return `{"error":{` + fields + `}}` }

	for _, tt := range []struct {
		name   string
		op     string // an operation's name; "" is Retrieve
		key    string // "" is testSecret
		acct   string
		answer http.HandlerFunc
		want   Error  // but Header
		text   string // the whole of Error()
	}{
		{
			name:   "card_error",
			op:     "Create",
			answer: answer(402, stripeError(`"type":"card_error","code":"card_declined","decline_code":"insufficient_funds","message":"Your card has insufficient funds.","doc_url":"https://stripe.com/docs/error-codes/card-declined"`), "Request-Id", "req_1"),
			want:   Error{Type: "card_error", Code: "card_declined", DeclineCode: "insufficient_funds", Message: "Your card has insufficient funds.", HTTPStatus: 402, RequestID: "req_1", DocURL: "https://stripe.com/docs/error-codes/card-declined"},
			text:   "Your card has insufficient funds. The card was declined (insufficient_funds). The customer has to use another card or ask the bank; do not repeat the call unchanged.",
		},
		{
			name:   "invalid_request_error about a parameter",
			op:     "Create",
			answer: answer(400, stripeError(`"type":"invalid_request_error","code":"resource_missing","param":"line_items[0][price]","message":"No such price: 'price_x'"`)),
			want:   Error{Type: "invalid_request_error", Code: "resource_missing", Param: "line_items[0][price]", Message: "No such price: 'price_x'", HTTPStatus: 400},
			text:   "No such price: 'price_x'. Correct line_items[0][price] and call again.",
		},
		{
			name:   "invalid_request_error without a parameter",
			op:     "Create",
			answer: answer(400, stripeError(`"type":"invalid_request_error","message":"You must provide one of: a or b."`)),
			want:   Error{Type: "invalid_request_error", Message: "You must provide one of: a or b.", HTTPStatus: 400},
			text:   "You must provide one of: a or b. Correct the arguments and call again.",
		},
		{
			name:   "expiring a session that is not open",
			op:     "Expire",
			answer: answer(400, stripeError(`"type":"invalid_request_error","message":"Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of expired."`)),
			want:   Error{Type: "invalid_request_error", Message: `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of expired.`, HTTPStatus: 400},
			text:   `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of expired. Only an open session can be expired: retrieve it to see its status.`,
		},
		{
			name:   "idempotency_error",
			op:     "Create",
			answer: answer(400, stripeError(`"type":"idempotency_error","message":"Keys for idempotent requests can only be used with the same parameters they were first used with."`)),
			want:   Error{Type: "idempotency_error", Message: "Keys for idempotent requests can only be used with the same parameters they were first used with.", HTTPStatus: 400},
			text:   "Keys for idempotent requests can only be used with the same parameters they were first used with. This idempotency_key was used before with other arguments: repeat the call with the first arguments to get that answer again, or use a new idempotency_key for a new request.",
		},
		{
			name:   "api_error",
			answer: answer(500, stripeError(`"type":"api_error","message":"Something went wrong on our end"`)),
			want:   Error{Type: "api_error", Message: "Something went wrong on our end", HTTPStatus: 500, Retryable: true},
			text:   "Something went wrong on our end. Call again in a few seconds with the same arguments.",
		},
		{
			name:   "api_error that Stripe will repeat",
			answer: answer(500, stripeError(`"type":"api_error","message":"Sorry!"`), "Stripe-Should-Retry", "false"),
			want:   Error{Type: "api_error", Message: "Sorry!", HTTPStatus: 500},
			text:   "Sorry! Stripe says that repeating the call will not help now; see https://status.stripe.com.",
		},
		{
			name:   "an error type from the future",
			answer: answer(400, stripeError(`"type":"new_error","code":"new_code","message":"New."`)),
			want:   Error{Type: "new_error", Code: "new_code", Message: "New.", HTTPStatus: 400},
			text:   "New. Correct the arguments and call again.",
		},
		{
			name:   "401, with the key masked in the message",
			answer: answer(401, stripeError(`"type":"invalid_request_error","message":"Invalid API Key provided: rk_test_****************EFGH"`)),
			want:   Error{Type: "authentication_error", Message: "Invalid API Key provided: rk_test_…", HTTPStatus: 401},
			text:   "Invalid API Key provided: rk_test_…. The API key (rk_test_…) was not accepted: it is wrong, expired or revoked. Whoever runs this server has to replace it; changing the arguments will not help.",
		},
		{
			name:   "403, reading",
			answer: answer(403, stripeError(`"type":"invalid_request_error","message":"The provided key does not have the required permissions for this endpoint."`)),
			want:   Error{Type: "permission_error", Message: "The provided key does not have the required permissions for this endpoint.", HTTPStatus: 403},
			text:   `The provided key does not have the required permissions for this endpoint. The API key (rk_test_…) may not do this: a restricted key needs the "Checkout Sessions" read permission, which whoever runs this server can give it at https://dashboard.stripe.com/apikeys; changing the arguments will not help.`,
		},
		{
			name:   "403, writing",
			op:     "Create",
			key:    live,
			answer: answer(403, stripeError(`"type":"invalid_request_error","message":"No."`)),
			want:   Error{Type: "permission_error", Message: "No.", HTTPStatus: 403},
			text:   `No. The API key (rk_live_…) may not do this: a restricted key needs the "Checkout Sessions" write permission, which whoever runs this server can give it at https://dashboard.stripe.com/apikeys; changing the arguments will not help.`,
		},
		{
			name:   "403 for a connected account",
			acct:   "acct_1",
			answer: answer(403, stripeError(`"type":"invalid_request_error","code":"account_invalid","message":"The provided key does not have access to account 'acct_1'."`)),
			want:   Error{Type: "permission_error", Code: "account_invalid", Message: "The provided key does not have access to account 'acct_1'.", HTTPStatus: 403},
			text:   "The provided key does not have access to account 'acct_1'. The API key (rk_test_…) has no access to the connected account acct_1. Whoever runs this server has to fix the key or the account; changing the arguments will not help.",
		},
		{
			name:   "404 in the key's mode",
			answer: answer(404, stripeError(`"type":"invalid_request_error","code":"resource_missing","param":"session","message":"No such checkout session: cs_test_a1b2c3"`)),
			want:   Error{Type: "invalid_request_error", Code: "resource_missing", Param: "session", Message: "No such checkout session: cs_test_a1b2c3", HTTPStatus: 404},
			text:   "No such checkout session: cs_test_a1b2c3. List the sessions to check the id; it may be mistyped, or belong to an account other than this test mode key's.",
		},
		{
			name:   "404 in the other mode",
			op:     "Expire",
			key:    live,
			answer: answer(404, stripeError(`"type":"invalid_request_error","code":"resource_missing","param":"session","message":"No such checkout session: cs_test_a1b2c3"`)),
			want:   Error{Type: "invalid_request_error", Code: "resource_missing", Param: "session", Message: "No such checkout session: cs_test_a1b2c3", HTTPStatus: 404},
			text:   "No such checkout session: cs_test_a1b2c3. The id belongs to a test mode session (cs_test_…), but the API key here is a live mode key (rk_live_…), which cannot see it. List the sessions to get an id that this key can see, or have whoever runs this server set a test mode key.",
		},
		{
			name:   "404 of a filter",
			op:     "List",
			answer: answer(404, stripeError(`"type":"invalid_request_error","code":"resource_missing","param":"customer","message":"No such customer: 'cus_1'"`)),
			want:   Error{Type: "invalid_request_error", Code: "resource_missing", Param: "customer", Message: "No such customer: 'cus_1'", HTTPStatus: 404},
			text:   "No such customer: 'cus_1'. The id may belong to another account or to the other mode: the API key here is a test mode key.",
		},
		{
			name:   "409",
			answer: answer(409, stripeError(`"type":"invalid_request_error","message":"Busy."`)),
			want:   Error{Type: "invalid_request_error", Message: "Busy.", HTTPStatus: 409, Retryable: true},
			text:   "Busy. Another call is working on the same thing. Call again in a few seconds with the same arguments.",
		},
		{
			name:   "429",
			answer: answer(429, stripeError(`"type":"invalid_request_error","code":"rate_limit","message":"Too many requests hit the API too quickly."`), "Retry-After", "7"),
			want:   Error{Type: "rate_limit_error", Code: "rate_limit", Message: "Too many requests hit the API too quickly.", HTTPStatus: 429, Retryable: true},
			text:   "Too many requests hit the API too quickly. Too many calls were made at once. Call again in 7 s with the same arguments.",
		},
		{
			name:   "429, which passes, whatever Stripe says about retrying at once",
			answer: answer(429, stripeError(`"type":"invalid_request_error","message":"Slow down."`), "Stripe-Should-Retry", "false"),
			want:   Error{Type: "rate_limit_error", Message: "Slow down.", HTTPStatus: 429, Retryable: true},
			text:   "Slow down. Too many calls were made at once. Call again in a few seconds with the same arguments.",
		},
		{
			name:   "429 lock_timeout",
			answer: answer(429, stripeError(`"type":"invalid_request_error","code":"lock_timeout","message":"This object cannot be accessed right now."`)),
			want:   Error{Type: "invalid_request_error", Code: "lock_timeout", Message: "This object cannot be accessed right now.", HTTPStatus: 429, Retryable: true},
			text:   "This object cannot be accessed right now. Another call is working on the same thing. Call again in a few seconds with the same arguments.",
		},
		{
			name:   "a proxy's 502 page",
			answer: answer(502, html),
			want:   Error{Type: "api_error", Code: "invalid_response", Message: "Stripe, or something between here and Stripe, answered HTTP 502 (Bad Gateway) without a Stripe error", HTTPStatus: 502, Retryable: true},
			text:   "Stripe, or something between here and Stripe, answered HTTP 502 (Bad Gateway) without a Stripe error. Call again in a few seconds with the same arguments.",
		},
		{
			name:   "a proxy's 404 page",
			answer: answer(404, html),
			want:   Error{Type: "api_error", Code: "invalid_response", Message: "Stripe, or something between here and Stripe, answered HTTP 404 (Not Found) without a Stripe error", HTTPStatus: 404},
			text:   "Stripe, or something between here and Stripe, answered HTTP 404 (Not Found) without a Stripe error. The base URL or a proxy is misconfigured. Whoever runs this server has to fix it; changing the arguments will not help.",
		},
		{
			name:   "a proxy's 403 page",
			answer: answer(403, ""),
			want:   Error{Type: "permission_error", Code: "invalid_response", Message: "Stripe, or something between here and Stripe, answered HTTP 403 (Forbidden) without a Stripe error", HTTPStatus: 403},
			text:   "Stripe, or something between here and Stripe, answered HTTP 403 (Forbidden) without a Stripe error. The base URL or a proxy is misconfigured. Whoever runs this server has to fix it; changing the arguments will not help.",
		},
		{
			name:   "an error without a body",
			answer: answer(503, ""),
			want:   Error{Type: "api_error", Code: "invalid_response", Message: "Stripe, or something between here and Stripe, answered HTTP 503 (Service Unavailable) without a Stripe error", HTTPStatus: 503, Retryable: true},
			text:   "Stripe, or something between here and Stripe, answered HTTP 503 (Service Unavailable) without a Stripe error. Call again in a few seconds with the same arguments.",
		},
		{
			name:   "an error of another shape",
			answer: answer(400, `{"error":"invalid_request","error_description":"recognizable"}`),
			want:   Error{Type: "api_error", Code: "invalid_response", Message: "Stripe, or something between here and Stripe, answered HTTP 400 (Bad Request) without a Stripe error", HTTPStatus: 400},
			text:   "Stripe, or something between here and Stripe, answered HTTP 400 (Bad Request) without a Stripe error. The base URL or a proxy is misconfigured. Whoever runs this server has to fix it; changing the arguments will not help.",
		},
		{
			name:   "an error object with nothing in it",
			answer: answer(400, `{"error":{}}`),
			want:   Error{Type: "api_error", Message: "Stripe, or something between here and Stripe, answered HTTP 400 (Bad Request) without a Stripe error", HTTPStatus: 400},
			text:   "Stripe, or something between here and Stripe, answered HTTP 400 (Bad Request) without a Stripe error. Correct the arguments and call again.",
		},
		{
			name:   "200 with an array",
			answer: answer(200, `[1]`),
			want:   Error{Type: "api_error", Code: "invalid_response", Message: "The answer (HTTP 200) is not a JSON object, so it was cut off on the way or does not come from Stripe", Retryable: true},
			text:   "The answer (HTTP 200) is not a JSON object, so it was cut off on the way or does not come from Stripe. Call again in a few seconds with the same arguments.",
		},
		{
			name:   "200 with HTML",
			answer: answer(200, html),
			want:   Error{Type: "api_error", Code: "invalid_response", Message: "The answer (HTTP 200) is not a JSON object, so it was cut off on the way or does not come from Stripe", Retryable: true},
			text:   "The answer (HTTP 200) is not a JSON object, so it was cut off on the way or does not come from Stripe. Call again in a few seconds with the same arguments.",
		},
		{
			name:   "200 with nothing",
			answer: answer(200, ""),
			want:   Error{Type: "api_error", Code: "invalid_response", Message: "The answer (HTTP 200) is not a JSON object, so it was cut off on the way or does not come from Stripe", Retryable: true},
			text:   "The answer (HTTP 200) is not a JSON object, so it was cut off on the way or does not come from Stripe. Call again in a few seconds with the same arguments.",
		},
		{
			name:   "204",
			answer: answer(204, ""),
			want:   Error{Type: "api_error", Code: "invalid_response", Message: "The answer (HTTP 204) is not a JSON object, so it was cut off on the way or does not come from Stripe", Retryable: true},
			text:   "The answer (HTTP 204) is not a JSON object, so it was cut off on the way or does not come from Stripe. Call again in a few seconds with the same arguments.",
		},
		{
			name: "200 with half an object",
			answer: func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Length", "100")
				_, _ = io.WriteString(w, `{"id":"recognizable`)
			},
			want: Error{Type: "api_connection_error", Code: "connection_failed", Message: "The connection broke before Stripe's answer was complete: the other side closed it", Retryable: true},
			text: "The connection broke before Stripe's answer was complete: the other side closed it. Call again in a few seconds with the same arguments.",
		},
		{
			name: "a huge answer",
			answer: func(w http.ResponseWriter, r *http.Request) {
				_, _ = w.Write(make([]byte, maxBody+1))
			},
			want: Error{Type: "api_error", Code: "response_too_large", Message: "Stripe's answer is larger than 16 MiB"},
			text: "Stripe's answer is larger than 16 MiB. Ask for less: use a smaller limit or fewer expand paths.",
		},
		{
			name:   "a redirect",
			answer: answer(301, "", "Location", "https://recognizable.example"),
			want:   Error{Type: "api_error", Code: "redirect_refused", Message: "The Stripe base URL answered with a redirect (HTTP 301), which was not followed because it would pass on the API key"},
			text:   "The Stripe base URL answered with a redirect (HTTP 301), which was not followed because it would pass on the API key. The base URL or a proxy is misconfigured. Whoever runs this server has to fix it; changing the arguments will not help.",
		},
		{
			name:   "a connection that is closed",
			answer: hangUp,
			want:   Error{Type: "api_connection_error", Code: "connection_failed", Message: "The connection to Stripe failed: the other side closed it", Retryable: true},
			text:   "The connection to Stripe failed: the other side closed it. Call again in a few seconds with the same arguments.",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := serve(t, tt.answer, func(c *Config) {
				c.Account = tt.acct
				if tt.key != "" {
					c.Key = mustKey(t, tt.key)
				}
			})
			if tt.op == "" {
				tt.op = "Retrieve"
			}
			for _, op := range operations {
				if op.name != tt.op {
					continue
				}
				r, err := op.call(t.Context(), c)
				e := failed(t, r, err)
				if e.Error() != tt.text {
					t.Errorf("text\n got %s\nwant %s", e, tt.text)
				}
				got := *e
				if !got.Sent {
					t.Error("an answer came, but the error says that nothing was sent")
				}
				got.Sent, got.InDoubt, got.RetryAfter = false, false, 0 // the text covers the last two
				if got.Advice == "" || got.Error() != asSentence(got.Message)+" "+got.Advice {
					t.Errorf("the text %q is not the message %q and the advice %q", got.Error(), got.Message, got.Advice)
				}
				got.Header, got.Advice, got.cause = nil, "", nil
				if !reflect.DeepEqual(got, tt.want) {
					t.Errorf("error\n got %#v\nwant %#v", got, tt.want)
				}
				if (tt.want.HTTPStatus != 0) && e.Header.Get("Date") == "" {
					t.Error("Stripe's headers are missing")
				}
				return
			}
			t.Fatalf("there is no operation %s", tt.op)
		})
	}
}

func TestConnectionErrors(t *testing.T) {
	closed := httptest.NewServer(nil)
	closed.Close()
	untrusted := httptest.NewUnstartedServer(answer(200, "{}"))
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	untrusted.StartTLS()
	defer untrusted.Close()
	plain := httptest.NewServer(answer(200, "{}"))
	defer plain.Close()
	fail := func(err error) http.RoundTripper {
		return roundTripper(func(*http.Request) (*http.Response, error) { return nil, err })
	}

	for _, tt := range []struct {
		name      string
		base      string
		transport http.RoundTripper
		code      string
		text      string
		retryable bool
		sent      bool
	}{
		{"refused", closed.URL, nil, "connection_failed", "connection refused", true, false},
		{"a certificate nobody signed", untrusted.URL, nil, "connection_failed", "TLS certificate is not trusted (x509: certificate signed by unknown authority)", false, false},
		{"http where https is expected", strings.Replace(plain.URL, "http:", "https:", 1), nil, "connection_failed", "does not speak TLS", false, false},
		{"no such host", "", fail(&net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "api.stripe.com", IsNotFound: true}}), "connection_failed", "the host name api.stripe.com could not be resolved", true, false},
		{"a TLS alert", "", fail(&net.OpError{Op: "remote error", Err: tls.AlertError(40)}), "connection_failed", "remote error: tls: handshake failure", true, true},
		{"a network timeout", "", fail(&net.OpError{Op: "dial", Net: "tcp", Err: timeoutError{}}), "timeout", "Stripe did not answer in time", true, false},
		{"something else", "", fail(errors.New("with a detail: " + testEmail + " " + testSecret)), "connection_failed", "the request could not be carried out", true, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := New(Config{Key: mustKey(t, testSecret), BaseURL: tt.base, Transport: tt.transport})
			if err != nil {
				t.Fatal(err)
			}
			c.backoff = func(int) time.Duration { return 0 }
			r, err := c.List(t.Context(), listParams())
			e := failed(t, r, err)
			if e.Type != "api_connection_error" || e.Code != tt.code || e.Retryable != tt.retryable || e.Sent != tt.sent || e.HTTPStatus != 0 || errors.Unwrap(e) != nil {
				t.Errorf("%#v", e)
			}
			if !strings.Contains(e.Error(), tt.text) || strings.Contains(e.Error(), "ecognizable") || strings.Contains(e.Error(), "?") {
				t.Errorf("%q, want %q and no query", e, tt.text)
			}
		})
	}
}

type timeoutError struct{}

func (timeoutError) Error() string   { return "i/o timeout" }
func (timeoutError) Timeout() bool   { return true }
func (timeoutError) Temporary() bool { return true }

func TestErrorJSON(t *testing.T) {
	for _, tt := range []struct {
		err  *Error
		want string
	}{
		{
			NewInvalidRequest("parameter_invalid", "limit", "limit is 101: use 1 to 100"),
			`{"type":"invalid_request_error","code":"parameter_invalid","param":"limit","message":"limit is 101: use 1 to 100","advice":"Nothing was sent to Stripe.","retryable":false}`,
		},
		{
			&Error{Type: "a", Code: "b", Param: "c", Message: "d", HTTPStatus: 402, RequestID: "e", DocURL: "f", DeclineCode: "g", Retryable: true, Header: http.Header{"A": {"b"}}, Advice: "n"},
			`{"type":"a","code":"b","param":"c","message":"d","advice":"n","http_status":402,"request_id":"e","doc_url":"f","decline_code":"g","retryable":true}`,
		},
	} {
		if got, err := json.Marshal(tt.err); err != nil || string(got) != tt.want {
			t.Errorf("%s (%v), want %s", got, err, tt.want)
		}
	}
}

func TestNewInvalidRequestText(t *testing.T) {
	for _, tt := range []struct{ message, want string }{
		{"limit is 101: use 1 to 100", "limit is 101: use 1 to 100. Nothing was sent to Stripe."},
		{"Is it open?", "Is it open? Nothing was sent to Stripe."},
		{`use "open".`, `use "open". Nothing was sent to Stripe.`},
		{`use "open."`, `use "open." Nothing was sent to Stripe.`},
		{`use "open"`, `use "open". Nothing was sent to Stripe.`},
		{"the key " + testSecret + " is no limit", "the key rk_test_… is no limit. Nothing was sent to Stripe."},
		{"", " Nothing was sent to Stripe."},
	} {
		if got := NewInvalidRequest("c", "p", tt.message).Error(); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}

// body is a response body that records whether it was closed.
type body struct {
	io.Reader
	closed bool
}

func (b *body) Close() error { b.closed = true; return nil }

func TestAnswersAreClosed(t *testing.T) {
	for name, content := range map[string]io.Reader{
		"complete":  strings.NewReader("{}"),
		"too large": io.LimitReader(zeros{}, maxBody+2),
		"cut off":   io.MultiReader(strings.NewReader("{"), iotest.ErrReader(io.ErrUnexpectedEOF)),
	} {
		b := &body{Reader: content}
		c, err := New(Config{Key: mustKey(t, testSecret), Transport: roundTripper(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Body: b}, nil
		})})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.List(t.Context(), nil); (err == nil) != (name == "complete") {
			t.Errorf("%s: %v", name, err)
		}
		if !b.closed {
			t.Errorf("%s: the body was not closed, so the connection leaks", name)
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
