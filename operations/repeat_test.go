package operations

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

const (
	aShirt      = `{"body":{"mode":"payment","success_url":"https://example.com","line_items":[{"quantity":1,"price":"` + sandbox.PriceTShirt + `"}]}}`
	twoShirts   = `{"body":{"mode":"payment","success_url":"https://example.com","line_items":[{"quantity":2,"price":"` + sandbox.PriceTShirt + `"}]}}`
	withAKey    = `{"idempotency_key":"order-2","body":{"mode":"payment","success_url":"https://example.com","line_items":[{"quantity":1,"price":"` + sandbox.PriceTShirt + `"}]}}`
	aShirtAgain = `{"body":{"line_items":[{"price":"` + sandbox.PriceTShirt + `","quantity":1}],"success_url":"https://example.com","mode":"payment"}}`
)

// A till is a set of server replicas that create sessions in the same sandbox,
// with the same clock.
type till struct {
	*sandbox.Server
	now      time.Time
	replicas []*Service
}

type callerKey struct{}

func as(ctx context.Context, caller string) context.Context {
	return context.WithValue(ctx, callerKey{}, caller)
}

func newTill(t *testing.T, window time.Duration, transport func(http.RoundTripper) http.RoundTripper) *till {
	t.Helper()
	// In the middle of a slot.
	s := &till{Server: sandbox.New(sandbox.Options{}), now: time.Unix(1_800_000_000, 0).Truncate(2 * time.Minute).Add(time.Minute)}
	key, err := stripeclient.ParseKey(sandbox.Key)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		client, err := stripeclient.New(stripeclient.Config{Key: key, Transport: transport(s.Server), MaxRetries: 2})
		if err != nil {
			t.Fatal(err)
		}
		service, err := New(client, Options{RepeatWindow: window, Caller: func(ctx context.Context) string {
			caller, _ := ctx.Value(callerKey{}).(string)
			return caller
		}})
		if err != nil {
			t.Fatal(err)
		}
		if service.repeats != nil {
			service.repeats.now = func() time.Time { return s.now }
		}
		s.replicas = append(s.replicas, service)
	}
	return s
}

func straight(next http.RoundTripper) http.RoundTripper { return next }

// create returns the session's id and whether the answer said that it already
// existed.
func (s *till) create(t *testing.T, ctx context.Context, replica int, arguments string) (id string, repeated bool) {
	t.Helper()
	call, err := s.replicas[replica].Prepare(ctx, Create, json.RawMessage(arguments))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := call.Do(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var session struct{ ID, Status string }
	if err := json.Unmarshal(answer.JSON, &session); err != nil {
		t.Fatal(err)
	}
	if call.Repeated() && !answer.Replayed() {
		t.Error("a repeat doesn't say that it is replayed")
	}
	return session.ID, call.Repeated()
}

func TestARepeatedCreateIsOneSession(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		second func(*till, *testing.T) (string, bool)
		same   bool
	}{
		{"at once", func(s *till, t *testing.T) (string, bool) { return s.create(t, t.Context(), 0, aShirt) }, true},
		{"in other words", func(s *till, t *testing.T) (string, bool) { return s.create(t, t.Context(), 0, aShirtAgain) }, true},
		{"within the window, across two slots", func(s *till, t *testing.T) (string, bool) {
			s.now = s.now.Add(2*time.Minute - 1)
			return s.create(t, t.Context(), 0, aShirt)
		}, true},
		{"after the window", func(s *till, t *testing.T) (string, bool) {
			s.now = s.now.Add(2 * time.Minute)
			return s.create(t, t.Context(), 0, aShirt)
		}, false},
		{"on another replica", func(s *till, t *testing.T) (string, bool) {
			s.now = s.now.Add(30 * time.Second)
			return s.create(t, t.Context(), 1, aShirt)
		}, true},
		// What is not promised.
		{"on another replica, across two slots", func(s *till, t *testing.T) (string, bool) {
			s.now = s.now.Add(time.Minute)
			return s.create(t, t.Context(), 1, aShirt)
		}, false},
		{"something else", func(s *till, t *testing.T) (string, bool) { return s.create(t, t.Context(), 0, twoShirts) }, false},
		{"by another caller", func(s *till, t *testing.T) (string, bool) {
			return s.create(t, as(t.Context(), "other"), 0, aShirt)
		}, false},
		{"on another account", func(s *till, t *testing.T) (string, bool) {
			ctx, err := stripeclient.WithAccount(t.Context(), "acct_1SandboxOther00")
			if err != nil {
				t.Fatal(err)
			}
			return s.create(t, ctx, 0, aShirt)
		}, false},
		{"with a key: a second sale is meant", func(s *till, t *testing.T) (string, bool) { return s.create(t, t.Context(), 0, withAKey) }, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newTill(t, 2*time.Minute, straight)
			first, repeated := s.create(t, t.Context(), 0, aShirt)
			if repeated {
				t.Fatal("the first is reported as a repeat")
			}
			second, repeated := test.second(s, t)
			if (first == second) != test.same || repeated != test.same {
				t.Errorf("%s, then %s (repeated %v); want the same: %v", first, second, repeated, test.same)
			}
		})
	}
}

