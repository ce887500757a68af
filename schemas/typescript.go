package schemas

import (
	"fmt"
	"strings"

	"github.com/invopop/jsonschema"
)

// typeScript renders a schema as a dense TypeScript-like type. Models read it
// as well as JSON Schema, at a fraction of the tokens. Properties of the same
// type share it: "(a|b)?: string".
func typeScript(s *jsonschema.Schema) string {
	switch {
	case len(s.AnyOf) > 0:
		return union(s.AnyOf)
	case isCountries(s):
		return "Country"
	case len(s.Enum) > 0:
		values := make([]string, len(s.Enum))
		for i, v := range s.Enum {
			values[i] = fmt.Sprintf("'%v'", v)
		}
		return strings.Join(values, "|")
	case s.Type == "array":
		items := typeScript(s.Items)
		if strings.Contains(items, "|") && !strings.HasPrefix(items, "{") {
			items = "(" + items + ")"
		}
		return items + "[]"
	case s.Properties != nil:
		return "{" + members(s) + "}"
	case s.Type == "object":
		return "{[" + s.PropertyNames.Title + "]: " + typeScript(s.AdditionalProperties) + "}"
	default:
		return s.Type
	}
}

func union(alternatives []*jsonschema.Schema) string {
	var types []string
	for _, a := range alternatives {
		types = append(types, typeScript(a))
	}
	return strings.Join(types, "|")
}

// members renders an object's properties, grouped by type.
func members(s *jsonschema.Schema) string {
	required := map[string]bool{}
	for _, name := range s.Required {
		required[name] = true
	}
	var order []string
	group := map[string][]string{}
	for p := s.Properties.Oldest(); p != nil; p = p.Next() {
		if p.Value.Properties != nil && p.Value.Properties.Len() == 0 {
			continue // has no parameters, so it can't be sent
		}
		t := ": " + typeScript(p.Value)
		if !required[p.Key] {
			t = "?" + t
		}
		if group[t] == nil {
			order = append(order, t)
		}
		group[t] = append(group[t], p.Key)
	}
	var b strings.Builder
	for i, t := range order {
		if i > 0 {
			b.WriteString("; ")
		}
		names := strings.Join(group[t], "|")
		if len(group[t]) > 1 {
			names = "(" + names + ")" // so that the ? and the type apply to all
		}
		b.WriteString(names + t)
	}
	return b.String()
}

// isCountries recognizes the list of countries that Stripe ships to. ISO 3166-1
// describes it in fewer words, as "Country" and the note that explains it.
func isCountries(s *jsonschema.Schema) bool { return len(s.Enum) > 200 }

const countries = "ISO 3166-1 alpha-2, or AC, TA, XK, ZZ; not AS CC CU CX FM HM IR KP MH MP NF PW SY UM VI"
