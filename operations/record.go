package operations

import (
	"context"
	"crypto/rand"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// A Record is a line of the audit log: one thing that happened to a write. It
// contains no personal data.
type Record struct {
	// ID is the same in all records of one write, and unique to that write.
	ID        string
	Operation *Operation
	Outcome   string              // one of the constants below, or Operation.Done
	Session   string              // cs_…; "" if not known
	Account   string              // acct_…, the connected account acted on; "" for the key's own
	Livemode  bool                // whether real money is involved
	RequestID string              // req_…, from Stripe's last answer; "" if there was none
	Err       *stripeclient.Error // why it was not, or may not have been, carried out
}

// The outcomes of a write, other than Operation.Done.
const (
	Sending = "sending" // it is about to be sent; another record follows
	Refused = "refused" // nothing was sent to Stripe
	Failed  = "failed"  // Stripe was asked but did not carry it out
	Unknown = "unknown" // it may or may not have been carried out

	// Replayed means that Stripe had already carried the write out under the
	// same idempotency key, and did nothing this time.
	Replayed = "replayed"
)

// A write records what happens to one call. A nil write, for a call that only
// reads, records nothing.
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
	w.about(response.ObjectID())
	if response.Replayed() && response.Attempts == 1 { // not just a replay of its own first attempt
		w.tell(ctx, Replayed)
		return
	}
	w.tell(ctx, w.record.Operation.Done)
}

// refused records that a call is not made because of err.
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

// about notes the session's id, if there is one. Anything else could be
// something secret, such as a key.
func (w *write) about(session string) {
	if session != "" && stripeclient.CheckSessionID(session) == nil {
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
