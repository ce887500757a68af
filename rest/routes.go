package rest

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/invopop/jsonschema"
	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/schemas"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

const (
	seedPath   = "/v1/v1/checkout/sessions" // Naftiko's prefix /v1, then Stripe's path
	stripePath = "/v1/checkout/sessions"
)

// A route is one operation as it is reached over HTTP.
type route struct {
	tool   string // the MCP tool for the same operation
	method string
	paths  [2]string // the capability's and Stripe's
	ids    [2]string // their operation ids, as the capability and Stripe name them
	writes bool
	title  string
	about  string // Markdown

	input  func() *jsonschema.Schema // what call takes
	notes  func() *jsonschema.Schema // shorter, and with a word on what input leaves open
	output json.RawMessage           // the schema of what it answers
	answer string                    // what output describes
	call   func(ctx context.Context, arguments json.RawMessage) (*stripeclient.Response, error)
}

// routes are all of the API, in the order of a session's life.
func routes(client *stripeclient.Client) []route {
	return []route{
		{
			tool:   "stripe-get-checkout-sessions",
			method: http.MethodGet,
			paths:  [2]string{seedPath, stripePath},
			ids:    [2]string{"getcheckoutsessions", "GetCheckoutSessions"},
			title:  "List Checkout Sessions",
			about:  "A page of Checkout Sessions, newest first. While `has_more` is true, pass the last id as `starting_after`. [Stripe's documentation](https://docs.stripe.com/api/checkout/sessions/list)",
			input:  schemas.List.Schema,
			notes:  schemas.List.Advertised,
			output: schemas.SessionListOutput,
			answer: "CheckoutSessionList",
			call: operate(schemas.List, func(ctx context.Context, in *schemas.Input[stripe.CheckoutSessionListParams]) (*stripeclient.Response, error) {
				return client.List(ctx, in.Params)
			}),
		},
		{
			tool:   "stripe-post-checkout-sessions",
			method: http.MethodPost,
			paths:  [2]string{seedPath, stripePath},
			ids:    [2]string{"postcheckoutsessions", "PostCheckoutSessions"},
			writes: true,
			title:  "Create Checkout Session",
			about:  "Creates a page where a customer pays once, subscribes, or saves a payment method: give the answered `url` to the customer. Creating charges nobody. [Stripe's documentation](https://docs.stripe.com/api/checkout/sessions/create)",
			input:  schemas.Create.Schema,
			notes:  schemas.Create.Advertised,
			output: schemas.SessionOutput,
			answer: "CheckoutSession",
			call: operate(schemas.Create, func(ctx context.Context, in *schemas.Input[stripe.CheckoutSessionCreateParams]) (*stripeclient.Response, error) {
				return client.Create(ctx, in.Params)
			}),
		},
		{
			tool:   "stripe-get-checkout-sessions-session",
			method: http.MethodGet,
			paths:  [2]string{seedPath + "/{session}", stripePath + "/{session}"},
			ids:    [2]string{"getcheckoutsessionssession", "GetCheckoutSessionsSession"},
			title:  "Retrieve Checkout Session",
			about:  "One Checkout Session. It was paid if `status` is `complete` and `payment_status` is `paid`. [Stripe's documentation](https://docs.stripe.com/api/checkout/sessions/retrieve)",
			input:  schemas.Retrieve.Schema,
			notes:  schemas.Retrieve.Advertised,
			output: schemas.SessionOutput,
			answer: "CheckoutSession",
			call: operate(schemas.Retrieve, func(ctx context.Context, in *schemas.Input[stripe.CheckoutSessionRetrieveParams]) (*stripeclient.Response, error) {
				return client.Retrieve(ctx, in.Session, in.Params)
			}),
		},
		{
			tool:   "stripe-post-checkout-sessions-session",
			method: http.MethodPost,
			paths:  [2]string{seedPath + "/{session}/expire", stripePath + "/{session}/expire"},
			ids:    [2]string{"postcheckoutsessionssessionexpire", "PostCheckoutSessionsSessionExpire"},
			writes: true,
			title:  "Expire Checkout Session",
			about:  "Ends an open Checkout Session, so that nobody can pay on its page any more. It can't be undone, and it refunds nothing. [Stripe's documentation](https://docs.stripe.com/api/checkout/sessions/expire)",
			input:  schemas.Expire.Schema,
			notes:  schemas.Expire.Advertised,
			output: schemas.SessionOutput,
			answer: "CheckoutSession",
			call: operate(schemas.Expire, func(ctx context.Context, in *schemas.Input[stripe.CheckoutSessionExpireParams]) (*stripeclient.Response, error) {
				return client.Expire(ctx, in.Session, in.Params)
			}),
		},
		{
			tool:   "stripe-get-checkout-sessions-session-2",
			method: http.MethodGet,
			paths:  [2]string{seedPath + "/{session}/line-items", stripePath + "/{session}/line_items"},
			ids:    [2]string{"getcheckoutsessionssessionlineitems", "GetCheckoutSessionsSessionLineItems"},
			title:  "List Checkout Session Line Items",
			about:  "What is bought in one Checkout Session, all of it, page by page. [Stripe's documentation](https://docs.stripe.com/api/checkout/sessions/line_items)",
			input:  schemas.LineItems.Schema,
			notes:  schemas.LineItems.Advertised,
			output: schemas.LineItemListOutput,
			answer: "LineItemList",
			call: operate(schemas.LineItems, func(ctx context.Context, in *schemas.Input[stripe.CheckoutSessionListLineItemsParams]) (*stripeclient.Response, error) {
				return client.ListLineItems(ctx, in.Session, in.Params)
			}),
		},
	}
}

// operate is what every operation does, here as in its tool: validate and
// decode the arguments, call Stripe, cut the answer down to the fields asked
// for.
func operate[P any](op *schemas.Operation[P], do func(context.Context, *schemas.Input[P]) (*stripeclient.Response, error)) func(context.Context, json.RawMessage) (*stripeclient.Response, error) {
	return func(ctx context.Context, arguments json.RawMessage) (*stripeclient.Response, error) {
		in, err := op.Decode(arguments)
		if err != nil {
			return nil, err
		}
		answer, err := do(ctx, in)
		if err != nil {
			return nil, err
		}
		answer.JSON, err = schemas.Pick(answer.JSON, in.Fields)
		return answer, err
	}
}
