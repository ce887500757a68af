package stripespec

import "strings"

// refKeyword stands for a $ref to one of Stripe's components. It is a keyword
// of our own because a $ref is compiled at once: with it, a Checkout Session
// would pull in nearly every object of the API, seconds of work, since each of
// its ids could be expanded. See [lazyRef].
const refKeyword = "stripeComponent"

// convert turns an OpenAPI 3.0 schema, as Stripe writes them, into JSON Schema
// 2020-12. The argument is consumed.
//
// It is stricter than Stripe's document in one point: an object that lists its
// properties may have no others, so that a misspelt or invented key of an
// answer fails. Stripe is free to add keys; a test's stand-in for Stripe is
// not.
func convert(schema map[string]any) map[string]any {
	if ref, ok := schema["$ref"].(string); ok {
		// OpenAPI 3.0 ignores what stands beside a $ref.
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
			// Stripe marks enumerations that it extends at will.
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
