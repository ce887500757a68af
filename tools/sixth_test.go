package tools

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/schemas"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// A sixth operation needs its row in package operations, its tool here and its
// route in package rest, and no edit elsewhere. This one is Stripe's update:
// https://docs.stripe.com/api/checkout/sessions/update.
var sixth = tool{
	Operation: operations.Define(operations.Operation{
		Name:  "update",
		Tool:  "stripe-post-checkout-sessions-session-update",
		Title: "Update Checkout Session",
		Done:  "updated",
		Stripe: stripeclient.Operation{
			Method:  http.MethodPost,
			Path:    "/v1/checkout/sessions/{session}",
			InDoubt: "The session may or may not have been updated",
		},
		Output:     schemas.SessionOutput,
		OutputName: "CheckoutSession",
	}, &schemas.Operation[stripe.CheckoutSessionUpdateParams]{Name: "update", Session: true, Write: true, NeedsBody: true}),
	icon:        plusIcon,
	description: "Update a Checkout Session.",
	question: func(context.Context, *operations.Service, *operations.Call) (*question, error) {
		return &question{text: "Update it?"}, nil
	},
}

func TestASixthOperationNeedsOnlyItsDefinition(t *testing.T) {
	var sent []string
	respond := func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, err
		}
		sent = append(sent, r.Method+" "+r.URL.Path+" "+form.Get("metadata[order]"))
		w := httptest.NewRecorder()
		if form.Get("metadata[order]") == "lost" {
			w.WriteHeader(http.StatusBadGateway)
		} else {
			_, _ = io.WriteString(w, `{"id":"cs_test_1","object":"checkout.session","metadata":{"order":"1"}}`)
		}
		return w.Result(), nil
	}
	var audited []string
	with := func(o *setup) {
		o.all = append(slices.Clone(all), sixth)
		o.operations.Audit = func(_ context.Context, r operations.Record) {
			audited = append(audited, r.Operation.Name+" "+r.Outcome)
		}
	}
	s := connect(t, roundTripper(respond), with)

	i := slices.IndexFunc(listTools(t, s), func(l *mcp.Tool) bool { return l.Name == sixth.Tool })
	if i < 0 || listTools(t, s)[i].Annotations.ReadOnlyHint {
		t.Fatal("it has no tool that writes")
	}
	arguments := `{"session":"cs_test_1","body":{"metadata":{"order":"1"}}}`
	conforms(t, s, sixth.Tool, call(t, s, sixth.Tool, arguments))
	if got := text(t, call(t, s, sixth.Tool, `{"session":"cs_test_1","body":{"metdata":{}}}`)); !containsAll(got, "Did you mean", "metadata", "Nothing was sent") {
		t.Errorf("a misspelled name: %s", got)
	}
	if got := text(t, call(t, s, sixth.Tool, strings.Replace(arguments, `"1"`, `"lost"`, 1))); !containsAll(got, "The session may or may not have been updated: repeat this call with exactly idempotency_key") {
		t.Errorf("in doubt: %s", got)
	}
	if want := []string{"POST /v1/checkout/sessions/cs_test_1 1", "POST /v1/checkout/sessions/cs_test_1 lost"}; !slices.Equal(sent, want) {
		t.Errorf("sent %q, want %q", sent, want)
	}
	if want := []string{"update sending", "update updated", "update refused", "update sending", "update unknown"}; !slices.Equal(audited, want) {
		t.Errorf("audited %q, want %q", audited, want)
	}

	readOnly := listTools(t, connect(t, roundTripper(respond), with, func(o *setup) { o.operations.ReadOnly = true }))
	if slices.ContainsFunc(readOnly, func(l *mcp.Tool) bool { return l.Name == sixth.Tool }) {
		t.Error("a read-only server has it")
	}
}

// A tool that writes without asking a question could not be confirmed.
func TestAWriteNeedsAQuestion(t *testing.T) {
	service, err := operations.New(nil, operations.Options{})
	if err != nil {
		t.Fatal(err)
	}
	mute := sixth
	mute.question = nil
	if _, err := newServer(service, Options{}, []tool{mute}); err == nil || !strings.Contains(err.Error(), sixth.Tool) {
		t.Errorf("got %v", err)
	}
}
