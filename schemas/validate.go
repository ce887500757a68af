package schemas

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/invopop/jsonschema"
)

// A mistake is a single thing to correct: a value, or an unknown or missing
// name.
type mistake struct {
	keyword string             // the JSON Schema keyword that the value breaks
	param   string             // the path of what has to be corrected
	at      string             // the path of the value that breaks the schema
	name    string             // the name in that value, if the mistake is about one
	schema  *jsonschema.Schema // of the value
	value   any
}

// explain turns the mistakes in the arguments of an operation with schema s into
// one Error.
func explain(operation string, s *jsonschema.Schema, found []mistake) error {
	slices.SortStableFunc(found, func(a, b mistake) int { return strings.Compare(a.param, b.param) })

	const most = 5 // enough to correct a call in one go without a wall of text
	w := wording{operation: operation, root: s}
	all := w.say(found[0])
	for _, m := range found[1:min(most, len(found))] {
		all.Message += " " + w.say(m).Message
	}
	if len(found) > most {
		all.Message += fmt.Sprintf(" And %d more.", len(found)-most)
	}
	return all
}

// check returns every place where the arguments break the schema. It knows only
// the keywords of JSON Schema that our schemas use; tests compare it with two
// validators that know all of them. Those aren't part of the program because
// one compiles its meta-schemas at every start, and neither says where a
// misplaced value belongs.
func check(s *jsonschema.Schema, args map[string]any) []mistake {
	var c checker
	c.value(s, args)
	return c.found
}

type checker struct {
	found []mistake
	path  steps // of the value being checked
}

// mistake records that a value breaks a keyword. name is the name in the value
// that the mistake is about, if any.
func (c *checker) mistake(keyword string, s *jsonschema.Schema, value any, name ...string) {
	m := mistake{keyword: keyword, at: c.path.below(""), schema: s, value: value}
	m.param = m.at
	if len(name) > 0 {
		m.name = name[0]
		m.param = inside(m.at, shown(m.name))
	}
	c.found = append(c.found, m)
}

// child checks the value at the next step.
func (c *checker) child(step step, s *jsonschema.Schema, value any) {
	c.path = append(c.path, step)
	c.value(s, value)
	c.path = c.path[:len(c.path)-1]
}

func (c *checker) value(s *jsonschema.Schema, value any) {
	if s.Type != "" && !hasType(value, s.Type) {
		c.mistake("type", s, value)
		return
	}
	if s.Enum != nil && !slices.Contains(s.Enum, value) {
		c.mistake("enum", s, value)
		return
	}
	switch v := value.(type) {
	case map[string]any:
		c.object(s, v)
	case []any:
		if s.MinItems != nil && uint64(len(v)) < *s.MinItems {
			c.mistake("minItems", s, value)
		}
		if s.MaxItems != nil && uint64(len(v)) > *s.MaxItems {
			c.mistake("maxItems", s, value)
		}
		if s.Items != nil {
			for i, item := range v {
				c.child(step{index: i}, s.Items, item)
			}
		}
	case string:
		if keyword := breaks(s, v); keyword != "" {
			c.mistake(keyword, s, value)
		}
	case json.Number:
		if s.Minimum != "" && compareNumbers(v, s.Minimum) < 0 {
			c.mistake("minimum", s, value)
		}
		if s.Maximum != "" && compareNumbers(v, s.Maximum) > 0 {
			c.mistake("maximum", s, value)
		}
		if s.MultipleOf != "" && !new(big.Rat).Quo(rational(v), rational(s.MultipleOf)).IsInt() {
			c.mistake("multipleOf", s, value)
		}
	}
	if s.AnyOf != nil {
		c.anyOf(s, value)
	}
}

func (c *checker) object(s *jsonschema.Schema, object map[string]any) {
	if s.MinProperties != nil && uint64(len(object)) < *s.MinProperties {
		c.mistake("minProperties", s, object)
	}
	if s.MaxProperties != nil && uint64(len(object)) > *s.MaxProperties {
		c.mistake("maxProperties", s, object)
	}
	for _, name := range s.Required {
		if _, ok := object[name]; !ok {
			c.mistake("required", s, object, name)
		}
	}
	for name, value := range object {
		if p, ok := property(s, name); ok {
			c.child(step{name, -1}, p, value)
		} else if s.AdditionalProperties == jsonschema.FalseSchema {
			c.mistake("additionalProperties", s, object, name)
		} else if s.AdditionalProperties != nil {
			c.child(step{name, -1}, s.AdditionalProperties, value)
		}
	}
	if s.PropertyNames == nil {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if breaks(s.PropertyNames, name) != "" {
			c.mistake("propertyNames", s, object)
			c.found[len(c.found)-1].name = name
		}
	}
}

// If no alternative fits, anyOf follows the first one of the value's type,
// which is the one the caller meant.
func (c *checker) anyOf(s *jsonschema.Schema, value any) {
	var meant []mistake
	for _, alternative := range s.AnyOf {
		a := checker{path: c.path}
		a.value(alternative, value)
		if len(a.found) == 0 {
			return
		}
		if meant == nil && (alternative.Type == "" || hasType(value, alternative.Type)) {
			meant = a.found
		}
	}
	if meant == nil {
		c.mistake("anyOf", s, value)
	}
	c.found = append(c.found, meant...)
}

// breaks returns the first keyword that a text breaks, or "" if it breaks none.
func breaks(s *jsonschema.Schema, text string) string {
	length := uint64(utf8.RuneCountInString(text)) // #nosec G115 -- a length isn't negative
	switch {
	case s.MinLength != nil && length < *s.MinLength:
		return "minLength"
	case s.MaxLength != nil && length > *s.MaxLength:
		return "maxLength"
	case s.Pattern != "" && !pattern(s.Pattern).MatchString(text):
		return "pattern"
	}
	return ""
}

var patterns sync.Map // the compiled patterns of our schemas, by their text

func pattern(text string) *regexp.Regexp {
	known, ok := patterns.Load(text)
	if !ok {
		known, _ = patterns.LoadOrStore(text, regexp.MustCompile(text))
	}
	return known.(*regexp.Regexp)
}

// hasType reports whether a value has a JSON type. A whole number is an
// integer, however it is written.
func hasType(value any, want string) bool {
	switch v := value.(type) {
	case map[string]any:
		return want == "object"
	case []any:
		return want == "array"
	case string:
		return want == "string"
	case bool:
		return want == "boolean"
	case json.Number:
		if want == "integer" {
			_, err := v.Int64()
			return err == nil || rational(v).IsInt()
		}
		return want == "number"
	}
	return false // null means no value
}

func compareNumbers(a, b json.Number) int {
	x, errX := a.Int64()
	y, errY := b.Int64()
	if errX == nil && errY == nil {
		return cmp.Compare(x, y)
	}
	return rational(a).Cmp(rational(b))
}

// rational returns the exact value of a number, which [Parse] has made sure is
// not too long.
func rational(n json.Number) *big.Rat {
	r, ok := new(big.Rat).SetString(n.String())
	if !ok {
		return new(big.Rat) // encoding/json refuses such numbers
	}
	return r
}
