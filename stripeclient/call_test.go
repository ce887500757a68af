package stripeclient

import (
	"context"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stripe/stripe-go/v82"
)

// ledger is a Stripe that remembers by idempotency key what it has carried out.
// It carries out the first attempts, too, but loses their answers.
type ledger struct {
	mu       sync.Mutex
	lose     int
	how      http.HandlerFunc
	requests int
	done     map[string]bool
	bodies   map[string]bool
}

func (l *ledger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	l.requests++
	l.done[r.Header.Get("Idempotency-Key")] = true
	l.bodies[string(body)] = true
	if l.requests <= l.lose {
		l.how(w, r)
		return
	}
	answer(200, `{"id":"cs_test_new"}`)(w, r)
}

func TestLostAnswerIsRetriedUnderOneKey(t *testing.T) {
	for how, handler := range map[string]http.HandlerFunc{
		"connection closed":     hangUp,
		"HTTP 500":              answer(500, `{"error":{"type":"api_error","message":"sorry"}}`),
		"HTTP 502 from a proxy": answer(502, "<html>"),
		"HTTP 409":              answer(409, `{"error":{"type":"invalid_request_error","code":"idempotency_key_in_use","message":"busy"}}`),
		"HTTP 429 lock_timeout": answer(429, `{"error":{"type":"invalid_request_error","code":"lock_timeout","message":"busy"}}`),
		"HTTP 400 with Stripe-Should-Retry": answer(400, `{"error":{"type":"invalid_request_error","message":"busy"}}`,
			"Stripe-Should-Retry", "true"),
		"cut off": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, `{"id":`)
		},
		"cut off by a proxy that hides it": answer(200, `{"id":`),
	} {
		for name, call := range map[string]func(context.Context, *Client) (*Response, error){
			"Create": func(ctx context.Context, c *Client) (*Response, error) { return c.Create(ctx, createParams()) },
			"Expire": func(ctx context.Context, c *Client) (*Response, error) { return c.Expire(ctx, testID, nil) },
		} {
			t.Run(name+" "+how, func(t *testing.T) {
				stripe := &ledger{lose: 2, how: handler, done: map[string]bool{}, bodies: map[string]bool{}}
				response, err := call(t.Context(), serve(t, stripe.ServeHTTP))
				if err != nil || string(response.JSON) != `{"id":"cs_test_new"}` {
					t.Fatalf("%v, %v", response, err)
				}
				if stripe.requests != 3 || len(stripe.done) != 1 || stripe.done[""] || len(stripe.bodies) != 1 {
					t.Errorf("%d requests, keys %v, %d bodies; want 3 requests with one key and body", stripe.requests, stripe.done, len(stripe.bodies))
				}
			})
		}
	}
}

func TestEachCallHasItsOwnKey(t *testing.T) {
	l := &ledger{done: map[string]bool{}, bodies: map[string]bool{}}
	c := serve(t, l.ServeHTTP)
	for range 10 {
		if _, err := c.Create(t.Context(), createParams()); err != nil {
			t.Fatal(err)
		}
	}
	if len(l.done) != 10 {
		t.Errorf("10 calls had %d keys", len(l.done))
	}
}

func TestNotRetried(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"a rate limit":         answer(429, `{"error":{"type":"invalid_request_error","code":"rate_limit","message":"slow down"}}`),
		"a proxy's rate limit": answer(429, "slow down"),
		"an invalid request":   answer(400, `{"error":{"type":"invalid_request_error","message":"no"}}`),
		"a card error":         answer(402, `{"error":{"type":"card_error","message":"no"}}`),
		"no such session":      answer(404, `{"error":{"type":"invalid_request_error","message":"no"}}`),
		"a redirect":           answer(307, "", "Location", "/elsewhere"),
		"HTTP 500 where Stripe says so": answer(500, `{"error":{"type":"api_error","message":"no"}}`,
			"Stripe-Should-Retry", "false"),
		"HTTP 409 where Stripe says so": answer(409, `{"error":{"type":"invalid_request_error","message":"no"}}`,
			"Stripe-Should-Retry", "false"),
		"HTTP 429 lock_timeout where Stripe says so": answer(429, `{"error":{"type":"invalid_request_error","code":"lock_timeout","message":"no"}}`,
			"Stripe-Should-Retry", "false"),
		"a long Retry-After": answer(503, "", "Retry-After", "6"),
		"an answer that is too large": func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write(make([]byte, maxBody+1))
		},
	} {
		t.Run(name, func(t *testing.T) {
			var requests atomic.Int32
			c := serve(t, func(w http.ResponseWriter, r *http.Request) {
				requests.Add(1)
				handler(w, r)
			})
			r, err := c.Create(t.Context(), nil)
			if e := failed(t, r, err); requests.Load() != 1 {
				t.Errorf("%d requests (%v)", requests.Load(), e)
			}
		})
	}
}

