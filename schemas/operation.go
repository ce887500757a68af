package schemas

import (
	"encoding/json"
	"fmt"
	"reflect"
	"sync"
	"time"

	"github.com/invopop/jsonschema"
	"github.com/stripe/stripe-go/v82"
	"github.com/stripe/stripe-go/v82/form"
)

// maxWait is the longest that a retrieve waits, in seconds: many clients give
// up on a call after a minute.
const maxWait = 50

// The five Checkout Session operations, https://docs.stripe.com/api/checkout/sessions.
var (
	List      = &Operation[stripe.CheckoutSessionListParams]{Name: "list"}
	Create    = &Operation[stripe.CheckoutSessionCreateParams]{Name: "create", Write: true, NeedsBody: true}
	Retrieve  = &Operation[stripe.CheckoutSessionRetrieveParams]{Name: "retrieve", Session: true, Waits: true}
	Expire    = &Operation[stripe.CheckoutSessionExpireParams]{Name: "expire", Session: true, Write: true}
	LineItems = &Operation[stripe.CheckoutSessionListLineItemsParams]{Name: "line_items", Session: true}
)

// An Operation is one Stripe operation whose parameters stripe-go sends from a
// P. If Stripe takes a query, the arguments are the parameters themselves; if
// it takes a form, they contain a body that holds them.
type Operation[P any] struct {
	Name      string // in package parameters
	Session   bool   // acts on one session
	Write     bool   // POST: parameters in body, an idempotency key beside it
	NeedsBody bool   // requires parameters
	Waits     bool   // can wait for the session to be paid

	input once[*jsonschema.Schema]
}

// once holds a value that is made when it is first needed.
type once[T any] struct {
	sync.Once
	value T
}

func (o *once[T]) get(make func() T) T {
	o.Do(func() { o.value = make() })
	return o.value
}

// Input holds an operation's validated arguments in the form stripe-go takes.
type Input[P any] struct {
	Session string        // the session acted on, "" for list and create
	Params  *P            // with the idempotency key, if one was given
	Form    []byte        // Params in stripe-go's encoding: the query or the body
	Wait    time.Duration // how long to wait for the session to be paid; 0 means not at all
	Fields  []string      // the paths to return; nil means all of them
}

// Schema returns the full input schema, which arguments are validated against.
// It must not be changed.
func (o *Operation[P]) Schema() *jsonschema.Schema {
	return o.input.get(o.reflect)
}

func (o *Operation[P]) reflect() *jsonschema.Schema {
	params := reflectParams(reflect.TypeFor[P](), o.Name)
	s := &jsonschema.Schema{
		Type:                 "object",
		Properties:           jsonschema.NewProperties(),
		AdditionalProperties: jsonschema.FalseSchema,
	}
	if o.Session {
		s.Properties.Set("session", &jsonschema.Schema{
			Type:        "string",
			MinLength:   ptr(uint64(1)),
			MaxLength:   ptr(uint64(255)),
			Description: "Id of the Checkout Session: it starts with cs_test_ or cs_live_.",
		})
		s.Required = append(s.Required, "session")
	}
	if o.Write {
		params.Description = ""
		s.Properties.Set("body", params)
		s.Properties.Set("idempotency_key", &jsonschema.Schema{
			Type:        "string",
			MinLength:   ptr(uint64(1)),
			MaxLength:   ptr(uint64(255)),
			Description: "Reuse the value to repeat a call whose outcome is unknown: Stripe then acts only once.",
		})
	} else {
		for p := params.Properties.Oldest(); p != nil; p = p.Next() {
			s.Properties.Set(p.Key, p.Value)
		}
		s.Properties.Set("body", &jsonschema.Schema{
			Type:                 "object",
			Properties:           jsonschema.NewProperties(),
			AdditionalProperties: jsonschema.FalseSchema,
			Description:          "Always empty.",
		})
	}
	if o.NeedsBody {
		s.Required = append(s.Required, "body")
	}
	if o.Waits {
		s.Properties.Set("wait_seconds", &jsonschema.Schema{
			Type:        "integer",
			Minimum:     json.Number("1"),
			Maximum:     json.Number(fmt.Sprint(maxWait)),
			Description: "Wait until the session is no longer open or unpaid, but at most this many seconds, 1 to 50. If left out, answer at once.",
		})
	}
	s.Properties.Set("fields", &jsonschema.Schema{
		Type:        "array",
		Items:       &jsonschema.Schema{Type: "string", MinLength: ptr(uint64(1))},
		MinItems:    ptr(uint64(1)),
		Description: "Dotted paths to return, such as id or customer_details.email. If left out, return everything.",
	})
	return s
}

// Decode validates JSON arguments and converts them to what stripe-go sends. It
// returns an *Error for arguments that break the schema, and never drops any.
func (o *Operation[P]) Decode(arguments json.RawMessage) (*Input[P], error) {
	args, err := ParseArguments(arguments)
	if err != nil {
		return nil, err
	}
	return o.DecodeParsed(args)
}

// DecodeParsed is [Operation.Decode] for arguments that [Parse] has read.
func (o *Operation[P]) DecodeParsed(args map[string]any) (*Input[P], error) {
	leaveOutNulls(args)
	if found := check(o.Schema(), args); len(found) > 0 {
		return nil, explain(o.Name, o.Schema(), found)
	}

	in := &Input[P]{Params: new(P)}
	in.Session, _ = args["session"].(string)
	if paths, ok := args["fields"].([]any); ok {
		for _, p := range paths {
			in.Fields = append(in.Fields, p.(string))
		}
	}
	if seconds, ok := args["wait_seconds"].(json.Number); ok {
		n, err := seconds.Float64() // the schema accepts 5.0, too
		if err != nil {
			return nil, fmt.Errorf("schemas: decoding what the schema allows: %w", err)
		}
		in.Wait = time.Duration(n * float64(time.Second))
	}
	params := args
	if o.Write {
		if err := checkFields(in.Fields); err != nil {
			return nil, err
		}
		params, _ = args["body"].(map[string]any)
	}
	if err := decodeParams(params, in.Params); err != nil {
		return nil, fmt.Errorf("schemas: decoding what the schema allows: %w", err)
	}
	if list, ok := any(in.Params).(*stripe.CheckoutSessionListParams); ok && args["created"] != nil {
		if err := setCreated(list, args["created"]); err != nil {
			return nil, err
		}
	}
	// With room for a key's parts, stripe-go needn't allocate any for each of a
	// struct's fields.
	var sent form.Values
	form.AppendToPrefixed(&sent, in.Params, make([]string, 0, 8))
	if err := sendsAll(params, sent.ToValues()); err != nil {
		return nil, err
	}
	in.Form = []byte(sent.Encode())
	if key, ok := args["idempotency_key"].(string); ok {
		any(in.Params).(stripe.ParamsContainer).GetParams().IdempotencyKey = &key
	}
	return in, nil
}

// ours are the arguments that are not Stripe's parameters, and `created`, whose
// two forms don't fit into one struct field.
var ours = map[string]bool{"session": true, "body": true, "fields": true, "idempotency_key": true, "wait_seconds": true, "created": true}
