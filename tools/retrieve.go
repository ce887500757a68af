package tools

import (
	"context"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/schemas"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// retrieve is https://docs.stripe.com/api/checkout/sessions/retrieve.
func retrieve(client *stripeclient.Client) tool {
	return tool{
		Tool: &mcp.Tool{
			Name:         "stripe-get-checkout-sessions-session",
			Title:        "Retrieve Checkout Session",
			Description:  "Get one Checkout Session by id, for instance to see if it was paid: status complete and payment_status paid. Without its id, list instead. line_items come only by expand, at most 10.",
			Annotations:  reading,
			InputSchema:  schemas.Retrieve.Advertised(),
			OutputSchema: schemas.SessionOutput,
		},
		call: operate(schemas.Retrieve, func(ctx context.Context, in *schemas.Input[stripe.CheckoutSessionRetrieveParams]) (*stripeclient.Response, error) {
			return client.Retrieve(ctx, in.Session, in.Params)
		}),
	}
}
