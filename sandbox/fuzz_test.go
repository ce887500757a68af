package sandbox_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/stripespec"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
)

// Whatever the request, the sandbox gives an answer that Stripe could give, and
// never an internal error.
func FuzzServer(f *testing.F) {
	for _, form := range []string{
		payment, subscribe, setup, payment + "&expand[]=line_items&expand[]=customer&discounts[0][coupon]=SANDBOX10", payment + "&metadata=&locale=xx",
		payment + "&shipping_options[0][shipping_rate]=shr_sandbox_standard&custom_fields[0][key]=k&custom_fields[0][type]=text&custom_fields[0][label][type]=custom&custom_fields[0][label][custom]=L",
		"mode=payment&ui_mode=embedded&return_url=https://x.y&" + inline,
	} {
		f.Add("POST", sessions, form, "k")
	}
	f.Add("GET", sessions, "limit=3&status=open&created[gt]=1&expand[]=data.line_items", "")
	open := newClient(f).list("limit=1").ids(f)[0]
	f.Add("GET", sessions, "starting_after="+open, "")
	f.Add("GET", sessions+"/"+open+"/line_items", "expand[]=data.price.product", "")
	f.Add("POST", sessions+"/"+open+"/expire", "expand[]=total_details.breakdown", "k")
	f.Add("PUT", "/v1/%2e%2e", "%", "")
	f.Fuzz(func(t *testing.T, method, path, form, key string) {
		if strings.HasPrefix(path, "/c/") {
			return // pages for people
		}
		server := sandbox.New(sandbox.Options{})
		for range 2 { // a second time to meet what the first left behind
			r := httptest.NewRequest("POST", "/", strings.NewReader(form))
			r.Method = method
			u := &url.URL{Path: path, RawQuery: form}
			if method == http.MethodPost {
				u.RawQuery = ""
			}
			r.URL = u
			r.Header.Set("Authorization", "Bearer "+sandbox.Key)
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if key != "" {
				r.Header.Set("Idempotency-Key", key)
			}
			w := httptest.NewRecorder()
			server.ServeHTTP(w, r)
			if w.Code >= 500 {
				t.Fatalf("HTTP %d: %s", w.Code, w.Body)
			}
			var err error
			if template, known := stripespec.Match(method, path); known {
				err = stripespec.ValidateResponse(method, template, w.Code, w.Body.Bytes())
			} else {
				err = stripespec.ValidateComponent("error", w.Body.Bytes())
			}
			if err != nil {
				t.Fatalf("%v\n%s", err, w.Body)
			}
		}
	})
}
