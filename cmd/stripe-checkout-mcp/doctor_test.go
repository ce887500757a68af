package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	restrictedKey = "rk_test_" + "secretpartofthekey"
	secretKey     = "sk_test_" + "secretpartofthekey"
	liveKey       = "rk_live_" + "secretpartofthekey"
)

// TestDoctor has one patient per case: what Stripe answers, and what the doctor
// finds.
func TestDoctor(t *testing.T) {
	list := func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"object":"list","data":[],"has_more":false,"url":"/v1/checkout/sessions"}`)
	}
	refuse := func(status int, message string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"error":{"type":"invalid_request_error","message":%q}}`, message)
		}
	}
	late := func(d time.Duration, next http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", time.Now().Add(d).UTC().Format(http.TimeFormat))
			next(w, r)
		}
	}
	for _, tt := range []struct {
		name    string
		key     string
		stripe  http.HandlerFunc
		args    []string
		code    int
		want    []string // lines begin with these, spaces squeezed
		wantNot string
	}{
		{
			name: "restricted test key", key: restrictedKey, stripe: list,
			want: []string{"ok key rk_test_… from STRIPE_API_KEY", "ok mode test: no real money", "ok settings five tools", "ok reachable", "ok accepted the key is valid", "note permission Checkout Sessions: read works; write can't be checked", "ok clock", "ok port", "All is well."},
		},
		{
			name: "read-only needs no more", key: restrictedKey, stripe: list, args: []string{"--read-only"},
			want: []string{"ok settings read-only", "ok permission Checkout Sessions: read"},
		},
		{
			name: "secret key", key: secretKey, stripe: list,
			want: []string{"note key sk_test_… from STRIPE_API_KEY: a secret key can do anything", "ok permission a secret key may read and write"},
		},
		{
			name: "live key", key: liveKey, stripe: list,
			want: []string{"note mode live: real customers and real money"},
		},
		{
			name: "no key", code: 1,
			want: []string{"FAIL key no Stripe API key", "next: create a restricted key", "- reachable", "One check failed."},
		},
		{
			name: "publishable key", key: "pk_test_" + "secretpartofthekey", code: 1,
			want: []string{"FAIL key the Stripe API key starts with pk_test_, so it is a publishable key"},
		},
		{
			name: "revoked key", key: restrictedKey, stripe: refuse(401, "Expired API Key provided: rk_test_********ekey"), code: 1,
			want: []string{"ok reachable", "FAIL accepted Expired API Key provided", "next: the key is wrong, expired or revoked", "- permission"},
		},
		{
			name: "no permission", key: restrictedKey, stripe: refuse(403, "The provided key does not have the required permissions"), code: 1,
			want: []string{"ok accepted", "FAIL permission The provided key does not have", "next: give the key the permission Checkout Sessions"},
		},
		{
			name: "account that isn't connected", key: restrictedKey, stripe: refuse(403, "The provided key does not have access to account"), args: []string{"--stripe-account", "acct_1Nv0FGQ9RKHgCVdK"}, code: 1,
			want: []string{"ok settings five tools, acting on acct_1Nv0FGQ9RKHgCVdK", "FAIL permission", "next: check that the key's account is connected to acct_1Nv0FGQ9RKHgCVdK"},
		},
		{
			name: "Stripe is down", key: restrictedKey, stripe: refuse(503, "Stripe is down"), code: 1,
			want: []string{"FAIL reachable Stripe answered 503: Stripe is down", "next: see https://status.stripe.com", "- accepted", "- permission"},
		},
		{
			name: "clock behind", key: restrictedKey, stripe: late(time.Hour, list), code: 1,
			want: []string{"FAIL clock", "next: synchronize it"}, wantNot: "ahead of",
		},
		{
			name: "clock ahead, told by a refusal too", key: restrictedKey, stripe: late(-time.Hour, refuse(401, "Expired API Key provided")), code: 1,
			want: []string{"FAIL clock", "2 checks failed."}, wantNot: "behind",
		},
		{
			name: "unknown tool", key: restrictedKey, stripe: list, args: []string{"--tools", "pay"}, code: 1,
			want: []string{`FAIL settings there is no tool "pay"`, "- reachable"},
		},
		{
			name: "sandbox", args: []string{"--sandbox"},
			want: []string{"ok key none needed", "ok mode sandbox", "ok permission the sandbox allows everything", "All is well."},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args := append([]string{"doctor", "--addr", "127.0.0.1:0"}, tt.args...)
			if tt.stripe != nil {
				stripe := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Method != http.MethodGet || r.URL.Path != "/v1/checkout/sessions" || r.URL.Query().Get("limit") != "1" {
						t.Errorf("the doctor requested %s %s", r.Method, r.URL)
					}
					tt.stripe(w, r)
				}))
				defer stripe.Close()
				args = append(args, "--stripe-api-base", stripe.URL)
			}
			t.Setenv("STRIPE_API_KEY", tt.key)
			t.Setenv("STRIPE_API_KEY_FILE", "")
			out, errOut, code := execute(t, "", args...)
			if code != tt.code {
				t.Errorf("exit code %d, want %d", code, tt.code)
			}
			lines := strings.Split(out, "\n")
			for _, want := range tt.want {
				if !containsPrefix(lines, want) {
					t.Errorf("no line %q", want)
				}
			}
			if tt.wantNot != "" && strings.Contains(out, tt.wantNot) {
				t.Errorf("it says %q", tt.wantNot)
			}
			if strings.Contains(out+errOut, "secretpartofthekey") {
				t.Error("the key is in the output")
			}
			if strings.Contains(out, "\x1b") {
				t.Error("colors without a terminal")
			}
			if t.Failed() {
				t.Logf("output:\n%s%s", out, errOut)
			}
		})
	}
}

