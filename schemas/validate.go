package schemas

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
	"github.com/invopop/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// An Error says why arguments were refused: before any request was made, but for
// what Answered says.
type Error struct {
	Code    string // Stripe's error code for the same mistake, "" where it has none
	Param   string // where: the path in the arguments, such as body.line_items[0].quantity
	Message string // what was wrong, and what would be right, for everything that was found

	// Answered says that Stripe was asked, successfully, before this was found:
	// what `fields` can be is known from the answer.
	Answered bool
}

func (e *Error) Error() string { return e.Message }

// Refusal is what stripeclient.AsError shows to callers.
func (e *Error) Refusal() (code, param, message string, answered bool) {
	return e.Code, e.Param, e.Message, e.Answered
}

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
	var found []mistake
	for _, leaf := range leaves(violation) {
		found = append(found, mistakes(s, args, leaf)...)
	}
	slices.SortStableFunc(found, func(a, b mistake) int { return strings.Compare(a.param, b.param) })

	const most = 5 // enough to mend a call in one go, not a wall of text
	w := wording{root: s}
	all := w.say(found[0])
	for _, m := range found[1:min(most, len(found))] {
		all.Message += " " + w.say(m).Message
	}
	if len(found) > most {
		all.Message += fmt.Sprintf(" And %d more.", len(found)-most)
	}
	return all
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

// A mistake is one thing to mend: a value, or a name that is unknown or missing.
type mistake struct {
	kind   validator.ErrorKind
	param  string             // the path of what is to be mended
	at     string             // the path of the value that breaks the schema
	name   string             // the name in that value, if it is about one
	schema *jsonschema.Schema // of the value
	value  any
}

// mistakes gives a violation's mistakes, of names one by one.
func mistakes(root *jsonschema.Schema, args map[string]any, v *validator.ValidationError) []mistake {
	m := mistake{kind: v.ErrorKind}
	if _, aboutKey := v.ErrorKind.(*kind.PropertyNames); aboutKey {
		m.at, m.schema = locateSchema(root, v.SchemaURL)
	} else {
		m.at, m.schema, m.value = locate(root, args, v.InstanceLocation)
	}
	m.param = m.at
	var names []string
	switch k := v.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		names = k.Properties
	case *kind.Required:
		names = k.Missing
	default:
		return []mistake{m}
	}
	var all []mistake
	for _, m.name = range names {
		m.param = join(m.at, shown(m.name))
		all = append(all, m)
	}
	return all
}

// A wording puts the mistakes in a call into words.
type wording struct {
	root   *jsonschema.Schema
	listed []*jsonschema.Schema // whose names it has listed already
}

