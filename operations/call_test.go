package operations

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// Stripe stands in for Stripe, over a real connection.
func newService(t *testing.T, key string, handler http.HandlerFunc, options Options) *Service {
	t.Helper()
	config := stripeclient.Config{BaseURL: "http://127.0.0.1:1"} // where nobody listens
	if handler != nil {
		server := httptest.NewServer(handler)
		t.Cleanup(server.Close)
		config.BaseURL = server.URL
	}
	if key != "" {
		parsed, err := stripeclient.ParseKey(key)
		if err != nil {
			t.Fatal(err)
		}
		config.Key = parsed
	}
	client, err := stripeclient.New(config)
	if err != nil {
		t.Fatal(err)
	}
	service, err := New(client, options)
	if err != nil {
		t.Fatal(err)
	}
	return service
}

func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Request-Id", "req_1")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func hangUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// Whatever happens to a write is recorded; for one that is sent, also before it
// is sent.
func TestAuditSeesEveryWrite(t *testing.T) {
	const (
		session = `{"id":"cs_test_1","customer_details":{"email":"jenny@example.com"}}`
		valid   = `{"body":{"mode":"setup","success_url":"https://example.com"}}`
		missing = `{"error":{"type":"invalid_request_error","code":"resource_missing"}}`
	)
	for _, test := range []struct {
		name      string
		key       string
		stripe    http.HandlerFunc
		op        *Operation
		arguments string
		want      []Record
		code      string
	}{
		{"created", "sk_test_1", answer(200, session), Create, valid, []Record{{Outcome: Sending}, {Outcome: "created", Session: "cs_test_1", RequestID: "req_1"}}, ""},
		{"created with a live key", "rk_live_1", answer(200, session), Create, valid, []Record{{Outcome: Sending, Livemode: true}, {Outcome: "created", Session: "cs_test_1", Livemode: true, RequestID: "req_1"}}, ""},
		{"expired", "sk_test_1", answer(200, session), Expire, `{"session":"cs_test_1"}`, []Record{{Outcome: Sending, Session: "cs_test_1"}, {Outcome: "expired", Session: "cs_test_1", RequestID: "req_1"}}, ""},
		{"refused by Stripe", "sk_test_1", answer(404, missing), Expire, `{"session":"cs_test_2"}`, []Record{{Outcome: Sending, Session: "cs_test_2"}, {Outcome: Failed, Session: "cs_test_2", RequestID: "req_1"}}, "resource_missing"},
		{"the id of something else", "sk_test_1", nil, Expire, `{"session":"pi_1"}`, []Record{{Outcome: Refused}}, "parameter_invalid"},
		{"a key instead of an id", "sk_test_1", nil, Expire, `{"session":"sk_live_secret"}`, []Record{{Outcome: Refused}}, "parameter_invalid"},
		{"wrong arguments", "sk_test_1", nil, Create, `{"body":{"modus":"payment"}}`, []Record{{Outcome: Refused}}, "parameter_unknown"},
		{"no key", "", nil, Create, valid, []Record{{Outcome: Refused}}, "api_key_missing"},
		{"no connection", "sk_test_1", nil, Create, valid, []Record{{Outcome: Sending}, {Outcome: Refused}}, "connection_failed"},
		{"a lost answer", "sk_test_1", hangUp, Create, valid, []Record{{Outcome: Sending}, {Outcome: Unknown}}, "connection_failed"},
		{"a 500", "sk_test_1", answer(500, `{"error":{"type":"api_error"}}`), Create, valid, []Record{{Outcome: Sending}, {Outcome: Unknown, RequestID: "req_1"}}, ""},
		{"reading", "sk_test_1", answer(200, session), Retrieve, `{"session":"cs_test_1"}`, nil, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var got []Record
			service := newService(t, test.key, test.stripe, Options{Audit: func(_ context.Context, r Record) { got = append(got, r) }})
			_, _ = service.Do(t.Context(), test.op, json.RawMessage(test.arguments))

			id, code := "", ""
			for i, r := range got {
				if i == 0 {
					id = r.ID
				}
				if r.ID == "" || r.ID != id || r.Operation != test.op {
					t.Errorf("record %d is not about the same write as the first: %+v", i, r)
				}
				if r.Err != nil {
					code = r.Err.Code
				}
				got[i].ID, got[i].Operation, got[i].Err = "", nil, nil
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("audited (-want +got):\n%s", diff)
			}
			if code != test.code {
				t.Errorf("code %q, want %q", code, test.code)
			}
		})
	}
}