func TestRepeatsCanBeTurnedOff(t *testing.T) {
	t.Parallel()
	s := newTill(t, 0, straight)
	first, _ := s.create(t, t.Context(), 0, aShirt)
	if second, _ := s.create(t, t.Context(), 0, aShirt); first == second {
		t.Error("a repeat was noticed")
	}
}

// A session that was expired is useless to whoever asks for one; a paid session
// is still there.
func TestARepeatAfterTheSessionEnded(t *testing.T) {
	t.Parallel()
	s := newTill(t, 2*time.Minute, straight)
	first, _ := s.create(t, t.Context(), 0, aShirt)
	if _, err := s.replicas[0].Do(t.Context(), Expire, json.RawMessage(`{"session":"`+first+`"}`)); err != nil {
		t.Fatal(err)
	}
	second, repeated := s.create(t, t.Context(), 1, aShirt)
	if first == second || repeated {
		t.Errorf("%s was expired, then got %s (repeated %v)", first, second, repeated)
	}
	if third, repeated := s.create(t, t.Context(), 0, aShirt); third != second || !repeated {
		t.Errorf("%s, then %s (repeated %v)", second, third, repeated)
	}

	pay, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://sandbox/sandbox/sessions/"+second+"/pay", nil)
	if err != nil {
		t.Fatal(err)
	}
	pay.Header.Set("Authorization", "Bearer "+sandbox.Key)
	paid, err := s.RoundTrip(pay)
	if err != nil || paid.StatusCode != http.StatusOK {
		t.Fatalf("%v %v", paid, err)
	}
	answer, err := s.replicas[0].Do(t.Context(), Create, json.RawMessage(aShirt))
	if err != nil {
		t.Fatal(err)
	}
	var session struct{ ID, Status string }
	if err := json.Unmarshal(answer.JSON, &session); err != nil || session.ID != second || session.Status != "complete" {
		t.Errorf("%s was paid, then got %v %v", second, session, err)
	}
}

// If the answer to a call's first attempt is lost, its retry is not a repeat.
func TestALostAnswerIsNotARepeat(t *testing.T) {
	t.Parallel()
	lost := false
	s := newTill(t, 2*time.Minute, func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(r *http.Request) (*http.Response, error) {
			answer, err := next.RoundTrip(r)
			if !lost {
				lost = true
				return nil, io.ErrUnexpectedEOF
			}
			return answer, err
		})
	})
	if _, repeated := s.create(t, t.Context(), 0, aShirt); repeated {
		t.Error("a call's own retry was taken for a repeat")
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Equal creates at the same time, over both replicas, make one session.
func TestRepeatsAtTheSameTime(t *testing.T) {
	t.Parallel()
	s := newTill(t, 2*time.Minute, straight)
	ids := make([]string, 16)
	var calls sync.WaitGroup
	for i := range ids {
		calls.Go(func() { ids[i], _ = s.create(t, t.Context(), i%2, aShirt) })
	}
	calls.Wait()
	for _, id := range ids {
		if id == "" || id != ids[0] {
			t.Errorf("several sessions: %v", ids)
			break
		}
	}
}

// What is remembered says nothing about a customer.
func TestRepeatsKeepNoData(t *testing.T) {
	t.Parallel()
	s := newTill(t, 2*time.Minute, straight)
	for i := range 3 {
		s.create(t, t.Context(), 0, fmt.Sprintf(`{"body":{"mode":"setup","currency":"usd","success_url":"https://example.com","customer_email":"jenny%d@example.com"}}`, i))
	}
	for _, kept := range s.replicas[0].repeats.first.Keys() {
		if len(kept) != 64 {
			t.Errorf("kept %q", kept)
		}
	}
	if n := s.replicas[0].repeats.first.Len(); n != 3 {
		t.Errorf("%d are kept", n)
	}
}
