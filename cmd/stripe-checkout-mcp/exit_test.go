package main

import (
	"os"
	"strings"
	"testing"
)

func TestExitCodes(t *testing.T) {
	t.Setenv("STRIPE_API_KEY", "")
	t.Setenv("STRIPE_API_KEY_FILE", "")
	for _, tt := range []struct {
		args []string
		want int
	}{
		{nil, exitOK},
		{[]string{"--version"}, exitOK},
		{[]string{"completion", "zsh"}, exitOK},
		{[]string{"call", "stripe-get-checkout-sessions", "--sandbox"}, exitOK},
		{[]string{"call", "stripe-get-checkout-sessions", `{"limit":0}`, "--sandbox"}, exitFailed}, // the tool's error
		{[]string{"stdio"}, exitFailed},  // no key
		{[]string{"doctor"}, exitFailed}, // no key here either
		{[]string{"call", "stripe-get-checkout-sessions", "{", "--sandbox"}, exitUsage},
		{[]string{"call", "no-such-tool", "--sandbox"}, exitUsage},
		{[]string{"call"}, exitUsage},
		{[]string{"no-such-command"}, exitUsage},
		{[]string{"stdio", "--no-such-flag"}, exitUsage},
		{[]string{"stdio", "extra"}, exitUsage},
		{[]string{"config", "no-such-client"}, exitUsage},
		{[]string{"doctor", "--url", "nonsense"}, exitUsage},
		{[]string{"stdio", "--sandbox", "--log-format", "xml"}, exitUsage},
		{[]string{"stdio", "--sandbox", "--tools", "x"}, exitUsage},
		{[]string{"stdio", "--sandbox", "--tools", ""}, exitUsage},
		{[]string{"stdio", "--sandbox", "--stripe-api-base", "http://127.0.0.1:12111"}, exitUsage},
		{[]string{"stdio", "--sandbox", "--stripe-account", "x y"}, exitUsage},
		{[]string{"http", "--sandbox", "--auth", "bogus"}, exitUsage},
		{[]string{"http", "--sandbox", "--auth", "token"}, exitUsage},     // no token
		{[]string{"http", "--sandbox", "--addr", "0.0.0.0:0"}, exitUsage}, // no authentication
		{[]string{"http", "--sandbox", "--max-concurrent", "-1"}, exitUsage},
		{[]string{"http", "--sandbox", "--stripe-rate", "-1"}, exitUsage},
		{[]string{"http", "--sandbox", "--addr", "nonsense"}, exitUsage},
		{[]string{"http", "--sandbox", "--addr", "127.0.0.1:65536"}, exitUsage},
		{[]string{"http", "--sandbox", "--rest-addr", "nonsense"}, exitUsage},
		{[]string{"http", "--sandbox", "--metrics-addr", "nonsense"}, exitUsage},
		{[]string{"http", "--sandbox", "--trusted-proxies", "nonsense"}, exitUsage},
		{[]string{"http", "--sandbox", "--allowed-hosts", "*"}, exitUsage},
		{[]string{"http", "--sandbox", "--tls-cert", "/nonexistent", "--tls-key", "/nonexistent"}, exitUsage},
		{[]string{"http", "--sandbox", "--oauth-issuer", "https://a.example"}, exitUsage}, // without --auth oauth
		{[]string{"sandbox", "--addr", "nonsense"}, exitUsage},
	} {
		if _, errOut, got := execute(t, "", tt.args...); got != tt.want {
			t.Errorf("%q: exit code %d, want %d: %s", tt.args, got, tt.want, errOut)
		}
	}
}

// Errors say what is wrong and what would be right.
func TestUsageErrors(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"sdtio"}, `there is no command "sdtio": did you mean stdio?`},
		{[]string{"htpp", "--sandbox"}, `there is no command "htpp": did you mean http?`},
		{[]string{"--sandbox"}, "--sandbox needs a command: stripe-checkout-mcp stdio --sandbox"},
		{[]string{"--sandbox", "htpp"}, "--sandbox must come after the command: did you mean stripe-checkout-mcp http --sandbox?"},
		{[]string{"--sandbox", "http"}, "did you mean stripe-checkout-mcp http --sandbox?"},
		{[]string{"stdio", "--tools", `"a`}, `--tools is "\"a": use values separated by commas`},
		{[]string{"stdio", "--max-amount", "usd:5"}, `--max-amount is "usd:5": use currencies with whole numbers, such as usd=50000,eur=45000`},
		{[]string{"stdio", "--max-amount", "usd=5.00"}, `--max-amount is "usd=5.00": use currencies with whole numbers`},
		{[]string{"http", "--max-body-bytes", "1MB"}, `--max-body-bytes is "1MB": use a whole number`},
		{[]string{"http", "--sandbox", "--addr", "127.0.0.1:0", "--allowed-origins", "shop"}, `--allowed-origins contains "shop": use origins such as https://app.example.com`},
		{[]string{"http", "--sandbox", "--auth", "oauth", "--oauth-audience", "a", "--oauth-issuer", ":x"}, `OAuth issuer: ":x" is not an absolute URL`},
		{[]string{"--frobnicate"}, "unknown flag: --frobnicate"},
		{[]string{"call"}, "usage: stripe-checkout-mcp call TOOL [JSON] (see stripe-checkout-mcp call --help)"},
		{[]string{"call", "stripe-post-checkout-sessions", "--sandbox", "--read-only"}, "stripe-post-checkout-sessions is not offered. This server is read-only."},
		{[]string{"http", "--read-only=maybe"}, `--read-only is "maybe": use true or false`},
		{[]string{"http", "--max-concurrent", "many"}, `--max-concurrent is "many": use a whole number`},
		{[]string{"http", "--drain-timeout", "30"}, `--drain-timeout is "30": use a duration such as 30s or 2m`},
		{[]string{"http", "--livemode", "no"}, `it is "no": use allow or deny`},
		{[]string{"sttdio"}, `there is no command "sttdio": did you mean stdio?`},
		{[]string{"frobnicate"}, "the commands are call, "},
		{[]string{"stdio", "--reed-only"}, "has no flag --reed-only: did you mean --read-only?"},
		{[]string{"http", "--adr", "x"}, "has no flag --adr: did you mean --addr?"},
		{[]string{"stdio", "--nothing-like-it"}, "unknown flag: --nothing-like-it (see stripe-checkout-mcp stdio --help)"},
		{[]string{"stdio", "-x"}, "unknown shorthand flag: 'x' in -x"},
		{[]string{"stdio", "now"}, `stdio takes no arguments, but got ["now"]`},
		{[]string{"config"}, "see stripe-checkout-mcp config --help"},
		{[]string{"sandbox", "--log-level", "loud"}, `--log-level is "loud": use debug, info, warn or error`},
	} {
		_, errOut, code := execute(t, "", tt.args...)
		if code != exitUsage || !strings.HasPrefix(errOut, "stripe-checkout-mcp: ") || !strings.Contains(errOut, tt.want) || strings.Count(errOut, "\n") != 1 {
			t.Errorf("%q: exit code %d, want one line with %q: %s", tt.args, code, tt.want, errOut)
		}
	}
}

