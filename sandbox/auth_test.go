package sandbox_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
)

func TestKeys(t *testing.T) {
	c := newClient(t)
	for _, key := range []string{sandbox.Key, "sk_test_123", "rk_test_123"} {
		c.with("Authorization", "Bearer "+key).list().ok(t)
		c.with("Authorization", "bearer "+key).list().ok(t)
		basic, _ := http.NewRequest("GET", "http://x", nil)
		basic.SetBasicAuth(key, "")
		c.with("Authorization", basic.Header.Get("Authorization")).list().ok(t)
	}

	const none = "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we can help at https://support.stripe.com/."
	for authorization, want := range map[string]string{
		"":                            none,
		"Bearer":                      none,
		"Bearer ":                     none,
		"Digest x":                    none,
		"sk_test_123":                 none,
		"Bearer sk_test_":             "Invalid API Key provided: sk_test_****",
		"Bearer sk_test_secret word":  "Invalid API Key provided: sk_test_****",
		"Bearer hunter2secret":        "Invalid API Key provided: ****",
		"Bearer pk_test_secret123456": "This API call cannot be made with a publishable API key. Please use a secret API key.",
		"Bearer sk_live_secret123456": "This sandbox has only test mode and never accepts a live key.",
		"Bearer rk_live_secret123456": "This sandbox has only test mode and never accepts a live key.",
		"Basic c2VjcmV0OnNlY3JldA==":  "Invalid API Key provided: ****",
	} {
		r := c.with("Authorization", authorization).list().want(t, http.StatusUnauthorized)
		message, _ := r.error()["message"].(string)
		if !strings.HasPrefix(message, want) {
			t.Errorf("%q: %q, want %q", authorization, message, want)
		}
		if r.error()["type"] != "invalid_request_error" || r.header.Get("WWW-Authenticate") == "" {
			t.Errorf("%q: %s", authorization, r.raw)
		}
		for _, secret := range []string{"secret1", "secret word", "hunter2", "c2Vjc"} {
			if strings.Contains(r.raw, secret) {
				t.Errorf("%q: the answer repeats the key: %s", authorization, r.raw)
			}
		}
	}
}

func TestEachKeyAndConnectedAccountIsAnAccount(t *testing.T) {
	c := newClient(t)
	accounts := map[string]*client{
		"a key":                 c,
		"another key":           c.with("Authorization", "Bearer sk_test_other"),
		"a connected account":   c.with("Stripe-Account", "acct_1"),
		"another one":           c.with("Stripe-Account", "acct_2"),
		"one under another key": c.with("Authorization", "Bearer sk_test_other").with("Stripe-Account", "acct_1"),
	}
	for name, owner := range accounts {
		id := owner.create(payment).ok(t).id()
		for other, account := range accounts {
			if other == name {
				account.retrieve(id).ok(t)
				continue
			}
			if e := account.retrieve(id).want(t, http.StatusNotFound).error(); e["code"] != "resource_missing" {
				t.Errorf("%s sees a session of %s: %v", other, name, e)
			}
			account.expire(id).want(t, http.StatusNotFound)
		}
	}
	if got := accounts["a connected account"].list().header.Get("Stripe-Account"); got != "acct_1" {
		t.Errorf("Stripe-Account is %q", got)
	}
	e := c.with("Stripe-Account", "nobody").list().want(t, http.StatusForbidden).error()
	if e["code"] != "account_invalid" || strings.Contains(e["message"].(string), sandbox.Key) {
		t.Errorf("an invalid account id: %v", e)
	}
}
