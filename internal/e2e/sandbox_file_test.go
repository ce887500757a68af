package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
)

// stripeCall makes a request to the sandbox's API and returns the object in the
// response.
func stripeCall(addr, method, path string, form url.Values, idempotencyKey string) (map[string]any, error) {
	req, err := http.NewRequest(method, "http://"+addr+path, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.SetBasicAuth(sandbox.Key, "")
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if idempotencyKey != "" {
		req.Header.Set("Idempotency-Key", idempotencyKey)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	var object map[string]any
	if err := json.Unmarshal(body, &object); err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s %s: HTTP %d: %s", method, path, resp.StatusCode, body)
	}
	return object, nil
}

// The sandbox is killed in the middle of writes, again and again. Whatever it
// had answered is still there afterwards, and retrying what it hadn't answered
// creates no second session.
func TestTheSandboxIsKilled(t *testing.T) {
	const rounds, writers, answersBeforeTheKill = 4, 4, 60
	file := filepath.Join(t.TempDir(), "sandbox.db")
	session := url.Values{
		"mode": {"payment"}, "success_url": {"https://example.com"},
		"line_items[0][price]": {sandbox.PriceTShirt}, "line_items[0][quantity]": {"1"},
	}
	var mu sync.Mutex
	want := map[string]string{}       // status by ID
	unanswered := map[string]string{} // by idempotency key: the ID that a retry returned

	for round := range rounds {
		addr := freeAddr(t)
		p := start(t, addr, "/v1/checkout/sessions", binary, "sandbox", "--addr", addr, "--sandbox-file", file)
		var answers atomic.Int64
		var wait sync.WaitGroup
		for writer := range writers {
			wait.Go(func() {
				for i := 0; ; i++ {
					key := fmt.Sprintf("%d-%d-%d", round, writer, i)
					made, err := stripeCall(addr, "POST", "/v1/checkout/sessions", session, key)
					if err != nil {
						mu.Lock()
						unanswered[key] = ""
						mu.Unlock()
						return // killed
					}
					id, status := made["id"].(string), "open"
					note := func() {
						mu.Lock()
						want[id] = status
						mu.Unlock()
						if answers.Add(1) == answersBeforeTheKill {
							p.kill()
						}
					}
					note()
					path := "/v1/checkout/sessions/" + id + "/expire"
					if i%2 == 0 {
						path = "/sandbox/sessions/" + id + "/pay"
					}
					mu.Lock()
					want[id] = "" // it may or may not have happened
					mu.Unlock()
					changed, err := stripeCall(addr, "POST", path, nil, "")
					if err != nil {
						return
					}
					status = changed["status"].(string)
					note()
				}
			})
		}
		wait.Wait()

		addr = freeAddr(t)
		p = start(t, addr, "/v1/checkout/sessions", binary, "sandbox", "--addr", addr, "--sandbox-file", file)
		for id, status := range want {
			found, err := stripeCall(addr, "GET", "/v1/checkout/sessions/"+id, nil, "")
			if err != nil {
				t.Errorf("round %d: an answered session is lost: %v", round, err)
			} else if status != "" && found["status"] != status {
				t.Errorf("round %d: %s is %v, but the answer said %s", round, id, found["status"], status)
			}
		}
		for key, before := range unanswered {
			for range 2 {
				made, err := stripeCall(addr, "POST", "/v1/checkout/sessions", session, key)
				if err != nil {
					t.Fatal(err)
				}
				id := made["id"].(string)
				if before != "" && id != before {
					t.Errorf("round %d: the retry with %s created another session", round, key)
				}
				before = id
			}
			unanswered[key], want[before] = before, ""
		}
		p.kill()
	}
	if len(want) < rounds*answersBeforeTheKill/2 {
		t.Errorf("only %d sessions were created", len(want))
	}
	t.Logf("%d sessions survived %d kills", len(want), 2*rounds)
}
