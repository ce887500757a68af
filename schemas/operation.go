package schemas

import (
	"encoding/json"
	"fmt"
	"reflect"
	"sync"
	"time"

	"github.com/go-viper/mapstructure/v2"
	"github.com/invopop/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stripe/stripe-go/v82"
)

// maxWait is how many seconds a retrieve waits at most: many clients give up on
// a call after a minute.
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
// P. Its arguments are the parameters themselves where Stripe takes a query,
// and a body that holds them where Stripe takes a form.
type Operation[P any] struct {
	Name      string // in package parameters
	Session   bool   // acts on one session
	Write     bool   // POST: parameters in body, an idempotency key beside it
	NeedsBody bool   // can't do without parameters
	Waits     bool   // can wait for the session to be paid

	input    once[*jsonschema.Schema]
	validate once[*validator.Schema] // apart, because listing the tools needs none
}

// once is a value that is made when it is first needed.
type once[T any] struct {
	sync.Once
	value T
}

func (o *once[T]) get(make func() T) T {
	o.Do(func() { o.value = make() })
	return o.value
}

// Input is an operation's arguments: validated, and as stripe-go takes them.
type Input[P any] struct {
	Session string        // the session acted on, "" for list and create
	Params  *P            // with the idempotency key, if one was given
	Wait    time.Duration // how long to wait for the session to be paid; 0 not at all
	Fields  []string      // the paths to cut the answer down to; nil for all of it
}

// Schema is the full input schema, which arguments are validated against. It
// must not be changed.
func (o *Operation[P]) Schema() *jsonschema.Schema {
	return o.input.get(o.reflect)
}

func (o *Operation[P]) validator() *validator.Schema {
	return o.validate.get(func() *validator.Schema { return compile(o.Schema()) })
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
			Description: "Set the same value when repeating a call whose outcome is unknown: Stripe then acts once.",
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
			Description: "Answer as soon as the session is no longer open or unpaid, or after this many seconds, 1 to 50; at once if left out.",
		})
	}
	s.Properties.Set("fields", &jsonschema.Schema{
		Type:        "array",
		Items:       &jsonschema.Schema{Type: "string", MinLength: ptr(uint64(1))},
		MinItems:    ptr(uint64(1)),
		Description: "Dotted paths to answer with, such as id or customer_details.email; everything if left out.",
	})
	return s
}

// Decode validates JSON arguments and turns them into what stripe-go sends. It
// returns an *Error for arguments that break the schema, and never drops any.
func (o *Operation[P]) Decode(arguments json.RawMessage) (*Input[P], error) {
	args, err := ParseArguments(arguments)
	if err != nil {
		return nil, err
	}
	return o.DecodeParsed(args)
}

// DecodeParsed is [Operation.Decode] of what [Parse] has read.
func (o *Operation[P]) DecodeParsed(args map[string]any) (*Input[P], error) {
	leaveOutNulls(args)
	schema := o.Schema()
	if err := o.validator().Validate(args); err != nil {
		return nil, explain(o.Name, schema, args, err)
	}

	in := &Input[P]{Params: new(P)}
	in.Session, _ = args["session"].(string)
	if paths, ok := args["fields"].([]any); ok {
		for _, p := range paths {
			in.Fields = append(in.Fields, p.(string))
		}
	}
	if seconds, ok := args["wait_seconds"].(json.Number); ok {
		n, err := seconds.Float64() // the schema takes 5.0, too
		if err != nil {
			return nil, fmt.Errorf("schemas: decoding what the schema allows: %w", err)
		}
		in.Wait = time.Duration(n * float64(time.Second))
	}
	params, at := args, ""
	if o.Write {
		if err := checkFields(in.Fields); err != nil {
			return nil, err
		}
		params, _ = args["body"].(map[string]any)
		at = "body"
	}
	if err := decodeParams(params, in.Params); err != nil {
		return nil, fmt.Errorf("schemas: decoding what the schema allows: %w", err)
	}
	if list, ok := any(in.Params).(*stripe.CheckoutSessionListParams); ok && args["created"] != nil {
		if err := setCreated(list, args["created"]); err != nil {
			return nil, err
		}
	}
	if err := sendsAll(params, in.Params, at); err != nil {
		return nil, err
	}
	if key, ok := args["idempotency_key"].(string); ok {
		any(in.Params).(stripe.ParamsContainer).GetParams().IdempotencyKey = &key
	}
	return in, nil
}

// ours are the arguments that are not Stripe's parameters, and `created`, whose
// two shapes one struct field can't hold.
var ours = map[string]bool{"session": true, "body": true, "fields": true, "idempotency_key": true, "wait_seconds": true, "created": true}

// decodeParams fills a stripe-go parameter struct. Fields are matched by their
// form names, which are Stripe's.
func decodeParams(args map[string]any, params any) error {
	own, page := map[string]any{}, map[string]any{}
	for name, value := range args {
		switch name {
		case "limit", "starting_after", "ending_before":
			page[name] = value
		default:
			if !ours[name] {
				own[name] = value
			}
		}
	}
	if err := decodeStruct(own, params); err != nil {
		return err
	}
	if list, ok := params.(stripe.ListParamsContainer); ok {
		return decodeStruct(page, list.GetListParams())
	}
	return nil
}

func decodeStruct(from map[string]any, to any) error {
	dec, err := mapstructure.NewDecoder(&mapstructure.DecoderConfig{
		TagName:     "form",
		MatchName:   func(key, field string) bool { return key == field },
		ErrorUnused: true,
		Result:      to,
		DecodeHook: func(from, to reflect.Type, value any) (any, error) {
			// A decimal is a string in JSON and a float64 in stripe-go.
			if from.Kind() == reflect.String && to.Kind() == reflect.Float64 {
				return json.Number(fmt.Sprint(value)), nil
			}
			return value, nil
		},
	})
	if err != nil {
		return err
	}
	return dec.Decode(from)
}
