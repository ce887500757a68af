package sandbox_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
)

func TestIdempotency(t *testing.T) {
	c := newClient(t)
	key := c.with("Idempotency-Key", "key-1")
	first := key.create(payment, "metadata[a]=1", "metadata[b]=2").ok(t)
	again := key.create("metadata[b]=2", "metadata[a]=1", payment).ok(t) // the order does not matter
	if first.raw != again.raw {
		t.Error("a retry got a different answer")
	}
	if got := c.list("limit=2").ids(t); got[0] != first.id() || got[1] == first.id() {
		t.Error("a retry created a second session")
	}
	for name, want := range map[string][2]string{
		"Idempotency-Key":     {"key-1", "key-1"},
		"Idempotent-Replayed": {"", "true"},
		"Original-Request":    {first.header.Get("Request-Id"), first.header.Get("Request-Id")},
	} {
		if got := [2]string{first.header.Get(name), again.header.Get(name)}; got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if first.header.Get("Request-Id") == again.header.Get("Request-Id") {
		t.Error("a retry has the same request id as the first request")
	}

	const message = "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than 'key-1' if you meant to execute a different request."
	for name, r := range map[string]result{
		"other parameters": key.create(payment),
		"another path":     key.expire(first.id()),
	} {
		e := r.want(t, http.StatusBadRequest).error()
		if e["type"] != "idempotency_error" || e["message"] != message || e["code"] != nil {
			t.Errorf("%s: %v", name, e)
		}
	}
	key.list().ok(t) // a GET takes no notice

	// The same key in another account is a different key.
	other := key.with("Authorization", "Bearer sk_test_other").create(payment).ok(t)
	if other.id() == first.id() || other.header.Get("Idempotent-Replayed") != "" {
		t.Error("keys are shared between accounts")
	}
}

func TestIdempotencyOfRefusals(t *testing.T) {
	c := newClient(t)
	// A request that fails validation was never executed, so the key is free.
	key := c.with("Idempotency-Key", "a")
	key.create(payment, "foo=1").want(t, 400)
	key.create(payment).ok(t)

	// A failure during execution is the answer for this key.
	key = c.with("Idempotency-Key", "b")
	failed := key.create(strings.Replace(payment, sandbox.PriceTShirt, "price_x", 1)).want(t, 400)
	again := key.create(strings.Replace(payment, sandbox.PriceTShirt, "price_x", 1)).want(t, 400)
	if again.raw != failed.raw || again.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("a failure was not replayed: %s", again.raw)
	}
	if e := key.create(payment).want(t, 400).error(); e["type"] != "idempotency_error" {
		t.Errorf("%v", e)
	}

	// Expire once, and get the answer twice.
	key = c.with("Idempotency-Key", "c")
	id := c.create(payment).ok(t).id()
	key.expire(id).ok(t)
	key.expire(id).ok(t)
	c.expire(id).want(t, 400)
	c.with("Idempotency-Key", "d").expire(id).want(t, 400)

	if e := c.with("Idempotency-Key", strings.Repeat("k", 256)).create(payment).want(t, 400).error(); !strings.HasPrefix(e["message"].(string), "Idempotency keys can be up to 255 characters long") {
		t.Errorf("a long key: %v", e)
	}
	c.with("Idempotency-Key", strings.Repeat("k", 255)).create(payment).ok(t)
}

func TestIdempotencyLastsADay(t *testing.T) {
	c := newClient(t)
	key := c.with("Idempotency-Key", "k")
	first := key.create(payment).ok(t)
	c.clock.Advance(24*time.Hour - time.Second)
	if again := key.create(payment).ok(t); again.id() != first.id() {
		t.Error("forgotten within a day")
	}
	c.clock.Advance(time.Second)
	if again := key.create(payment).ok(t); again.id() == first.id() {
		t.Error("remembered after a day")
	}
}

// Of many simultaneous requests with one key, one is executed. The others get
// its answer, or are told that it is under way.
func TestIdempotencyAtOnce(t *testing.T) {
	c := newClient(t)
	key := c.with("Idempotency-Key", "k")
	const requests = 20
	results := make([]result, requests)
	var group sync.WaitGroup
	for i := range requests {
		group.Go(func() { results[i] = key.create(payment) })
	}
	group.Wait()
	made := map[string]bool{}
	for _, r := range results {
		switch r.status {
		case http.StatusOK:
			made[r.id()] = true
		case http.StatusConflict:
			if e := r.error(); e["code"] != "idempotency_key_in_use" || e["type"] != "idempotency_error" || r.header.Get("Stripe-Should-Retry") != "true" {
				t.Errorf("%s", r.raw)
			}
		default:
			t.Errorf("HTTP %d: %s", r.status, r.raw)
		}
	}
	if len(made) != 1 || len(c.list("limit=100").ids(t)) != 13 {
		t.Errorf("%d sessions were made", len(made))
	}
}

// Many clients with many accounts read and write at once.
func TestConcurrentUse(t *testing.T) {
	c := newClientWith(t, sandbox.Options{MaxSessions: 20})
	var group sync.WaitGroup
	for worker := range 4 {
		group.Go(func() {
			account := c.with("Authorization", fmt.Sprint("Bearer sk_test_", worker%3))
			for range 5 {
				id := account.create(payment).ok(t).id()
				account.list("limit=3", "expand[]=data.line_items").ok(t)
				account.retrieve(id)
				account.expire(id)
			}
		})
	}
	group.Wait()
}
