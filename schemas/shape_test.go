package schemas

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// jsonSchema is the part of JSON Schema that our schemas and Stripe's OpenAPI
// document share. Both are read from the text they publish.
type jsonSchema struct {
	Type                 string                 `json:"type,omitempty"`
	Enum                 []any                  `json:"enum,omitempty"`
	Required             []string               `json:"required,omitempty"`
	Format               string                 `json:"format,omitempty"`
	Pattern              string                 `json:"pattern,omitempty"`
	MinLength            json.Number            `json:"minLength,omitempty"`
	MaxLength            json.Number            `json:"maxLength,omitempty"`
	MinItems             json.Number            `json:"minItems,omitempty"`
	MaxItems             json.Number            `json:"maxItems,omitempty"`
	MinProperties        json.Number            `json:"minProperties,omitempty"`
	MaxProperties        json.Number            `json:"maxProperties,omitempty"`
	Minimum              json.Number            `json:"minimum,omitempty"`
	Maximum              json.Number            `json:"maximum,omitempty"`
	MultipleOf           json.Number            `json:"multipleOf,omitempty"`
	Properties           map[string]*jsonSchema `json:"properties,omitempty"`
	Items                *jsonSchema            `json:"items,omitempty"`
	AnyOf                []*jsonSchema          `json:"anyOf,omitempty"`
	AdditionalProperties json.RawMessage        `json:"additionalProperties,omitempty"`
	PropertyNames        *jsonSchema            `json:"propertyNames,omitempty"`
	Description          string                 `json:"description,omitempty"`

	// OpenAPI 3.0 only.
	Ref      string `json:"$ref,omitempty"`
	Nullable bool   `json:"nullable,omitempty"`
}

// values returns the schema of a map's values, or nil if s is not a map.
func (s *jsonSchema) values() *jsonSchema {
	var v *jsonSchema
	if json.Unmarshal(s.AdditionalProperties, &v) != nil {
		return nil // true, false or absent
	}
	return v
}

// reparse reads a schema back from its JSON, as a client does.
func reparse(t testing.TB, schema any) *jsonSchema {
	t.Helper()
	data, err := json.Marshal(schema)
	if err != nil {
		t.Fatal(err)
	}
	s := new(jsonSchema)
	if err := json.Unmarshal(data, s); err != nil {
		t.Fatal(err)
	}
	return s
}

// A shape is what a schema says about one parameter, by aspect: "type", "enum",
// "required", "emptyable", "maxLength" and so on. An aspect that is not set is
// absent.
type shape map[string]string

// shapesOf returns the shape of every parameter of a schema by path: names
// joined with dots, "*" for a map's values, and nothing for an array, whose
// items' constraints count as its own. emptyable reports whether a value may be
// the empty string, which to Stripe means none.
func shapesOf(s *jsonSchema, emptyable func(*jsonSchema) bool) map[string]shape {
	all := map[string]shape{}
	var describe func(s *jsonSchema, at string)
	describe = func(s *jsonSchema, at string) {
		if all[at] == nil {
			all[at] = shape{}
		}
		set := func(aspect, value string) {
			if value != "" && value != "0" {
				all[at][aspect] = value
			}
		}
		set("type", typeOf(s))
		if emptyable(s) {
			set("emptyable", "yes")
		}
		set("enum", enumText(s))
		set("format", s.Format)
		set("pattern", s.Pattern)
		set("maxLength", s.MaxLength.String())
		set("maxItems", s.MaxItems.String())
		set("minProperties", s.MinProperties.String())
		set("maxProperties", s.MaxProperties.String())
		all[at].bound("minimum", s.Minimum)
		all[at].bound("maximum", s.Maximum)
		set("multipleOf", s.MultipleOf.String())
		if k := s.PropertyNames; k != nil {
			set("keys", fmt.Sprintf("%s %s-%s", k.Pattern, k.MinLength, k.MaxLength))
		}

		for _, alternative := range s.AnyOf {
			kept := maps.Clone(all[at])
			describe(alternative, at)
			maps.Copy(all[at], kept) // the whole speaks before its parts
		}
		for name, child := range s.Properties {
			path := join(at, name)
			describe(child, path)
			if slices.Contains(s.Required, name) {
				all[path]["required"] = "yes"
			}
		}
		for _, name := range s.Required {
			if s.Properties[name] == nil {
				all[join(at, name)] = shape{"required": "yes"} // required and undefined: never to be missed
			}
		}
		if v := s.values(); v != nil {
			describe(v, join(at, "*"))
		}
		if s.Items != nil {
			own := all[at]
			all[at] = shape{}
			describe(s.Items, at)
			if all[at]["emptyable"] != "" { // of an item, which is not its array
				delete(all[at], "emptyable")
				all[at]["emptyable items"] = "yes"
			}
			maps.Copy(all[at], own)
		}
	}
	describe(s, "")
	delete(all, "")
	return all
}

// bound sets a limit, which may be zero.
func (s shape) bound(aspect string, n json.Number) {
	if n != "" {
		s[aspect] = n.String()
	}
}

func typeOf(s *jsonSchema) string {
	switch {
	case len(s.AnyOf) > 0:
		var types []string
		for _, a := range s.AnyOf {
			if !isNothing(a) {
				types = append(types, typeOf(a))
			}
		}
		slices.Sort(types)
		return strings.Join(types, "|")
	case s.Items != nil:
		return "[]" + typeOf(s.Items)
	case s.values() != nil:
		return "map"
	default:
		return s.Type
	}
}

func enumText(s *jsonSchema) string {
	if isNothing(s) {
		return ""
	}
	var values []string
	for _, v := range s.Enum {
		values = append(values, fmt.Sprintf("%q", v))
	}
	slices.Sort(values)
	return strings.Join(values, " ")
}

// isNothing recognizes the alternative by which Stripe's document lets a
// parameter be emptied.
func isNothing(s *jsonSchema) bool { return len(s.Enum) == 1 && s.Enum[0] == "" }

// A difference is one between two schemas; "" stands for an absent aspect.
type difference struct{ path, aspect, ours, stripes string }

func (d difference) String() string {
	return fmt.Sprintf("%s: %s: ours %q, Stripe's %q", d.path, d.aspect, d.ours, d.stripes)
}

// compare returns every difference in the given aspects (in all of them if none
// are given), in both directions. For a path that only one side has ("exists"),
// it reports nothing else, and nothing below that path.
func compare(ours, stripes map[string]shape, aspects ...string) []difference {
	var all []difference
	paths := maps.Clone(ours)
	maps.Copy(paths, stripes)
	missing := ""
	for _, path := range slices.SortedFunc(maps.Keys(paths), byDepth) {
		if missing != "" && strings.HasPrefix(path, missing+".") {
			continue
		}
		o, s := ours[path], stripes[path]
		if o == nil || s == nil {
			missing = path
			all = append(all, difference{path, "exists", existence(o), existence(s)})
			continue
		}
		both := maps.Clone(o)
		maps.Copy(both, s)
		for _, aspect := range slices.Sorted(maps.Keys(both)) {
			if o[aspect] != s[aspect] && (len(aspects) == 0 || slices.Contains(aspects, aspect)) {
				all = append(all, difference{path, aspect, o[aspect], s[aspect]})
			}
		}
	}
	return all
}

// byDepth sorts a path before everything below it, and that before the rest.
func byDepth(a, b string) int {
	return slices.Compare(strings.Split(a, "."), strings.Split(b, "."))
}

func existence(s shape) string {
	if s == nil {
		return "no"
	}
	return "yes"
}
