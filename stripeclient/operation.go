package stripeclient

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/stripe/stripe-go/v82"
	"github.com/stripe/stripe-go/v82/form"
)

// An Operation is one row of Stripe's API, and what a caller is told when a call
// of it fails.
type Operation struct {
	Method string // GET or POST
	Path   string // such as /v1/checkout/sessions/{session}; {session} stands for the id

	// InDoubt says of a write that got no final answer what may have happened,
	// as in "The session may or may not exist". It is followed by advice to
	// repeat the call with the same idempotency key.
	InDoubt string
	// FindOut follows that advice: how to find out otherwise. It starts with the
	// punctuation that joins it on and ends with a full stop.
	FindOut string
	// Refused is the advice for arguments that Stripe refused without naming a
	// parameter; "" stands for "Correct the arguments and call again.".
	Refused string
}

// Writes reports whether the operation changes anything at Stripe.
func (op *Operation) Writes() bool { return op.Method == http.MethodPost }

// OnSession reports whether the operation is on one session.
func (op *Operation) OnSession() bool { return strings.Contains(op.Path, "{session}") }

// A Request is one call of an operation.
type Request struct {
	*Operation

	// Session is the id (cs_…) that stands in the path; "" if none does.
	Session string

	// Params are stripe-go's own for the operation. They are only read: the same
	// can be used again.
	Params stripe.ParamsContainer

	// Sending, if set, is called once, before anything is sent. It is not called
	// for a request that is refused here.
	Sending func()
}

// Response is Stripe's answer to an operation that succeeded.
type Response struct {
	// JSON is Stripe's object, whole and compact: unknown fields, nulls,
	// integers over 2^53 and key order are as Stripe sent them.
	JSON json.RawMessage

	StatusCode int
	Header     http.Header
	RequestID  string // req_…, for Stripe's support and the Dashboard's log
	Attempts   int    // how often it was sent
}

// Replayed reports whether Stripe had carried the request out before, under the
// same idempotency key, and answered with what came of it then.
func (r *Response) Replayed() bool { return replayed(r.Header) }

func replayed(h http.Header) bool { return h.Get("Idempotent-Replayed") == "true" }

// Do makes a request. On failure the error is always an [*Error].
//
// All attempts of a write carry one idempotency key, that of the parameters or
// else a random one, so that a call never acts twice.
// https://docs.stripe.com/api/idempotent_requests
func (c *Client) Do(ctx context.Context, req Request) (*Response, error) {
	response, failed := c.settle(ctx, req)
	if failed != nil {
		return nil, failed
	}
	return response, nil
}

// encode is stripe-go's form encoding of a parameter struct: the query of a
// GET, the body of a POST.
func encode(params any) []byte {
	var values form.Values
	form.AppendTo(&values, params)
	return []byte(values.Encode())
}
