package sandbox

import (
	"net/http"
	"slices"
	"time"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/parameters"
)

// fault is how the next call of an operation fails, so that people can see how
// their agent copes.
type fault string

const (
	faultRateLimit = fault("429")
	faultError     = fault("500")
	faultConflict  = fault("409")
	faultTimeout   = fault("timeout") // no answer comes and nothing is done
	faultLost      = fault("lost")    // it is done, but the answer gets lost
)

type faultInput struct {
	Operation *string `form:"operation"`
	Fault     *string `form:"fault"`
	Times     *int64  `form:"times"`
}

// faultOperations are the operations that can be made to fail.
var faultOperations = map[string]*operation{
	"list": &listOperation, "create": &createOperation, "retrieve": &retrieveOperation,
	"expire": &expireOperation, "line_items": &lineItemsOperation,
}

var faultParams = describeOwn(faultInput{}, map[string]parameters.Fact{
	"operation": {Required: true, Enum: []string{"list", "create", "retrieve", "expire", "line_items"}},
	"fault":     {Required: true, Enum: []string{"429", "500", "409", "timeout", "lost"}},
})

// longestTimeout is how long a request waits if its client doesn't give up.
const longestTimeout = 5 * time.Minute

// addFault makes the next calls of an operation fail. Stripe's own libraries
// retry most failed requests; for a caller behind one to see the failure, times
// must be larger than the number of retries.
func (r *request) addFault([]string) (object, *apiError) {
	times, given := r.params.integer("times")
	if !given {
		times = 1
	}
	if err := within(times, 1, 100, "times"); err != nil {
		return nil, err
	}
	name, of := r.params.text("operation"), r.params.text("fault")
	faults := slices.Repeat([]fault{fault(of)}, int(times))

	r.account.mu.Lock()
	defer r.account.mu.Unlock()
	if r.account.faults == nil {
		r.account.faults = map[*operation][]fault{}
	}
	r.account.faults[faultOperations[name]] = faults
	return object{"object": "sandbox.fault", "operation": name, "fault": of, "times": times}, nil
}

// nextFault takes the fault for the next call of an operation.
func (a *account) nextFault(op *operation) fault {
	a.mu.Lock()
	defer a.mu.Unlock()
	faults := a.faults[op]
	if len(faults) == 0 {
		return ""
	}
	a.faults[op] = faults[1:]
	return faults[0]
}

// refusal returns the error that Stripe would send.
func (f fault) refusal() *apiError {
	switch f {
	case faultRateLimit:
		return newError(http.StatusTooManyRequests, typeInvalidRequest, "rate_limit", "", "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.")
	case faultError:
		return newError(http.StatusInternalServerError, typeAPI, "", "", "An unknown error occurred. (The sandbox was asked for this fault; nothing was done.)")
	case faultConflict:
		return newError(http.StatusConflict, typeIdempotency, "idempotency_key_in_use", "", "There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through). Please try again later.")
	}
	return nil
}
