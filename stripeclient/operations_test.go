package stripeclient

import (
	"context"
	"net/http"

	"github.com/stripe/stripe-go/v82"
)

// The operations that this package's tests call, as package operations
// describes them.
var (
	opList     = &Operation{Method: http.MethodGet, Path: "/v1/checkout/sessions"}
	opRetrieve = &Operation{Method: http.MethodGet, Path: "/v1/checkout/sessions/{session}"}
	opItems    = &Operation{Method: http.MethodGet, Path: "/v1/checkout/sessions/{session}/line_items"}
	opCreate   = &Operation{
		Method: http.MethodPost, Path: "/v1/checkout/sessions",
		InDoubt: "The session may or may not exist",
		FindOut: ", which within 24 hours cannot create a second one. If that keeps failing, list the sessions to look for it before using another key.",
	}
	opExpire = &Operation{
		Method: http.MethodPost, Path: "/v1/checkout/sessions/{session}/expire",
		InDoubt: "The session may or may not have been expired",
		FindOut: ", or retrieve it to see its status.",
		Refused: "Only an open session can be expired: retrieve it to see its status.",
	}
)

func (c *Client) List(ctx context.Context, params *stripe.CheckoutSessionListParams) (*Response, error) {
	return do(ctx, c, opList, "", params)
}

func (c *Client) Create(ctx context.Context, params *stripe.CheckoutSessionCreateParams) (*Response, error) {
	return do(ctx, c, opCreate, "", params)
}

func (c *Client) Retrieve(ctx context.Context, session string, params *stripe.CheckoutSessionRetrieveParams) (*Response, error) {
	return do(ctx, c, opRetrieve, session, params)
}

func (c *Client) Expire(ctx context.Context, session string, params *stripe.CheckoutSessionExpireParams) (*Response, error) {
	return do(ctx, c, opExpire, session, params)
}

func (c *Client) ListLineItems(ctx context.Context, session string, params *stripe.CheckoutSessionListLineItemsParams) (*Response, error) {
	return do(ctx, c, opItems, session, params)
}

func do[P any](ctx context.Context, c *Client, op *Operation, session string, params *P) (*Response, error) {
	if params == nil {
		params = new(P)
	}
	return c.Do(ctx, Request{Operation: op, Session: session, Params: any(params).(stripe.ParamsContainer)})
}
