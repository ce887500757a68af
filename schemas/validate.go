package schemas

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/agnivade/levenshtein"
	"github.com/invopop/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// An Error says why arguments were refused before any request was made.
type Error struct {
	Code    string // Stripe's error code for the same mistake, "" where it has none
	Param   string // where: the path in the arguments, such as body.line_items[0].quantity
	Message string // what was wrong, and what would be right, for everything that was found
}

func (e *Error) Error() string { return e.Message }

func invalid(code, param, format string, args ...any) *Error {
	return &Error{Code: code, Param: param, Message: fmt.Sprintf(format, args...)}
}

// compile prepares a schema for validation. The schema is our own: what is
// wrong with it is a bug.
func compile(s *jsonschema.Schema) *validator.Schema {
	data, err := json.Marshal(s)
	if err != nil {
		panic(fmt.Sprintf("schemas: %v", err))
	}
	doc, err := validator.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		panic(fmt.Sprintf("schemas: %v", err))
	}
	c := validator.NewCompiler()
	if err := c.AddResource("arguments", doc); err != nil {
		panic(fmt.Sprintf("schemas: %v", err))
	}
	return c.MustCompile("arguments")
}

// explain turns the violations of schema s by args into one Error.
func explain(s *jsonschema.Schema, args map[string]any, err error) error {
	var violation *validator.ValidationError
	if !errors.As(err, &violation) {
		return invalid("", "", "The arguments can't be checked: %v.", err)
	}
	var found []*Error
	for _, leaf := range leaves(violation) {
		found = append(found, report(s, args, leaf)...)
	}
	slices.SortStableFunc(found, func(a, b *Error) int { return strings.Compare(a.Param, b.Param) })

	const most = 5 // enough to mend a call in one go, not a wall of text
	all := *found[0]
	for i, e := range found[1:] {
		if i+1 == most {
			all.Message += fmt.Sprintf(" And %d more.", len(found)-most)
			break
		}
		all.Message += " " + e.Message
	}
	return &all
}

// leaves gives the violations at the ends of the tree. Of an anyOf it follows
// the alternative that got furthest into the value: the one that was meant.
func leaves(v *validator.ValidationError) []*validator.ValidationError {
	_, aboutKey := v.ErrorKind.(*kind.PropertyNames)
	if len(v.Causes) == 0 || aboutKey {
		return []*validator.ValidationError{v}
	}
	causes := v.Causes
	if _, ok := v.ErrorKind.(*kind.AnyOf); ok {
		meant := slices.IndexFunc(causes, func(c *validator.ValidationError) bool {
			return !slices.ContainsFunc(leaves(c), func(l *validator.ValidationError) bool {
				_, wrongType := l.ErrorKind.(*kind.Type)
				return wrongType && len(l.InstanceLocation) == len(v.InstanceLocation)
			})
		})
		if meant < 0 {
			return []*validator.ValidationError{{InstanceLocation: v.InstanceLocation, ErrorKind: v.ErrorKind}}
		}
		causes = causes[meant : meant+1]
	}
	var all []*validator.ValidationError
	for _, c := range causes {
		all = append(all, leaves(c)...)
	}
	return all
}

