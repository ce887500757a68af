package stripeclient

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/stripe/stripe-go/v82"
	"github.com/stripe/stripe-go/v82/form"
)

// Response is Stripe's answer to an operation that succeeded.
type Response struct {
	// JSON is Stripe's object, whole and compact: unknown fields, nulls,
	// integers over 2^53 and key order are as Stripe sent them.
	JSON json.RawMessage

	StatusCode int
	Header     http.Header
	RequestID  string // req_…, for Stripe's support and the Dashboard's log
}

// operation is one row of Stripe's API as this package calls it.
type operation struct {
	method string
	path   string // {session} stands for the id
}

var (
	opList      = &operation{http.MethodGet, "/v1/checkout/sessions"}
	opCreate    = &operation{http.MethodPost, "/v1/checkout/sessions"}
	opRetrieve  = &operation{http.MethodGet, "/v1/checkout/sessions/{session}"}
	opExpire    = &operation{http.MethodPost, "/v1/checkout/sessions/{session}/expire"}
	opLineItems = &operation{http.MethodGet, "/v1/checkout/sessions/{session}/line_items"}
)

func (op *operation) writes() bool { return op.method == http.MethodPost }

// The five operations. Each works on a copy of its parameters, which may be
// nil; the caller's stay as they were and can be used again. On failure the
// error is always an [*Error].

// List returns a page of Checkout Sessions, newest first.
// https://docs.stripe.com/api/checkout/sessions/list
func (c *Client) List(ctx context.Context, params *stripe.CheckoutSessionListParams) (*Response, error) {
	p := valueOf(params)
	return c.call(ctx, opList, "", p.ToParams(), encode(&p))
}

// Create creates a Checkout Session.
// https://docs.stripe.com/api/checkout/sessions/create
//
// All attempts of one call carry one idempotency key, params.IdempotencyKey or
// else a random one, so a call creates at most one session.
func (c *Client) Create(ctx context.Context, params *stripe.CheckoutSessionCreateParams) (*Response, error) {
	p := valueOf(params)
	return c.call(ctx, opCreate, "", &p.Params, encode(&p))
}

// Retrieve returns the Checkout Session with the given id (cs_…).
// https://docs.stripe.com/api/checkout/sessions/retrieve
func (c *Client) Retrieve(ctx context.Context, session string, params *stripe.CheckoutSessionRetrieveParams) (*Response, error) {
	p := valueOf(params)
	return c.call(ctx, opRetrieve, session, &p.Params, encode(&p))
}

// Expire ends an open Checkout Session, so that its page can no longer be used
// to pay, and returns it. Like Create it carries one idempotency key.
// https://docs.stripe.com/api/checkout/sessions/expire
func (c *Client) Expire(ctx context.Context, session string, params *stripe.CheckoutSessionExpireParams) (*Response, error) {
	p := valueOf(params)
	return c.call(ctx, opExpire, session, &p.Params, encode(&p))
}

// ListLineItems returns a page of the line items of a Checkout Session. The
// session is the argument; params.Session is not used.
// https://docs.stripe.com/api/checkout/sessions/line_items
func (c *Client) ListLineItems(ctx context.Context, session string, params *stripe.CheckoutSessionListLineItemsParams) (*Response, error) {
	p := valueOf(params)
	return c.call(ctx, opLineItems, session, p.ToParams(), encode(&p))
}

func valueOf[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// encode is stripe-go's form encoding of a parameter struct: the query of a
// GET, the body of a POST.
func encode(params any) []byte {
	var values form.Values
	form.AppendTo(&values, params)
	return []byte(values.Encode())
}
