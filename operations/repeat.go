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
	"github.com/stripe/stripe-go/v82/form"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// An agent that lost the thread, or whose client repeats calls, creates the same
// session twice. A create without an idempotency key therefore gets one that is
// derived from what is asked: the same caller who asks the same again, moments
// later, has the same key, and Stripe answers with the session that it made.
// So Stripe is the memory, and any replica can ask it.
//
// The key also depends on the time, or the same could not be sold tomorrow: on
// the slot of the clock, as long as the window, that the first of the calls fell
// into. A process knows that of the calls it saw; to another one, which has only
// its clock, a call just after the turn of a slot is a new one. docs/security.md
// says what this promises.
//
// What is kept is a hash, made with a key of this process, and a time.
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

// slot is when the first of the equal calls within the window was, counted in
// windows, and whether that was an earlier call.
func (r *repeats) slot(digest []byte) (slot int64, known bool) {
	id, now := keyedHash(r.secret, digest), r.now()
	first, known := r.first.Get(id)
	if known = known && now.Sub(first) < r.window; !known {
		first = now
		r.first.Add(id, now)
	}
	return first.UnixNano() / int64(r.window), known
}

// Digest is equal for calls that ask for the same: by the same caller, of the
// same operation, with the same parameters, on the same account.
func (c *Call) Digest(ctx context.Context) []byte {
	var values form.Values
	form.AppendTo(&values, c.Params)
	h := sha256.New()
	for _, part := range []string{c.service.Caller(ctx), c.Operation.Name, c.service.client.ActsOn(ctx), c.Session, values.Encode()} {
		fmt.Fprintf(h, "%d:%s", len(part), part) // lengths keep the parts apart
	}
	return h.Sum(nil)
}

// doUnlessRepeated creates a session, unless an equal call did so moments ago
// and what it made is still there.
func (c *Call) doUnlessRepeated(ctx context.Context) (*stripeclient.Response, error) {
	s := c.service
	secret, err := s.client.Key(ctx).Derive("repeated creates")
	if err != nil {
		return nil, fmt.Errorf("deriving the key of repeated creates: %w", err)
	}
	digest := c.Digest(ctx)
	slot, known := s.repeats.slot(digest)
	const most = 5 // sessions of this call that were expired again
	for n := range most {
		c.SetIdempotencyKey(keyedHash(secret, digest, slot, n))
		response, err := c.send(ctx)
		if err != nil || !response.Replayed() || response.Attempts > 1 && !known { // not to its own first attempt
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

// asItIsNow brings a session that was created before up to date. It reports
// false for one that was expired since, which nobody can be sent to.
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
		return true // as it was created
	}
	created.JSON = now.JSON
	return session.Status != string(stripe.CheckoutSessionStatusExpired)
}

// RepeatedAdvice is said besides the session that an equal create made moments
// ago.
const RepeatedAdvice = "Nothing new was created: this is the session that an equal call created moments ago. If a second sale is meant, call again with an idempotency_key that you have not used before."

// Repeated reports, after [Call.Do], that nothing was created because an equal
// call had done so moments ago: the answer is that session.
func (c *Call) Repeated() bool { return c.repeated }

func keyedHash(key []byte, parts ...any) string {
	h := hmac.New(sha256.New, key)
	for _, part := range parts {
		fmt.Fprintf(h, "%v.", part)
	}
	return hex.EncodeToString(h.Sum(nil))
}
