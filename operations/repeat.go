package operations

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// An agent that loses the thread, or whose client repeats calls, creates the
// same session twice. So a create without an idempotency key gets one derived
// from its arguments: if the same caller asks for the same thing again moments
// later, the key is the same, and Stripe answers with the session it already
// made. Stripe is the memory, which every replica can ask.
//
// The key also depends on the time, or else the same thing could not be sold
// tomorrow. The time is divided into slots as long as the window, and the slot
// that counts is that of the first of the equal calls. A process knows this for
// the calls it has seen. Another process has only its clock, so to it, a call
// just after the turn of a slot is new. docs/security.md says what this
// promises.
//
// All that is kept is a time and a hash made with a key of this process.
type repeats struct {
	window time.Duration
	now    func() time.Time
	secret []byte
	first  *lru.Cache[string, time.Time]
}

// maxRepeats bounds how many creates are remembered.
const maxRepeats = 10_000

func newRepeats(window time.Duration) (*repeats, error) {
	if window <= 0 {
		return nil, nil
	}
	first, err := lru.New[string, time.Time](maxRepeats)
	if err != nil {
		return nil, err
	}
	return &repeats{window: window, now: time.Now, secret: []byte(rand.Text()), first: first}, nil
}

// slot returns the time, counted in windows, of the first of the equal calls
// within the window, and whether that was an earlier call.
func (r *repeats) slot(digest []byte) (slot int64, known bool) {
	id, now := keyedHash(r.secret, digest), r.now()
	first, known := r.first.Get(id)
	if known = known && now.Sub(first) < r.window; !known {
		first = now
		r.first.Add(id, now)
	}
	return first.UnixNano() / int64(r.window), known
}

// Digest is equal for calls that ask for the same thing: the same operation
// with the same parameters, by the same caller, on the same account.
func (c *Call) Digest(ctx context.Context) []byte {
	return digest(c.service.Caller(ctx), c.Operation.Name, c.service.client.ActsOn(ctx), c.Session, string(c.form))
}

func digest(parts ...string) []byte {
	h := sha256.New()
	for _, part := range parts {
		fmt.Fprintf(h, "%d:%s", len(part), part) // the length separates the parts
	}
	return h.Sum(nil)
}

// doUnlessRepeated creates a session unless an equal call did so moments ago
// and that session is still there.
func (c *Call) doUnlessRepeated(ctx context.Context) (*stripeclient.Response, error) {
	s := c.service
	secret, err := s.client.Key(ctx).Derive("repeated creates")
	if err != nil {
		return nil, fmt.Errorf("deriving the key of repeated creates: %w", err)
	}
	digest := c.Digest(ctx)
	slot, known := s.repeats.slot(digest)
	const most = 5 // sessions made by equal calls and expired since
	for n := range most {
		c.SetIdempotencyKey(keyedHash(secret, digest, slot, n))
		response, err := c.send(ctx)
		if err != nil || !response.Replayed() || response.Attempts > 1 && !known { // not just a replay of its own first attempt
			return response, err
		}
		if there := c.asItIsNow(ctx, response); there {
			c.repeated = true
			return response, nil
		}
	}
	c.SetIdempotencyKey(rand.Text())
	return c.send(ctx)
}

// asItIsNow updates the answer with the current state of a session created
// earlier. It reports false if the session has been expired since, which makes
// it useless.
func (c *Call) asItIsNow(ctx context.Context, created *stripeclient.Response) bool {
	var session struct{ ID, Status string }
	if err := json.Unmarshal(created.JSON, &session); err != nil {
		return true
	}
	now, err := c.service.client.Do(ctx, stripeclient.Request{
		Operation: &Retrieve.Stripe,
		Session:   session.ID,
		Params:    &stripe.CheckoutSessionRetrieveParams{Expand: c.Params.(*stripe.CheckoutSessionCreateParams).Expand},
	})
	if err != nil || json.Unmarshal(now.JSON, &session) != nil {
		return true // as it was when it was created
	}
	created.JSON = now.JSON
	return session.Status != string(stripe.CheckoutSessionStatusExpired)
}

// RepeatedAdvice accompanies a session that an equal create made moments ago.
const RepeatedAdvice = "Nothing new was created: this is the session that an equal call created moments ago. If you want a second sale, call again with a new idempotency_key."

// Repeated reports, after [Call.Do], whether nothing was created because an
// equal call had done so moments ago: the answer is that call's session.
func (c *Call) Repeated() bool { return c.repeated }

func keyedHash(key []byte, parts ...any) string {
	h := hmac.New(sha256.New, key)
	for _, part := range parts {
		fmt.Fprintf(h, "%v.", part)
	}
	return hex.EncodeToString(h.Sum(nil))
}
