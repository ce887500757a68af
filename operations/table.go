package operations

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/invopop/jsonschema"
	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/schemas"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// An Operation is one operation on Checkout Sessions: everything that does not
// depend on how it is called.
type Operation struct {
	// Name is its name in the audit log, such as create.
	Name string
	// Tool is its name as an MCP tool, which operators also use to select it.
	Tool string
	// Title is its name for people.
	Title string
	// Done is the outcome that the audit log records when a write was carried
	// out.
	Done string
	// Creates says that each call makes something new, so a call equal to one
	// of moments ago is taken for a repeat of it.
	Creates bool
	// Stripe is what to call, and what to tell a caller when that fails.
	Stripe stripeclient.Operation
	// Output is the JSON Schema of its answer. OutputName names what that
	// describes.
	Output     json.RawMessage
	OutputName string

	// Input is the JSON Schema of its arguments, set by Define.
	Input interface {
		// Schema is what arguments are validated against.
		Schema() *jsonschema.Schema
		// Advertised is a shorter version for models.
		Advertised() *jsonschema.Schema
	}
	decode func(map[string]any) (decoded, error)
}

type decoded struct {
	session string
	params  stripe.ParamsContainer
	form    []byte
	fields  []string
	wait    time.Duration
}

// Writes reports whether the operation changes anything at Stripe.
func (op *Operation) Writes() bool { return op.Stripe.Writes() }

// Define completes an operation with its arguments.
func Define[P any](op Operation, input *schemas.Operation[P]) *Operation {
	op.Input = input
	op.decode = func(arguments map[string]any) (decoded, error) {
		in, err := input.DecodeParsed(arguments)
		if err != nil {
			return decoded{}, err
		}
		return decoded{in.Session, any(in.Params).(stripe.ParamsContainer), in.Form, in.Fields, in.Wait}, nil
	}
	return &op
}

const (
	sessions   = "/v1/checkout/sessions"
	oneSession = sessions + "/{session}"
)

// The five operations, https://docs.stripe.com/api/checkout/sessions.
var (
	List = Define(Operation{
		Name:       "list",
		Tool:       "stripe-get-checkout-sessions",
		Title:      "List Checkout Sessions",
		Stripe:     stripeclient.Operation{Method: http.MethodGet, Path: sessions},
		Output:     schemas.SessionListOutput,
		OutputName: "CheckoutSessionList",
	}, schemas.List)

	Create = Define(Operation{
		Name:    "create",
		Tool:    "stripe-post-checkout-sessions",
		Title:   "Create Checkout Session",
		Done:    "created",
		Creates: true,
		Stripe: stripeclient.Operation{
			Method:  http.MethodPost,
			Path:    sessions,
			InDoubt: "The session may or may not exist",
			FindOut: ", which within 24 hours cannot create a second one. If that keeps failing, list the sessions to look for it before using another key.",
		},
		Output:     schemas.SessionOutput,
		OutputName: "CheckoutSession",
	}, schemas.Create)

	Retrieve = Define(Operation{
		Name:       "retrieve",
		Tool:       "stripe-get-checkout-sessions-session",
		Title:      "Retrieve Checkout Session",
		Stripe:     stripeclient.Operation{Method: http.MethodGet, Path: oneSession},
		Output:     schemas.SessionOutput,
		OutputName: "CheckoutSession",
	}, schemas.Retrieve)

	Expire = Define(Operation{
		Name:  "expire",
		Tool:  "stripe-post-checkout-sessions-session",
		Title: "Expire Checkout Session",
		Done:  "expired",
		Stripe: stripeclient.Operation{
			Method:  http.MethodPost,
			Path:    oneSession + "/expire",
			InDoubt: "The session may or may not have been expired",
			FindOut: ", or retrieve it to see its status.",
			Refused: "Only an open session can be expired: retrieve it to see its status.",
		},
		Output:     schemas.SessionOutput,
		OutputName: "CheckoutSession",
	}, schemas.Expire)

	LineItems = Define(Operation{
		Name:       "line_items",
		Tool:       "stripe-get-checkout-sessions-session-2",
		Title:      "List Checkout Session Line Items",
		Stripe:     stripeclient.Operation{Method: http.MethodGet, Path: oneSession + "/line_items"},
		Output:     schemas.LineItemListOutput,
		OutputName: "LineItemList",
	}, schemas.LineItems)
)

// All returns the operations in the order of a session's life.
func All() []*Operation {
	return []*Operation{List, Create, Retrieve, Expire, LineItems}
}

// Tools returns the tool names of all operations.
func Tools() []string {
	var names []string
	for _, op := range All() {
		names = append(names, op.Tool)
	}
	return names
}
