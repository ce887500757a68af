package schemas

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/invopop/jsonschema"
)

// inside names a member of what is at a path, in the notation of Stripe's own
// errors: line_items[0][price]. Parameters wrapped in body are named without
// it, as Stripe knows them.
func inside(at, name string) string {
	if at == "" || at == "body" {
		return name
	}
	return at + "[" + name + "]"
}

// locate finds where a violation occurred and returns the path, its schema and
// the value there.
func locate(s *jsonschema.Schema, value any, location []string) (string, *jsonschema.Schema, any) {
	at := ""
	for _, step := range location {
		s = alternative(s, value)
		switch v := value.(type) {
		case map[string]any:
			at, value = inside(at, shown(step)), v[step]
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

// locateSchema finds the object whose propertyNames are at url. Only violations
// of propertyNames need it: for these, the validator (v6.0.3) returns an
// instance location that it later overwrites.
func locateSchema(s *jsonschema.Schema, url string) (string, *jsonschema.Schema) {
	at := ""
	_, pointer, _ := strings.Cut(url, "#/")
	steps := strings.Split(pointer, "/")
	for i := 0; i < len(steps); i++ {
		switch steps[i] {
		case "properties":
			i++
			at = inside(at, steps[i])
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

// alternative returns the alternative of s that has value's type.
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
