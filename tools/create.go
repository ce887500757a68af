package tools

import (
	"context"

	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
)

// create is https://docs.stripe.com/api/checkout/sessions/create.
var create = tool{
	Operation:   operations.Create,
	icon:        plusIcon,
	description: "Create a Checkout Session: a page where a customer pays once, subscribes, or saves a payment method. Give the url in the answer to the customer, and keep the id. Creating charges nobody. Example: {\"body\":{\"mode\":\"payment\",\"line_items\":[{\"quantity\":1,\"price_data\":{\"currency\":\"usd\",\"unit_amount\":1000,\"product_data\":{\"name\":\"T-shirt\"}}}],\"success_url\":\"https://example.com/thanks\"},\"fields\":[\"id\",\"url\"]}",
	question: func(ctx context.Context, service *operations.Service, call *operations.Call) (*question, error) {
		client := service.Client()
		return askCreate(call.Params.(*stripe.CheckoutSessionCreateParams), client.Key(ctx).Livemode(), client.ActsOn(ctx)), nil
	},
}
