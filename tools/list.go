package tools

import (
	"context"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/schemas"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// list is https://docs.stripe.com/api/checkout/sessions/list.
func list(client *stripeclient.Client) tool {
	return tool{
		Tool: &mcp.Tool{
			Name:         "stripe-get-checkout-sessions",
			Title:        "List Checkout Sessions",
			Description:  "List or find Checkout Sessions (Stripe's hosted payment pages), newest first: by customer, email, status, time, PaymentIntent, subscription or payment link. If you have a session's id, retrieve it instead. While has_more is true, pass the last id as starting_after.",
			Annotations:  reading,
			InputSchema:  schemas.List.Advertised(),
			OutputSchema: schemas.SessionListOutput,
		},
		call: operate(schemas.List, func(ctx context.Context, in *schemas.Input[stripe.CheckoutSessionListParams]) (*stripeclient.Response, error) {
			return client.List(ctx, in.Params)
		}),
	}
}
