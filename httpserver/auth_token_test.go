package httpserver

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
)

func TestTokenFileIsFollowed(t *testing.T) {
	const fixed, former, latter = "fixed-0123456789abcdef", "former-0123456789abcdef", "latter-0123456789abcdef"
	file := filepath.Join(t.TempDir(), "tokens")
	changes := 0
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		// The kernel's clock for files is coarse: two writes may get the same
		// time.
		changes++
		when := time.Now().Add(time.Duration(changes) * time.Minute)
		if err := os.Chtimes(file, when, when); err != nil {
			t.Fatal(err)
		}
	}
	write("# tokens of the agents\n\n  " + former + "  \n")
	s := start(t, Config{
		Listeners: []Listener{rest(ok)},
		Auth:      auth.Config{Mode: auth.Token, Tokens: []string{fixed}, TokenFile: file},
	})
	accepted := func(want ...string) {
		t.Helper()
		for _, token := range []string{fixed, former, latter} {
			resp, _ := call(t, s.url("rest"), token)
			wanted := strings.Contains(strings.Join(want, " "), token)
			if got := resp.StatusCode == 200; got != wanted {
				t.Errorf("%s accepted: %v, want %v", token, got, wanted)
			}
		}
	}
	accepted(fixed, former)
	write(former + "\n" + latter + "\n")
	accepted(fixed, former, latter)
	write(latter)
	accepted(fixed, latter)

	// An unusable file leaves the previous tokens in force, and is logged once.
	write("hunter2\n")
	accepted(fixed, latter)
	if n := strings.Count(s.log.String(), "line 1: 7 characters are too few"); n != 1 {
		t.Errorf("logged %d times, want once", n)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	accepted(fixed, latter)

	write("# all revoked\n")
	accepted(fixed)
	write(former)
	accepted(fixed, former)
	if strings.Contains(s.log.String(), "0123456789abcdef") {
		t.Error("a token is in the log")
	}
}

func TestTokenFileWithoutTokens(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tokens")
	if err := os.WriteFile(file, []byte("# none yet\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := New(Config{Listeners: []Listener{rest(ok)}, Auth: auth.Config{Mode: auth.Token, TokenFile: file}})
	if err == nil || !strings.Contains(err.Error(), file+" contains no token") {
		t.Errorf("error %v, want one that says there is no token", err)
	}
}
