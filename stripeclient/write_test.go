package stripeclient

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"
)

func TestAuditSeesEveryWrite(t *testing.T) {
	ok := func(status int, body string) http.HandlerFunc { return answer(status, body, "Request-Id", "req_1") }
	create := func(ctx context.Context, c *Client) { _, _ = c.Create(ctx, nil) }
	expire := func(id string) func(context.Context, *Client) {
		return func(ctx context.Context, c *Client) { _, _ = c.Expire(ctx, id, nil) }
	}
	const session = `{"id":"cs_test_1","customer_details":{"email":"jenny@example.com"}}`
	for name, test := range map[string]struct {
		key     string
		handler http.HandlerFunc
		do      func(context.Context, *Client)
		want    []Write
		refused bool
		code    string
	}{
		"created":                  {"sk_test_1", ok(200, session), create, []Write{{Operation: "create", Session: "cs_test_1", RequestID: "req_1"}}, false, ""},
		"created on a live key":    {"rk_live_1", ok(200, session), create, []Write{{Operation: "create", Session: "cs_test_1", Livemode: true, RequestID: "req_1"}}, false, ""},
		"expired":                  {"sk_test_1", ok(200, session), expire("cs_test_1"), []Write{{Operation: "expire", Session: "cs_test_1", RequestID: "req_1"}}, false, ""},
		"refused by Stripe":        {"sk_test_1", ok(404, `{"error":{"type":"invalid_request_error","code":"resource_missing"}}`), expire("cs_test_2"), []Write{{Operation: "expire", Session: "cs_test_2", RequestID: "req_1"}}, false, "resource_missing"},
		"refused here":             {"sk_test_1", nil, expire("pi_1"), []Write{{Operation: "expire"}}, true, "parameter_invalid"},
		"a key in a wrong place":   {"sk_test_1", nil, expire("sk_live_secret"), []Write{{Operation: "expire"}}, true, "parameter_invalid"},
		"no key":                   {"", nil, create, []Write{{Operation: "create"}}, true, "api_key_missing"},
		"reading is not audited":   {"sk_test_1", ok(200, session), func(ctx context.Context, c *Client) { _, _ = c.Retrieve(ctx, "cs_test_1", nil) }, nil, false, ""},
		"a lost answer, 1 attempt": {"sk_test_1", hangUp, create, []Write{{Operation: "create"}}, false, "connection_failed"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []Write
			client := serve(t, test.handler, func(c *Config) {
				c.MaxRetries, c.Key = -1, Key{}
				if test.key != "" {
					c.Key = mustKey(t, test.key)
				}
				c.Audit = func(_ context.Context, w Write) { got = append(got, w) }
			})
			test.do(t.Context(), client)
			if len(got) != len(test.want) {
				t.Fatalf("audited %+v, want %+v", got, test.want)
			}
			for i, w := range got {
				code := ""
				if w.Err != nil {
					code = w.Err.Code
				}
				if code != test.code || w.Refused() != test.refused {
					t.Errorf("code %q, refused %v; want %q, %v", code, w.Refused(), test.code, test.refused)
				}
				w.Err = nil
				if w != test.want[i] {
					t.Errorf("audited %+v, want %+v", w, test.want[i])
				}
			}
		})
	}
}

func TestDerivedSecrets(t *testing.T) {
	derive := func(key, purpose string) []byte {
		secret, err := mustKey(t, key).Derive(purpose)
		if err != nil {
			t.Fatal(err)
		}
		return secret
	}
	first := derive("sk_test_1", "a")
	if !bytes.Equal(first, derive("sk_test_1", "a")) {
		t.Error("one key gives two secrets for one purpose")
	}
	for _, other := range [][]byte{derive("sk_test_1", "b"), derive("sk_test_2", "a")} {
		if bytes.Equal(first, other) {
			t.Error("another key or purpose gives the same secret")
		}
	}
	if len(first) != 32 || strings.Contains(string(first), "sk_test") {
		t.Errorf("secret of %d bytes", len(first))
	}
	if none, err := (Key{}).Derive("a"); none != nil || err != nil {
		t.Errorf("no key gives %v, %v", none, err)
	}
}
