package schemas

import (
	"encoding/json"

	"github.com/invopop/jsonschema"
)

// bounds are the limits that Stripe states only in prose, by parameter path,
// which are the same in every operation. Each is quoted from the parameter's
// comment in stripe-go or from https://docs.stripe.com/api.
var bounds = map[string]func(*jsonschema.Schema){
	"limit": between("1", "100"), // "Limit can range between 1 and 100"

	"line_items":                     atMost(100), // "there is a maximum of 100 line items"
	"optional_items":                 atMost(10),  // "a maximum of 10 optional items"
	"custom_fields":                  atMost(3),   // "Up to 3 fields are supported"
	"custom_fields.dropdown.options": atMost(200), // "Up to 200 options allowed"
	"shipping_options":               atMost(5),   // "Up to a maximum of 5"

	"line_items.quantity":                                                        atLeast("0"),
	"line_items.price_data.unit_amount":                                          atLeast("0"), // "A non-negative integer in cents"
	"shipping_options.shipping_rate_data.fixed_amount.amount":                    atLeast("0"), // "A non-negative integer in cents"
	"shipping_options.shipping_rate_data.fixed_amount.currency_options":          currencies,
	"shipping_options.shipping_rate_data.fixed_amount.currency_options.*.amount": atLeast("0"),

	"payment_intent_data.application_fee_amount":     atLeast("0"),
	"subscription_data.application_fee_percent":      between("0", "100"), // "A non-negative decimal between 0 and 100, with at most two decimal places"
	"subscription_data.transfer_data.amount_percent": between("0", "100"),
	"subscription_data.trial_period_days":            atLeast("1"), // "Has to be at least 1"

	// Seconds since 1970; a 13-digit number is milliseconds, a common mistake.
	"expires_at":                             unixSeconds,
	"subscription_data.billing_cycle_anchor": unixSeconds,
	"subscription_data.trial_end":            unixSeconds,

	// "up to 50 keys, with key names up to 40 characters long and values up to
	// 500 characters long": https://docs.stripe.com/api/metadata
	"metadata":                                     metadata,
	"invoice_creation.invoice_data.metadata":       metadata,
	"line_items.price_data.product_data.metadata":  metadata,
	"payment_intent_data.metadata":                 metadata,
	"setup_intent_data.metadata":                   metadata,
	"shipping_options.shipping_rate_data.metadata": metadata,
	"subscription_data.metadata":                   metadata,
}

func atLeast(minimum json.Number) func(*jsonschema.Schema) {
	return func(s *jsonschema.Schema) { s.Minimum = minimum }
}

func between(minimum, maximum json.Number) func(*jsonschema.Schema) {
	return func(s *jsonschema.Schema) { s.Minimum, s.Maximum = minimum, maximum }
}

func atMost(items uint64) func(*jsonschema.Schema) {
	return func(s *jsonschema.Schema) { s.MaxItems = &items }
}

func unixSeconds(s *jsonschema.Schema) {
	s.Minimum, s.Maximum = "1", maxUnixSeconds
}

// A metadata key becomes part of a form key, where a bracket would open another
// parameter.
func metadata(s *jsonschema.Schema) {
	s.MaxProperties = ptr(uint64(50))
	s.PropertyNames = &jsonschema.Schema{
		Title:       "key",
		MinLength:   ptr(uint64(1)),
		MaxLength:   ptr(uint64(40)),
		Pattern:     `^[^\[\]]*$`,
		Description: "keys have 1 to 40 characters and no square brackets",
	}
	s.AdditionalProperties.MaxLength = ptr(uint64(500))
}

// "Each key must be a three-letter ISO currency code", in lowercase, as
// everywhere in Stripe.
func currencies(s *jsonschema.Schema) {
	s.PropertyNames = &jsonschema.Schema{
		Title:       "currency",
		Pattern:     `^[a-z]{3}$`,
		Description: "keys are three-letter ISO currency codes in lowercase, such as eur",
	}
}
