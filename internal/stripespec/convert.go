package stripespec

import "strings"

// refKeyword replaces a $ref to one of Stripe's components. It is a keyword of
// our own because a $ref is compiled at once: a Checkout Session would pull in
// nearly every object of the API, because each of its ids could be expanded,
// and take seconds. See [lazyRef].
const refKeyword = "stripeComponent"

// convert turns an OpenAPI 3.0 schema in Stripe's style into JSON Schema
// 2020-12. It consumes its argument.
//
// It is stricter than Stripe's document in one respect: an object that lists
// its properties may have no others, so that a misspelled or invented key in an
// answer fails. Stripe is free to add keys; something that stands in for Stripe
// in a test is not.
func convert(schema map[string]any) map[string]any {
	if ref, ok := schema["$ref"].(string); ok {
		// OpenAPI 3.0 ignores everything beside a $ref.
		return map[string]any{refKeyword: strings.TrimPrefix(ref, "#/components/schemas/")}
	}

	out := map[string]any{}
	for key, value := range schema {
		switch key {
		case "properties":
			properties := map[string]any{}
			for name, p := range value.(map[string]any) {
				properties[name] = convert(p.(map[string]any))
			}
			out[key] = properties
		case "items":
			out[key] = convert(value.(map[string]any))
		case "additionalProperties":
			if s, ok := value.(map[string]any); ok {
				value = convert(s)
			}
			out[key] = value
		case "anyOf":
			out[key] = convertAll(value.([]any))
		case "enum":
			// Stripe marks enumerations that it may extend at any time.
			if schema["x-stripeBypassValidation"] != true {
				out[key] = value
			}
		case "type", "required", "maxLength", "pattern", "maximum", "minimum", "maxItems", "minItems", "title":
			out[key] = value
		}
	}
	if _, listed := out["properties"]; listed && out["additionalProperties"] == nil {
		out["additionalProperties"] = false
	}
	if schema["nullable"] == true {
		return map[string]any{"anyOf": []any{map[string]any{"type": "null"}, out}}
	}
	return out
}

func convertAll(schemas []any) []any {
	out := make([]any, len(schemas))
	for i, s := range schemas {
		out[i] = convert(s.(map[string]any))
	}
	return out
}