func containsPrefix(lines []string, prefix string) bool {
	for _, line := range lines {
		if strings.HasPrefix(strings.Join(strings.Fields(line), " "), prefix) {
			return true
		}
	}
	return false
}

func TestDoctorUnreachable(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close() // nobody listens there now
	t.Setenv("STRIPE_API_KEY", restrictedKey)
	out, _, code := execute(t, "", "doctor", "--addr", "127.0.0.1:0", "--stripe-api-base", "http://"+address)
	if code != exitFailed || !containsPrefix(strings.Split(out, "\n"), "FAIL reachable The connection to Stripe failed") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
	// If the base is not Stripe's, advice about Stripe's address would be
	// useless.
	if !strings.Contains(out, "check --stripe-api-base, and that the server it names is running; try: curl -I http://"+address) || strings.Contains(out, "https://api.stripe.com") {
		t.Errorf("the advice is not about the given base:\n%s", out)
	}
}

func TestDoctorKeyFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte(restrictedKey+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("STRIPE_API_KEY", "")
	t.Setenv("STRIPE_API_KEY_FILE", file)
	for mode, want := range map[os.FileMode]string{
		0o644: "note key rk_test_… from " + file + ", which other users can read",
		0o600: "ok key rk_test_… from " + file,
	} {
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		out, _, _ := execute(t, "", "doctor", "--addr", "127.0.0.1:0", "--stripe-api-base", "http://127.0.0.1:1")
		if !containsPrefix(strings.Split(out, "\n"), want) {
			t.Errorf("mode %o: no line %q in\n%s", mode, want, out)
		}
	}
}

func TestDoctorPort(t *testing.T) {
	for _, tt := range []struct {
		name, body, want string
		code             int
	}{
		{"this program", "ready\n", "this program is already serving on", exitOK},
		{"another program", "hello", "is in use by another program", exitFailed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, tt.body) }))
			defer other.Close()
			out, _, code := execute(t, "", "doctor", "--sandbox", "--addr", other.Listener.Addr().String())
			if code != tt.code || !strings.Contains(out, tt.want) {
				t.Errorf("exit code %d:\n%s", code, out)
			}
		})
	}
	if out, _, code := execute(t, "", "doctor", "--sandbox", "--addr", "nonsense"); code != exitFailed || !strings.Contains(out, "correct --addr") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}

// TestDoctorURL tests the container's health check.
func TestDoctorURL(t *testing.T) {
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(status) }))
	if out, _, code := execute(t, "", "doctor", "--url", server.URL+"/readyz"); code != exitOK || out != "ready\n" {
		t.Errorf("exit code %d: %s", code, out)
	}
	status = http.StatusServiceUnavailable
	if _, errOut, code := execute(t, "", "doctor", "--url", server.URL+"/readyz"); code != exitFailed || !strings.Contains(errOut, "answered 503") {
		t.Errorf("exit code %d: %s", code, errOut)
	}
	server.Close()
	if _, errOut, code := execute(t, "", "doctor", "--url", server.URL); code != exitFailed || !strings.Contains(errOut, "no answer from") {
		t.Errorf("exit code %d: %s", code, errOut)
	}
	if _, _, code := execute(t, "", "doctor", "--url", "readyz"); code != exitUsage {
		t.Errorf("exit code %d for no URL", code)
	}
}
