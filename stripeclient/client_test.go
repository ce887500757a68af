package stripeclient

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v82"
)

func TestNewRefuses(t *testing.T) {
	for _, tt := range []struct {
		name   string
		config Config
		want   string
	}{
		{"http to another machine", Config{BaseURL: "http://api.stripe.com"}, "use https"},
		{"http to a name that resolves to this machine", Config{BaseURL: "http://localhost.example.com"}, "use https"},
		{"http to all interfaces", Config{BaseURL: "http://0.0.0.0:1"}, "use https"},
		{"http to a private network", Config{BaseURL: "http://10.0.0.1"}, "use https"},
		{"another scheme", Config{BaseURL: "ftp://127.0.0.1"}, "neither https nor http"},
		{"no scheme", Config{BaseURL: "api.stripe.com"}, "not an absolute URL"},
		{"no host", Config{BaseURL: "https://"}, "not an absolute URL"},
		{"only a port", Config{BaseURL: "https://:443"}, "not an absolute URL"},
		{"opaque", Config{BaseURL: "https:api.stripe.com"}, "not an absolute URL"},
		{"not a URL", Config{BaseURL: "https://hidden%zz/"}, "not an absolute URL"},
		{"a password", Config{BaseURL: "https://user:hidden@api.stripe.com"}, "user name or password"},
		{"a query", Config{BaseURL: "https://api.stripe.com/?hidden=1"}, "query"},
		{"an empty query", Config{BaseURL: "https://api.stripe.com/?"}, "query"},
		{"a fragment", Config{BaseURL: "https://api.stripe.com/#hidden"}, "fragment"},
		{"a path", Config{BaseURL: "https://gateway.example/hidden"}, "has a path"},
		{"a path that climbs", Config{BaseURL: "https://api.stripe.com/v1/../hidden"}, "has a path"},
		{"an empty path segment", Config{BaseURL: "https://api.stripe.com//"}, "has a path"},
		{"an escaped path", Config{BaseURL: "https://api.stripe.com/%76%31"}, "has a path"},
		{"an account that is none", Config{Account: "hidden"}, "acct_"},
		{"negative retries", Config{MaxRetries: -1}, "the number of retries is -1"},
		{"a negative timeout", Config{Timeout: -time.Second}, "positive duration"},
		{"a version that breaks the header", Config{Version: "1\r\nhidden: x"}, "User-Agent"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := New(tt.config)
			if err == nil || c != nil {
				t.Fatal("New took it")
			}
			if !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hidden") {
				t.Errorf("error %q, want %q and not the value", err, tt.want)
			}
		})
	}
}

func TestBaseURL(t *testing.T) {
	for _, tt := range []struct{ base, want string }{
		{"", "https://api.stripe.com/v1/checkout/sessions"},
		{"https://api.stripe.com", "https://api.stripe.com/v1/checkout/sessions"},
		{"https://api.stripe.com/", "https://api.stripe.com/v1/checkout/sessions"},
		{"https://api.stripe.com/v1", "https://api.stripe.com/v1/checkout/sessions"},
		{"https://api.stripe.com/v1/", "https://api.stripe.com/v1/checkout/sessions"},
		{"https://gateway.example:8443", "https://gateway.example:8443/v1/checkout/sessions"},
		{"http://127.0.0.1:12111", "http://127.0.0.1:12111/v1/checkout/sessions"},
		{"http://127.9.9.9", "http://127.9.9.9/v1/checkout/sessions"},
		{"http://[::1]:12111", "http://[::1]:12111/v1/checkout/sessions"},
		{"http://[::ffff:127.0.0.1]", "http://[::ffff:127.0.0.1]/v1/checkout/sessions"},
		{"http://LOCALHOST:1", "http://LOCALHOST:1/v1/checkout/sessions"},
	} {
		var got string
		c, err := New(Config{Key: mustKey(t, testSecret), BaseURL: tt.base, Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			got = r.URL.String()
			return response(200, "{}"), nil
		})})
		if err != nil {
			t.Errorf("New with base URL %q: %v", tt.base, err)
			continue
		}
		if _, err := c.List(t.Context(), nil); err != nil || got != tt.want {
			t.Errorf("base URL %q leads to %q (%v), want %q", tt.base, got, err, tt.want)
		}
	}
}

func TestHeadersSayWhoCalls(t *testing.T) {
	var got http.Header
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Header
		answer(200, "{}")(w, r)
	}, func(c *Config) { c.Version = "1.2.3"; c.Account = "acct_123" })
	params := &stripe.CheckoutSessionRetrieveParams{Params: stripe.Params{Headers: http.Header{"X-Extra": {"kept"}}}}
	if _, err := c.Retrieve(t.Context(), testID, params); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Authorization":             "Bearer " + testSecret,
		"Stripe-Version":            stripe.APIVersion,
		"Stripe-Account":            "acct_123",
		"User-Agent":                "Stripe/v1 GoBindings/" + stripe.ClientVersion + " stripe-checkout-mcp/1.2.3 (https://github.com/stripe-checkout-mcp/stripe-checkout-mcp)",
		"Idempotency-Key":           "", // a GET needs none
		"X-Stripe-Client-Telemetry": "",
		"X-Extra":                   "kept",
	} {
		if got.Get(name) != want {
			t.Errorf("%s: %q, want %q", name, got.Get(name), want)
		}
	}
	var about struct {
		Application struct{ Name, Version string }
		Uname       *string
	}
	if err := json.Unmarshal([]byte(got.Get("X-Stripe-Client-User-Agent")), &about); err != nil {
		t.Fatal(err)
	}
	if about.Application.Name != "stripe-checkout-mcp" || about.Application.Version != "1.2.3" || about.Uname != nil {
		t.Errorf("X-Stripe-Client-User-Agent: %s", got.Get("X-Stripe-Client-User-Agent"))
	}
	if len(params.Headers) != 1 {
		t.Errorf("the caller's headers were changed: %v", params.Headers)
	}
}

// However many calls run at once, the next ones find their connections still
// open.
func TestConnectionsAreReused(t *testing.T) {
	const calls = 150
	var connections sync.Map // by the client's address
	var arrived *sync.WaitGroup
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		connections.Store(r.RemoteAddr, true)
		arrived.Done()
		arrived.Wait()
		answer(200, "{}")(w, r)
	}, func(c *Config) { c.Transport = nil })
	for range 2 {
		arrived = new(sync.WaitGroup)
		arrived.Add(calls)
		var wg sync.WaitGroup
		for range calls {
			wg.Go(func() {
				if _, err := c.Retrieve(t.Context(), testID, nil); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	opened := 0
	connections.Range(func(any, any) bool { opened++; return true })
	if opened != calls {
		t.Errorf("%d connections for twice %d calls", opened, calls)
	}
}

func TestMaxRetries(t *testing.T) {
	for _, tt := range []struct{ maxRetries, attempts int }{{0, 1}, {1, 2}, {4, 5}} {
		var attempts atomic.Int32
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			attempts.Add(1)
			answer(503, "")(w, r)
		}, func(c *Config) { c.MaxRetries = tt.maxRetries })
		if r, err := c.List(t.Context(), nil); failed(t, r, err).HTTPStatus != 503 || int(attempts.Load()) != tt.attempts {
			t.Errorf("MaxRetries %d: %d attempts (%v), want %d", tt.maxRetries, attempts.Load(), err, tt.attempts)
		}
	}
}