// report words one violation; unknown and missing names one by one.
func report(root *jsonschema.Schema, args map[string]any, v *validator.ValidationError) []*Error {
	at, s, value := locate(root, args, v.InstanceLocation)
	one := func(code, format string, more ...any) []*Error {
		e := invalid(code, at, "%s "+format+".%s", append(append([]any{at}, more...), hint(at, value))...)
		return []*Error{e}
	}
	switch k := v.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		var found []*Error
		for _, name := range k.Properties {
			path := join(at, name)
			found = append(found, invalid("parameter_unknown", path, "%s is not a parameter.%s", path, suggest(root, s, at, name)))
		}
		return found
	case *kind.Required:
		var found []*Error
		for _, name := range k.Missing {
			path := join(at, name)
			found = append(found, invalid("parameter_missing", path, "%s is required%s.%s", path, what(s, name), hint(path, nil)))
		}
		return found
	case *kind.Type:
		if value == nil {
			return one("parameter_invalid_empty", "is null; leave it out instead")
		}
		if k.Want[0] == "integer" {
			return one("parameter_invalid_integer", "must be an integer; got %s", show(value))
		}
		return one("", "must be %s; got %s", article(k.Want[0]), show(value))
	case *kind.AnyOf:
		return one("", "has a value of a type it can't have: %s", show(value))
	case *kind.Enum:
		return one("", "must be %s; got %s", oneOf(k.Want, value), show(value))
	case *kind.Pattern:
		return one("", "must match %s; got %s", k.Want, show(value))
	case *kind.MinLength:
		if k.Got == 0 {
			return one("parameter_invalid_empty", "is empty; leave it out, or give a value")
		}
		return one("", "must have at least %d characters; it has %d", k.Want, k.Got)
	case *kind.MaxLength:
		return one("", "must have at most %d characters; it has %d", k.Want, k.Got)
	case *kind.MinItems:
		return one("parameter_invalid_empty", "must have at least %d item; leave it out to give none", k.Want)
	case *kind.MaxItems:
		return one("", "must have at most %d items; it has %d", k.Want, k.Got)
	case *kind.MinProperties:
		if s.Properties == nil || s.Properties.Len() == 0 && s.AdditionalProperties == jsonschema.FalseSchema {
			return one("parameter_invalid_empty", "is empty, which says nothing to Stripe; leave it out")
		}
		return one("parameter_invalid_empty", "is an empty object, which says nothing to Stripe; leave it out, or set one of %s", strings.Join(names(s), ", "))
	case *kind.MaxProperties:
		return one("", "must have at most %d keys; it has %d", k.Want, k.Got)
	case *kind.PropertyNames:
		return one("", "has the key %q: keys have 1 to 40 characters and no square brackets", k.Property)
	case *kind.Minimum, *kind.Maximum:
		return one("", "must be %s; got %s", within(s), show(value))
	case *kind.MultipleOf:
		return one("", "must have at most two decimal places; got %s", show(value))
	default:
		return one("", "is not valid: %s", show(value))
	}
}

// locate walks to the place of a violation and gives its path, its schema and
// the value there.
func locate(s *jsonschema.Schema, value any, location []string) (string, *jsonschema.Schema, any) {
	at := ""
	for _, step := range location {
		s = alternative(s, value)
		switch v := value.(type) {
		case map[string]any:
			at, value = join(at, step), v[step]
			if child, ok := property(s, step); ok {
				s = child
			} else {
				s = s.AdditionalProperties
			}
		case []any:
			i, _ := strconv.Atoi(step)
			at, value, s = at+"["+step+"]", v[i], s.Items
		}
	}
	return at, alternative(s, value), value
}

func property(s *jsonschema.Schema, name string) (*jsonschema.Schema, bool) {
	if s.Properties == nil {
		return nil, false
	}
	return s.Properties.Get(name)
}

// alternative picks the one among the alternatives of s that is of value's type.
func alternative(s *jsonschema.Schema, value any) *jsonschema.Schema {
	for _, a := range s.AnyOf {
		switch value.(type) {
		case map[string]any:
			if a.Type == "object" {
				return a
			}
		case json.Number:
			if a.Type == "integer" {
				return a
			}
		}
	}
	return s
}

// suggest names the parameter that was likely meant by an unknown name: the
// nearest one at the same place, or the same name at another place.
func suggest(root, s *jsonschema.Schema, at, name string) string {
	known := names(s)
	if near := nearest(name, known); near != "" {
		return fmt.Sprintf(" Did you mean %s?", join(at, near))
	}
	if elsewhere := find(root, "", name); len(elsewhere) > 0 {
		return fmt.Sprintf(" Did you mean %s?", strings.Join(elsewhere[:min(3, len(elsewhere))], " or "))
	}
	if len(known) == 0 {
		return fmt.Sprintf(" %s takes none.", at)
	}
	return fmt.Sprintf(" Known here: %s.", strings.Join(known, ", "))
}

