package tools

import (
	"context"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/schemas"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// lineItems is https://docs.stripe.com/api/checkout/sessions/line_items.
func lineItems(client *stripeclient.Client) tool {
	return tool{
		Tool: &mcp.Tool{
			Name:         "stripe-get-checkout-sessions-session-2",
			Title:        "List Checkout Session Line Items",
			Description:  "List what is bought in one Checkout Session, all of it, page by page.",
			Annotations:  reading,
			InputSchema:  schemas.LineItems.Advertised(),
			OutputSchema: schemas.LineItemListOutput,
		},
		call: operate(schemas.LineItems, func(ctx context.Context, in *schemas.Input[stripe.CheckoutSessionListLineItemsParams]) (*stripeclient.Response, error) {
			return client.ListLineItems(ctx, in.Session, in.Params)
		}),
	}
}
