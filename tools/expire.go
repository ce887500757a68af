package tools

import (
	"context"

	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// expire is https://docs.stripe.com/api/checkout/sessions/expire.
var expire = tool{
	Operation:   operations.Expire,
	icon:        crossIcon,
	description: "Irreversibly expire an open Checkout Session, so that nobody can pay on its page any more. It refunds nothing. Only sessions with status open can be expired.",
	question: func(ctx context.Context, service *operations.Service, call *operations.Call) (*question, error) {
		session, err := service.Client().Do(ctx, stripeclient.Request{
			Operation: &operations.Retrieve.Stripe,
			Session:   call.Session,
			Params:    &stripe.CheckoutSessionRetrieveParams{},
		})
		if err != nil {
			return nil, err
		}
		return askExpire(call.Session, session.JSON)
	},
}
