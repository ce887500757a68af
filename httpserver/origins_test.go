package httpserver

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
)

func TestOrigins(t *testing.T) {
	const app = "https://app.example.com"
	for name, tc := range map[string]struct {
		allowed []string
		method  string
		headers map[string]string
		status  int
		cors    string // Access-Control-Allow-Origin
	}{
		"no browser":                      {nil, "POST", nil, 200, ""},
		"own page":                        {nil, "POST", map[string]string{"Origin": "http://example.com", "Sec-Fetch-Site": "same-origin"}, 200, ""},
		"own page, old browser":           {nil, "POST", map[string]string{"Origin": "http://example.com"}, 200, ""},
		"another page":                    {nil, "POST", map[string]string{"Origin": app, "Sec-Fetch-Site": "cross-site"}, 403, ""},
		"another page, old browser":       {nil, "POST", map[string]string{"Origin": app}, 403, ""},
		"another page, GET":               {nil, "GET", map[string]string{"Origin": app}, 403, ""},
		"another page, image":             {nil, "GET", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403, ""},
		"opaque origin":                   {nil, "POST", map[string]string{"Origin": "null"}, 403, ""},
		"same site is not same origin":    {nil, "POST", map[string]string{"Origin": "http://a.example.com", "Sec-Fetch-Site": "same-site"}, 403, ""},
		"allowed page":                    {[]string{app}, "POST", map[string]string{"Origin": app, "Sec-Fetch-Site": "cross-site"}, 200, app},
		"page that is not on the list":    {[]string{app}, "POST", map[string]string{"Origin": "https://evil.example"}, 403, ""},
		"port belongs to the origin":      {[]string{app}, "POST", map[string]string{"Origin": app + ":8443"}, 403, ""},
		"scheme belongs to the origin":    {[]string{app}, "POST", map[string]string{"Origin": "http://app.example.com"}, 403, ""},
		"preflight":                       {[]string{app}, "OPTIONS", map[string]string{"Origin": app, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,mcp-param-x"}, 204, app},
		"preflight of another page":       {[]string{app}, "OPTIONS", map[string]string{"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}, 204, ""},
		"preflight without allowed pages": {nil, "OPTIONS", map[string]string{"Origin": app, "Access-Control-Request-Method": "POST"}, 403, ""},
	} {
		t.Run(name, func(t *testing.T) {
			handler, err := allowOrigins(tc.allowed, refuseJSON, http.HandlerFunc(ok))
			if err != nil {
				t.Fatal(err)
			}
			resp := gated{Handler: handler}.do(func(r *http.Request) {
				r.Method = tc.method
				for k, v := range tc.headers {
					r.Header.Set(k, v)
				}
			})
			if resp.StatusCode != tc.status || resp.Header.Get("Access-Control-Allow-Origin") != tc.cors {
				t.Errorf("status %d, allowed origin %q; want %d and %q",
					resp.StatusCode, resp.Header.Get("Access-Control-Allow-Origin"), tc.status, tc.cors)
			}
			if ask := tc.headers["Access-Control-Request-Headers"]; resp.Header.Get("Access-Control-Allow-Headers") != ask {
				t.Errorf("allowed headers %q, want %q", resp.Header.Get("Access-Control-Allow-Headers"), ask)
			}
		})
	}
}

// A preflight carries no credential, so it must be answered before one is asked
// for.
func TestPreflightNeedsNoCredential(t *testing.T) {
	h := gate(t, Config{
		Auth:           auth.Config{Mode: auth.Token, Tokens: []string{tokenA}},
		AllowedOrigins: []string{"https://app.example.com"},
	}, ok)
	resp := h.do(func(r *http.Request) {
		r.Method = http.MethodOptions
		r.Header.Set("Origin", "https://app.example.com")
		r.Header.Set("Access-Control-Request-Method", "POST")
	})
	if resp.StatusCode != 204 {
		t.Errorf("status %d, want 204", resp.StatusCode)
	}
	resp = h.do(func(r *http.Request) { r.Header.Set("Origin", "https://app.example.com") })
	if resp.StatusCode != 401 || resp.Header.Get("Access-Control-Allow-Origin") == "" ||
		!strings.Contains(resp.Header.Get("Access-Control-Expose-Headers"), "Www-Authenticate") {
		t.Errorf("status %d, headers %v; want a 401 that the page can read", resp.StatusCode, resp.Header)
	}
}

func TestAllowedOriginsAreChecked(t *testing.T) {
	_, err := New(Config{Listeners: []Listener{rest(ok)}, AllowedOrigins: []string{"app.example.com/x"}})
	if err == nil || !strings.Contains(err.Error(), "app.example.com/x") {
		t.Errorf("error %v, want one that names the origin", err)
	}
}
