package operations

import (
	"context"
	"crypto/rand"
	"encoding/json"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// A Record is a line of the audit log: one thing that happened to a write. It
// holds no personal data.
type Record struct {
	// ID is the same in all records of one write, and in no others.
	ID        string
	Operation *Operation
	Outcome   string              // one of those below, or Operation.Done
	Session   string              // cs_…, "" if none is known
	Account   string              // acct_…, the connected account it is on; "" for the key's own
	Livemode  bool                // whether the key works on real money
	RequestID string              // req_…, of Stripe's last answer, "" if there was none
	Err       *stripeclient.Error // why it was not carried out, or may not have been
}

// What can become of a write, besides being done.
const (
	Sending = "sending" // it is about to be sent: another record is to follow
	Refused = "refused" // nothing was sent to Stripe
	Failed  = "failed"  // Stripe was asked, and did not carry it out
	Unknown = "unknown" // it may or may not have been carried out

	// Replayed is for what Stripe had carried out before, under the same
	// idempotency key: nothing was done again.
	Replayed = "replayed"
)

// A write tells the audit of one call; a nil one, of a call that only reads,
// tells nothing.
type write struct {
	record Record
	audit  func(context.Context, Record)
	client *stripeclient.Client
}

func (s *Service) write(c *Call) *write {
	if s.options.Audit == nil || !c.Operation.Writes() {
		return nil
	}
	w := &write{Record{ID: rand.Text(), Operation: c.Operation}, s.options.Audit, s.client}
	w.about(c.Session)
	return w
}

func (w *write) sending(ctx context.Context) { w.tell(ctx, Sending) }

func (w *write) done(ctx context.Context, response *stripeclient.Response) {
	if w == nil {
		return
	}
	w.record.RequestID = response.RequestID
	var session struct{ ID string }
	_ = json.Unmarshal(response.JSON, &session) // an object without a string id leaves it out
	w.about(session.ID)
	if response.Replayed() && response.Attempts == 1 { // not to its own first attempt
		w.tell(ctx, Replayed)
		return
	}
	w.tell(ctx, w.record.Operation.Done)
}

// refused is for a call that is not made because of err.
func (w *write) refused(ctx context.Context, err error) {
	if w == nil {
		return
	}
	if refusal, ok := stripeclient.AsError(err); ok {
		w.record.RequestID, w.record.Err = refusal.RequestID, refusal
	}
	w.tell(ctx, Refused)
}

func (w *write) failed(ctx context.Context, err error) {
	if w == nil {
		return
	}
	outcome := Refused
	if failed, ok := stripeclient.AsError(err); ok {
		w.record.RequestID, w.record.Err = failed.RequestID, failed
		switch {
		case failed.InDoubt:
			outcome = Unknown
		case failed.Sent:
			outcome = Failed
		}
	}
	w.tell(ctx, outcome)
}

// about notes the session. Anything but an id may be anything, a key for
// instance.
func (w *write) about(session string) {
	if w != nil && stripeclient.CheckSessionID(session) == nil {
		w.record.Session = session
	}
}

func (w *write) tell(ctx context.Context, outcome string) {
	if w == nil {
		return
	}
	w.record.Outcome = outcome
	w.record.Account = w.client.ActsOn(ctx)
	w.record.Livemode = w.client.Key(ctx).Livemode()
	w.audit(ctx, w.record)
}
