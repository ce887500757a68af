package schemas

import (
	"slices"
	"strings"

	"github.com/invopop/jsonschema"
)

// Advertised returns the input schema shown to models: the parameters, types
// and allowed values of [Operation.Schema] in about a tenth of the tokens. The
// parameters that most sessions need are JSON Schema; other structures are
// TypeScript-like types in their descriptions. Lengths, bounds and the longest
// lists are left to the error messages.
//
// It uses only what every provider accepts: no $ref and no anyOf, a type for
// every property, and typed items for every array. It is also small enough that
// the client that trims large schemas keeps all of its JSON Schema; see the
// profile in package tools.
func (o *Operation[P]) Advertised() *jsonschema.Schema {
	full := o.Schema()
	s := outline(full)
	s.Properties = jsonschema.NewProperties()
	s.Required = slices.Clone(full.Required)
	for p := full.Properties.Oldest(); p != nil; p = p.Next() {
		child := sketch(p.Key, p.Value)
		if p.Key == "body" && o.Write {
			child = spell("", p.Value)
		}
		s.Properties.Set(p.Key, child)
	}
	return s
}

// spelled are the structures advertised as JSON Schema: all of their members,
// or those named here with the rest as a type in the description. Descriptions
// are the first thing that a client short of room drops.
var spelled = map[string][]string{
	"adaptive_pricing":                                 nil,
	"automatic_tax":                                    {"enabled"},
	"custom_fields":                                    {"key", "label", "type"},
	"custom_fields.label":                              nil,
	"customer_details":                                 nil,
	"discounts":                                        nil,
	"invoice_creation":                                 {"enabled"},
	"line_items":                                       {"adjustable_quantity", "price", "price_data", "quantity"},
	"line_items.adjustable_quantity":                   nil,
	"line_items.price_data":                            {"currency", "product", "product_data", "recurring", "unit_amount", "unit_amount_decimal"},
	"line_items.price_data.product_data":               {"description", "images", "name"},
	"line_items.price_data.recurring":                  nil,
	"optional_items":                                   {"price", "quantity"},
	"payment_intent_data":                              {"capture_method", "description", "metadata", "setup_future_usage"},
	"phone_number_collection":                          nil,
	"shipping_address_collection":                      nil,
	"shipping_options":                                 nil,
	"shipping_options.shipping_rate_data":              {"display_name", "fixed_amount"},
	"shipping_options.shipping_rate_data.fixed_amount": {"amount", "currency"},
	"subscription_data":                                {"description", "metadata", "trial_period_days"},
	"tax_id_collection":                                {"enabled"},
}

// toldByErrors are parameters with lists of values or members too long for
// every user to pay for: a wrong value is answered with the list.
var toldByErrors = map[string]bool{
	"locale":                 true,
	"payment_method_options": true, // except card's
	"payment_method_types":   true,
}

// sketch advertises one parameter in as few words as possible.
func sketch(at string, full *jsonschema.Schema) *jsonschema.Schema {
	if at == "created" {
		return times()
	}
	s := outline(full)
	s.Description = notes[at]
	_, spelt := spelled[at]
	switch {
	case full.Type == "array":
		s.Items = sketch(at, full.Items)
		// The note belongs to the array.
		s.Items.Description = strings.TrimPrefix(strings.TrimPrefix(s.Items.Description, notes[at]), " ")
	case at == "payment_method_options":
		s.Description = sentence(typeScript(only(full, "card")), notes[at])
	case toldByErrors[at]:
	case len(full.Enum) > 0 && !isCountries(full):
		s.Enum = slices.Clone(full.Enum)
	case spelt:
		s = spell(at, full)
	case full.Type == "object" && isTexts(full):
		s.AdditionalProperties = outline(full.AdditionalProperties)
	case full.Type == "object" && at != "body":
		s.Description = sentence(typeScript(full), notes[at])
	}
	return s
}

// spell advertises some or all of an object's properties one by one, and the
// others as a type.
func spell(at string, full *jsonschema.Schema) *jsonschema.Schema {
	s := outline(full)
	s.Required = slices.Clone(full.Required)
	s.Properties = jsonschema.NewProperties()
	others := &jsonschema.Schema{Type: "object", Properties: jsonschema.NewProperties(), Required: full.Required}
	for p := full.Properties.Oldest(); p != nil; p = p.Next() {
		if some := spelled[at]; some != nil && !slices.Contains(some, p.Key) {
			others.Properties.Set(p.Key, p.Value)
			continue
		}
		s.Properties.Set(p.Key, sketch(join(at, p.Key), p.Value))
	}
	s.Description = notes[at]
	if others.Properties.Len() > 0 {
		s.Description = sentence(notes[at], "Also "+typeScript(others))
	}
	return s
}

