package tools

import (
	"context"
	"encoding/json"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/schemas"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// expire is https://docs.stripe.com/api/checkout/sessions/expire.
func expire(client *stripeclient.Client) tool {
	return tool{
		Tool: &mcp.Tool{
			Name:         "stripe-post-checkout-sessions-session",
			Title:        "Expire Checkout Session",
			Description:  "Expire an open Checkout Session, so that nobody can pay on its page any more. It can't be undone, and it refunds nothing. Only sessions with status open can be expired.",
			Annotations:  writing,
			InputSchema:  schemas.Expire.Advertised(),
			OutputSchema: schemas.SessionOutput,
		},
		call: operate(schemas.Expire, func(ctx context.Context, in *schemas.Input[stripe.CheckoutSessionExpireParams]) (*stripeclient.Response, error) {
			return client.Expire(ctx, in.Session, in.Params)
		}),
		write: &write{stripeclient.OperationExpire, func(ctx context.Context, arguments json.RawMessage) (string, error) {
			in, err := schemas.Expire.Decode(arguments)
			if err != nil {
				return "", err
			}
			session, err := client.Retrieve(ctx, in.Session, nil)
			if err != nil {
				return "", err
			}
			return askExpire(in.Session, session.JSON)
		}},
	}
}
