package rest

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/schemas"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A sixth operation needs only its own route; see the test of the same name in
// package tools.
func TestASixthOperationNeedsOnlyItsDefinition(t *testing.T) {
	sixth := route{
		Operation: operations.Define(operations.Operation{
			Name:       "update",
			Tool:       "stripe-post-checkout-sessions-session-update",
			Title:      "Update Checkout Session",
			Done:       "updated",
			Stripe:     stripeclient.Operation{Method: http.MethodPost, Path: "/v1/checkout/sessions/{session}"},
			Output:     schemas.SessionOutput,
			OutputName: "CheckoutSession",
		}, &schemas.Operation[stripe.CheckoutSessionUpdateParams]{Name: "update", Session: true, Write: true, NeedsBody: true}),
		ids:   [2]string{"postcheckoutsessionssession", "PostCheckoutSessionsSession"},
		about: "Updates a session.",
	}
	key, err := stripeclient.ParseKey("rk_test_1")
	if err != nil {
		t.Fatal(err)
	}
	client, err := stripeclient.New(stripeclient.Config{Key: key, Transport: transport(func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		body, err := io.ReadAll(r.Body)
		_, _ = io.WriteString(w, `{"id":"cs_test_1","sent":"`+r.URL.Path+" "+string(body)+`"}`)
		return w.Result(), err
	})})
	if err != nil {
		t.Fatal(err)
	}
	var audited []string
	service, err := operations.New(client, operations.Options{Audit: func(_ context.Context, r operations.Record) {
		audited = append(audited, r.Operation.Name+" "+r.Outcome)
	}})
	if err != nil {
		t.Fatal(err)
	}
	api := newAPI(service, Options{}, append(slices.Clone(routes), sixth))
	ask := func(method, path, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Content-Type", formType)
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		return w
	}

	for _, path := range []string{"/v1/checkout/sessions/cs_test_1", "/v1/v1/checkout/sessions/cs_test_1"} {
		w := ask(http.MethodPost, path, "metadata[order]=1")
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "/v1/checkout/sessions/cs_test_1 metadata[order]=1") || w.Header().Get(idempotencyHeader) == "" {
			t.Errorf("%s: %d %s %v", path, w.Code, w.Body, w.Header())
		}
	}
	if w := ask(http.MethodPost, "/v1/checkout/sessions/cs_test_1", "metdata[order]=1"); w.Code != http.StatusBadRequest {
		t.Errorf("a misspelled name: %d %s", w.Code, w.Body)
	}
	if want := []string{"update sending", "update updated", "update sending", "update updated", "update refused"}; !slices.Equal(audited, want) {
		t.Errorf("audited %q, want %q", audited, want)
	}
	if document := ask(http.MethodGet, "/openapi.json", "").Body.String(); !strings.Contains(document, `"operationId":"PostCheckoutSessionsSession"`) {
		t.Error("the document doesn't have it")
	}
}
