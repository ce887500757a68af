package stripeclient

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"
)

// Whatever comes back, a call ends in a response or in an error that says
// something useful and nothing secret, and that never calls a write failed if
// it may have been carried out.
func FuzzFailure(f *testing.F) {
	for _, seed := range []struct {
		status           int
		body             string
		retry, after, id string
	}{
		{200, `{"id":"cs_test_1"}`, "", "", "req_1"},
		{200, `{"error":{"type":"api_error"}}`, "true", "", ""},
		{204, ``, "", "", ""},
		{303, ``, "", "", ""},
		{400, `{"error":{"type":"invalid_request_error","param":"line_items[0][price]","message":"No such price"}}`, "false", "", "req_2"},
		{402, `{"error":{"type":"card_error","decline_code":"insufficient_funds"}}`, "", "", ""},
		{409, `{"error":{"type":"idempotency_error"}}`, "", "", ""},
		{429, `{"error":{"code":"lock_timeout"}}`, "", "7", ""},
		{500, `{"error":[]}`, "", "-1", ""},
		{502, `<html>` + testSecret + " " + testEmail, "", "soon", "\x00"},
		{599, "{\"error\":{\"message\":\"\xff\"}}", "", "99999999999", testSecret},
	} {
		f.Add(seed.status, seed.body, seed.retry, seed.after, seed.id)
	}
	f.Fuzz(func(t *testing.T, status int, body, retry, after, id string) {
		if status < 200 || status > 999 {
			t.Skip() // net/http passes on no others
		}
		client, err := New(Config{Key: mustKey(t, testSecret), Transport: roundTripper(func(*http.Request) (*http.Response, error) {
			r := response(status, body)
			r.Header.Set("Stripe-Should-Retry", retry)
			r.Header.Set("Retry-After", after)
			r.Header.Set("Request-Id", id)
			return r, nil
		})})
		if err != nil {
			t.Fatal(err)
		}
		for _, op := range []*Operation{opList, opCreate} {
			got, err := client.Do(t.Context(), Request{Operation: op, Params: createParams()})
			if err == nil {
				if status/100 != 2 || !json.Valid(got.JSON) || !utf8.Valid(got.JSON) || got.JSON[0] != '{' {
					t.Fatalf("%d %q is taken for the answer %q", status, body, got.JSON)
				}
				continue
			}
			e := failed(t, got, err)
			text := e.Error()
			encoded, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			for _, secret := range []string{testSecret, strings.TrimPrefix(testSecret, "rk_test_"), testEmail} {
				if strings.Contains(text+string(encoded), secret) {
					t.Fatalf("%q is in %s", secret, encoded)
				}
			}
			if strings.TrimSpace(text) == "" || e.Type == "" || len(text) > 8*maxText || !e.Sent {
				t.Fatalf("%d %q is reported as %q: %+v", status, body, text, e)
			}
			certain := status == 400 || status == 401 || status == 402 || status == 403 || status == 404 || status == 409 || status == 429
			if op.Writes() && !certain && (status < 400 || status >= 500) && !e.InDoubt {
				t.Fatalf("%d %q may have been carried out, but the agent is told: %s", status, body, text)
			}
			if e.InDoubt && !strings.Contains(text, "exactly idempotency_key") {
				t.Fatalf("in doubt, but the agent is told: %s", text)
			}
		}
	})
}
