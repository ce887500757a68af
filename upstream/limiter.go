package upstream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
)

// ErrLimit is the error of a call that this server did not send to Stripe
// because too many others were waiting. The call can safely be repeated.
var ErrLimit = errors.New("too many calls to Stripe at once: this one was not sent, repeat it in a moment")

// heldBack is the error of a call that was not sent.
type heldBack struct{ error }

// NotSent lets package stripeclient tell it from an error after sending.
func (heldBack) NotSent() bool { return true }

func (e heldBack) Unwrap() error { return e.error }

type limiter struct {
	limits Limits
	next   http.RoundTripper
	places chan struct{} // nil means no limit
	rates  *lru.Cache[string, *rate.Limiter]
}

// maxAccounts is how many accounts' rates are remembered.
const maxAccounts = 10_000

// New wraps next, the transport for calls to Stripe, so that calls wait for
// their turn. A call whose turn does not come is not sent and fails with an
// error that wraps [ErrLimit].
func New(l Limits, next http.RoundTripper) http.RoundTripper {
	if l.Rate == 0 && l.MaxConcurrent == 0 {
		return next
	}
	rates, err := lru.New[string, *rate.Limiter](maxAccounts)
	if err != nil {
		panic(err) // the size is positive
	}
	u := &limiter{limits: l, next: next, rates: rates}
	if l.MaxConcurrent > 0 {
		u.places = make(chan struct{}, l.MaxConcurrent)
	}
	return u
}

// RoundTrip implements [http.RoundTripper]. A call frees its place when its
// response body is closed.
func (u *limiter) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := u.enter(req.Context()); err != nil {
		if req.Body != nil {
			_ = req.Body.Close() // a RoundTripper must, even on errors
		}
		return nil, err
	}
	resp, err := u.next.RoundTrip(req)
	if err != nil {
		u.leave()
		return nil, err
	}
	resp.Body = &leavingBody{ReadCloser: resp.Body, limiter: u}
	return resp, nil
}

// enter takes a place and one call of the account's rate, and waits for them if
// it must.
func (u *limiter) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return heldBack{err}
	}
	l := u.rate(ctx)
	if u.enterAtOnce(l) {
		return nil
	}
	turn := ctx
	if u.limits.MaxWait > 0 {
		var cancel context.CancelFunc
		turn, cancel = context.WithTimeout(ctx, u.limits.MaxWait)
		defer cancel()
	}
	if u.places != nil {
		select {
		case u.places <- struct{}{}:
		case <-turn.Done():
			return notSent(ctx, fmt.Sprintf("%d are running", u.limits.MaxConcurrent))
		}
	}
	if l != nil && l.Wait(turn) != nil {
		u.leave()
		return notSent(ctx, fmt.Sprintf("the limit is %g a second", u.limits.Rate))
	}
	return nil
}

// enterAtOnce is enter for a call that needn't wait, as most needn't. It
// reports false if the call must.
func (u *limiter) enterAtOnce(l *rate.Limiter) bool {
	if u.places != nil {
		select {
		case u.places <- struct{}{}:
		default:
			return false
		}
	}
	if l != nil && !l.Allow() {
		u.leave()
		return false
	}
	return true
}

func (u *limiter) leave() {
	if u.places != nil {
		<-u.places
	}
}

// notSent returns the context's own error if that ended the wait.
func notSent(ctx context.Context, why string) error {
	if err := ctx.Err(); err != nil {
		return heldBack{err}
	}
	return heldBack{fmt.Errorf("%w (%s)", ErrLimit, why)}
}

// rate returns the limiter for the account that is called: the caller's if the
// caller supplied the key, otherwise the server's.
func (u *limiter) rate(ctx context.Context) *rate.Limiter {
	if u.limits.Rate == 0 {
		return nil
	}
	var account string
	if c, ok := auth.CallerFrom(ctx); ok && !c.StripeKey.IsZero() {
		account = c.ID
	}
	if l, ok := u.rates.Get(account); ok {
		return l
	}
	l := rate.NewLimiter(rate.Limit(u.limits.Rate), u.limits.Burst)
	if former, ok, _ := u.rates.PeekOrAdd(account, l); ok {
		return former
	}
	return l
}

// A leavingBody frees its call's place when it is closed for the first time.
type leavingBody struct {
	io.ReadCloser
	limiter *limiter
	left    sync.Once
}

func (b *leavingBody) Close() error {
	defer b.left.Do(b.limiter.leave)
	return b.ReadCloser.Close()
}
