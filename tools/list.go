package tools

import "github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"

// list is https://docs.stripe.com/api/checkout/sessions/list.
var list = tool{
	Operation:   operations.List,
	icon:        linesIcon,
	description: "List or find Checkout Sessions (Stripe's hosted payment pages), newest first: by customer, email, status, time, PaymentIntent, subscription or payment link. If you have a session's id, retrieve it instead. While has_more is true, continue with starting_after: the last id, or as next_page says.",
}
