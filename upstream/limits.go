// Package upstream holds back calls to Stripe, so that a server stays within
// what Stripe allows.
package upstream

import "time"

// Limits bound the calls to Stripe. Zero means no limit.
type Limits struct {
	// Rate is the number of calls per second for one Stripe account. Callers
	// with their own keys each have this rate.
	Rate float64
	// Burst is how many calls may be made at once after a pause. It must be
	// positive if there is a rate.
	Burst int
	// MaxConcurrent is how many calls may run at once, for all accounts
	// together.
	MaxConcurrent int
	// MaxWait is how long a call waits for its turn, or less if its context's
	// deadline comes first.
	MaxWait time.Duration
}

// DefaultLimits returns Stripe's own limits in live mode:
// https://docs.stripe.com/rate-limits
func DefaultLimits() Limits {
	return Limits{Rate: 100, Burst: 100, MaxConcurrent: 256, MaxWait: 10 * time.Second}
}
