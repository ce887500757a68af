package tools

import "github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"

// lineItems is https://docs.stripe.com/api/checkout/sessions/line_items.
var lineItems = tool{
	Operation:   operations.LineItems,
	icon:        itemsIcon,
	description: "List all line items of one Checkout Session, which say what is bought, page by page.",
}
