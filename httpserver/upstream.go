package httpserver

import (
	"net/http"
	"time"
)

// UpstreamLimits bounds the calls towards Stripe. In every field zero means the
// default given beside it and a negative value means no limit.
type UpstreamLimits struct {
	// Rate is calls a second for one Stripe account: 100, Stripe's own limit in
	// live mode (https://docs.stripe.com/rate-limits). With the callers' own
	// keys, every caller has this rate.
	Rate float64
	// Burst is how many may go at once after a pause: 100.
	Burst int
	// MaxConcurrent is how many run at once, of all accounts: 256.
	MaxConcurrent int
	// MaxWait is how long a call waits for its turn: 10 seconds, or what is left
	// until its context's deadline if that is less. It cannot be unlimited.
	MaxWait time.Duration
}

// DefaultUpstreamLimits returns the limits that stand for a zero
// [UpstreamLimits].
func DefaultUpstreamLimits() UpstreamLimits {
	return UpstreamLimits{Rate: 100, Burst: 100, MaxConcurrent: 256, MaxWait: 10 * time.Second}
}

func (l UpstreamLimits) withDefaults() UpstreamLimits {
	d := DefaultUpstreamLimits()
	l.Rate = orDefault(l.Rate, d.Rate)
	l.Burst = bounded(l.Burst, d.Burst)
	l.MaxConcurrent = orDefault(l.MaxConcurrent, d.MaxConcurrent)
	l.MaxWait = bounded(l.MaxWait, d.MaxWait)
	return l
}

// Upstream wraps base, the transport of the calls to Stripe, which is
// http.DefaultTransport if nil. It makes calls wait for their turn, gives each
// a client span with the trace context passed on, and measures them. A nil t
// leaves out the latter two.
//
// A call whose turn does not come fails with an error that wraps
// [ErrUpstreamLimit] and was not sent.
func Upstream(base http.RoundTripper, limits UpstreamLimits, t *Telemetry) http.RoundTripper {
	if base == nil {
		base = http.DefaultTransport
	}
	return newUpstreamLimiter(limits.withDefaults(), t.transport(observer{base, t}))
}
