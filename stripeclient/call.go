package stripeclient

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	mathrand "math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/compact"
)

// call is one request under way: everything its attempts share.
type call struct {
	op      *Operation
	session string
	key     Key
	brought bool          // the key is the caller's, not this server's
	params  stripe.Params // headers, idempotency key, account
	form    []byte
}

// settle makes as many attempts as it takes.
func (c *Client) settle(ctx context.Context, req Request) (*Response, *Error) {
	call, refused := c.prepare(ctx, req)
	if refused != nil {
		return nil, refused
	}
	if ctx.Err() != nil {
		return nil, call.notSent(ctx)
	}
	if req.Sending != nil {
		req.Sending()
	}
	sent := false      // whether any attempt left
	unsettled := false // whether an attempt may have been carried out unseen
	for attempt := 1; ; attempt++ {
		response, failed := c.attempt(ctx, call, attempt)
		if failed == nil {
			response.Attempts = attempt
			return response, nil
		}
		sent = sent || failed.Sent
		unsettled = unsettled || failed.unsettled()
		if attempt <= c.maxRetries && failed.retryNow() {
			if pause, ok := c.pause(attempt-1, failed.RetryAfter); ok {
				if wait(ctx, pause) == nil {
					continue
				}
				failed = call.failure(ctx, &exchange{}, ctx.Err())
			}
		}
		failed.Sent = sent
		failed.InDoubt = call.op.Writes() && unsettled && !failed.settles()
		failed.Advice = call.advice(failed)
		return nil, failed
	}
}

// prepare resolves what the context, the parameters and the configuration say.
func (c *Client) prepare(ctx context.Context, req Request) (*call, *Error) {
	if req.OnSession() {
		if refused := CheckSessionID(req.Session); refused != nil {
			return nil, refused
		}
	}
	key, brought := c.key, false
	if k, ok := ctx.Value(keyContextKey{}).(Key); ok {
		key, brought = k, true
	}
	if key.IsZero() {
		missing := &Error{
			Type:    "authentication_error",
			Code:    "api_key_missing",
			Message: "There is no Stripe API key for this call",
			Advice:  "Nothing was sent to Stripe. Whoever runs this server has to set STRIPE_API_KEY or STRIPE_API_KEY_FILE; other arguments will not help.",
		}
		if brought {
			missing.Advice = "Nothing was sent to Stripe. Every client brings a key of its own to this server, as its bearer token: whoever set up this client has to give it one; other arguments will not help."
		}
		return nil, missing
	}
	params := *req.Params.GetParams()
	if params.StripeAccount == nil {
		if account := c.ActsOn(ctx); account != "" {
			params.StripeAccount = &account
		}
	} else if err := checkAccount(*params.StripeAccount); err != nil {
		return nil, NewInvalidRequest("parameter_invalid", "Stripe-Account", err.Error())
	}
	if params.IdempotencyKey != nil {
		k := strings.TrimSpace(*params.IdempotencyKey)
		if refused := checkIdempotencyKey(k); refused != nil {
			return nil, refused
		}
		params.IdempotencyKey = &k
	} else if req.Writes() {
		params.IdempotencyKey = stripe.String(rand.Text())
	}
	headers := params.Headers.Clone()
	if headers == nil {
		headers = make(http.Header, len(c.headers))
	}
	for name, values := range c.headers {
		headers[name] = values
	}
	params.Headers = headers
	return &call{op: req.Operation, session: req.Session, key: key, brought: brought, params: params, form: encode(req.Params)}, nil
}

// checkIdempotencyKey takes what Stripe takes, as far as a header can carry it.
// https://docs.stripe.com/api/idempotent_requests
func checkIdempotencyKey(k string) *Error {
	const param = "idempotency_key"
	invalid := func(message string) *Error { return NewInvalidRequest("parameter_invalid", param, message) }
	switch {
	case k == "":
		return invalid("The idempotency_key is empty: leave it out to have one made, or pass 1 to 255 characters that are new for each session, such as a UUID.")
	case len(k) > 255:
		return invalid("The idempotency_key is " + strconv.Itoa(len(k)) + " characters long: Stripe takes 1 to 255, such as a UUID.")
	case strings.ContainsFunc(k, func(r rune) bool { return r < ' ' || r > '~' }):
		return invalid("The idempotency_key holds a character that is not printable ASCII: pass 1 to 255 letters, digits and punctuation marks, such as a UUID.")
	case scrub(k, Key{}) != k:
		return invalid("The idempotency_key looks like it holds an API key, a client secret or an email address: pass 1 to 255 characters that mean nothing, such as a UUID.")
	}
	return nil
}