func TestCallersIdempotencyKey(t *testing.T) {
	for _, given := range []string{"a", "order-42", "  order-42\n", strings.Repeat("k", 255), `with "quotes" and spaces`} {
		l := &ledger{lose: 1, how: hangUp, done: map[string]bool{}, bodies: map[string]bool{}}
		params := createParams()
		params.IdempotencyKey = &given
		if _, err := serve(t, l.ServeHTTP).Create(t.Context(), params); err != nil {
			t.Errorf("key %q: %v", given, err)
		}
		if len(l.done) != 1 || !l.done[strings.TrimSpace(given)] {
			t.Errorf("key %q was sent as %v", given, l.done)
		}
		if *params.IdempotencyKey != given {
			t.Errorf("the caller's key was changed to %q", *params.IdempotencyKey)
		}
	}

	c := serve(t, func(w http.ResponseWriter, r *http.Request) { t.Error("a request was made") })
	for _, tt := range []struct{ given, want string }{
		{"", "empty"},
		{" \t", "empty"},
		{strings.Repeat("k", 256), "256 characters"},
		{"a\r\nb", "not printable ASCII"},
		{"bestellung-ä", "not printable ASCII"},
		{"order " + testSecret, "API key"},
		{testEmail + "-1", "email address"},
	} {
		params := &stripe.CheckoutSessionExpireParams{Params: stripe.Params{IdempotencyKey: &tt.given}}
		r, err := c.Expire(t.Context(), testID, params)
		e := failed(t, r, err)
		if e.Type != "invalid_request_error" || e.Param != "idempotency_key" || e.HTTPStatus != 0 || e.Retryable {
			t.Errorf("key %q: %+v", tt.given, e)
		}
		if !strings.Contains(e.Error(), tt.want) || !strings.Contains(e.Error(), "1 to 255") || strings.Contains(strings.ToLower(e.Error()), "recognizable") {
			t.Errorf("key %q: %q, want %q and what would be right", tt.given, e, tt.want)
		}
	}
}

