package httpserver

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/telemetry"
)

func lines(t *testing.T, log, msg string) []map[string]any {
	t.Helper()
	var found []map[string]any
	for line := range strings.Lines(log) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if m["msg"] == msg {
			found = append(found, m)
		}
	}
	return found
}

func TestAccessLog(t *testing.T) {
	var none *telemetry.Telemetry
	stripe := none.Transport(transportFunc(func(r *http.Request) (*http.Response, error) {
		resp := response(r, http.StatusOK)
		resp.Header.Set("Request-Id", "req_123")
		return resp, nil
	}))
	h := gate(t, Config{Auth: auth.Config{Mode: auth.StripeKey, CheckKey: anyKey}}, func(w http.ResponseWriter, r *http.Request) {
		req, err := http.NewRequestWithContext(r.Context(), http.MethodGet, "https://api.stripe.com/v1/checkout/sessions", nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := stripe.RoundTrip(req); err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusTeapot)
		ok(w, r)
	})
	resp := h.do(as("rk_test_secret"), func(r *http.Request) {
		r.URL.Path, r.URL.RawQuery = "/v1/x/rk_test_leak_secret_jenny@example.com", "customer_details[email]=jenny@example.com"
		r.RemoteAddr = "192.0.2.1:1"
		r.Header.Set("X-Request-Id", "abc-1")
	})
	if got := resp.Header.Get("X-Request-Id"); got != "abc-1" {
		t.Errorf("X-Request-Id %q", got)
	}
	got := lines(t, h.log.String(), "request")
	if len(got) != 1 {
		t.Fatalf("log:\n%s", h.log)
	}
	for key, want := range map[string]any{
		"listener": "rest", "method": "POST", "route": "/v1/x/{id}", "status": 418., "bytes": 2., "remote": "192.0.2.1",
		"request_id": "abc-1", "caller": fingerprint("key", "rk_test_secret"), "stripe_request_ids": []any{"req_123"},
	} {
		if fmt.Sprint(got[0][key]) != fmt.Sprint(want) {
			t.Errorf("%s is %v, want %v", key, got[0][key], want)
		}
	}
	for _, secret := range []string{"rk_test", "jenny", "email"} {
		if strings.Contains(h.log.String(), secret) {
			t.Errorf("%q is in the log:\n%s", secret, h.log)
		}
	}
}

func TestRequestIDs(t *testing.T) {
	h := gate(t, Config{Auth: auth.Config{Mode: auth.StripeKey, CheckKey: anyKey}}, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, telemetry.RequestID(r.Context()))
	})
	for sent, kept := range map[string]bool{
		"":                                     false,
		"0f8fad5b-d9cb-469f-a165-70867728950e": true,
		"01ARZ3NDEKTSV4RRFFQ69G5FAV":           true,
		"sk_live_0123456789":                   false,
		"a b":                                  false,
		"a\"}":                                 false,
		strings.Repeat("a", 65):                false,
	} {
		resp := h.do(as("rk_test_1"), func(r *http.Request) { r.Header.Set("X-Request-Id", sent) })
		id := resp.Header.Get("X-Request-Id")
		if (id == sent) != kept || !saneRequestID.MatchString(id) {
			t.Errorf("%q became %q, want it kept: %v", sent, id, kept)
		}
		if body := readAll(t, resp); body != id {
			t.Errorf("the handler saw %q, the client %q", body, id)
		}
	}
}

func TestPanics(t *testing.T) {
	var key map[string]string
	for name, tc := range map[string]struct {
		handler http.HandlerFunc
		logged  string
	}{
		"a value":         {func(http.ResponseWriter, *http.Request) { panic("rk_test_secret") }, `"panic":"string"`},
		"of the runtime":  {func(http.ResponseWriter, *http.Request) { key["rk_test_secret"] = "" }, "assignment to entry in nil map"},
		"in the midst":    {func(w http.ResponseWriter, r *http.Request) { ok(w, r); panic("rk_test_secret") }, `"panic":"string"`},
		"to cut it short": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, Config{Listeners: []Listener{rest(tc.handler)}})
			resp, err := http.Get(s.url("rest"))
			if err == nil && resp.StatusCode == 500 && !strings.Contains(readAll(t, resp), resp.Header.Get("X-Request-Id")) {
				t.Error("the answer doesn't name the request ID")
			}
			if cut := err != nil; cut != (name == "in the midst" || name == "to cut it short") {
				t.Errorf("error %v", err)
			}
			_ = s.end()
			log := s.log.String()
			if !strings.Contains(log, tc.logged) || (tc.logged == "") == strings.Contains(log, "panicked") || strings.Contains(log, "rk_test_secret") {
				t.Errorf("log:\n%s", log)
			}
			if n := len(lines(t, log, "request")); n != 1 {
				t.Errorf("%d lines for the request", n)
			}
		})
	}
}
