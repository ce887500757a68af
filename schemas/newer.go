package schemas

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/parameters"
)

// instead says what to use for something that Stripe has only in later API
// versions or has never had. Keys are parameter paths as in package parameters;
// for a value, the path, "=" and the value. Models know Stripe's newest names.
var instead = map[string]string{
	"ui_mode=hosted_page":   "use hosted",
	"ui_mode=embedded_page": "use embedded",
	"ui_mode=elements":      "use custom",

	"branding_settings":                               "the page takes the account's branding, set in the Dashboard",
	"excluded_payment_method_types":                   "turn the type off in the Dashboard's settings, or list every type you want in payment_method_types",
	"integration_identifier":                          "put it in metadata",
	"line_items.metadata":                             "put it in the session's metadata, or in that of price_data[product_data]",
	"line_items.price_data.product_data.unit_label":   "put the unit in the product's name, or use a product that has a unit_label",
	"name_collection":                                 "ask for the name with a custom_field of type text, or set billing_address_collection to required",
	"subscription_data.billing_cycle_anchor_config":   "set subscription_data[billing_cycle_anchor], in Unix seconds",
	"subscription_data.pending_invoice_item_interval": "set it on the subscription once it exists",
	"payment_method_options.*.capture_method":         "set payment_intent_data[capture_method], which applies to all types",
	"payment_method_types=*":                          "leave payment_method_types out, so that the Dashboard's settings decide",
	"line_items.price_data.custom_unit_amount":        "to let the customer choose the amount, set price to the id of a Price created with custom_unit_amount, or use a small unit_amount with adjustable_quantity",
	"optional_items.price_data":                       "set price to the id of a Price",
}

// factPath converts a parameter's path to the notation of package parameters.
func factPath(param string) string {
	steps := strings.FieldsFunc(param, func(r rune) bool { return r == '[' || r == ']' })
	return strings.Join(slices.DeleteFunc(steps, digits.MatchString), ".")
}

// notTaken describes a parameter that this API version doesn't have and says
// what to use instead. It returns "" for a parameter it knows nothing about.
func notTaken(operation, path string) string {
	what := "is not a parameter"
	for _, n := range parameters.NewerThanPinned(operation) {
		if n.Path == path && n.Value == "" {
			what = fmt.Sprintf("is newer than this server: Stripe added it in API version %s, but this server uses %s", n.Since, stripe.APIVersion)
			if n.Description != "" {
				what += " (" + strings.TrimSuffix(n.Description, ".") + ")"
			}
			return what + ". " + insteadOf(path)
		}
	}
	if instead[path] == "" {
		return ""
	}
	return what + ". " + insteadOf(path)
}

// newerValue does the same as notTaken for a parameter's value.
func newerValue(operation, path, value string) string {
	for _, n := range parameters.NewerThanPinned(operation) {
		if n.Path == path && n.Value == value {
			return fmt.Sprintf(" Stripe added that in API version %s, but this server uses %s. %s", n.Since, stripe.APIVersion, insteadOf(path+"="+value))
		}
	}
	return ""
}

func insteadOf(key string) string {
	for _, k := range []string{key, anyType(key)} {
		if text := instead[k]; text != "" {
			return "Instead, " + text + "."
		}
	}
	return "Leave it out."
}

// anyType replaces the payment method type in a path with "*".
func anyType(key string) string {
	if name, _, found := strings.Cut(key, "="); found {
		return name + "=*"
	}
	steps := strings.Split(key, ".")
	if len(steps) == 3 && steps[0] == "payment_method_options" {
		steps[1] = "*"
	}
	return strings.Join(steps, ".")
}
