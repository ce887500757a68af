package sandbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stripe/stripe-go/v82"
	"github.com/stripe/stripe-go/v82/webhook"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/npm"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
)

const secret = "whsec_test"

// receiver is a webhook that accepts events, or answers as it is told.
type receiver func(*http.Request, []byte) (status int, err error)

func (r receiver) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	status, err := r(req, body)
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: status, Status: http.StatusText(status), Header: http.Header{"Location": {"http://other.test"}}, Body: http.NoBody, Request: req}, nil
}

// delivering returns a client of a sandbox that sends its events, in a synctest
// bubble.
func delivering(t *testing.T, to receiver) *client {
	var mu sync.Mutex // several deliveries are made at once
	one := receiver(func(r *http.Request, body []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return to(r, body)
	})
	hook := &sandbox.Webhook{URL: "http://shop.test/webhook", Secret: secret, Transport: one}
	c := newClientWith(t, sandbox.Options{Webhook: hook})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); c.server.DeliverEvents(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	return c
}

// Every way in which a session ends is sent, with a signature that stripe-go
// accepts.
func TestWebhook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var events []stripe.Event
		c := delivering(t, func(req *http.Request, body []byte) (int, error) {
			if req.Method != "POST" || req.URL.String() != "http://shop.test/webhook" || req.Header.Get("Content-Type") != "application/json; charset=utf-8" {
				t.Errorf("%s %s %v", req.Method, req.URL, req.Header)
			}
			event, err := webhook.ConstructEvent(body, req.Header.Get("Stripe-Signature"), secret)
			if err != nil {
				t.Errorf("stripe-go refuses it: %v", err)
			}
			if _, err := webhook.ConstructEvent(body, req.Header.Get("Stripe-Signature"), "whsec_other"); err == nil {
				t.Error("any secret is accepted")
			}
			events = append(events, event)
			return 200, nil
		})
		paid, expired, succeeds, fails, late := c.create(payment).id(), c.create(payment).id(), c.create(payment+byBank).id(), c.create(payment+byBank).id(), c.create(payment).id()
		happens := func(what func(), typ stripe.EventType, id string) {
			t.Helper()
			events = nil
			what()
			synctest.Wait()
			if len(events) != 1 || events[0].Type != typ || events[0].Data.Object["id"] != id {
				t.Errorf("got %v, want %s", events, typ)
			}
		}
		happens(func() { c.pay(paid).ok(t) }, "checkout.session.completed", paid)
		happens(func() { c.expire(expired).ok(t) }, "checkout.session.expired", expired)
		happens(func() { c.pay(succeeds, "bank_account=000123456789").ok(t) }, "checkout.session.completed", succeeds)
		c.pay(fails, bankFails).ok(t)
		synctest.Wait()
		events = nil
		c.post("/sandbox/advance", "seconds=259200").ok(t)
		synctest.Wait()
		got := map[stripe.EventType]any{}
		for _, e := range events {
			if id := e.Data.Object["id"]; id == succeeds || id == fails || id == late {
				got[e.Type] = id
			}
		}
		if got["checkout.session.async_payment_succeeded"] != succeeds || got["checkout.session.async_payment_failed"] != fails || got["checkout.session.expired"] != late {
			t.Errorf("three days later: %v", got)
		}
		if waiting := c.get("/v1/events", "delivery_success=false").ids(t); len(waiting) > 0 {
			t.Errorf("an accepted event is still waiting: %v", waiting)
		}
	})
}

// A session's expiry is sent when its time comes, even if nobody asks.
func TestWebhookForExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		c := delivering(t, func(*http.Request, []byte) (int, error) { sent++; return 204, nil })
		id := c.create(payment).ok(t).id()
		c.pay(id).ok(t)
		synctest.Wait()
		before := sent
		c.create(payment).ok(t)
		c.clock.Advance(24 * time.Hour)
		time.Sleep(time.Second)
		synctest.Wait()
		if sent <= before {
			t.Error("nothing was sent")
		}
	})
}

// An event that isn't accepted is sent again, after ever longer pauses, until
// it is.
func TestWebhookRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		var after []time.Duration
		bodies := map[string]bool{}
		c := delivering(t, func(_ *http.Request, body []byte) (int, error) {
			bodies[string(body)] = true
			after = append(after, time.Since(begun))
			switch len(after) {
			case 1:
				return 500, nil
			case 2:
				return 302, nil // Stripe follows no redirect
			case 3:
				return 0, errors.New("connection refused")
			case 4:
				return 404, nil
			}
			return 200, nil
		})
		c.pay(c.create(payment).ok(t).id()).ok(t)
		synctest.Wait()
		event := c.get("/v1/events", "delivery_success=false").ok(t)
		event.expect(t, map[string]any{"data.0.type": "checkout.session.completed", "data.0.pending_webhooks": "1"})
		time.Sleep(time.Minute)
		synctest.Wait()
		want := []time.Duration{0, time.Second, 3 * time.Second, 7 * time.Second, 15 * time.Second}
		if len(after) != len(want) {
			t.Fatalf("tried after %v, want %v", after, want)
		}
		for i := range want {
			if after[i] != want[i] {
				t.Errorf("tried after %v, want %v", after, want)
			}
		}
		if len(bodies) != 1 {
			t.Error("a retry sends something different")
		}
		c.get("/v1/events/"+event.text("data.0.id"), "").ok(t).expect(t, map[string]any{"pending_webhooks": "0"})
	})
}

// After three days, the sandbox gives up on a webhook that never accepts
// anything; no more events from that time are kept than there is room for.
func TestWebhookGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		c := delivering(t, func(*http.Request, []byte) (int, error) { tries++; return 503, nil })
		c.pay(c.create(payment).ok(t).id()).ok(t)
		time.Sleep(4 * 24 * time.Hour)
		synctest.Wait()
		last := tries
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		if tries != last || tries < 70 || tries > 100 {
			t.Errorf("%d tries in four days, %d in the fifth", last, tries-last)
		}
	})
}

// stripe-node accepts this signature, too, and no other.
func TestWebhookForStripeNode(t *testing.T) {
	dir := npm.Install(t, "testdata/node")
	requests := make(chan map[string]string, 1)
	shop := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		requests <- map[string]string{"body": string(body), "signature": r.Header.Get("Stripe-Signature"), "secret": secret}
	}))
	t.Cleanup(shop.Close)
	c := newClientWith(t, sandbox.Options{Webhook: &sandbox.Webhook{URL: shop.URL, Secret: secret}})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go c.server.DeliverEvents(ctx)
	c.pay(c.create(payment).ok(t).id()).ok(t)
	request := <-requests

	verify := func() string {
		t.Helper()
		in, err := json.Marshal(request)
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), "node", "verify.mjs")
		cmd.Dir, cmd.Stdin = dir, bytes.NewReader(in)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return strings.TrimSpace(string(out))
	}
	if got := verify(); got != "checkout.session.completed" {
		t.Errorf("stripe-node says %s", got)
	}
	request["body"] = strings.Replace(request["body"], "paid", "free", 1)
	if got := verify(); got != "StripeSignatureVerificationError" {
		t.Errorf("for another body, stripe-node says %s", got)
	}
}
