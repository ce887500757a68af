package httpserver

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
)

// callerLimits admits calls: a rate and a number of calls at once for each
// caller, and a number at once for all of them together.
type callerLimits struct {
	limits  Limits
	running atomic.Int64
	callers *lru.Cache[string, *callerState] // nil: no limits for each
}

type callerState struct {
	rate    *rate.Limiter // nil: no limit
	running atomic.Int64
}

func newCallerLimits(l Limits) *callerLimits {
	c := &callerLimits{limits: l}
	if l.perCaller() {
		var err error
		if c.callers, err = lru.New[string, *callerState](l.MaxTracked); err != nil {
			panic(err) // Limits.check has seen that MaxTracked is positive
		}
	}
	return c
}

func (c *callerLimits) state(id string) *callerState {
	if c.callers == nil {
		return new(callerState)
	}
	if s, ok := c.callers.Get(id); ok {
		return s
	}
	s := new(callerState)
	if c.limits.RatePerCaller > 0 {
		s.rate = rate.NewLimiter(rate.Limit(c.limits.RatePerCaller), c.limits.BurstPerCaller)
	}
	// Two first calls may race here: both must end up with the same state.
	if former, ok, _ := c.callers.PeekOrAdd(id, s); ok {
		return former
	}
	return s
}

func (c *callerLimits) middleware(refuse refuser, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller, _ := auth.CallerFrom(r.Context())
		s := c.state(caller.ID)

		if wait := nextToken(s.rate); wait > 0 {
			refuse(w, refusal{status: http.StatusTooManyRequests, kind: "rate_limit_error", retryAfter: wait,
				message: fmt.Sprintf("More than %g calls a second from one caller. Wait as long as Retry-After says, then repeat the call.", c.limits.RatePerCaller)})
			return
		}
		if !acquire(&s.running, c.limits.MaxConcurrentPerCaller) {
			refuse(w, refusal{status: http.StatusTooManyRequests, kind: "rate_limit_error", retryAfter: time.Second,
				message: fmt.Sprintf("%d calls of this caller are running already. Wait for one to finish, then repeat the call.", c.limits.MaxConcurrentPerCaller)})
			return
		}
		defer s.running.Add(-1)
		if !acquire(&c.running, c.limits.MaxConcurrent) {
			refuse(w, refusal{status: http.StatusServiceUnavailable, kind: "rate_limit_error", retryAfter: time.Second,
				message: "The server is at its limit of calls running at once. Repeat the call in a moment."})
			return
		}
		defer c.running.Add(-1)
		next.ServeHTTP(w, r)
	})
}

// acquire takes one of max places if one is free. A max of 0 is no limit.
func acquire(running *atomic.Int64, max int) bool {
	if n := running.Add(1); max > 0 && n > int64(max) {
		running.Add(-1)
		return false
	}
	return true
}

// nextToken takes a token from l, or says how long until there is one.
func nextToken(l *rate.Limiter) time.Duration {
	if l == nil {
		return 0
	}
	reservation := l.Reserve()
	wait := reservation.Delay()
	if wait > 0 {
		reservation.Cancel()
	}
	return wait
}