// nearest gives the candidate most like name, or "" if none is near. Case,
// hyphens and underscores don't count: lineItems is line_items.
func nearest(name string, candidates []string) string {
	fold := func(s string) string { return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(s)) }
	best, least := "", 2*(1+max(1, len(name)/3))
	for _, c := range candidates {
		d := 2 * levenshtein.ComputeDistance(fold(name), fold(c))
		if !strings.HasPrefix(fold(name), fold(c)[:1]) {
			d++ // of two as near, the one that starts alike
		}
		if d < least {
			best, least = c, d
		}
	}
	return best
}

// find gives the paths below s that end in name.
func find(s *jsonschema.Schema, at, name string) []string {
	var paths []string
	if s.Items != nil {
		return find(s.Items, at+"[]", name)
	}
	if s.Properties == nil {
		return nil
	}
	for p := s.Properties.Oldest(); p != nil; p = p.Next() {
		path := join(at, p.Key)
		if p.Key == name {
			paths = append(paths, path)
		}
		paths = append(paths, find(p.Value, path, name)...)
	}
	return paths
}

func names(s *jsonschema.Schema) []string {
	var all []string
	if s.Properties != nil {
		for p := s.Properties.Oldest(); p != nil; p = p.Next() {
			all = append(all, p.Key)
		}
	}
	return all
}

// what says in brackets what a required parameter is.
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

// oneOf lists the allowed values, or for a long enumeration those most like
// the one given.
func oneOf(allowed []any, given any) string {
	values := make([]string, len(allowed))
	for i, a := range allowed {
		values[i] = fmt.Sprint(a)
	}
	if len(values) > 60 {
		if near := nearest(fmt.Sprint(given), values); near != "" {
			return fmt.Sprintf("one of %d allowed values (did you mean %s?)", len(values), near)
		}
	}
	if len(values) == 1 {
		return values[0]
	}
	return "one of " + strings.Join(values, ", ")
}

func within(s *jsonschema.Schema) string {
	switch {
	case s.Minimum != "" && s.Maximum != "":
		return fmt.Sprintf("between %s and %s", s.Minimum, s.Maximum)
	case s.Minimum != "":
		return fmt.Sprintf("at least %s", s.Minimum)
	default:
		return fmt.Sprintf("at most %s", s.Maximum)
	}
}

// hint adds what is mostly behind a mistake in an amount or a time.
func hint(at string, value any) string {
	name := at[strings.LastIndex(at, ".")+1:]
	text, _ := value.(string)
	switch {
	case name == "unit_amount" || name == "amount" || strings.HasSuffix(name, "_amount"):
		return " Amounts are whole numbers in the currency's smallest unit: 10.00 USD is 1000, 500 JPY is 500."
	case name == "expires_at" || name == "trial_end" || name == "billing_cycle_anchor":
		for _, layout := range []string{time.RFC3339, time.DateTime, time.DateOnly} {
			if t, err := time.Parse(layout, text); err == nil {
				return fmt.Sprintf(" It takes Unix seconds: %s (UTC) is %d.", text, t.Unix())
			}
		}
		return " It takes Unix seconds, not milliseconds and not a date."
	case strings.HasSuffix(name, "_decimal"):
		return " A decimal in the currency's smallest unit, at most 12 places: 1000.5 is 10.005 USD."
	case at == "created":
		return " It takes Unix seconds, a date, a date-time, or an object with gt, gte, lt or lte."
	case at == "session":
		return " Checkout Session ids start with cs_; stripe-get-checkout-sessions finds them."
	}
	return ""
}

// show gives a value as it was written, shortened; never a key, should one be
// where it doesn't belong.
func show(value any) string {
	if text, ok := value.(string); ok {
		for _, prefix := range []string{"sk_", "rk_", "pk_", "whsec_"} {
			if strings.HasPrefix(strings.TrimSpace(text), prefix) {
				return "an API key"
			}
		}
	}
	switch value := value.(type) {
	case map[string]any:
		return "an object"
	case []any:
		return "an array"
	default:
		text, _ := json.Marshal(value)
		if len(text) > 80 {
			return "a longer " + fmt.Sprintf("%T", value)
		}
		return string(text)
	}
}