func (w *wording) say(m mistake) *Error {
	s, value := m.schema, m.value
	one := func(code, format string, more ...any) *Error {
		return invalid(code, m.param, "%s "+format+".%s", append(append([]any{m.param}, more...), hint(m.param, value))...)
	}
	switch k := m.kind.(type) {
	case *kind.AdditionalProperties:
		return invalid("parameter_unknown", m.param, "%s is not a parameter.%s", m.param, w.suggest(s, m.at, m.name))
	case *kind.Required:
		return invalid("parameter_missing", m.param, "%s is required%s.%s", m.param, what(s, m.name), hint(m.param, nil))
	case *kind.Type:
		want := article(k.Want[0])
		if value == nil {
			return one("parameter_invalid_empty", "is null; it must be %s, or be left out", want)
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
			return one("parameter_invalid_empty", "is null; leave it out, or give a value")
		}
		return one("", "can't be %s", show(value))
	case *kind.Enum:
		return one("", "must be %s; got %s", oneOf(s, value), show(value))
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

// locate walks to the place of a violation and gives its path, its schema and
// the value there.
func locate(s *jsonschema.Schema, value any, location []string) (string, *jsonschema.Schema, any) {
	at := ""
	for _, step := range location {
		s = alternative(s, value)
		switch v := value.(type) {
		case map[string]any:
			at, value = join(at, shown(step)), v[step]
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

// locateSchema walks to the object whose propertyNames are at url. It is for
// violations of those only, where the validator (v6.0.3) gives an instance
// location that it goes on to overwrite.
func locateSchema(s *jsonschema.Schema, url string) (string, *jsonschema.Schema) {
	at := ""
	_, pointer, _ := strings.Cut(url, "#/")
	steps := strings.Split(pointer, "/")
	for i := 0; i < len(steps); i++ {
		switch steps[i] {
		case "properties":
			i++
			at = join(at, steps[i])
			s, _ = property(s, steps[i])
		case "items":
			at += "[]"
			s = s.Items
		}
	}
	return at, s
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
func (w *wording) suggest(s *jsonschema.Schema, at, name string) string {
	known := names(s)
	if i := strings.IndexAny(name, "[."); i > 0 && slices.Contains(known, name[:i]) {
		return fmt.Sprintf(" Give %s as nested JSON: names have no brackets and no dots.", join(at, name[:i]))
	}
	if near := nearest(name, known); near != "" {
		return fmt.Sprintf(" Did you mean %s?", join(at, near))
	}
	if elsewhere := find(w.root, "", name); len(elsewhere) > 0 {
		return fmt.Sprintf(" Did you mean %s?", strings.Join(elsewhere[:min(3, len(elsewhere))], " or "))
	}
	if len(known) == 0 {
		return fmt.Sprintf(" %s takes none.", at)
	}
	if slices.Contains(w.listed, s) {
		return ""
	}
	w.listed = append(w.listed, s)
	return fmt.Sprintf(" Known here: %s.", strings.Join(known, ", "))
}

var separators = strings.NewReplacer("_", "", "-", "")

// nearest gives the candidate most like name, or "" if none is near. Case,
// hyphens and underscores don't count, nor does the order of words: lineItems is
// line_items, total_amount is amount_total; and items is short for line_items.
func nearest(name string, candidates []string) string {
	if len(name) > 100 {
		return "" // like none of Stripe's, and costly to measure
	}
	fold := func(s string) string { return strings.ToLower(separators.Replace(s)) }
	whole := "" // what name is the end of
	best, least := "", 2*(1+max(1, len(name)/3))
	for _, c := range candidates {
		if slices.Equal(words(name), words(c)) {
			return c
		}
		if len(name) > 3 && strings.HasSuffix(c, "_"+name) && (whole == "" || len(c) < len(whole)) {
			whole = c
		}
		d := 2 * levenshtein.ComputeDistance(fold(name), fold(c))
		if !strings.HasPrefix(fold(name), fold(c)[:1]) {
			d++ // of two as near, the one that starts alike
		}
		if d < least {
			best, least = c, d
		}
	}
	return cmp.Or(best, whole)
}

func words(name string) []string {
	return slices.Sorted(strings.SplitSeq(strings.ToLower(name), "_"))
}

// find gives the paths below s that end in name.
func find(s *jsonschema.Schema, at, name string) []string {
	var paths []string
	if s.Items != nil {
		return find(s.Items, at+"[]", name)
	}
	for _, a := range s.AnyOf {
		paths = append(paths, find(a, at, name)...)
	}
	if s.Properties == nil {
		return paths
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
		return " It takes Unix seconds (not milliseconds), a date, a date-time, or an object with gt, gte, lt or lte."
	case strings.HasPrefix(at, "created."):
		return " It takes Unix seconds (not milliseconds), a date or a date-time."
	case at == "session":
		return " Checkout Session ids start with cs_; stripe-get-checkout-sessions finds them."
	}
	return ""
}

// show gives a value as it was written, shortened, without secrets.
func show(value any) string {
	switch value := value.(type) {
	case nil:
		return "null"
	case map[string]any:
		return "an object"
	case []any:
		return "an array"
	case string:
		text := secrets.ReplaceAllString(value, "[secret]")
		if n := utf8.RuneCountInString(text); n > 80 {
			return fmt.Sprintf("a text of %d characters", n)
		}
		return strconv.Quote(text)
	default:
		return fmt.Sprint(value)
	}
}

// shown gives a name that was made up by the caller as an error may repeat it.
func shown(name string) string {
	name = secrets.ReplaceAllString(name, "[secret]")
	if runes := []rune(name); len(runes) > 60 {
		name = string(runes[:60]) + "…"
	}
	if quoted := strconv.Quote(name); strings.ContainsRune(quoted, '\\') {
		return quoted // has line breaks and such
	}
	return name
}

// secrets are API keys, signing secrets and client secrets, should one be where
// it doesn't belong.
var secrets = regexp.MustCompile(`(sk|rk|pk|ek)_(live|test)_\w+|(\b|_)(sk|rk|pk|ek)_\w+|whsec_\w+|_secret_\w+`)
