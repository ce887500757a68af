package stripeclient

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/recording"
)

// TestNothingSecretComesOut runs every operation against every kind of answer,
// from a server that echoes whatever it was sent, and checks everything that
// leaves this package except the answer itself.
func TestNothingSecretComesOut(t *testing.T) {
	const clientSecret = "cs_test_a1_secret_recognizableSecret"
	echo := testSecret + " " + testEmail + " " + clientSecret + " " + strings.TrimPrefix(testSecret, "rk_test_")
	echoed := func(status int) http.HandlerFunc {
		quoted, _ := json.Marshal(echo)
		q := string(quoted)
		return answer(status, `{"error":{"type":`+q+`,"code":`+q+`,"param":`+q+`,"message":`+q+`,"doc_url":`+q+`,"decline_code":`+q+`}}`, "Request-Id", echo)
	}
	var logs recording.Buffer
	var out bytes.Buffer
	show := func(v ...any) {
		for _, x := range v {
			fmt.Fprintf(&out, "%v\n%+v\n%#v\n%s\n%q\n", x, x, x, x, x)
		}
	}
	for name, handler := range map[string]http.HandlerFunc{
		"success":       answer(200, `{"id":"cs_test_1","customer_email":"`+testEmail+`","client_secret":"`+clientSecret+`"}`),
		"bad request":   echoed(400),
		"unauthorized":  echoed(401),
		"card error":    echoed(402),
		"forbidden":     echoed(403),
		"not found":     echoed(404),
		"conflict":      echoed(409),
		"rate limit":    echoed(429),
		"server error":  echoed(500),
		"proxy page":    answer(502, echo),
		"not an object": answer(200, echo),
		"cut off": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "10000")
			_, _ = io.WriteString(w, echo)
		},
		"redirect":  answer(302, "", "Location", "/"+testSecret+"?"+testEmail),
		"no answer": hangUp,
		"not HTTP": func(w http.ResponseWriter, r *http.Request) {
			conn, _, _ := http.NewResponseController(w).Hijack()
			_, _ = io.WriteString(conn, echo+"\r\n\r\n")
			_ = conn.Close()
		},
	} {
		var config Config
		c := serve(t, handler, func(c *Config) {
			c.Logger = slog.New(slog.NewTextHandler(&logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
			config = *c
		})
		show(c, *c, config, &config, struct{ hidden Config }{config})
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		for _, op := range operations {
			for _, ctx := range []context.Context{t.Context(), ended, WithKey(t.Context(), mustKey(t, testSecret)), WithKey(t.Context(), Key{})} {
				response, err := op.call(ctx, c)
				if (err == nil) != (name == "success" && response != nil) {
					if ctx.Err() == nil && ctx.Value(keyContextKey{}) != (Key{}) {
						t.Errorf("%s, %s: %v, %v", op.name, name, response, err)
					}
				}
				if err != nil {
					e := failed(t, response, err)
					text, _ := json.Marshal(e)
					fmt.Fprintf(&out, "%s\n%v\n%+v\n%s\n%q\n%s\n", name, err, err, err, err, text)
				}
			}
		}
	}

	// A panic below this package, such as in a transport, passes through; its
	// value and stack trace must be fit to log.
	panicking, err := New(Config{Key: mustKey(t, testSecret), Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		panic("transport failed")
	})})
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range operations {
		func() {
			defer func() {
				p := recover()
				if p != "transport failed" {
					t.Errorf("%s: recovered %v", op.name, p)
				}
				fmt.Fprintf(&out, "%v\n%s\n", p, debug.Stack())
			}()
			_, _ = op.call(t.Context(), panicking)
		}()
	}

	for what, text := range map[string]string{"log": logs.String(), "output": out.String()} {
		for _, secret := range []string{"Recognizable", "jane.recognizable", "customer.example", "recognizableSecret"} {
			if i := strings.Index(text, secret); i >= 0 {
				t.Errorf("%s in the %s: …%s…", secret, what, text[max(0, i-200):min(len(text), i+100)])
			}
		}
	}
	if !strings.Contains(out.String(), "[email address]") || !strings.Contains(out.String(), "rk_test_…") || !strings.Contains(out.String(), "_secret_…") {
		t.Error("the server's echoes did not come through")
	}
}

func TestLogHasOneLineAnAttempt(t *testing.T) {
	var logs recording.Buffer
	var requests int
	var mu sync.Mutex
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if requests++; requests == 1 {
			answer(503, "", "Request-Id", "req_1")(w, r)
			return
		}
		answer(200, "{}", "Request-Id", "req_2")(w, r)
	}, func(c *Config) {
		c.Logger = slog.New(slog.NewJSONHandler(&logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	params := &stripe.CheckoutSessionListLineItemsParams{}
	params.StartingAfter = stripe.String("li_1")
	if _, err := c.ListLineItems(t.Context(), testID, params); err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(logs.String()) {
		var record map[string]any
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatal(err)
		}
		if d, ok := record["duration"].(float64); !ok || d <= 0 {
			t.Errorf("duration: %v", record["duration"])
		}
		delete(record, "duration")
		delete(record, "time")
		text, _ := json.Marshal(record)
		got = append(got, string(text))
	}
	want := []string{
		`{"attempt":1,"level":"DEBUG","method":"GET","msg":"stripe request","path":"/v1/checkout/sessions/{session}/line_items","request_id":"req_1","status":503}`,
		`{"attempt":2,"level":"DEBUG","method":"GET","msg":"stripe request","path":"/v1/checkout/sessions/{session}/line_items","request_id":"req_2","status":200}`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("logged\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestScrub(t *testing.T) {
	key := mustKey(t, testSecret)
	for _, tt := range []struct{ in, want string }{
		{"", ""},
		{"No such price: 'price_x'", "No such price: 'price_x'"},
		{"Invalid API Key provided: sk_test_****abcd", "Invalid API Key provided: sk_test_…"},
		{"Invalid API Key provided: sk_abc*****def", "Invalid API Key provided: sk_…"},
		{"pk_live_51Abc.", "pk_live_…."},
		{"whsec_abc", "whsec_…"},
		{"'" + testSecret + "'", "'rk_test_…'"},
		{"Bearer " + strings.TrimPrefix(testSecret, "rk_test_"), "Bearer …"},
		{"key=my_sk_live_51Abc", "key=my_sk_live_…"},
		{"already rk_test_…", "already rk_test_…"},
		{"cs_test_a1b2_secret_fid%2Fx", "cs_test_a1b2_secret_…"},
		{"Invalid email address: jane@example.com", "Invalid email address: [email address]"},
		{"param desk_id, task_1, pkg", "param desk_id, task_1, pkg"},
		{strings.Repeat("é", maxText), strings.Repeat("é", maxText/2) + "…"},
		{"a" + strings.Repeat("é", maxText), "a" + strings.Repeat("é", maxText/2-1) + "…"},
	} {
		if got := scrub(tt.in, key); got != tt.want {
			t.Errorf("scrub(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func FuzzScrub(f *testing.F) {
	for _, s := range []string{"x", "no key: ", "é", "\xff", "sk_test_", "_"} {
		f.Add(s, s)
	}
	key := mustKey(f, testSecret)
	f.Fuzz(func(t *testing.T, before, after string) {
		in := before + testSecret + after
		out := scrub(in, key)
		if strings.Contains(out, "Recognizable") {
			t.Errorf("scrub(%q) = %q", in, out)
		}
		if utf8.ValidString(in) && !utf8.ValidString(out) {
			t.Errorf("scrub(%q) broke a character: %q", in, out)
		}
	})
}