// attempt makes one HTTP exchange.
func (c *Client) attempt(ctx context.Context, call *call, attempt int) (*Response, *Error) {
	var x exchange
	params := call.params
	params.Context = x.in(ctx)
	path := strings.ReplaceAll(call.op.Path, "{session}", call.session)

	start := time.Now()
	err := c.backend.CallRaw(call.op.Method, path, call.key.reveal(), call.form, &params, &x)
	requestID := requestID(x.header)
	c.log.LogAttrs(ctx, slog.LevelDebug, "stripe request",
		slog.String("method", call.op.Method),
		slog.String("path", call.op.Path),
		slog.Int("status", x.status),
		slog.String("request_id", requestID),
		slog.Duration("duration", time.Since(start)),
		slog.Int("attempt", attempt),
	)
	if err != nil {
		return nil, call.failure(ctx, &x, err)
	}
	object, err := compactObject(x.body)
	if err == nil && !plausible(call.op, object) {
		err = errOtherObject
	}
	if err != nil || x.status/100 != 2 {
		return nil, call.failure(ctx, &x, err)
	}
	x.release()
	return &Response{JSON: object, StatusCode: x.status, Header: x.header, RequestID: requestID}, nil
}

// deepest is how far an answer may nest: many times what Stripe's do. Those who
// read the result have limits of their own, and one that goes unread is a
// session nobody knows of.
const deepest = 200

// compactObject returns body, which must be one JSON object, without its
// insignificant white space. Bytes that are not UTF-8 become U+FFFD: a strict
// reader would lose the whole answer over one of them.
func compactObject(body []byte) (json.RawMessage, error) {
	// Stripe indents, so this is more than enough.
	if object, ok := compact.Object(make([]byte, 0, len(body)), body, deepest); ok {
		return object, nil
	}
	body = bytes.ToValidUTF8(body, []byte("\uFFFD"))
	var b bytes.Buffer
	if err := json.Compact(&b, body); err != nil {
		return nil, errNotObject
	}
	if b.Bytes()[0] != '{' || depth(b.Bytes()) > deepest {
		return nil, errNotObject
	}
	return b.Bytes(), nil
}

// depth is how far valid JSON nests.
func depth(object []byte) (deepest int) {
	depth, quoted := 0, false
	for i := 0; i < len(object); i++ {
		switch c := object[i]; {
		case quoted && c == '\\':
			i++ // whatever is escaped ends nothing
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
			deepest = max(deepest, depth)
		case c == '}' || c == ']':
			depth--
		}
	}
	return deepest
}

// plausible reports whether an answer can be Stripe's to op. A write answers
// with the object it made or changed, which has an id; without one nothing tells
// that it was carried out. And no success is an error.
func plausible(op *Operation, object json.RawMessage) bool {
	if !op.Writes() {
		return !bytes.HasPrefix(object, []byte(`{"error":`))
	}
	var answer struct {
		ID    string          `json:"id"`
		Error json.RawMessage `json:"error"`
	}
	return json.Unmarshal(object, &answer) == nil && answer.ID != "" && answer.Error == nil
}

const (
	minBackoff = 500 * time.Millisecond
	maxBackoff = 5 * time.Second
)

// pause is how long to wait before the next attempt: never sooner than Stripe
// asks for. If that is longer than maxBackoff it is left to the caller, who
// may have better to do.
func (c *Client) pause(retry int, asked time.Duration) (time.Duration, bool) {
	return max(c.backoff(retry), asked), asked <= maxBackoff
}

// backoff doubles from minBackoff to maxBackoff and takes off up to a quarter
// at random, as Stripe's libraries do, so that callers who failed together do
// not return together.
func backoff(retry int) time.Duration {
	d := min(minBackoff<<min(retry, 10), maxBackoff)
	return d - mathrand.N(d/4+1)
}

// retryAfter reads a Retry-After header in seconds; Stripe sends no dates. 0 is
// none, or none to go by.
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds < 0 || seconds > 24*60*60 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
