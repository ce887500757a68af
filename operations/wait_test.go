package operations

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// A counter is where callers wait to be paid: a Stripe with one session, whose
// status the tests set, in a synctest bubble.
type counter struct {
	t        *testing.T
	service  *Service
	requests atomic.Int64

	mu      sync.Mutex
	session string
	answer  func() (*http.Response, error) // instead of the session
}

const (
	openSession    = `{"id":"cs_test_1","object":"checkout.session","status":"open","payment_status":"unpaid"}`
	unpaidSession  = `{"id":"cs_test_1","object":"checkout.session","status":"complete","payment_status":"unpaid"}`
	paidSession    = `{"id":"cs_test_1","object":"checkout.session","status":"complete","payment_status":"paid"}`
	expiredSession = `{"id":"cs_test_1","object":"checkout.session","status":"expired","payment_status":"unpaid"}`
)

func newCounter(t *testing.T) *counter {
	t.Helper()
	c := &counter{t: t, session: openSession}
	key, err := stripeclient.ParseKey("sk_test_counter00000000")
	if err != nil {
		t.Fatal(err)
	}
	client, err := stripeclient.New(stripeclient.Config{Key: key, Transport: c})
	if err != nil {
		t.Fatal(err)
	}
	if c.service, err = New(client, Options{}); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *counter) RoundTrip(req *http.Request) (*http.Response, error) {
	c.requests.Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answer != nil {
		return c.answer()
	}
	return respond(200, c.session)
}

func respond(status int, body string) (*http.Response, error) {
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body))}, nil
}

func (c *counter) becomes(session string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.session = session
}

func (c *counter) answers(answer func() (*http.Response, error)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answer = answer
}

// An outcome is how a waiting call ended.
type outcome struct {
	json  string
	err   error
	after time.Duration
}

// wait makes a call and delivers its outcome.
func (c *counter) wait(ctx context.Context, arguments string) <-chan outcome {
	ended := make(chan outcome, 1)
	begun := time.Now()
	go func() {
		response, err := c.service.Do(ctx, Retrieve, json.RawMessage(arguments))
		o := outcome{err: err, after: time.Since(begun)}
		if err == nil {
			o.json = string(response.JSON)
		}
		ended <- o
	}()
	return ended
}

const waitFifty = `{"session":"cs_test_1","wait_seconds":50}`

func TestWaitEndsWhenTheSessionIsDecided(t *testing.T) {
	for name, sessions := range map[string][]string{
		"paid":           {openSession, paidSession},
		"expired":        {openSession, expiredSession},
		"paid by a bank": {openSession, unpaidSession, paidSession},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCounter(t)
				ended := c.wait(t.Context(), waitFifty)
				var want string
				for _, want = range sessions[1:] {
					time.Sleep(10 * time.Second)
					synctest.Wait()
					if len(ended) > 0 {
						t.Fatal("it didn't wait")
					}
					c.becomes(want)
				}
				got := <-ended
				changed := time.Duration(len(sessions)-1) * 10 * time.Second
				if got.err != nil || got.json != want || got.after < changed || got.after > changed+longestPollPause {
					t.Errorf("after %v: %s %v", got.after, got.json, got.err)
				}
			})
		})
	}
}

func TestADecidedSessionIsNotWaitedFor(t *testing.T) {
	for _, session := range []string{paidSession, expiredSession, `{"id":"cs_test_1","status":"complete","payment_status":"no_payment_required"}`} {
		synctest.Test(t, func(t *testing.T) {
			c := newCounter(t)
			c.becomes(session)
			if got := <-c.wait(t.Context(), waitFifty); got.after != 0 || got.json != session || c.requests.Load() != 1 {
				t.Errorf("after %v and %d requests: %s %v", got.after, c.requests.Load(), got.json, got.err)
			}
		})
	}
}

// When the time is up, the answer is the session as it is. Until then, Stripe
// is asked a limited number of times.
func TestWaitEndsWhenTheTimeIsUp(t *testing.T) {
	for seconds, most := range map[int]int64{1: 2, 10: 5, 50: 14} {
		synctest.Test(t, func(t *testing.T) {
			c := newCounter(t)
			got := <-c.wait(t.Context(), fmt.Sprintf(`{"session":"cs_test_1","wait_seconds":%d,"fields":["status"]}`, seconds))
			if got.err != nil || got.json != `{"status":"open"}` || got.after != time.Duration(seconds)*time.Second {
				t.Errorf("after %v: %s %v", got.after, got.json, got.err)
			}
			if n := c.requests.Load(); n > most {
				t.Errorf("%d requests in %d seconds, want at most %d", n, seconds, most)
			}
			synctest.Wait()
			time.Sleep(time.Minute)
			if more := c.requests.Load() - most; more > 0 {
				t.Errorf("%d requests after the call has ended", more)
			}
		})
	}
}

