package operations

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// One call that waits for a payment replaces an agent's loop of many. Stripe
// can't notify a waiting call, so it is polled: gently, and only once for all
// calls that wait for the same session.

// The pause between polls grows by this factor, up to the longest pause.
const (
	pollPause        = time.Second
	longestPollPause = 5 * time.Second
)

// watches holds the sessions that calls are waiting for, by what they ask
// Stripe.
type watches struct {
	mu  sync.Mutex
	all map[string]*watch
}

// A watch polls one session as long as any call waits for it.
type watch struct {
	callers  int
	stop     context.CancelFunc
	response *stripeclient.Response // the last answer
	err      error                  // what ended the watch
	asked    chan struct{}          // closed when the next answer arrives
}

// await returns a session as soon as it is no longer open or unpaid, or as it
// is when the time is up.
func (c *Call) await(ctx context.Context) (*stripeclient.Response, error) {
	all := &c.service.watches
	w, leave, err := all.join(ctx, c)
	if err != nil {
		return nil, err
	}
	defer leave()
	begun, up := time.Now(), false
	end := time.NewTimer(c.Wait)
	defer end.Stop()
	for {
		all.mu.Lock()
		response, err, asked := w.response, w.err, w.asked
		all.mu.Unlock()
		switch {
		case err != nil:
			return nil, err
		case response != nil && (up || !pending(response)):
			own := *response
			return &own, nil
		case response != nil && c.Progress != nil:
			c.Progress(time.Since(begun))
		}
		select {
		case <-ctx.Done():
			return c.send(ctx) // reports that ctx has ended and sends nothing
		case <-end.C:
			up = true
		case <-asked:
		}
	}
}

// pending reports whether a session can still be paid or its payment is on the
// way.
func pending(response *stripeclient.Response) bool {
	var session struct {
		Status        string `json:"status"`
		PaymentStatus string `json:"payment_status"`
	}
	if err := json.Unmarshal(response.JSON, &session); err != nil {
		return false
	}
	return session.Status == "open" || session.Status == "complete" && session.PaymentStatus == "unpaid"
}

// join finds the watch for a call's session or starts one. The caller must call
// leave.
func (all *watches) join(ctx context.Context, c *Call) (w *watch, leave func(), err error) {
	id, err := c.watched(ctx)
	if err != nil {
		return nil, nil, err
	}
	all.mu.Lock()
	defer all.mu.Unlock()
	w = all.all[id]
	if w == nil {
		// The watch must outlive the call that started it, because others may
		// be waiting.
		polling, stop := context.WithCancel(context.WithoutCancel(ctx))
		w = &watch{stop: stop, asked: make(chan struct{})}
		if all.all == nil {
			all.all = map[string]*watch{}
		}
		all.all[id] = w
		go all.poll(polling, id, w, c)
	}
	w.callers++
	return w, func() {
		all.mu.Lock()
		defer all.mu.Unlock()
		if w.callers--; w.callers == 0 {
			w.stop()
			all.forget(id, w)
		}
	}, nil
}

// forget makes the next call start a new watch. The caller holds the lock.
func (all *watches) forget(id string, w *watch) {
	if all.all[id] == w {
		delete(all.all, id)
	}
}

// watched is equal for calls that get the same answers: those for the same
// session, with the same key, account and parameters.
func (c *Call) watched(ctx context.Context) (string, error) {
	client := c.service.client
	key, err := client.Key(ctx).Derive("waiting")
	if err != nil {
		return "", fmt.Errorf("deriving the key of waiting calls: %w", err)
	}
	return string(digest(string(key), client.ActsOn(ctx), c.Session, string(c.form))), nil
}

// poll asks until nothing is pending, an error is final, or ctx ends.
func (all *watches) poll(ctx context.Context, id string, w *watch, c *Call) {
	for pause := pollPause; ; pause = min(pause+pollPause, longestPollPause) {
		response, err := c.sendSafely(ctx)
		failed, _ := stripeclient.AsError(err)
		all.mu.Lock()
		over := false
		switch {
		case err == nil:
			w.response, over = response, !pending(response)
		case w.response != nil && failed != nil && failed.Retryable:
			pause = max(pause, failed.RetryAfter) // it has worked before, so keep trying
		default:
			w.err, over = err, true
		}
		if over {
			all.forget(id, w)
		}
		close(w.asked)
		w.asked = make(chan struct{})
		all.mu.Unlock()
		if over {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// sendSafely is send for a separate goroutine, where a panic would end the
// process.
func (c *Call) sendSafely(ctx context.Context) (response *stripeclient.Response, err error) {
	defer func() {
		if p := recover(); p != nil {
			response, err = nil, fmt.Errorf("polling a session: panic of type %T", p)
		}
	}()
	return c.send(ctx)
}