func TestUnknownOutcome(t *testing.T) {
	lostThen := func(last http.HandlerFunc) http.HandlerFunc {
		var requests atomic.Int32
		return func(w http.ResponseWriter, r *http.Request) {
			if requests.Add(1) == 1 {
				hangUp(w, r)
			}
			last(w, r)
		}
	}
	for _, tt := range []struct {
		name    string
		handler http.HandlerFunc
		unknown bool
	}{
		{"connection closed", hangUp, true},
		{"HTTP 500", answer(500, `{"error":{"type":"api_error","message":"sorry"}}`), true},
		{"HTTP 500, do not retry", answer(500, `{"error":{"type":"api_error","message":"sorry"}}`, "Stripe-Should-Retry", "false"), true},
		{"HTTP 504 from a proxy", answer(504, ""), true},
		{"HTTP 408 from a proxy", answer(408, ""), true},
		{"cut off", answer(200, `{"id":`), true},
		{"a redirect after it was carried out", answer(303, "", "Location", "/"), true},
		{"an empty object", answer(200, `{}`), true},
		{"a success that is an error", answer(200, `{"id":"cs_test_1","error":{"type":"api_error"}}`), true},
		{"nested too deeply to be read", answer(200, `{"id":"cs_test_1","metadata":`+strings.Repeat("[", 9_000)+strings.Repeat("]", 9_000)+`}`), true},
		{"lost, then rate limited", lostThen(answer(429, "")), true},
		{"lost, then unauthorized", lostThen(answer(401, "")), true},
		{"lost, then still in progress", lostThen(answer(409, `{"error":{"type":"invalid_request_error","code":"idempotency_key_in_use","message":"busy"}}`)), true},
		{"lost, then refused by something that is not Stripe", lostThen(answer(400, "bad request")), true},

		{"lost, then refused", lostThen(answer(400, `{"error":{"type":"invalid_request_error","message":"no"}}`)), false},
		{"refused", answer(400, `{"error":{"type":"invalid_request_error","message":"no"}}`), false},
		{"rate limited", answer(429, ""), false},
		{"unauthorized", answer(401, ""), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			key := "order-42"
			create := createParams()
			create.IdempotencyKey = &key
			r, err := serve(t, tt.handler).Create(t.Context(), create)
			e := failed(t, r, err)
			if got := strings.Contains(e.Error(), "may or may not exist"); got != tt.unknown {
				t.Errorf("it says that the outcome is unknown: %v, want %v: %s", got, tt.unknown, e)
			}
			if tt.unknown && !strings.Contains(e.Error(), `exactly idempotency_key "order-42" and the same arguments`) {
				t.Errorf("it does not say how to repeat the call: %s", e)
			}
		})
	}

	t.Run("a generated key", func(t *testing.T) {
		var sent atomic.Value
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			sent.Store(r.Header.Get("Idempotency-Key"))
			hangUp(w, r)
		})
		r, err := c.Expire(t.Context(), testID, nil)
		e := failed(t, r, err)
		if key := sent.Load().(string); key == "" || !strings.Contains(e.Error(), `may or may not have been expired`) || !strings.Contains(e.Error(), `exactly idempotency_key "`+key+`"`) {
			t.Errorf("key %q: %s", key, e)
		}
	})

	t.Run("a read has no outcome", func(t *testing.T) {
		r, err := serve(t, hangUp).List(t.Context(), nil)
		if e := failed(t, r, err); strings.Contains(e.Error(), "may or may not") || !strings.Contains(e.Error(), "Call again in a few seconds with the same arguments.") {
			t.Error(e)
		}
	})
}

// inBubble runs test with fake time against a server behind in-memory
// connections. synctest itself checks for leaked goroutines: it panics if one
// is still blocked when the test returns.
func inBubble(t *testing.T, handler http.HandlerFunc, test func(*testing.T, *Client)) {
	synctest.Test(t, func(t *testing.T) {
		listener := &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
		server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: handler}}
		server.Start()
		transport := &http.Transport{DialContext: listener.dial}
		c, err := New(Config{Key: mustKey(t, testSecret), BaseURL: "http://127.0.0.1", Transport: transport, Timeout: 30 * time.Second, MaxRetries: 2})
		if err != nil {
			t.Fatal(err)
		}
		test(t, c)
		transport.CloseIdleConnections()
		server.Close()
	})
}

type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case l.conns <- theirs:
		return ours, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error   { l.once.Do(func() { close(l.closed) }); return nil }
func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

func TestCancelEndsTheRequest(t *testing.T) {
	arrived, ended := make(chan bool, 1), make(chan bool, 1)
	inBubble(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // from here on net/http watches the connection
		arrived <- true
		<-r.Context().Done()
		ended <- true
	}, func(t *testing.T, c *Client) {
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-arrived; cancel() }()
		start := time.Now()
		r, err := c.Create(ctx, nil)
		e := failed(t, r, err)
		if e.Type != "api_connection_error" || e.Code != "canceled" || !errors.Is(err, context.Canceled) || !strings.Contains(e.Error(), "may or may not exist") {
			t.Errorf("%+v %s", e, e)
		}
		if waited := time.Since(start); waited != 0 {
			t.Errorf("returned %v after it was canceled", waited)
		}
		<-ended // the server saw the request end
	})
}

func TestCancelEndsTheWaitBetweenAttempts(t *testing.T) {
	var requests atomic.Int32
	inBubble(t, func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		answer(503, "", "Retry-After", "5")(w, r)
	}, func(t *testing.T, c *Client) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		start := time.Now()
		r, err := c.Create(ctx, nil)
		if e := failed(t, r, err); e.Code != "canceled" || !errors.Is(err, context.Canceled) || !strings.Contains(e.Error(), "may or may not exist") {
			t.Errorf("%+v %s", e, e)
		}
		if waited := time.Since(start); waited != time.Second || requests.Load() != 1 {
			t.Errorf("returned after %v and %d requests, want 1 s and 1", waited, requests.Load())
		}
	})
}

