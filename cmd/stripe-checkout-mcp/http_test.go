package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
)

// A server that would be open, or not do what its flags suggest, doesn't start.
// The message says what to do.
func TestHTTPRefusesToStart(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		env  map[string]string
		want string
	}{
		"no authentication, reachable":  {[]string{"--addr", "0.0.0.0:0"}, nil, "choose --auth token, stripe-key or oauth, or listen on 127.0.0.1"},
		"an unknown mode":               {[]string{"--auth", "basic"}, nil, "use none, token, stripe-key or oauth"},
		"token without a token":         {[]string{"--auth", "token"}, nil, "needs a token or a token file"},
		"a token too short":             {[]string{"--auth", "token"}, map[string]string{tokensVariable: "short"}, "openssl rand -hex 32"},
		"tokens that nobody asks for":   {nil, map[string]string{tokensVariable: "0123456789abcdef"}, "use --auth token, or unset it"},
		"a token file nobody reads":     {[]string{"--token-file", "x"}, nil, "--token-file needs --auth token, but --auth is none"},
		"oauth flags for tokens":        {[]string{"--auth", "token", "--oauth-issuer", "https://x"}, map[string]string{tokensVariable: "0123456789abcdef"}, "--oauth-issuer needs --auth oauth"},
		"oauth without an issuer":       {[]string{"--auth", "oauth"}, nil, "OAuth issuer"},
		"a server key beside callers'":  {[]string{"--auth", "stripe-key"}, map[string]string{"STRIPE_API_KEY": "rk_test_1"}, "unset STRIPE_API_KEY"},
		"a certificate without its key": {[]string{"--tls-cert", "x"}, nil, "TLS needs both"},
		"a limit below zero":            {[]string{"--max-concurrent", "-1"}, nil, "--max-concurrent is -1: use a positive value, or 0 for no limit"},
		"none where there must be one":  {[]string{"--stripe-max-wait", "0"}, nil, "--stripe-max-wait is 0s: use a positive value"},
		"a proxy that is no network":    {[]string{"--trusted-proxies", "nginx"}, nil, "use networks such as 10.0.0.0/8"},
		"a live key where denied":       {[]string{"--livemode", "deny", "--sandbox=false"}, map[string]string{"STRIPE_API_KEY": "rk_live_51DoNotLeak"}, "--livemode deny: use a test mode key"},
		"an unknown livemode":           {[]string{"--livemode", "maybe"}, nil, "use allow or deny"},
		"a host with a port":            {[]string{"--allowed-hosts", "example.org:443"}, nil, "without a scheme, port"},
	} {
		t.Run(name, func(t *testing.T) {
			for key, value := range test.env {
				t.Setenv(key, value)
			}
			cmd := rootCommand()
			cmd.SetErr(io.Discard)
			cmd.SetArgs(append([]string{"http", "--sandbox", "--addr", "127.0.0.1:0"}, test.args...))
			err := cmd.ExecuteContext(t.Context())
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), "DoNotLeak") {
				t.Errorf("a key is in %v", err)
			}
		})
	}
}

// No flag takes a secret: every user of the machine can read the process list.
func TestNoFlagTakesASecret(t *testing.T) {
	for _, cmd := range rootCommand().Commands() {
		for _, name := range []string{"token", "tokens", "key", "api-key", "stripe-api-key", "secret"} {
			if cmd.Flags().Lookup(name) != nil {
				t.Errorf("%s has --%s", cmd.Name(), name)
			}
		}
	}
}

func TestTokenFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tokens")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("# ada\nfirst-token-of-ada\n")
	s := startService(t, "--sandbox", "--auth", "token", "--token-file", file)
	s.mustConnect("first-token-of-ada")
	if _, err := s.connect(bearer{token: "another-token-of-ada"}, nil); err == nil {
		t.Error("an unknown token is accepted")
	}
	write("another-token-of-ada, rotated\n") // not a token: the previous ones stay
	s.mustConnect("first-token-of-ada")
	write("another-token-of-ada\n")
	s.mustConnect("another-token-of-ada")
	if _, err := s.connect(bearer{token: "first-token-of-ada"}, nil); err == nil {
		t.Error("a token that was removed is accepted")
	}
}

// Behind a proxy on this machine, the Host header is the service's public name.
func TestAllowedHostsBehindAProxy(t *testing.T) {
	s := startService(t, "--sandbox", "--allowed-hosts", "mcp.example.org")
	for host, want := range map[string]int{"mcp.example.org": http.StatusOK, "evil.example": http.StatusForbidden} {
		req, err := http.NewRequest(http.MethodPost, s.base+"/mcp", strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"ping"}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Accept", "application/json, text/event-stream")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("host %s gets %d, want %d", host, resp.StatusCode, want)
		}
	}
}

// A request that this server holds back gets the same error as for Stripe's
// rate limit: it was not carried out, and can be repeated with the same
// idempotency key.
func TestHeldBackByOurOwnLimit(t *testing.T) {
	t.Setenv("STRIPE_API_KEY", "rk_test_51DoNotLeak")
	var requests atomic.Int64
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		requests.Add(1)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"id":"cs_test_1"}`)
	}))
	t.Cleanup(upstream.Close)
	s := startService(t, "--stripe-api-base", upstream.URL, "--stripe-rate", "0.001", "--stripe-burst", "1", "--stripe-max-wait", "1ms")
	session := s.mustConnect("")
	if content, failed := call(t, session, createTool, createArguments("order")); failed {
		t.Fatal(content)
	}
	content, failed := call(t, session, createTool, createArguments("order"))
	e := errorOf(content)
	if !failed || e["type"] != "rate_limit_error" || e["retryable"] != true || !strings.Contains(e["message"].(string), "the call was not sent") {
		t.Errorf("got %v", content)
	}
	if n := requests.Load(); n != 1 {
		t.Errorf("%d requests reached Stripe, want 1", n)
	}
}

func TestScopesFollowTheOperations(t *testing.T) {
	for _, op := range operations.All() {
		want := auth.ScopeWrite
		if !op.Writes() {
			want = auth.ScopeRead
		}
		if got := toolScope(op.Tool); got != want {
			t.Errorf("%s needs %s, want %s", op.Tool, got, want)
		}
	}
	if got := toolScope("stripe-delete-everything"); got != auth.ScopeWrite {
		t.Errorf("an unknown tool needs %s", got)
	}
}
