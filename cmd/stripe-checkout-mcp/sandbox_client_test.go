package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v82/webhook"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
)

// runningSandbox starts a sandbox on a port and returns its address and a
// function that sends it requests.
func runningSandbox(t *testing.T) (addr string, call func(method, path, form string) map[string]any) {
	t.Setenv("STRIPE_API_KEY", "")
	t.Setenv("STRIPE_API_KEY_FILE", "")
	server := httptest.NewServer(sandbox.New(sandbox.Options{}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://"), func(method, path, form string) map[string]any {
		t.Helper()
		req, err := http.NewRequest(method, server.URL+path, strings.NewReader(form))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+sandbox.Key)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var object map[string]any
		if err := json.NewDecoder(resp.Body).Decode(&object); err != nil {
			t.Fatal(err)
		}
		return object
	}
}

const oneTShirt = "mode=payment&success_url=https://example.com&line_items[0][quantity]=1&line_items[0][price]=" + sandbox.PriceTShirt

func TestSandboxPay(t *testing.T) {
	addr, call := runningSandbox(t)
	session := func() map[string]any { return call("POST", "/v1/checkout/sessions", oneTShirt) }

	out, stderr, code := execute(t, "", "sandbox", "pay", session()["id"].(string), "--addr", addr, "-d", "email=ada@example.com")
	var paid struct {
		PaymentStatus   string                 `json:"payment_status"`
		CustomerDetails struct{ Email string } `json:"customer_details"`
	}
	if err := json.Unmarshal([]byte(out), &paid); err != nil || code != exitOK || paid.PaymentStatus != "paid" || paid.CustomerDetails.Email != "ada@example.com" {
		t.Errorf("exit %d, %s%s", code, out, stderr)
	}
	// The session's URL also says where the sandbox is.
	if out, stderr, code := execute(t, "", "sandbox", "pay", session()["url"].(string)); code != exitOK {
		t.Errorf("exit %d, %s%s", code, out, stderr)
	}
	_, stderr, code = execute(t, "", "sandbox", "pay", session()["id"].(string), "--addr", addr, "--card", "4000000000009995")
	if code != exitFailed || !strings.Contains(stderr, "Your card has insufficient funds.") {
		t.Errorf("exit %d, %s", code, stderr)
	}
	_, stderr, code = execute(t, "", "sandbox", "pay", "cs_test_none", "--addr", addr)
	if code != exitFailed || !strings.Contains(stderr, "No such checkout.session: 'cs_test_none'") {
		t.Errorf("exit %d, %s", code, stderr)
	}
	if _, stderr, code = execute(t, "", "sandbox", "pay", "cs_test_none", "-d", "x"); code != exitUsage {
		t.Errorf("exit %d, %s", code, stderr)
	}
}

// The user's own key goes to no other machine, and a live key goes nowhere.
func TestSandboxCommandsKeepTheKey(t *testing.T) {
	addr, _ := runningSandbox(t)
	for key, addrs := range map[string][]string{
		"rk_test_secret0000000000000000": {"192.0.2.1:80", "sandbox.example.com:80"},
		"rk_live_secret0000000000000000": {"192.0.2.1:80", addr},
	} {
		t.Setenv("STRIPE_API_KEY", key)
		for _, addr := range addrs {
			out, stderr, code := execute(t, "", "sandbox", "pay", "cs_test_1", "--addr", addr)
			if code != exitFailed || strings.Contains(out+stderr, "secret") || strings.Contains(stderr, "No such") {
				t.Errorf("%s to %s: exit %d, %s", key[:8], addr, code, stderr)
			}
		}
	}
}