func TestDeadline(t *testing.T) {
	var requests atomic.Int32
	inBubble(t, func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		<-r.Context().Done()
	}, func(t *testing.T, c *Client) {
		ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second)
		defer cancel()
		start := time.Now()
		r, err := c.List(ctx, nil)
		if e := failed(t, r, err); e.Type != "api_connection_error" || e.Code != "timeout" || !e.Retryable || e.HTTPStatus != 0 || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%+v %s", e, e)
		}
		if waited := time.Since(start); waited != 7*time.Second || requests.Load() != 1 {
			t.Errorf("returned after %v and %d requests, want 7 s and 1", waited, requests.Load())
		}
	})
}

func TestEndedContextSendsNothing(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) { t.Error("a request was made") })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, err := c.Create(ctx, nil)
	if e := failed(t, r, err); e.Code != "canceled" || !strings.Contains(e.Error(), "Nothing was sent") || strings.Contains(e.Error(), "may or may not") {
		t.Error(e)
	}
}

func TestAttemptTimeoutIsRetried(t *testing.T) {
	var requests atomic.Int32
	inBubble(t, func(w http.ResponseWriter, r *http.Request) {
		if requests.Add(1) < 3 {
			<-r.Context().Done()
			return
		}
		answer(200, "{}")(w, r)
	}, func(t *testing.T, c *Client) {
		c.backoff = func(int) time.Duration { return time.Second }
		start := time.Now()
		_, err := c.List(t.Context(), nil)
		if waited := time.Since(start); err != nil || waited != 62*time.Second {
			t.Errorf("after %v: %v, want success after two attempts of 30 s and two pauses of 1 s", waited, err)
		}
	})
	inBubble(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(200) // and then no body
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}, func(t *testing.T, c *Client) {
		r, err := c.Create(t.Context(), nil)
		if e := failed(t, r, err); e.Code != "timeout" || e.HTTPStatus != 0 || !strings.Contains(e.Error(), "may or may not exist") || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%+v %s", e, e)
		}
	})
}

func TestPauseBetweenAttempts(t *testing.T) {
	c := &Client{backoff: backoff}
	for _, tt := range []struct {
		retry      int
		retryAfter string
		min, max   time.Duration
		leave      bool
	}{
		{0, "", 375 * time.Millisecond, 500 * time.Millisecond, false},
		{1, "", 750 * time.Millisecond, time.Second, false},
		{2, "", 1500 * time.Millisecond, 2 * time.Second, false},
		{4, "", 3750 * time.Millisecond, 5 * time.Second, false},
		{math.MaxInt, "", 3750 * time.Millisecond, 5 * time.Second, false},
		{0, "0", 375 * time.Millisecond, 500 * time.Millisecond, false},
		{0, "5", 5 * time.Second, 5 * time.Second, false},
		{4, "1", 3750 * time.Millisecond, 5 * time.Second, false},
		{0, "6", 6 * time.Second, 6 * time.Second, true},
		{0, "-1", 375 * time.Millisecond, 500 * time.Millisecond, false},
		{0, "soon", 375 * time.Millisecond, 500 * time.Millisecond, false},
		{0, "99999999999999999999", 375 * time.Millisecond, 500 * time.Millisecond, false},
	} {
		seen := map[time.Duration]bool{}
		for range 100 {
			pause, ok := c.pause(tt.retry, retryAfter(http.Header{"Retry-After": {tt.retryAfter}}))
			if ok == tt.leave || pause < tt.min || pause > tt.max {
				t.Fatalf("retry %d, Retry-After %q: %v, %v; want %v to %v, %v", tt.retry, tt.retryAfter, pause, ok, tt.min, tt.max, !tt.leave)
			}
			seen[pause] = true
		}
		if tt.min < tt.max && len(seen) < 2 {
			t.Errorf("retry %d: no jitter", tt.retry)
		}
	}
}

