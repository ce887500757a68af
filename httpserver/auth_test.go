package httpserver

import (
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelcontextprotocol/go-sdk/oauthex"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
)

const (
	tokenA = "token-a-0123456789abcdef"
	tokenB = "token-b-0123456789abcdef"
)

func TestNewRefusesOpenListeners(t *testing.T) {
	l := rest(ok)
	l.Addr = "0.0.0.0:0"
	_, err := New(Config{Listeners: []Listener{l}})
	if err == nil {
		t.Fatal("a listener on all interfaces without authentication was accepted")
	}
	for _, want := range []string{`"rest"`, "--auth", "token", "stripe-key", "oauth", "127.0.0.1"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q doesn't mention %s", err, want)
		}
	}
	l.Addr = "127.0.0.1:0"
	s, err := New(Config{Listeners: []Listener{l}})
	if err != nil {
		t.Fatalf("loopback without authentication: %v", err)
	}
	s.closeAll()
}

func TestNewChecksAuth(t *testing.T) {
	for name, tc := range map[string]struct {
		auth auth.Config
		want string
	}{
		"unknown mode":         {auth.Config{Mode: "password"}, `--auth is "password": use none`},
		"no token":             {auth.Config{Mode: auth.Token}, "needs a token"},
		"short token":          {auth.Config{Mode: auth.Token, Tokens: []string{"hunter2"}}, "openssl rand"},
		"token with a blank":   {auth.Config{Mode: auth.Token, Tokens: []string{"0123456789 0123456789"}}, "a blank"},
		"missing token file":   {auth.Config{Mode: auth.Token, TokenFile: "/nonexistent"}, "/nonexistent"},
		"no key check":         {auth.Config{Mode: auth.StripeKey}, "check"},
		"no issuer":            {auth.Config{Mode: auth.OAuth, OAuth: auth.OAuthConfig{Resource: "https://a.example/mcp"}}, "issuer"},
		"issuer without TLS":   {auth.Config{Mode: auth.OAuth, OAuth: auth.OAuthConfig{Issuer: "http://a.example", Resource: "https://a.example/mcp"}}, "https"},
		"no resource":          {auth.Config{Mode: auth.OAuth, OAuth: auth.OAuthConfig{Issuer: "https://a.example"}}, "resource"},
		"symmetric algorithm":  {auth.Config{Mode: auth.OAuth, OAuth: auth.OAuthConfig{Issuer: "https://a.example", Resource: "https://a.example/mcp", Algorithms: []string{"HS256"}}}, "HS256"},
		"no algorithm at all":  {auth.Config{Mode: auth.OAuth, OAuth: auth.OAuthConfig{Issuer: "https://a.example", Resource: "https://a.example/mcp", Algorithms: []string{"none"}}}, "none"},
		"resource has a user":  {auth.Config{Mode: auth.OAuth, OAuth: auth.OAuthConfig{Issuer: "https://a.example", Resource: "https://u@a.example/mcp"}}, "user"},
		"issuer is not a URL":  {auth.Config{Mode: auth.OAuth, OAuth: auth.OAuthConfig{Issuer: "accounts", Resource: "https://a.example/mcp"}}, "absolute"},
		"resource with a hash": {auth.Config{Mode: auth.OAuth, OAuth: auth.OAuthConfig{Issuer: "https://a.example", Resource: "https://a.example/mcp#x"}}, "fragment"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(Config{Listeners: []Listener{rest(ok)}, Auth: tc.auth})
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("error %v, want one that mentions %q", err, tc.want)
			}
			for _, secret := range tc.auth.Tokens {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("error %q contains the token", err)
				}
			}
		})
	}
}

