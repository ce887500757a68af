package tools

import "github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"

// lineItems is https://docs.stripe.com/api/checkout/sessions/line_items.
var lineItems = tool{
	Operation:   operations.LineItems,
	description: "List what is bought in one Checkout Session, all of it, page by page.",
}
