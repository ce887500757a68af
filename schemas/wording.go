package schemas

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/invopop/jsonschema"
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
	switch m.keyword {
	case "additionalProperties":
		if place := w.misplaced(m.at, m.name); place != "" {
			return invalid("parameter_unknown", m.param, "%s belongs %s.", m.param, place)
		}
		if known := notTaken(w.operation, factPath(m.param)); known != "" {
			return invalid("parameter_unknown", m.param, "%s %s", m.param, known)
		}
		return invalid("parameter_unknown", m.param, "%s is not a parameter.%s", m.param, w.suggest(s, m.at, m.name))
	case "required":
		return invalid("parameter_missing", m.param, "%s is required%s.%s", m.param, what(s, m.name), hint(m.param, nil))
	case "type":
		want := article(s.Type)
		if value == nil {
			return one("parameter_invalid_empty", "is null; use %s or leave it out", want)
		}
		if text, ok := value.(string); ok && json.Valid([]byte(text)) {
			want += ", without quotes around it"
		}
		code := ""
		if s.Type == "integer" {
			code = "parameter_invalid_integer"
		}
		return one(code, "must be %s; got %s", want, show(value))
	case "anyOf":
		if value == nil {
			return one("parameter_invalid_empty", "is null; set a value or leave it out")
		}
		return one("", "can't be %s", show(value))
	case "enum":
		refused := one("", "must be %s; got %s", oneOf(s, value), show(value))
		if text, ok := value.(string); ok {
			refused.Message += newerValue(w.operation, factPath(m.param), text)
		}
		return refused
	case "pattern":
		return one("", "must match %s; got %s", s.Pattern, show(value))
	case "minLength":
		if value == "" {
			return one("parameter_invalid_empty", "is empty; set a value or leave it out")
		}
		return one("", "must have at least %d characters; it has %d", *s.MinLength, utf8.RuneCountInString(value.(string)))
	case "maxLength":
		return one("", "must have at most %d characters; it has %d", *s.MaxLength, utf8.RuneCountInString(value.(string)))
	case "minItems":
		return one("parameter_invalid_empty", "must have at least %d item; for none, leave it out", *s.MinItems)
	case "maxItems":
		return one("", "must have at most %d items; it has %d", *s.MaxItems, len(value.([]any)))
	case "minProperties":
		if s.Properties == nil || s.Properties.Len() == 0 && s.AdditionalProperties == jsonschema.FalseSchema {
			return one("parameter_invalid_empty", "is empty, which means nothing to Stripe; leave it out")
		}
		return one("parameter_invalid_empty", "is an empty object, which means nothing to Stripe; leave it out, or set one of %s", strings.Join(names(s), ", "))
	case "maxProperties":
		return one("", "must have at most %d keys; it has %d", *s.MaxProperties, len(value.(map[string]any)))
	case "propertyNames":
		return one("", "has the key %q; %s", shown(m.name), s.PropertyNames.Description)
	case "minimum":
		if s.Maximum == maxInteger {
			return one("", "must be at least %s; got %s", s.Minimum, show(value))
		}
		return one("", "must be between %s and %s; got %s", s.Minimum, s.Maximum, show(value))
	case "maximum":
		if s.Maximum == maxInteger {
			return one("", "must be at most %s; got %s", s.Maximum, show(value))
		}
		return one("", "must be between %s and %s; got %s", s.Minimum, s.Maximum, show(value))
	case "multipleOf":
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
