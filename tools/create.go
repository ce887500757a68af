package tools

import (
	"context"
	"encoding/json"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/schemas"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// create is https://docs.stripe.com/api/checkout/sessions/create.
func create(client *stripeclient.Client) tool {
	return tool{
		Tool: &mcp.Tool{
			Name:         "stripe-post-checkout-sessions",
			Title:        "Create Checkout Session",
			Description:  "Create a Checkout Session: a page where a customer pays once, subscribes, or saves a payment method. Give the answered url to the customer, and keep the id. Creating charges nobody. Example: {\"body\":{\"mode\":\"payment\",\"line_items\":[{\"quantity\":1,\"price_data\":{\"currency\":\"usd\",\"unit_amount\":1000,\"product_data\":{\"name\":\"T-shirt\"}}}],\"success_url\":\"https://example.com/thanks\"}}",
			Annotations:  writing,
			InputSchema:  schemas.Create.Advertised(),
			OutputSchema: schemas.SessionOutput,
		},
		call: operate(schemas.Create, func(ctx context.Context, in *schemas.Input[stripe.CheckoutSessionCreateParams]) (*stripeclient.Response, error) {
			return client.Create(ctx, in.Params)
		}),
		write: &write{stripeclient.OperationCreate, func(ctx context.Context, arguments json.RawMessage) (string, error) {
			in, err := schemas.Create.Decode(arguments)
			if err != nil {
				return "", err
			}
			return askCreate(in.Params, client.Key(ctx).Livemode()), nil
		}},
	}
}