func TestSandboxAdvance(t *testing.T) {
	addr, call := runningSandbox(t)
	id := call("POST", "/v1/checkout/sessions", oneTShirt)["id"].(string)
	out, stderr, code := execute(t, "", "sandbox", "advance", "1d", "--addr", addr)
	if tomorrow := time.Now().Add(24 * time.Hour).UTC().Format("2006-01-02"); code != exitOK || !strings.Contains(out, tomorrow) {
		t.Errorf("exit %d, %s%s", code, out, stderr)
	}
	if got := call("GET", "/v1/checkout/sessions/"+id, "")["status"]; got != "expired" {
		t.Errorf("a day later the session is %v", got)
	}
	for _, wrong := range []string{"1", "0s", "-1h", "d", "tomorrow"} {
		if _, stderr, code := execute(t, "", "sandbox", "advance", "--addr", addr, "--", wrong); code != exitUsage {
			t.Errorf("%s: exit %d, %s", wrong, code, stderr)
		}
	}
}

func TestSandboxFault(t *testing.T) {
	addr, call := runningSandbox(t)
	if _, stderr, code := execute(t, "", "sandbox", "fault", "list", "429", "--addr", addr); code != exitOK {
		t.Errorf("exit %d, %s", code, stderr)
	}
	if e, _ := call("GET", "/v1/checkout/sessions", "")["error"].(map[string]any); e["code"] != "rate_limit" {
		t.Errorf("the next call got %v", e)
	}
	_, stderr, code := execute(t, "", "sandbox", "fault", "list", "418", "--addr", addr)
	if code != exitFailed || !strings.Contains(stderr, "must be one of 429, 500, 409, timeout, or lost") {
		t.Errorf("exit %d, %s", code, stderr)
	}
}

// A lost answer is lost over HTTP too.
func TestSandboxLosesAnswers(t *testing.T) {
	addr, call := runningSandbox(t)
	call("POST", "/sandbox/faults", url.Values{"operation": {"create"}, "fault": {"lost"}}.Encode())
	req, err := http.NewRequest("POST", "http://"+addr+"/v1/checkout/sessions", strings.NewReader(oneTShirt))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+sandbox.Key)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if resp, err := http.DefaultClient.Do(req); err == nil {
		t.Errorf("it was answered: %s", resp.Status)
	}
}

// Events are signed with the secret that is printed at the start.
func TestSandboxWebhook(t *testing.T) {
	t.Setenv("STRIPE_API_KEY", "")
	t.Setenv("STRIPE_API_KEY_FILE", "")
	type request struct {
		body      []byte
		signature string
	}
	requests := make(chan request, 1)
	shop := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		requests <- request{body, r.Header.Get("Stripe-Signature")}
	}))
	t.Cleanup(shop.Close)

	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "sandbox", "--addr", "127.0.0.1:0", "--webhook", shop.URL+"/webhook")
	cmd.Env = append(os.Environ(), "RUN_STRIPE_CHECKOUT_MCP=1")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() }) // it is killed when the test ends
	// said waits for a log line with the given key and returns its value.
	lines := bufio.NewScanner(stderr)
	said := func(key string) string {
		t.Helper()
		for lines.Scan() {
			if _, value, ok := strings.Cut(lines.Text(), key+"="); ok {
				value, _, _ = strings.Cut(value, " ")
				return value
			}
		}
		t.Fatalf("the sandbox never logged its %s", key)
		return ""
	}
	url := said(" url")
	secret := said("signing_secret")

	resp, err := http.DefaultClient.Do(func() *http.Request {
		req, err := http.NewRequest("POST", url+"/v1/checkout/sessions", strings.NewReader(oneTShirt))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+sandbox.Key)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return req
	}())
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var session struct{ ID, URL string }
	if err := json.NewDecoder(resp.Body).Decode(&session); err != nil {
		t.Fatal(err)
	}
	if _, stderr, code := execute(t, "", "sandbox", "pay", session.URL); code != exitOK {
		t.Fatalf("exit %d, %s", code, stderr)
	}
	got := <-requests
	event, err := webhook.ConstructEvent(got.body, got.signature, secret)
	if err != nil || event.Type != "checkout.session.completed" || event.Data.Object["id"] != session.ID {
		t.Errorf("%v: %s", err, got.body)
	}

	if _, stderr, code := execute(t, "", "sandbox", "--webhook", "shop"); code != exitUsage || !strings.Contains(stderr, "use a URL such as") {
		t.Errorf("exit %d, %s", code, stderr)
	}
}
