package schemas

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/invopop/jsonschema"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// A wording describes the mistakes in a call.
type wording struct {
	operation string
	root      *jsonschema.Schema
	listed    []*jsonschema.Schema // those whose names it has already listed
}

func (w *wording) say(m mistake) *Error {
	s, value := m.schema, m.value
	one := func(code, format string, more ...any) *Error {
		return invalid(code, m.param, "%s "+format+".%s", append(append([]any{m.param}, more...), hint(m.param, value))...)
	}
	switch k := m.kind.(type) {
	case *kind.AdditionalProperties:
		if place := w.misplaced(m.at, m.name); place != "" {
			return invalid("parameter_unknown", m.param, "%s belongs %s.", m.param, place)
		}
		if known := notTaken(w.operation, factPath(m.param)); known != "" {
			return invalid("parameter_unknown", m.param, "%s %s", m.param, known)
		}
		return invalid("parameter_unknown", m.param, "%s is not a parameter.%s", m.param, w.suggest(s, m.at, m.name))
	case *kind.Required:
		return invalid("parameter_missing", m.param, "%s is required%s.%s", m.param, what(s, m.name), hint(m.param, nil))
	case *kind.Type:
		want := article(k.Want[0])
		if value == nil {
			return one("parameter_invalid_empty", "is null; use %s or leave it out", want)
		}
		if text, ok := value.(string); ok && json.Valid([]byte(text)) {
			want += ", without quotes around it"
		}
		code := ""
		if k.Want[0] == "integer" {
			code = "parameter_invalid_integer"
		}
		return one(code, "must be %s; got %s", want, show(value))
	case *kind.AnyOf:
		if value == nil {
			return one("parameter_invalid_empty", "is null; set a value or leave it out")
		}
		return one("", "can't be %s", show(value))
	case *kind.Enum:
		refused := one("", "must be %s; got %s", oneOf(s, value), show(value))
		if text, ok := value.(string); ok {
			refused.Message += newerValue(w.operation, factPath(m.param), text)
		}
		return refused
	case *kind.Pattern:
		return one("", "must match %s; got %s", k.Want, show(value))
	case *kind.MinLength:
		if k.Got == 0 {
			return one("parameter_invalid_empty", "is empty; set a value or leave it out")
		}
		return one("", "must have at least %d characters; it has %d", k.Want, k.Got)
	case *kind.MaxLength:
		return one("", "must have at most %d characters; it has %d", k.Want, k.Got)
	case *kind.MinItems:
		return one("parameter_invalid_empty", "must have at least %d item; for none, leave it out", k.Want)
	case *kind.MaxItems:
		return one("", "must have at most %d items; it has %d", k.Want, k.Got)
	case *kind.MinProperties:
		if s.Properties == nil || s.Properties.Len() == 0 && s.AdditionalProperties == jsonschema.FalseSchema {
			return one("parameter_invalid_empty", "is empty, which means nothing to Stripe; leave it out")
		}
		return one("parameter_invalid_empty", "is an empty object, which means nothing to Stripe; leave it out, or set one of %s", strings.Join(names(s), ", "))
	case *kind.MaxProperties:
		return one("", "must have at most %d keys; it has %d", k.Want, k.Got)
	case *kind.PropertyNames:
		return one("", "has the key %q; %s", shown(k.Property), s.PropertyNames.Description)
	case *kind.Minimum:
		if s.Maximum == maxInteger {
			return one("", "must be at least %s; got %s", s.Minimum, show(value))
		}
		return one("", "must be between %s and %s; got %s", s.Minimum, s.Maximum, show(value))
	case *kind.Maximum:
		if s.Maximum == maxInteger {
			return one("", "must be at most %s; got %s", s.Maximum, show(value))
		}
		return one("", "must be between %s and %s; got %s", s.Minimum, s.Maximum, show(value))
	case *kind.MultipleOf:
		return one("", "must have at most two decimal places; got %s", show(value))
	default:
		return one("", "is not valid: %s", show(value))
	}
}

// what returns a parenthesis that says what a required parameter is.
func what(s *jsonschema.Schema, name string) string {
	p, ok := property(s, name)
	if !ok || p.Description == "" {
		return ""
	}
	return " (" + strings.TrimSuffix(firstSentence(p.Description), ".") + ")"
}

func firstSentence(text string) string {
	if i := strings.Index(text, ". "); i >= 0 {
		return text[:i+1]
	}
	return text
}

func article(jsonType string) string {
	if strings.ContainsAny(jsonType[:1], "aeiou") {
		return "an " + jsonType
	}
	return "a " + jsonType
}

// oneOf lists the allowed values.
func oneOf(s *jsonschema.Schema, given any) string {
	if isCountries(s) {
		capitals := any(strings.ToUpper(fmt.Sprint(given)))
		if slices.Contains(s.Enum, capitals) {
			return fmt.Sprint(capitals)
		}
		return "a country code: " + countries
	}
	values := make([]string, len(s.Enum))
	for i, v := range s.Enum {
		values[i] = fmt.Sprint(v)
		if v == "" {
			values[i] = `""`
		}
	}
	if len(values) == 1 {
		return values[0]
	}
	return "one of " + strings.Join(values, ", ")
}