func TestKeyErrors(t *testing.T) {
	const key = "rk_test_51DoNotPrintMe"
	for name, tt := range map[string]struct{ key, file, want string }{
		"both":                 {key, "/run/secrets/stripe", "both STRIPE_API_KEY and STRIPE_API_KEY_FILE are set"},
		"malformed":            {"hunter2", "", "the Stripe API key does not start with"},
		"key in place of file": {"", key, "STRIPE_API_KEY_FILE contains a key"},
		"no such file":         {"", "/nonexistent", "STRIPE_API_KEY_FILE: open /nonexistent"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("STRIPE_API_KEY", tt.key)
			t.Setenv("STRIPE_API_KEY_FILE", tt.file)
			_, errOut, code := execute(t, "", "stdio")
			if code != exitUsage || !strings.Contains(errOut, tt.want) || strings.Contains(errOut, "DoNotPrintMe") || strings.Contains(errOut, "hunter2") {
				t.Errorf("exit code %d, want one line with %q: %s", code, tt.want, errOut)
			}
		})
	}
}

func TestVariableErrors(t *testing.T) {
	for _, tt := range []struct {
		name, value, want string // want is "" for a variable that isn't ours
	}{
		{"STRIPE_CHECKOUT_MCP_READONLY", "true", "did you mean STRIPE_CHECKOUT_MCP_READ_ONLY?"},
		{"STRIPE_CHECKOUT_MCP_STRIPE_ACOUNT", "acct_1", "did you mean STRIPE_CHECKOUT_MCP_STRIPE_ACCOUNT?"},
		{"STRIPE_CHECKOUT_READ_ONLY", "true", "did you mean STRIPE_CHECKOUT_MCP_READ_ONLY?"},
		{"STRIPE_MCP_READ_ONLY", "true", "did you mean STRIPE_CHECKOUT_MCP_READ_ONLY?"},
		{"STRIPE_CHECKOUT_MPC_READ_ONLY", "true", "did you mean STRIPE_CHECKOUT_MCP_READ_ONLY?"},
		{"STRIPE_CHECKOUT_MCP_FROBNICATE_ALL", "true", "STRIPE_CHECKOUT_MCP_FROBNICATE_ALL is set, but nothing reads it"},
		{"STRIPE_CHECKOUT_SUCCESS_URL", "https://example.com", ""}, // a shop's own
		{"STRIPE_CHECKOUT_MCP_TWO_PORT_9090_TCP_ADDR", "10.0.0.1", ""},
		{"STRIPE_CHECKOUT_MCP_READ_ONLY", "maybe", `STRIPE_CHECKOUT_MCP_READ_ONLY is "maybe": use true or false`},
		{"STRIPE_CHECKOUT_MCP_READONLY", "", ""},
		{"STRIPE_CHECKOUT_MCP_ADDR", "127.0.0.1:1", ""}, // http's, which stdio doesn't read
		{tokensVariable, "a-token-of-http", ""},
		{"STRIPE_CHECKOUT_MCP_PORT", "tcp://10.0.0.1:9090", ""},
		{"STRIPE_CHECKOUT_MCP_SERVICE_HOST", "10.0.0.1", ""},
	} {
		t.Run(tt.name+"="+tt.value, func(t *testing.T) {
			t.Setenv(tt.name, tt.value)
			_, errOut, code := execute(t, "", "stdio", "--sandbox")
			if tt.want == "" && code != exitOK || tt.want != "" && (code != exitUsage || !strings.Contains(errOut, tt.want)) {
				t.Errorf("exit code %d: %s", code, errOut)
			}
		})
	}
}

func TestColors(t *testing.T) {
	if got := painter(true).paint(red, "FAIL"); got != "\x1b[31mFAIL\x1b[0m" {
		t.Errorf("on a terminal: %q", got)
	}
	if got := painter(false).paint(red, "FAIL"); got != "FAIL" {
		t.Errorf("elsewhere: %q", got)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	if newPainter(w) {
		t.Error("colors in a pipe")
	}
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip("this system gives no terminal to try: ", err)
	}
	defer terminal.Close()
	t.Setenv("NO_COLOR", "")
	if !newPainter(terminal) {
		t.Error("no colors on a terminal")
	}
	t.Setenv("NO_COLOR", "1")
	if newPainter(terminal) {
		t.Error("colors despite NO_COLOR")
	}
}
