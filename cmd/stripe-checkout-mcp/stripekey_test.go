package main

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// One server serves many accounts and stores no secrets. Each key has its own
// account in the sandbox, and no caller ever sees anything of another's.
func TestStripeKeysOfCallersDoNotCross(t *testing.T) {
	s := startService(t, "--auth", "stripe-key", "--stripe-api-base", recordingStripe(t))
	keys := map[string]string{"ada": "rk_test_51AdaDoNotLeak", "grace": "sk_test_51GraceDoNotLeak"}

	var callers sync.WaitGroup
	for name, key := range keys {
		session := s.mustConnect(key)
		for worker := range 2 { // two sessions per caller, at the same time
			callers.Go(func() {
				for i := range 8 {
					reference := fmt.Sprintf("%s-%d-%d", name, worker, i)
					created, failed := call(t, session, createTool, createArguments(reference))
					if failed {
						t.Errorf("%s: %v", reference, created)
						return
					}
					got, failed := call(t, session, "stripe-get-checkout-sessions-session", fmt.Sprintf(`{"session":%q}`, created["id"]))
					if failed || got["client_reference_id"] != reference {
						t.Errorf("%s got %v", reference, got)
					}
				}
			})
		}
	}
	callers.Wait()

	for name, key := range keys {
		listed, failed := call(t, s.mustConnect(key), listTool, `{"limit":100}`)
		if failed {
			t.Fatal(listed)
		}
		own := 0
		for _, session := range listed["data"].([]any) {
			reference, _ := session.(map[string]any)["client_reference_id"].(string)
			switch {
			case strings.HasPrefix(reference, name+"-"):
				own++
			case strings.HasPrefix(reference, "ada-"), strings.HasPrefix(reference, "grace-"):
				t.Errorf("%s sees %s", name, reference)
			}
		}
		if own != 16 {
			t.Errorf("%s has %d sessions, want 16", name, own)
		}
	}
	for name, key := range keys {
		if strings.Contains(s.log.String(), strings.TrimPrefix(key, "rk_test_")) || strings.Contains(s.log.String(), "DoNotLeak") {
			t.Errorf("the key of %s is in the log", name)
		}
	}
}

func TestStripeKeyIsNeededAndChecked(t *testing.T) {
	s := startService(t, "--auth", "stripe-key", "--sandbox", "--livemode", "deny")
	for name, key := range map[string]string{
		"no key":                      "",
		"a key of another shape":      "token",
		"a publishable key":           "pk_test_51DoNotLeak",
		"a live key, which is denied": "rk_live_51DoNotLeak",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.connect(bearer{token: key}, nil)
			if err == nil || !strings.Contains(err.Error(), "Unauthorized") && !strings.Contains(err.Error(), "bearer") && !strings.Contains(err.Error(), "Bearer") {
				t.Errorf("got %v, want 401", err)
			}
			if err != nil && strings.Contains(err.Error(), "DoNotLeak") {
				t.Errorf("the refusal repeats the key: %v", err)
			}
		})
	}
	if strings.Contains(s.log.String(), "DoNotLeak") {
		t.Error("a refused key is in the log")
	}
	if _, failed := call(t, s.mustConnect("rk_test_51Good"), listTool, `{}`); failed {
		t.Error("a test key is refused")
	}
}
