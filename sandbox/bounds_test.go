package sandbox

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func testServer(maxSessions int) (*Server, func(key, idempotencyKey, form string) *answer) {
	s := New(Options{MaxSessions: maxSessions, Now: func() time.Time { return time.Unix(1_790_000_000, 0) }})
	return s, func(key, idempotencyKey, form string) *answer {
		r, err := http.NewRequest("POST", "http://sandbox.test"+sessionsPath, strings.NewReader(form))
		if err != nil {
			panic(err)
		}
		r.Header.Set("Authorization", "Bearer "+key)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if idempotencyKey != "" {
			r.Header.Set("Idempotency-Key", idempotencyKey)
		}
		return s.answer(r, func() string { return "" })
	}
}

const testPayment = "mode=payment&success_url=https://example.com&line_items[0][quantity]=1&line_items[0][price]=" + PriceTShirt

func onlyAccount(t *testing.T, s *Server) *account {
	t.Helper()
	if len(s.accounts) != 1 {
		t.Fatalf("%d accounts", len(s.accounts))
	}
	return s.recent.Front().Value.(*accountEntry).account
}

func TestAccountsAreBounded(t *testing.T) {
	s, create := testServer(0)
	for i := range 2 * maxAccounts {
		create(fmt.Sprint("sk_test_", i), "", testPayment)
		create("sk_test_busy", "", testPayment)
	}
	if len(s.accounts) != maxAccounts || s.recent.Len() != maxAccounts {
		t.Errorf("%d accounts, want %d", len(s.accounts), maxAccounts)
	}
	// The busy account was never the one to be forgotten.
	busy := s.recent.Front().Value.(*accountEntry).account
	if got, want := len(busy.sessions), 2*maxAccounts+len(seedSessions); got != want {
		t.Errorf("the busy account has %d sessions, want %d", got, want)
	}
}

func TestSessionsAreBounded(t *testing.T) {
	s, create := testServer(20)
	for range 50 {
		if a := create(Key, "", testPayment); a.status != http.StatusOK {
			t.Fatal(string(a.body))
		}
	}
	a := onlyAccount(t, s)
	if len(a.sessions) != 20 || len(a.byID) != 20 {
		t.Errorf("%d sessions, %d by id, want 20", len(a.sessions), len(a.byID))
	}
	for n := range seedSessions {
		if _, there := a.byID[seedID("", n+1)]; !there {
			t.Errorf("initial session %d is gone", n+1)
		}
	}
}

func TestSessionBytesAreBounded(t *testing.T) {
	s, create := testServer(0)
	large := testPayment
	for i := range 50 {
		large += fmt.Sprintf("&metadata[k%d]=%s", i, strings.Repeat("x", 500))
	}
	for range 200 {
		if a := create(Key, "", large); a.status != http.StatusOK {
			t.Fatal(string(a.body))
		}
	}
	a := onlyAccount(t, s)
	sum := 0
	for _, left := range a.sessions {
		sum += left.size
	}
	if a.bytes != sum || a.bytes > maxSessionBytes || len(a.sessions) == 0 || len(a.sessions) >= 200 || len(a.byID) != len(a.sessions) {
		t.Errorf("%d sessions of %d bytes, which the account counts as %d", len(a.sessions), sum, a.bytes)
	}
}

func TestIdempotencyIsBounded(t *testing.T) {
	fill := func(i *idempotency, requests, bytes int) {
		for n := range requests {
			_, _, entry := i.begin(fmt.Sprint("key-", n), "fingerprint", 0)
			i.finish(entry, &answer{body: make([]byte, bytes)})
		}
		if stored, _, _ := i.begin(fmt.Sprint("key-", requests-1), "fingerprint", 0); stored == nil {
			t.Error("the latest answer was forgotten")
		}
		sum := 0
		for _, entry := range i.order {
			sum += len(entry.answer.body)
		}
		if i.bytes != sum || len(i.order) != len(i.entries) {
			t.Errorf("%d answers, %d by key, of %d bytes, counted as %d", len(i.order), len(i.entries), sum, i.bytes)
		}
	}
	var many, large idempotency
	if fill(&many, 3*maxIdempotencyKeys, 1); len(many.entries) != maxIdempotencyKeys {
		t.Errorf("%d answers, want %d", len(many.entries), maxIdempotencyKeys)
	}
	const size = 100_000
	if fill(&large, 100, size); large.bytes > maxIdempotencyBytes || large.bytes < maxIdempotencyBytes-size {
		t.Errorf("answers of %d bytes, want nearly %d", large.bytes, maxIdempotencyBytes)
	}
	if _, _, entry := large.begin("new", "fingerprint", int64(idempotencyLife.Seconds())); entry == nil || len(large.order) != 1 || large.bytes != 0 {
		t.Errorf("a day later %d answers of %d bytes are left", len(large.order)-1, large.bytes)
	}
}

// While a request is under way, its key is taken; once it has answered, or
// failed without an answer, the key is free.
func TestIdempotencyKeyInUse(t *testing.T) {
	s, create := testServer(0)
	create(Key, "", testPayment)
	i := &onlyAccount(t, s).idempotency

	_, err, entry := i.begin("k", "fingerprint", 0)
	if err != nil || entry == nil {
		t.Fatal("a new key was not accepted")
	}
	_, err, _ = i.begin("k", "fingerprint", 1)
	if err == nil || err.status != http.StatusConflict || err.Code != "idempotency_key_in_use" || err.Type != typeIdempotency {
		t.Errorf("while it is under way: %+v", err)
	}
	if _, err, _ = i.begin("k", "other", 1); err == nil || err.status != http.StatusBadRequest {
		t.Errorf("another request while it is under way: %+v", err)
	}
	answered := &answer{status: 200, body: []byte("x")}
	i.finish(entry, answered)
	if stored, _, _ := i.begin("k", "fingerprint", 2); stored != answered {
		t.Error("the answer was not stored")
	}

	_, _, entry = i.begin("panicked", "fingerprint", 3)
	i.finish(entry, nil)
	if _, err, entry := i.begin("panicked", "fingerprint", 4); err != nil || entry == nil {
		t.Error("a key without an answer stayed taken")
	}
}