func TestKeysAndAccountsDoNotCross(t *testing.T) {
	// whoami answers with the caller's key and account, so that every caller
	// can see whether it was recognized.
	whoami := func(w http.ResponseWriter, r *http.Request) {
		answer(200, `{"id":"cs_test_1","who":"`+r.Header.Get("Authorization")+" "+r.Header.Get("Stripe-Account")+`"}`)(w, r)
	}
	key := func(n string) Key { return mustKey(t, "sk_test_"+n) }
	account := func(ctx context.Context, a string) context.Context {
		ctx, err := WithAccount(ctx, a)
		if err != nil {
			t.Fatal(err)
		}
		return ctx
	}
	one := serve(t, whoami, func(c *Config) { c.Key = key("one"); c.Account = "acct_one" })
	two := serve(t, whoami, func(c *Config) { c.Key = key("two") })
	none := serve(t, whoami, func(c *Config) { c.Key = Key{} })
	ctx := t.Context()

	callers := []struct {
		client *Client
		ctx    context.Context
		params string // the account in the parameters
		want   string
	}{
		{one, ctx, "", "sk_test_one acct_one"},
		{two, ctx, "", "sk_test_two "},
		{one, WithKey(ctx, key("three")), "", "sk_test_three acct_one"},
		{two, account(ctx, "acct_four"), "", "sk_test_two acct_four"},
		{one, account(WithKey(ctx, key("five")), "acct_five"), "", "sk_test_five acct_five"},
		{none, WithKey(ctx, key("six")), "", "sk_test_six "},
		{none, WithKey(WithKey(ctx, key("outer")), key("seven")), "", "sk_test_seven "},
		{one, account(ctx, "acct_context"), "acct_params", "sk_test_one acct_params"},
	}
	var running sync.WaitGroup
	for _, caller := range callers {
		running.Go(func() {
			for range 20 {
				params := createParams()
				if caller.params != "" {
					params.SetStripeAccount(caller.params)
				}
				response, err := caller.client.Create(caller.ctx, params)
				if want := `{"id":"cs_test_1","who":"Bearer ` + caller.want + `"}`; err != nil || string(response.JSON) != want {
					t.Errorf("%v, %v; want %s", response, err, want)
					return
				}
			}
		})
	}
	running.Wait()
}

func TestNoKey(t *testing.T) {
	request := func(w http.ResponseWriter, r *http.Request) { t.Error("a request was made") }
	without := serve(t, request, func(c *Config) { c.Key = Key{} })
	with := serve(t, request)
	for _, op := range operations {
		r, err := op.call(t.Context(), without)
		e := failed(t, r, err)
		if e.Type != "authentication_error" || e.Code != "api_key_missing" || e.HTTPStatus != 0 || e.Retryable || !strings.Contains(e.Error(), "STRIPE_API_KEY") {
			t.Errorf("%s: %+v %s", op.name, e, e)
		}
		// A caller without a key must not act with the server's.
		r, err = op.call(WithKey(t.Context(), Key{}), with)
		if e := failed(t, r, err); e.Code != "api_key_missing" {
			t.Errorf("%s under the zero key: %s", op.name, e)
		}
	}
}

func TestAccountInParametersIsChecked(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) { t.Error("a request was made") })
	params := createParams()
	params.SetStripeAccount(testSecret)
	r, err := c.Create(t.Context(), params)
	if e := failed(t, r, err); e.Type != "invalid_request_error" || !strings.Contains(e.Error(), "acct_") || strings.Contains(e.Error(), "Recognizable") {
		t.Error(e)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") }))
	defer elsewhere.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, op := range operations {
			r, err := op.call(t.Context(), serve(t, answer(status, "", "Location", elsewhere.URL)))
			if e := failed(t, r, err); e.Code != "redirect_refused" || e.HTTPStatus != 0 || e.Retryable {
				t.Errorf("%s, HTTP %d: %+v", op.name, status, e)
			}
		}
	}
}

// Nothing goes out in chunks, and a GET has no body at all.
func TestRequestsSayHowLongTheyAre(t *testing.T) {
	t.Parallel()
	for _, op := range operations {
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil || r.ContentLength != int64(len(body)) || (r.Method == http.MethodGet && len(body) > 0) {
				t.Errorf("%s: a body of %d bytes, announced as %d, error %v", op.name, len(body), r.ContentLength, err)
			}
			answer(200, `{"id":"cs_test_1"}`)(w, r)
		})
		for _, call := range []func(context.Context, *Client) (*Response, error){op.call, op.callNil} {
			if _, err := call(t.Context(), c); err != nil {
				t.Errorf("%s: %v", op.name, err)
			}
		}
	}
}