// Callers that wait for the same session share the polling; each gets the
// fields that it wants, in its own time. One that gives up doesn't affect the
// others.
func TestWaitIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCounter(t)
		ctx, giveUp := context.WithCancel(t.Context())
		first := c.wait(ctx, waitFifty)
		var others []<-chan outcome
		for range 100 {
			others = append(others, c.wait(t.Context(), `{"session":"cs_test_1","wait_seconds":40,"fields":["payment_status"]}`))
		}
		short := c.wait(t.Context(), `{"session":"cs_test_1","wait_seconds":2}`)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		giveUp()
		if got := <-first; !errors.Is(got.err, context.Canceled) || got.after != 5*time.Second {
			t.Errorf("the caller that gave up: after %v: %v", got.after, got.err)
		}
		if got := <-short; got.json != openSession || got.after != 2*time.Second {
			t.Errorf("the caller with less time: after %v: %s %v", got.after, got.json, got.err)
		}
		c.becomes(paidSession)
		for _, o := range others {
			if got := <-o; got.json != `{"payment_status":"paid"}` {
				t.Fatalf("after %v: %s %v", got.after, got.json, got.err)
			}
		}
		if n := c.requests.Load(); n > 6 {
			t.Errorf("102 callers made %d requests in 10 seconds", n)
		}
	})
}

// Answers are never shared with another caller's context: a different key,
// account or expansion is polled separately.
func TestWaitIsNotSharedAcrossKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCounter(t)
		key, err := stripeclient.ParseKey("sk_test_other00000000000")
		if err != nil {
			t.Fatal(err)
		}
		account, err := stripeclient.WithAccount(t.Context(), "acct_1")
		if err != nil {
			t.Fatal(err)
		}
		ended := []<-chan outcome{
			c.wait(t.Context(), waitFifty),
			c.wait(stripeclient.WithKey(t.Context(), key), waitFifty),
			c.wait(account, waitFifty),
			c.wait(t.Context(), `{"session":"cs_test_1","wait_seconds":50,"expand":["customer"]}`),
			c.wait(t.Context(), `{"session":"cs_test_2","wait_seconds":50}`),
		}
		synctest.Wait()
		if n := c.requests.Load(); int(n) != len(ended) {
			t.Errorf("%d first requests, want %d", n, len(ended))
		}
		c.becomes(paidSession)
		for _, o := range ended {
			<-o
		}
	})
}

func TestWaitAndErrors(t *testing.T) {
	const missing = `{"error":{"type":"invalid_request_error","code":"resource_missing","message":"No such checkout.session: 'cs_test_1'"}}`
	const broken = `{"error":{"type":"api_error","message":"Something broke."}}`
	t.Run("on the first request", func(t *testing.T) {
		for _, status := range []int{404, 500} {
			synctest.Test(t, func(t *testing.T) {
				c := newCounter(t)
				c.answers(func() (*http.Response, error) { return respond(status, missing) })
				if got := <-c.wait(t.Context(), waitFifty); got.after != 0 || c.requests.Load() != 1 {
					t.Errorf("after %v and %d requests: %v", got.after, c.requests.Load(), got.err)
				} else if e, ok := stripeclient.AsError(got.err); !ok || e.HTTPStatus != status {
					t.Errorf("HTTP %d: %v", status, got.err)
				}
			})
		}
	})
	t.Run("temporary", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := newCounter(t)
			ended := c.wait(t.Context(), waitFifty)
			synctest.Wait()
			c.answers(func() (*http.Response, error) { return respond(500, broken) })
			time.Sleep(20 * time.Second)
			c.answers(nil)
			c.becomes(paidSession)
			if got := <-ended; got.json != paidSession {
				t.Errorf("after %v: %s %v", got.after, got.json, got.err)
			}
		})
	})
	t.Run("a bug of ours", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := newCounter(t)
			c.answers(func() (*http.Response, error) { panic("a bug") })
			if got := <-c.wait(t.Context(), waitFifty); got.err == nil || got.after != 0 {
				t.Errorf("after %v: %v", got.after, got.err)
			}
		})
	})
}

func TestWaitReportsProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCounter(t)
		call, err := c.service.Prepare(t.Context(), Retrieve, json.RawMessage(`{"session":"cs_test_1","wait_seconds":10}`))
		if err != nil {
			t.Fatal(err)
		}
		var told []time.Duration
		call.Progress = func(waited time.Duration) { told = append(told, waited) }
		if _, err := call.Do(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(told) < 3 || told[0] != 0 {
			t.Errorf("progress was reported after %v", told)
		}
		for i := 1; i < len(told); i++ {
			if told[i] <= told[i-1] {
				t.Errorf("progress was reported after %v", told)
			}
		}
	})
}

func TestWaitSecondsAreBounded(t *testing.T) {
	c := newCounter(t)
	for _, seconds := range []string{"0", "51", "-1", "1.5", `"soon"`} {
		_, err := c.service.Do(t.Context(), Retrieve, json.RawMessage(`{"session":"cs_test_1","wait_seconds":`+seconds+`}`))
		if e, ok := stripeclient.AsError(err); !ok || e.Param != "wait_seconds" {
			t.Errorf("%s: %v", seconds, err)
		}
	}
	if n := c.requests.Load(); n > 0 {
		t.Errorf("%d requests", n)
	}
	if _, err := c.service.Do(t.Context(), LineItems, json.RawMessage(`{"session":"cs_test_1","wait_seconds":5}`)); err == nil {
		t.Error("line items accept wait_seconds")
	}
}
