package sandbox

import (
	"math"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/parameters"
)

type clockInput struct {
	Seconds *int64 `form:"seconds"`
}

var advanceParams = describeOwn(clockInput{}, map[string]parameters.Fact{"seconds": {Required: true}})

// advance moves the account's clock forward, never back. Whatever waits for its
// time then happens: sessions expire, delayed payments settle.
func (r *request) advance([]string) (object, *apiError) {
	const tenYears = 10 * 366 * day
	seconds, _ := r.params.integer("seconds")
	if err := within(seconds, 1, tenYears, "seconds"); err != nil {
		return nil, err
	}
	r.account.mu.Lock()
	defer r.account.mu.Unlock()
	r.account.ahead += seconds
	r.account.journal.put(keptClock, "", &storedClock{&r.account.ahead})
	r.now += seconds
	r.account.settle(r.now)
	return object{"object": "sandbox.clock", "now": r.now}, nil
}

// never is the time of something that never happens.
const never = math.MaxInt64

// due returns when the session changes by itself: it expires, or the bank
// answers.
func (s *session) due() int64 {
	switch {
	case s.status == "open":
		return s.expiresAt
	case s.debit != nil:
		return s.debit.settlesAt
	}
	return never
}

// settle makes everything happen that was due by now, in the order of time. The
// caller holds the account's lock.
func (a *account) settle(now int64) {
	for a.nextDue <= now {
		at := a.nextDue
		a.nextDue = never
		for i, s := range a.sessions {
			if s.due() == at {
				a.settleSession(i, at)
			}
			a.nextDue = min(a.nextDue, a.sessions[i].due())
		}
	}
}

func (a *account) settleSession(i int, now int64) {
	settled, event := *a.sessions[i], eventExpired
	if settled.status == "open" {
		settled.status, settled.expired = "expired", now
	} else {
		event = eventAsyncSuccess
		if settled.paid = !settled.debit.fails; !settled.paid {
			event = eventAsyncFailure
		}
		settled.debit = nil
	}
	a.replace(&settled)
	a.record(event, &settled, now, nil)
}
