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
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/requestid"
)

// call is a request under way: everything its attempts share.
type call struct {
	op      *Operation
	session string
	key     Key
	brought bool          // the caller supplied the key, not this server
	params  stripe.Params // headers, idempotency key, account
	form    []byte
}

// settle makes attempts until one succeeds or another is pointless.
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
	sent := false      // whether any attempt was sent
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

// prepare combines the context, the parameters and the configuration.
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
			Advice:  "Nothing was sent to Stripe. Whoever runs this server has to set STRIPE_API_KEY or STRIPE_API_KEY_FILE; changing the arguments will not help.",
		}
		if brought {
			missing.Advice = "Nothing was sent to Stripe. This server expects each client's own key as its bearer token: whoever set up this client has to give it one; changing the arguments will not help."
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
	form := req.Form
	if form == nil {
		form = Encode(req.Params)
	}
	return &call{op: req.Operation, session: req.Session, key: key, brought: brought, params: params, form: form}, nil
}

// checkIdempotencyKey accepts what Stripe accepts, as far as a header can carry
// it, and refuses what must not be stored: keys, secrets, email addresses.
// https://docs.stripe.com/api/idempotent_requests
func checkIdempotencyKey(k string) *Error {
	const param = "idempotency_key"
	invalid := func(message string) *Error { return NewInvalidRequest("parameter_invalid", param, message) }
	switch {
	case k == "":
		return invalid("The idempotency_key is empty: leave it out and one is generated, or pass 1 to 255 characters that are unique to each session, such as a UUID.")
	case len(k) > 255:
		return invalid("The idempotency_key is " + strconv.Itoa(len(k)) + " characters long: Stripe accepts 1 to 255, such as a UUID.")
	case strings.ContainsFunc(k, func(r rune) bool { return r < ' ' || r > '~' }):
		return invalid("The idempotency_key contains a character that is not printable ASCII: pass 1 to 255 letters, digits and punctuation marks, such as a UUID.")
	case scrub(k, Key{}) != k:
		return invalid("The idempotency_key appears to contain an API key, a client secret or an email address: pass 1 to 255 characters without meaning, such as a UUID.")
	}
	return nil
}

func (c *Client) attempt(ctx context.Context, call *call, attempt int) (*Response, *Error) {
	start := time.Now()
	x, err := c.exchange(ctx, call)
	requestID := requestid.Stripe(x.header)
	if c.log.Enabled(ctx, slog.LevelDebug) {
		c.log.LogAttrs(ctx, slog.LevelDebug, "stripe request",
			slog.String("method", call.op.Method),
			slog.String("path", call.op.Path),
			slog.Int("status", x.status),
			slog.String("request_id", requestID),
			slog.Duration("duration", time.Since(start)),
			slog.Int("attempt", attempt),
		)
	}
	if err != nil {
		return nil, call.failure(ctx, x, err)
	}
	object, err := compactObject(x.body)
	if err == nil && !plausible(call.op, object) {
		err = errOtherObject
	}
	if err != nil || x.status/100 != 2 {
		return nil, call.failure(ctx, x, err)
	}
	x.release()
	return &Response{JSON: object, StatusCode: x.status, Header: x.header, RequestID: requestID}, nil
}

// deepest is how deeply an answer may nest, many times as deep as any of
// Stripe's. Whoever reads the result has limits too, and if an answer goes
// unread, nobody knows of the session it reports.
const deepest = 200

// compactObject returns body, which must be one JSON object, without
// insignificant white space. Bytes that are not UTF-8 become U+FFFD, because a
// strict reader would reject the whole answer over one of them.
func compactObject(body []byte) (json.RawMessage, error) {
	scratch := buffers.Get().(*bytes.Buffer)
	defer release(scratch)
	scratch.Grow(len(body))
	if object, ok := compact.Object(scratch.AvailableBuffer(), body, deepest); ok {
		return bytes.Clone(object), nil // a third smaller, because Stripe indents its answers
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

// depth returns how deeply valid JSON nests.
func depth(object []byte) (deepest int) {
	depth, quoted := 0, false
	for i := 0; i < len(object); i++ {
		switch c := object[i]; {
		case quoted && c == '\\':
			i++ // an escaped quote doesn't end the string
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

// plausible reports whether an answer to op can come from Stripe. A write
// answers with the object it created or changed, which has an id; without one,
// nothing shows that the write was carried out. And no success contains an
// error.
func plausible(op *Operation, object json.RawMessage) bool {
	if !op.Writes() {
		return !bytes.HasPrefix(object, []byte(`{"error":`))
	}
	return objectID(object) != "" && member(object, "error") == nil
}

func objectID(object json.RawMessage) (id string) {
	_ = json.Unmarshal(member(object, "id"), &id) // anything but text is not an id
	return id
}

// member returns a member of a compact object, or nil if there is none of that
// name.
func member(object []byte, name string) []byte {
	for quoted, value := range compact.Members(object) {
		if string(quoted[1:len(quoted)-1]) == name {
			return value
		}
	}
	return nil
}

const (
	minBackoff = 500 * time.Millisecond
	maxBackoff = 5 * time.Second
)

// pause returns how long to wait before the next attempt, which is never less
// than Stripe asks for. It reports false if that is longer than maxBackoff:
// whether to wait is then up to the caller, who may have better things to do.
func (c *Client) pause(retry int, asked time.Duration) (time.Duration, bool) {
	return max(c.backoff(retry), asked), asked <= maxBackoff
}

// backoff doubles from minBackoff to maxBackoff and subtracts up to a quarter
// at random, as Stripe's libraries do, so that callers who failed together
// don't retry together.
func backoff(retry int) time.Duration {
	d := min(minBackoff<<min(retry, 10), maxBackoff)
	return d - mathrand.N(d/4+1) // #nosec G404 -- spreads callers out, and guards nothing
}

// retryAfter reads a Retry-After header in seconds; Stripe sends no dates. It
// returns 0 if the header is missing or makes no sense.
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
