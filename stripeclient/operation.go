package stripeclient

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/stripe/stripe-go/v82"
	"github.com/stripe/stripe-go/v82/form"
)

// An Operation is one method and path of Stripe's API, and what to tell a
// caller when it fails.
type Operation struct {
	Method string // GET or POST
	Path   string // such as /v1/checkout/sessions/{session}; {session} is where the id goes

	// InDoubt says what a write without a final answer may have done, as in
	// "The session may or may not exist". Advice to repeat the call with the
	// same idempotency key follows it.
	InDoubt string
	// FindOut follows that advice and says how else to find out. It begins with
	// the punctuation that joins it on and ends with a full stop.
	FindOut string
	// Refused is the advice when Stripe refuses arguments without naming a
	// parameter; "" means "Correct the arguments and call again.".
	Refused string
}

// Writes reports whether the operation changes anything at Stripe.
func (op *Operation) Writes() bool { return op.Method == http.MethodPost }

// OnSession reports whether the operation acts on a single session.
func (op *Operation) OnSession() bool { return strings.Contains(op.Path, "{session}") }

// A Request is one call of an operation.
type Request struct {
	*Operation

	// Session is the id (cs_…) in the path; "" if there is none.
	Session string

	// Params are stripe-go's parameters for the operation. They are never
	// changed, so they can be reused.
	Params stripe.ParamsContainer

	// Form is what [Encode] returns for Params; nil if they have not been
	// encoded yet.
	Form []byte

	// Sending, if set, is called once, just before the first attempt. It is not
	// called for a request that is refused here.
	Sending func()
}

// Response is Stripe's answer to a successful operation.
type Response struct {
	// JSON is Stripe's object, whole and compact: unknown fields, nulls,
	// integers over 2^53 and the order of keys are as Stripe sent them.
	JSON json.RawMessage

	StatusCode int
	Header     http.Header
	RequestID  string // req_…, for Stripe's support and the Dashboard's log
	Attempts   int    // how many times it was sent
}

// Replayed reports whether Stripe repeated its answer to an earlier request
// with the same idempotency key.
func (r *Response) Replayed() bool { return replayed(r.Header) }

// ObjectID returns the id of the object that Stripe answered with; "" if it has
// none.
func (r *Response) ObjectID() string { return objectID(r.JSON) }

func replayed(h http.Header) bool { return h.Get("Idempotent-Replayed") == "true" }

// Do makes a request. Its error is always an [*Error].
//
// All attempts of a write use the same idempotency key, the one in the
// parameters or else a random one, so a call never acts twice.
// https://docs.stripe.com/api/idempotent_requests
func (c *Client) Do(ctx context.Context, req Request) (*Response, error) {
	response, failed := c.settle(ctx, req)
	if failed != nil {
		return nil, failed
	}
	return response, nil
}

// Encode returns stripe-go's form encoding of a parameter struct: the query of
// a GET, the body of a POST.
func Encode(params stripe.ParamsContainer) []byte {
	var values form.Values
	form.AppendTo(&values, params)
	return []byte(values.Encode())
}
