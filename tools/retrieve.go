package tools

import "github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"

// retrieve is https://docs.stripe.com/api/checkout/sessions/retrieve.
var retrieve = tool{
	Operation:   operations.Retrieve,
	icon:        cardIcon,
	description: "Get one Checkout Session by id, for instance to see if it was paid: status complete and payment_status paid; wait_seconds waits for that. Without its id, list instead. line_items are included only with expand, at most 10.",
}
