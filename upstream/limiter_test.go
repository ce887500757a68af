package upstream

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
)

const sessionsURL = "https://api.stripe.com/v1/checkout/sessions"

func send(t *testing.T, ctx context.Context, stripe http.RoundTripper) (*http.Response, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, sessionsURL, nil)
	if err != nil {
		t.Fatal(err)
	}
	return stripe.RoundTrip(req)
}

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func answer(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
}

func TestRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stripe := New(Limits{Rate: 2, Burst: 1, MaxWait: time.Second}, transportFunc(answer))
		begin := time.Now()
		at := func(want time.Duration, wantErr error) {
			t.Helper()
			resp, err := send(t, t.Context(), stripe)
			if !errors.Is(err, wantErr) {
				t.Errorf("error %v, want %v", err, wantErr)
			}
			if err == nil {
				_ = resp.Body.Close()
			}
			if got := time.Since(begin); got != want {
				t.Errorf("after %v, want %v", got, want)
			}
		}
		at(0, nil)
		at(500*time.Millisecond, nil)
		at(time.Second, nil)

		// The deadline is too early for its turn: it fails at once and uses up no turn.
		short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if _, err := send(t, short, stripe); !errors.Is(err, ErrLimit) || time.Since(begin) != time.Second {
			t.Errorf("error %v after %v", err, time.Since(begin))
		}
		at(1500*time.Millisecond, nil)
	})
}

func TestWaitIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent atomic.Int64
		stripe := New(Limits{MaxConcurrent: 1, MaxWait: 3 * time.Second}, transportFunc(func(r *http.Request) (*http.Response, error) {
			sent.Add(1)
			return answer(r)
		}))
		first, err := send(t, t.Context(), stripe)
		if err != nil {
			t.Fatal(err)
		}

		begin := time.Now()
		_, err = send(t, t.Context(), stripe)
		if !errors.Is(err, ErrLimit) || time.Since(begin) != 3*time.Second {
			t.Errorf("error %v after %v, want the limit after 3 s", err, time.Since(begin))
		}
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin = time.Now()
		_, err = send(t, short, stripe)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != time.Second {
			t.Errorf("error %v after %v, want the caller's deadline after 1 s", err, time.Since(begin))
		}

		// Closing the body, however often, frees one place.
		_ = first.Body.Close()
		_ = first.Body.Close()
		if _, err := send(t, t.Context(), stripe); err != nil {
			t.Errorf("with a free place: %v", err)
		}
		if _, err := send(t, t.Context(), stripe); !errors.Is(err, ErrLimit) {
			t.Errorf("error %v, want the limit", err)
		}
		if sent.Load() != 2 {
			t.Errorf("%d calls were sent, want 2", sent.Load())
		}
	})
}

func TestFailureFreesItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("connection reset")
		stripe := New(Limits{MaxConcurrent: 1}, transportFunc(func(*http.Request) (*http.Response, error) { return nil, broken }))
		for range 3 {
			if _, err := send(t, t.Context(), stripe); !errors.Is(err, broken) {
				t.Errorf("error %v", err)
			}
		}
	})
}

// Stripe's limits are per account: one account's calls must not slow another's.
func TestRateIsPerAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stripe := New(Limits{Rate: 1, Burst: 1}, transportFunc(answer))
		one := auth.WithCaller(t.Context(), auth.Caller{ID: "key:1", StripeKey: auth.NewSecret("rk_test_1")})
		two := auth.WithCaller(t.Context(), auth.Caller{ID: "key:2", StripeKey: auth.NewSecret("rk_test_2")})
		agentA := auth.WithCaller(t.Context(), auth.Caller{ID: "token:a"})
		agentB := auth.WithCaller(t.Context(), auth.Caller{ID: "token:b"})
		for _, tc := range []struct {
			ctx  context.Context
			wait time.Duration
		}{
			{one, 0}, {two, 0}, {one, time.Second}, {two, 0},
			{agentA, 0}, {agentB, time.Second}, // both use the server's key
		} {
			begin := time.Now()
			if _, err := send(t, tc.ctx, stripe); err != nil {
				t.Fatal(err)
			}
			if got := time.Since(begin); got != tc.wait {
				c, _ := auth.CallerFrom(tc.ctx)
				t.Errorf("%s waited %v, want %v", c.ID, got, tc.wait)
			}
		}
	})
}

type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error { c.closed = true; return nil }

func TestClosesBodiesItDoesNotSend(t *testing.T) {
	stripe := New(Limits{Rate: 1, Burst: 1}, transportFunc(answer))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	body := &closing{Reader: strings.NewReader("x")}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, sessionsURL, body)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stripe.RoundTrip(req); !errors.Is(err, context.Canceled) || !body.closed {
		t.Errorf("error %v, body closed %v", err, body.closed)
	}
}

func TestWithoutLimits(t *testing.T) {
	stripe := New(Limits{}, transportFunc(answer))
	for range 1000 {
		if _, err := send(t, t.Context(), stripe); err != nil {
			t.Fatal(err)
		}
	}
}
