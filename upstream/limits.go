// Package upstream holds back the calls to Stripe, so that a server stays within
// what Stripe allows.
package upstream

import "time"

// Limits bounds the calls to Stripe. Zero means no limit.
type Limits struct {
	// Rate is calls a second for one Stripe account. With the callers' own keys,
	// every caller has this rate.
	Rate float64
	// Burst is how many may go at once after a pause. It must be positive where
	// there is a rate.
	Burst int
	// MaxConcurrent is how many run at once, of all accounts.
	MaxConcurrent int
	// MaxWait is how long a call waits for its turn, or what is left until its
	// context's deadline if that is less.
	MaxWait time.Duration
}

// DefaultLimits are Stripe's own in live mode: https://docs.stripe.com/rate-limits
func DefaultLimits() Limits {
	return Limits{Rate: 100, Burst: 100, MaxConcurrent: 256, MaxWait: 10 * time.Second}
}