// only returns an object schema with just one of its properties.
func only(full *jsonschema.Schema, name string) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: full.Type, Properties: jsonschema.NewProperties()}
	property, _ := full.Properties.Get(name)
	s.Properties.Set(name, property)
	return s
}

// isTexts reports whether s is a map of strings, as metadata is.
func isTexts(s *jsonschema.Schema) bool {
	return s.AdditionalProperties != nil && s.AdditionalProperties.Type == "string"
}

// times advertises `created` as a range only, which can express everything the
// other forms can: a client may drop a property that has several types or none.
func times() *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "object", Properties: jsonschema.NewProperties(), Description: notes["created"]}
	for _, bound := range []string{"gt", "gte", "lt", "lte"} {
		s.Properties.Set(bound, &jsonschema.Schema{Type: "string"})
	}
	return s
}

// outline returns a schema that has only the type.
func outline(full *jsonschema.Schema) *jsonschema.Schema {
	return &jsonschema.Schema{Type: full.Type}
}

// sentence joins two texts, either of which may be empty.
func sentence(first, second string) string {
	return strings.TrimSpace(first + " " + second)
}

// notes say what a name, a type and the allowed values leave open, by parameter
// path. Every word costs every user tokens.
var notes = map[string]string{
	// all
	"session":         "cs_…",
	"idempotency_key": "Reuse it to repeat a call whose outcome is unknown: Stripe acts only once.",

	// list
	"created":        "Each: a date (2026-01-31, the whole UTC day), a date-time (2026-01-31T09:00:00Z) or Unix seconds.",
	"customer":       "cus_…",
	"payment_intent": "pi_…",
	"payment_link":   "plink_…",
	"subscription":   "sub_…",
	"starting_after": "Next page: the last id of this one.",
	"ending_before":  "Previous page: the first id of this one.",
	"limit":          "1 to 100, default 10.",
	"body":           "Always empty.",
	"wait_seconds":   "1 to 50, ending early once it is paid or expired.",
	"fields":         "Return only these paths, e.g. [\"id\",\"customer_details.email\"].",
	"expand":         "Ids to return as objects, e.g. [\"line_items\",\"customer\"]; in lists, start with data.",

	// create
	"mode":                              "payment: once; subscription: recurring; setup: save a payment method, charge nothing (needs currency or payment_method_types).",
	"line_items":                        "What is bought (not in setup mode). Each: quantity, and price or price_data.",
	"line_items.price":                  "price_…",
	"line_items.price_data":             "An inline price, with product or product_data.",
	"line_items.price_data.unit_amount": "Smallest currency unit: 1000 is 10.00 USD, 500 is 500 JPY.",
	"line_items.price_data.unit_amount_decimal": "Instead of unit_amount, up to 12 decimals: \"1000.5\" is 10.005 USD.",
	"line_items.price_data.recurring":           "Makes it recurring, for subscription mode.",
	"currency":                                  "ISO 4217, lowercase.",
	"line_items.price_data.currency":            "ISO 4217, lowercase.",
	"success_url":                               "Where customers go after payment; required when hosted, otherwise not allowed. Stripe fills in {CHECKOUT_SESSION_ID}.",
	"cancel_url":                                "Hosted only.",
	"return_url":                                "Required when embedded or custom.",
	"ui_mode":                                   "Default hosted: Stripe's page at the session's url. embedded, custom: your page, by client_secret.",
	"customer_email":                            "Not with customer.",
	"client_reference_id":                       "Your own id for the session.",
	"expires_at":                                "Unix seconds, 30 minutes to 24 hours ahead (default).",
	"discounts":                                 "At most one; not with allow_promotion_codes.",
	"payment_method_types":                      "card, link, us_bank_account, …; leave out to use the Dashboard's settings.",
	"payment_intent_data":                       "payment mode only.",
	"setup_intent_data":                         "setup mode only.",
	"subscription_data":                         "subscription mode only. Percents: 0 to 100, two decimals.",
	"shipping_address_collection.allowed_countries": "Country: " + countries + ".",
	"shipping_options":               "Each: exactly one of these.",
	"locale":                         "auto (the browser's, default) or a language tag: en, fr, pt-BR.",
	"payment_method_collection":      "Subscription mode: if_required asks for no payment method when nothing is due yet. Default always.",
	"payment_method_options":         "By payment method type; errors list the options of other types.",
	"line_items.adjustable_quantity": "Lets the customer change the quantity.",
	"customer_details.email":         "Entered at checkout or set as customer_email.",
	"payment_method_configuration":   "pmc_…",
}
