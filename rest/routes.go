package rest

import (
	"cmp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
)

// A route is an operation as it is reached over HTTP.
type route struct {
	*operations.Operation
	path  string    // the capability's, after its prefix; "" if it is the same as Stripe's
	ids   [2]string // the operation ids at its two paths, as the capability and Stripe name them
	about string    // Markdown
}

// routes are the whole API, in the order of a session's life.
var routes = []route{
	{
		Operation: operations.List,
		ids:       [2]string{"getcheckoutsessions", "GetCheckoutSessions"},
		about:     "A page of Checkout Sessions, newest first. While `has_more` is true, pass the last id as `starting_after`. [Stripe's documentation](https://docs.stripe.com/api/checkout/sessions/list)",
	},
	{
		Operation: operations.Create,
		ids:       [2]string{"postcheckoutsessions", "PostCheckoutSessions"},
		about:     "Creates a page where a customer pays once, subscribes, or saves a payment method: give the `url` in the answer to the customer. Creating charges nobody. [Stripe's documentation](https://docs.stripe.com/api/checkout/sessions/create)",
	},
	{
		Operation: operations.Retrieve,
		ids:       [2]string{"getcheckoutsessionssession", "GetCheckoutSessionsSession"},
		about:     "One Checkout Session. It was paid if `status` is `complete` and `payment_status` is `paid`. [Stripe's documentation](https://docs.stripe.com/api/checkout/sessions/retrieve)",
	},
	{
		Operation: operations.Expire,
		ids:       [2]string{"postcheckoutsessionssessionexpire", "PostCheckoutSessionsSessionExpire"},
		about:     "Ends an open Checkout Session, so that nobody can pay on its page any more. It can't be undone, and it refunds nothing. [Stripe's documentation](https://docs.stripe.com/api/checkout/sessions/expire)",
	},
	{
		Operation: operations.LineItems,
		path:      "/v1/checkout/sessions/{session}/line-items",
		ids:       [2]string{"getcheckoutsessionssessionlineitems", "GetCheckoutSessionsSessionLineItems"},
		about:     "Everything bought in one Checkout Session, page by page. [Stripe's documentation](https://docs.stripe.com/api/checkout/sessions/line_items)",
	},
}

// seedPrefix is Naftiko's: the capability puts it before Stripe's paths.
const seedPrefix = "/v1"

// paths returns the capability's path and Stripe's.
func (rt route) paths() [2]string {
	return [2]string{seedPrefix + cmp.Or(rt.path, rt.Stripe.Path), rt.Stripe.Path}
}
