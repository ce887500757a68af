package httpserver

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
)

// callerLimits decides which calls may start. It limits each caller's rate and
// simultaneous calls, and the simultaneous calls of all callers together.
type callerLimits struct {
	limits  Limits
	running atomic.Int64
	callers *lru.Cache[string, *callerState] // nil: no limits per caller
	anyone  callerState                      // every caller's, if there are none
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
			panic(err) // can't happen: Limits.check made sure that MaxTracked is positive
		}
	}
	return c
}

func (c *callerLimits) state(id string) *callerState {
	if c.callers == nil {
		return &c.anyone
	}
	if s, ok := c.callers.Get(id); ok {
		return s
	}
	s := new(callerState)
	if c.limits.RatePerCaller > 0 {
		s.rate = rate.NewLimiter(rate.Limit(c.limits.RatePerCaller), c.limits.BurstPerCaller)
	}
	// A caller's first two calls may race here. Both must get the same state.
	if former, ok, _ := c.callers.PeekOrAdd(id, s); ok {
		return former
	}
	return s
}

func (c *callerLimits) middleware(refuse refuser, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		release, refused := c.admit(r.Context(), 1)
		if refused != nil {
			refuse(w, *refused)
			return
		}
		defer release()
		next.ServeHTTP(w, r)
	})
}

// admit reserves room for n more calls by the caller, or says why there is
// none. Call release when the calls are done. It doesn't give back what they
// used of the rate.
func (c *callerLimits) admit(ctx context.Context, n int) (release func(), refused *refusal) {
	caller, _ := auth.CallerFrom(ctx)
	s := c.state(caller.ID)
	refuse := func(status int, retryAfter time.Duration, message string) (func(), *refusal) {
		return nil, &refusal{status: status, kind: "rate_limit_error", retryAfter: retryAfter, message: message}
	}
	if wait := nextTokens(s.rate, n); wait > 0 {
		return refuse(http.StatusTooManyRequests, wait,
			fmt.Sprintf("More than %g calls a second from one caller. Wait for as long as Retry-After says, then repeat the call.", c.limits.RatePerCaller))
	}
	if !acquire(&s.running, n, c.limits.MaxConcurrentPerCaller) {
		return refuse(http.StatusTooManyRequests, time.Second,
			fmt.Sprintf("This caller already has %d calls running. Wait for one to finish, then repeat the call.", s.running.Load()))
	}
	if !acquire(&c.running, n, c.limits.MaxConcurrent) {
		s.running.Add(int64(-n))
		return refuse(http.StatusServiceUnavailable, time.Second,
			"The server is running as many calls as it can. Repeat the call in a moment.")
	}
	return func() {
		s.running.Add(int64(-n))
		c.running.Add(int64(-n))
	}, nil
}

// largestBatch returns how many calls a caller can make at once, or 0 for no
// limit. A larger batch could never be admitted.
func (l Limits) largestBatch() int {
	most := 0
	for _, limit := range []int{l.MaxConcurrentPerCaller, l.MaxConcurrent, l.BurstPerCaller} {
		if limit > 0 && (most == 0 || limit < most) {
			most = limit
		}
	}
	return most
}

// acquire takes n of max slots if that many are free. A max of 0 means no
// limit.
func acquire(running *atomic.Int64, n, max int) bool {
	if total := running.Add(int64(n)); max > 0 && total > int64(max) {
		running.Add(int64(-n))
		return false
	}
	return true
}

// nextTokens takes n tokens from l, or returns how long to wait until there are
// that many.
func nextTokens(l *rate.Limiter, n int) time.Duration {
	if l == nil {
		return 0
	}
	reservation := l.ReserveN(time.Now(), n)
	wait := reservation.Delay()
	if wait > 0 {
		reservation.Cancel()
	}
	return wait
}
