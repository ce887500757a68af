package stripeclient

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/stripespec"
)

func stripeMock(t *testing.T) *Client {
	t.Helper()
	c, err := New(Config{Key: mustKey(t, "sk_test_123"), BaseURL: stripespec.Mock(t)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestContractWithStripeMock(t *testing.T) {
	c := stripeMock(t)
	ctx := t.Context()
	list := &stripe.CheckoutSessionListParams{
		Status:          stripe.String("open"),
		Customer:        stripe.String("cus_1"),
		CustomerDetails: &stripe.CheckoutSessionListCustomerDetailsParams{Email: stripe.String(testEmail)},
		CreatedRange:    &stripe.RangeQueryParams{GreaterThanOrEqual: 1},
		Expand:          stripe.StringSlice([]string{"data.line_items"}),
	}
	list.Limit = stripe.Int64(3)
	items := &stripe.CheckoutSessionListLineItemsParams{}
	items.Limit = stripe.Int64(3)

	for _, tt := range []struct {
		name     string
		call     func() (*Response, error)
		object   string
		id       string
		contains string
	}{
		{"list", func() (*Response, error) { return c.List(ctx, nil) }, "list", "", `"url":"/v1/checkout/sessions"`},
		{"list with filters", func() (*Response, error) { return c.List(ctx, list) }, "list", "", `"object":"checkout.session"`},
		{"create", func() (*Response, error) { return c.Create(ctx, createParams()) }, "checkout.session", "", `"customer_email":"` + testEmail + `"`},
		{"retrieve", func() (*Response, error) { return c.Retrieve(ctx, testID, nil) }, "checkout.session", testID, ""},
		{"retrieve expanded", func() (*Response, error) {
			return c.Retrieve(ctx, testID, &stripe.CheckoutSessionRetrieveParams{Expand: stripe.StringSlice([]string{"line_items"})})
		}, "checkout.session", testID, `"line_items":{`},
		{"expire", func() (*Response, error) { return c.Expire(ctx, testID, nil) }, "checkout.session", "", ""},
		{"line items", func() (*Response, error) { return c.ListLineItems(ctx, testID, items) }, "list", "", `"object":"item"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			response, err := tt.call()
			if err != nil {
				t.Fatal(err)
			}
			var got struct{ Object, ID string }
			if err := json.Unmarshal(response.JSON, &got); err != nil {
				t.Fatal(err)
			}
			if got.Object != tt.object || tt.id != "" && got.ID != tt.id || !strings.Contains(string(response.JSON), tt.contains) {
				t.Errorf("got object %q id %q in\n%s", got.Object, got.ID, response.JSON)
			}
			if response.StatusCode != 200 || response.RequestID != "req_123" {
				t.Errorf("status %d, request id %q", response.StatusCode, response.RequestID)
			}
		})
	}

	t.Run("a request that Stripe's document does not allow", func(t *testing.T) {
		params := createParams()
		params.AddExtra("no_such_parameter", "1")
		r, err := c.Create(ctx, params)
		if e := failed(t, r, err); e.Type != "invalid_request_error" || e.HTTPStatus != 400 || !strings.Contains(e.Message, "additional properties are not allowed") {
			t.Errorf("%+v", e)
		}
	})
}