// The record of a write exists before the request arrives, so it survives if
// the process dies then.
func TestAWriteIsOnRecordBeforeItIsSent(t *testing.T) {
	var records []Record
	onArrival := -1
	service := newService(t, "sk_test_1", func(w http.ResponseWriter, r *http.Request) {
		onArrival = len(records)
		answer(200, `{"id":"cs_test_1"}`)(w, r)
	}, Options{Audit: func(_ context.Context, r Record) { records = append(records, r) }})
	if _, err := service.Do(t.Context(), Expire, json.RawMessage(`{"session":"cs_test_1"}`)); err != nil {
		t.Fatal(err)
	}
	if onArrival != 1 || records[0].Outcome != Sending {
		t.Errorf("%d records when the request arrived, want 1: %+v", onArrival, records)
	}
}

// The policy sees valid arguments before anything is sent, may set parameters
// and may refuse.
func TestPolicy(t *testing.T) {
	var sent []string
	var outcomes []string
	service := newService(t, "sk_test_1", func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		sent = append(sent, r.PostForm.Get("metadata[shop]"))
		answer(200, `{"id":"cs_test_1"}`)(w, r)
	}, Options{
		Audit: func(_ context.Context, r Record) { outcomes = append(outcomes, r.Outcome) },
		Policy: func(_ context.Context, call *Call) error {
			params, ok := call.Params.(*stripe.CheckoutSessionCreateParams)
			if !ok {
				return nil
			}
			if *params.Mode == "subscription" {
				return stripeclient.NewInvalidRequest("policy_mode", "body.mode", "No subscriptions.")
			}
			params.AddMetadata("shop", "1")
			return nil
		},
	})
	create := func(mode string) error {
		_, err := service.Do(t.Context(), Create, json.RawMessage(`{"body":{"mode":"`+mode+`","success_url":"https://example.com"}}`))
		return err
	}
	if err := create("setup"); err != nil {
		t.Error(err)
	}
	if failed, ok := stripeclient.AsError(create("subscription")); !ok || failed.Code != "policy_mode" {
		t.Errorf("got %v", failed)
	}
	if diff := cmp.Diff([]string{"1"}, sent); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{Sending, "created", Refused}, outcomes); diff != "" {
		t.Errorf("audited (-want +got):\n%s", diff)
	}
}

// A bug of ours is logged without the data involved, and callers are told
// neither.
func TestBugsAreLoggedButNotShown(t *testing.T) {
	var log bytes.Buffer
	service := newService(t, "sk_test_1", answer(200, `{}`), Options{
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
		Policy: func(context.Context, *Call) error {
			return &json.UnsupportedValueError{Str: "jenny@example.com"}
		},
	})
	_, err := service.Do(t.Context(), List, nil)
	if err != ErrInternal {
		t.Errorf("got %v", err)
	}
	if text := log.String(); strings.Contains(text, "jenny") || !strings.Contains(text, "operation=list") || !strings.Contains(text, "json.UnsupportedValueError") {
		t.Errorf("logged %s", text)
	}
}

// The quota is asked before Stripe is, and gets back calls that had no effect.
func TestQuota(t *testing.T) {
	for _, test := range []struct {
		name     string
		stripe   http.HandlerFunc
		refused  bool
		undone   bool
		outcomes []string
	}{
		{"created", answer(200, `{"id":"cs_test_1"}`), false, false, []string{Sending, "created"}},
		{"refused by Stripe", answer(400, `{"error":{"type":"invalid_request_error"}}`), false, true, []string{Sending, Failed}},
		{"an answer that got lost", hangUp, false, false, []string{Sending, Unknown}},
		{"carried out before", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Idempotent-Replayed", "true")
			answer(200, `{"id":"cs_test_1"}`)(w, r)
		}, false, true, []string{Sending, Replayed}},
		{"used up", nil, true, false, []string{Refused}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			undone := false
			var outcomes []string
			service := newService(t, "sk_test_1", test.stripe, Options{
				Audit: func(_ context.Context, r Record) { outcomes = append(outcomes, r.Outcome) },
				Quota: func(_ context.Context, call *Call) (func(), error) {
					if test.refused {
						return nil, stripeclient.NewInvalidRequest("policy_sessions_per_hour", "", "Enough.")
					}
					return func() { undone = true }, nil
				},
			})
			_, err := service.Do(t.Context(), Create, json.RawMessage(`{"body":{"mode":"setup","success_url":"https://example.com"}}`))
			if failed, ok := stripeclient.AsError(err); test.refused && (!ok || failed.Code != "policy_sessions_per_hour") {
				t.Errorf("got %v", err)
			}
			if undone != test.undone {
				t.Errorf("undone %v, want %v", undone, test.undone)
			}
			if diff := cmp.Diff(test.outcomes, outcomes); diff != "" {
				t.Errorf("audited (-want +got):\n%s", diff)
			}
		})
	}
}