func TestBearerCredentials(t *testing.T) {
	keyCheck := func(key string) error {
		if !strings.HasPrefix(key, "rk_test_") {
			return errors.New("want a restricted test key, not " + key)
		}
		return nil
	}
	token := auth.Config{Mode: auth.Token, Tokens: []string{tokenA, tokenB}}
	stripeKey := auth.Config{Mode: auth.StripeKey, CheckKey: keyCheck}

	for name, tc := range map[string]struct {
		auth      auth.Config
		headers   []string // Authorization
		status    int
		challenge string // part of WWW-Authenticate
	}{
		"token, first":              {token, []string{"Bearer " + tokenA}, 200, ""},
		"token, second":             {token, []string{"Bearer " + tokenB}, 200, ""},
		"token, scheme in any case": {token, []string{"bEaReR " + tokenB}, 200, ""},
		"token, none":               {token, nil, 401, `Bearer realm=`},
		"token, wrong":              {token, []string{"Bearer " + tokenA + "x"}, 401, `error="invalid_token"`},
		"token, a prefix":           {token, []string{"Bearer " + tokenA[:20]}, 401, `error="invalid_token"`},
		"token, empty":              {token, []string{"Bearer "}, 401, `Bearer realm=`},
		"token, another scheme":     {token, []string{"Basic " + tokenA}, 401, `Bearer realm=`},
		"token, two headers":        {token, []string{"Bearer " + tokenA, "Bearer " + tokenB}, 401, `Bearer realm=`},
		"token, two in one header":  {token, []string{"Bearer " + tokenA + " " + tokenB}, 401, `Bearer realm=`},
		"key, good":                 {stripeKey, []string{"Bearer rk_test_123"}, 200, ""},
		"key, refused":              {stripeKey, []string{"Bearer rk_live_123"}, 401, `error_description="want a restricted test key, not [redacted]"`},
		"key, none":                 {stripeKey, nil, 401, `Bearer realm=`},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, Config{Auth: tc.auth, Listeners: []Listener{rest(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") != "" {
					t.Error("the handler sees the credential's header")
				}
				ok(w, r)
			})}})
			resp, body := call(t, s.url("rest"), "", func(r *http.Request) { r.Header["Authorization"] = tc.headers })
			if resp.StatusCode != tc.status {
				t.Errorf("status %d, want %d: %s", resp.StatusCode, tc.status, body)
			}
			if got := resp.Header.Get("WWW-Authenticate"); !strings.Contains(got, tc.challenge) {
				t.Errorf("challenge %q, want it to contain %q", got, tc.challenge)
			}
			if cs, err := oauthex.ParseWWWAuthenticate(resp.Header.Values("WWW-Authenticate")); err != nil || tc.status == 401 && len(cs) != 1 {
				t.Errorf("challenges %v: %v", cs, err)
			}
			_ = s.end() // for the log to be complete
			for _, h := range tc.headers {
				if secret := h[strings.LastIndex(h, " ")+1:]; secret != "" && strings.Contains(s.log.String()+body, secret) {
					t.Errorf("the log or the answer contains the credential:\n%s%s", s.log, body)
				}
			}
		})
	}
}

// An address that failed too often is turned away for a while, even with a good
// token. Other addresses aren't.
func TestFailedAttemptsAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := gate(t, Config{
			Auth:   auth.Config{Mode: auth.Token, Tokens: []string{tokenA}},
			Limits: Limits{AuthFailures: 3},
		}, ok)
		attempt := func(remote, token string) *http.Response {
			return h.do(func(r *http.Request) {
				r.RemoteAddr = remote
				if token != "" {
					r.Header.Set("Authorization", "Bearer "+token)
				}
			})
		}
		for range 10 {
			if got := attempt("192.0.2.1:1000", "").StatusCode; got != 401 {
				t.Fatalf("no credential: %d, want 401: that doesn't count as an attempt", got)
			}
		}
		for range 3 {
			if got := attempt("192.0.2.1:1000", "wrong").StatusCode; got != 401 {
				t.Fatalf("wrong token: %d, want 401", got)
			}
		}
		resp := attempt("192.0.2.1:2000", tokenA)
		if resp.StatusCode != 429 || resp.Header.Get("Retry-After") != "20" {
			t.Errorf("after three failures: %d, Retry-After %q; want 429 and 20", resp.StatusCode, resp.Header.Get("Retry-After"))
		}
		if got := attempt("192.0.2.2:1000", tokenA).StatusCode; got != 200 {
			t.Errorf("another address: %d, want 200", got)
		}
		time.Sleep(20 * time.Second)
		if got := attempt("192.0.2.1:1000", tokenA).StatusCode; got != 200 {
			t.Errorf("after Retry-After: %d, want 200", got)
		}
		if n := strings.Count(h.log.String(), "authentication failed"); n != 3 {
			t.Errorf("%d failures logged, want 3", n)
		}
	})
}

// One IPv6 subscriber has 2^64 addresses to try from.
func TestFailedAttemptsCountByIPv6Network(t *testing.T) {
	h := gate(t, Config{
		Auth:   auth.Config{Mode: auth.Token, Tokens: []string{tokenA}},
		Limits: Limits{AuthFailures: 1},
	}, ok)
	attempt := func(remote, token string) int {
		return h.do(func(r *http.Request) {
			r.RemoteAddr = remote
			r.Header.Set("Authorization", "Bearer "+token)
		}).StatusCode
	}
	if got := attempt("[2001:db8::1]:1", "wrong"); got != 401 {
		t.Fatalf("first attempt: %d", got)
	}
	if got := attempt("[2001:db8::2]:1", tokenA); got != 429 {
		t.Errorf("same /64: %d, want 429", got)
	}
	if got := attempt("[2001:db8:0:1::1]:1", tokenA); got != 200 {
		t.Errorf("another /64: %d, want 200", got)
	}
}

func TestUntrustedProxyIsLogged(t *testing.T) {
	for want, proxies := range map[int][]netip.Prefix{1: nil, 0: {netip.MustParsePrefix("10.0.0.0/8")}} {
		h := gate(t, Config{Auth: auth.Config{Mode: auth.Token, Tokens: []string{tokenA}}, TrustedProxies: proxies}, ok)
		for range 3 {
			h.do(as("wrong"), func(r *http.Request) {
				r.RemoteAddr = "10.0.0.1:1"
				r.Header.Set("X-Forwarded-For", "192.0.2.1")
			})
		}
		if n := strings.Count(h.log.String(), "add it to the trusted proxies"); n != want {
			t.Errorf("proxies %v: logged %d times, want %d", proxies, n, want)
		}
	}
}
