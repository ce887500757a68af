package stripeclient_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// stripeAPI stands in for Stripe in the examples.
func stripeAPI() *httptest.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/checkout/sessions", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `{"id": "cs_test_a1", "mode": "`+r.FormValue("mode")+`", "status": "open"}`)
	})
	mux.HandleFunc("GET /v1/checkout/sessions/{session}", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"error": {"type": "invalid_request_error", "code": "resource_missing", "param": "session",
			"message": "No such checkout session: `+r.PathValue("session")+`"}}`)
	})
	return httptest.NewServer(mux)
}

func Example() {
	api := stripeAPI()
	defer api.Close()

	key, err := stripeclient.ParseKey("rk_test_51Example\n")
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err := stripeclient.New(stripeclient.Config{Key: key, BaseURL: api.URL, Version: "1.0.0"})
	if err != nil {
		fmt.Println(err)
		return
	}
	session, err := client.Do(context.Background(), stripeclient.Request{
		Operation: &stripeclient.Operation{Method: http.MethodPost, Path: "/v1/checkout/sessions"},
		Params: &stripe.CheckoutSessionCreateParams{
			Mode:       stripe.String("payment"),
			SuccessURL: stripe.String("https://example.com/thanks"),
			LineItems:  []*stripe.CheckoutSessionCreateLineItemParams{{Price: stripe.String("price_1"), Quantity: stripe.Int64(1)}},
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(key)
	fmt.Println(string(session.JSON))
	// Output:
	// rk_test_…
	// {"id":"cs_test_a1","mode":"payment","status":"open"}
}

// Every failure is an *Error: its text is for a model, its fields for programs.
func ExampleError() {
	api := stripeAPI()
	defer api.Close()
	key, _ := stripeclient.ParseKey("rk_test_51Example")
	client, _ := stripeclient.New(stripeclient.Config{Key: key, BaseURL: api.URL})

	retrieve := func(session string) error {
		_, err := client.Do(context.Background(), stripeclient.Request{
			Operation: &stripeclient.Operation{Method: http.MethodGet, Path: "/v1/checkout/sessions/{session}"},
			Session:   session,
			Params:    &stripe.CheckoutSessionRetrieveParams{},
		})
		return err
	}

	err := retrieve("cs_live_a1")
	var failure *stripeclient.Error
	if errors.As(err, &failure) {
		fmt.Println(failure.HTTPStatus, failure.Code, failure.Param, failure.Retryable)
	}
	fmt.Println(err)
	fmt.Println(retrieve("pi_1"))
	// Output:
	// 404 resource_missing session false
	// No such checkout session: cs_live_a1. The id belongs to a live mode session (cs_live_…), but the API key here is a test mode key (rk_test_…), which cannot see it. List the sessions to get an id that this key can see, or have whoever runs this server set a live mode key.
	// The session starts with pi_, so it is the id of a PaymentIntent, not of a Checkout Session: list the sessions with payment_intent set to this id (a session id looks like cs_test_a1b2c3 (test mode) or cs_live_a1b2c3 (live mode)). Nothing was sent to Stripe.
}
