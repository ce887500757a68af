package schemas

import (
	"slices"

	"github.com/invopop/jsonschema"
)

// Advertised is the input schema that a model is shown: the same parameters,
// types and allowed values as [Operation.Schema] in about a tenth of the
// tokens. Scalars and line items stay JSON Schema; the other structures, each
// needed by few sessions, are TypeScript-like types in their descriptions.
// Lengths and bounds are left to the errors. It keeps to what every provider
// takes: no $ref and no anyOf, a type for every property, typed items for every
// array; the profile in advertise_test.go says why.
func (o *Operation[P]) Advertised() *jsonschema.Schema {
	full := o.Schema()
	s := outline(full)
	s.Properties = jsonschema.NewProperties()
	s.Required = slices.Clone(full.Required)
	for p := full.Properties.Oldest(); p != nil; p = p.Next() {
		child := sketch(p.Key, p.Value)
		if p.Key == "body" && o.Write {
			child = spread(p.Value, "")
		}
		s.Properties.Set(p.Key, child)
	}
	return s
}

// spread advertises an object's properties one by one.
func spread(full *jsonschema.Schema, at string) *jsonschema.Schema {
	s := outline(full)
	s.Description = notes[at]
	s.Required = slices.Clone(full.Required)
	s.Properties = jsonschema.NewProperties()
	for p := full.Properties.Oldest(); p != nil; p = p.Next() {
		s.Properties.Set(p.Key, sketch(join(at, p.Key), p.Value))
	}
	return s
}

// sketch advertises one parameter in as few words as say it all.
func sketch(at string, full *jsonschema.Schema) *jsonschema.Schema {
	switch {
	case at == "created":
		return times()
	case at == "body":
		s := outline(full)
		s.Description = notes[at]
		return s
	case at == "line_items" || at == "line_items.price_data":
		if full.Type == "array" {
			s := outline(full)
			s.Description = notes[at]
			s.Items = spread(full.Items, at)
			s.Items.Description = ""
			return s
		}
		return spread(full, at)
	}
	s := outline(full)
	s.Description = notes[at]
	s.Enum = slices.Clone(full.Enum)
	switch full.Type {
	case "array":
		s.Items = sketch("", full.Items)
	case "object":
		s.Description = sentence(typeScript(full), notes[at])
	}
	return s
}

// times advertises `created` with one type, the range, which can say what the
// others can: a client may drop a property that has several types or none.
func times() *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "object", Properties: jsonschema.NewProperties(), Description: notes["created"]}
	for _, bound := range []string{"gt", "gte", "lt", "lte"} {
		s.Properties.Set(bound, &jsonschema.Schema{Type: "string"})
	}
	return s
}

// outline keeps a schema's type alone.
func outline(full *jsonschema.Schema) *jsonschema.Schema {
	return &jsonschema.Schema{Type: full.Type}
}

func sentence(typ, note string) string {
	if note == "" {
		return typ
	}
	return typ + " " + note
}

// notes say what a name, a type and the allowed values leave open, by parameter
// path. Every word of them costs every user tokens.
var notes = map[string]string{
	// all
	"session":         "cs_…",
	"idempotency_key": "Repeat it when repeating a call whose outcome is unknown: Stripe acts once.",

	// list
	"created":        "Each: a date (2026-01-31, the whole UTC day), a date-time (2026-01-31T09:00:00Z) or Unix seconds.",
	"customer":       "cus_…",
	"payment_intent": "pi_…",
	"payment_link":   "plink_…",
	"subscription":   "sub_…",
	"starting_after": "Next page: the last id of this one.",
	"ending_before":  "Previous page: the first id of this one.",
	"limit":          "1 to 100, default 10.",
	"body":           "Leave out.",
	"fields":         "Answer with these paths only, e.g. [\"id\",\"customer_details.email\"].",
	"expand":         "Ids to answer as objects, e.g. [\"line_items\",\"customer\"]; in lists with data. in front.",

	// create
	"mode":                              "payment: once; subscription: recurring; setup: save a payment method, charge nothing.",
	"line_items":                        "What is bought (not in setup mode). Each: quantity, and price or price_data.",
	"line_items.price":                  "price_…",
	"line_items.price_data":             "A price made on the spot, with product or product_data.",
	"line_items.price_data.unit_amount": "Smallest currency unit: 1000 is 10.00 USD, 500 is 500 JPY.",
	"line_items.price_data.unit_amount_decimal": "Instead of unit_amount, up to 12 decimals: \"1000.5\" is 10.005 USD.",
	"line_items.price_data.recurring":           "Makes it recurring, for subscription mode.",
	"currency":                                  "ISO 4217, lowercase.",
	"line_items.price_data.currency":            "ISO 4217, lowercase.",
	"success_url":                               "Where to go after payment; required when hosted, not allowed otherwise. {CHECKOUT_SESSION_ID} in it is filled in.",
	"cancel_url":                                "Hosted only.",
	"return_url":                                "Required when embedded or custom.",
	"ui_mode":                                   "Default hosted: Stripe's page at the session's url. embedded, custom: your page, by client_secret.",
	"customer_email":                            "Not with customer.",
	"client_reference_id":                       "Your own id for it.",
	"expires_at":                                "Unix seconds, 30 minutes to 24 hours ahead (default).",
	"discounts":                                 "At most one; not with allow_promotion_codes.",
	"payment_method_types":                      "Leave out to use the Dashboard's settings.",
	"payment_intent_data":                       "payment mode only.",
	"setup_intent_data":                         "setup mode only.",
	"subscription_data":                         "subscription mode only. Percents: 0 to 100, two decimals.",
	"shipping_address_collection":               "Country: " + countries + ".",
	"shipping_options":                          "Each: one of the two.",
	"payment_method_configuration":              "pmc_…",
}
