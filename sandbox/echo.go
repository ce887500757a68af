package sandbox

import (
	"maps"
	"reflect"
	"strings"

	"github.com/stripe/stripe-go/v82"
)

// sessionFields are all keys that a Checkout Session of this API version has.
var sessionFields = jsonFields(reflect.TypeFor[stripe.CheckoutSession]())

// omitted are the keys that a Checkout Session leaves out instead of setting
// them to null.
var omitted = []string{"presentment_details", "redirect_on_completion", "return_url", "tax_id_collection"}

// echo returns the part of a Checkout Session that repeats parameters. It has
// every key that a session has, with the value of the parameter of that name,
// as far as stripe-go's own CheckoutSession has its fields, and Stripe's
// defaults for what is not given.
func echo(p values) object {
	o := object{}
	for name, field := range sessionFields {
		o[name] = nil
		if value, given := p[name]; given {
			o[name] = project(value, field)
		}
	}
	delete(o, "line_items") // included only by expansion
	for _, name := range omitted {
		if o[name] == nil {
			delete(o, name)
		}
	}
	for name, defaults := range echoDefaults(p) {
		given, _ := o[name].(object)
		o[name] = merge(defaults, given)
	}
	fields, _ := o["custom_fields"].([]any)
	o["custom_fields"] = customFields(fields)
	return o
}

// echoDefaults is what Stripe fills in, both for objects that a session always
// has and for those that were only partly given.
func echoDefaults(p values) map[string]object {
	defaults := map[string]object{
		"custom_text":             {"after_submit": nil, "shipping_address": nil, "submit": nil, "terms_of_service_acceptance": nil},
		"phone_number_collection": {"enabled": false},
	}
	whenGiven := map[string]object{
		"consent_collection":           {"payment_method_reuse_agreement": nil, "promotions": nil, "terms_of_service": nil},
		"permissions":                  {"update_shipping_details": nil},
		"saved_payment_method_options": {"allow_redisplay_filters": []any{"always"}, "payment_method_remove": "disabled", "payment_method_save": nil},
		"tax_id_collection":            {"required": "never"},
	}
	for name, object := range whenGiven {
		if p.has(name) {
			defaults[name] = object
		}
	}
	if p.text("mode") != "setup" {
		defaults["adaptive_pricing"] = object{"enabled": true}
	}
	if p.text("mode") == "payment" {
		defaults["invoice_creation"] = object{"enabled": false, "invoice_data": object{
			"account_tax_ids": nil, "custom_fields": nil, "description": nil, "footer": nil,
			"issuer": nil, "metadata": object{}, "rendering_options": nil,
		}}
	}
	return defaults
}

// merge puts given over defaults, at every depth.
func merge(defaults, given object) object {
	merged := maps.Clone(defaults)
	for name, value := range given {
		if inner, ok := value.(object); ok {
			if below, ok := merged[name].(object); ok {
				value = merge(below, inner)
			}
		}
		merged[name] = value
	}
	return merged
}

// customFields adds the still empty answer to each field.
func customFields(fields []any) []any {
	out := make([]any, len(fields))
	for i, f := range fields {
		field := merge(object{"optional": false}, f.(object))
		typ := field["type"].(string)
		content := object{"default_value": nil, "value": nil}
		if typ != "dropdown" {
			content["maximum_length"], content["minimum_length"] = nil, nil
		}
		given, _ := field[typ].(object)
		field[typ] = merge(content, given)
		out[i] = field
	}
	return out
}

// project copies a parameter's value with only the keys that type t has in
// JSON.
func project(value any, t reflect.Type) any {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch v := value.(type) {
	case values:
		o := object{}
		if t.Kind() == reflect.Map {
			for name, inner := range v {
				o[name] = project(inner, t.Elem())
			}
			return o
		}
		if t.Kind() != reflect.Struct {
			return nil
		}
		for name, field := range jsonFields(t) {
			if inner, given := v[name]; given {
				o[name] = project(inner, field)
			}
		}
		return o
	case []any:
		if t.Kind() != reflect.Slice {
			return nil
		}
		items := make([]any, len(v))
		for i, item := range v {
			items[i] = project(item, t.Elem())
		}
		return items
	}
	return value
}

// jsonFields returns a struct's fields by their JSON names.
func jsonFields(t reflect.Type) map[string]reflect.Type {
	fields := map[string]reflect.Type{}
	for i := range t.NumField() {
		field := t.Field(i)
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" && name != "-" {
			fields[name] = field.Type
		}
	}
	return fields
}
