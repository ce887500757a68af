package schemas

import (
	"reflect"
	"slices"
	"strings"

	"github.com/invopop/jsonschema"
	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/parameters"
)

// pagination is the part of stripe-go's embedded ListParams that belongs to a
// list's parameters; its other fields are deprecated twins or not parameters at
// all.
type pagination struct {
	EndingBefore  *string `form:"ending_before"`
	Limit         *int64  `form:"limit"`
	StartingAfter *string `form:"starting_after"`
}

// reflectParams returns a schema with every parameter that stripe-go can send
// from a struct of type t, using Stripe's facts about the named operation.
func reflectParams(t reflect.Type, operation string) *jsonschema.Schema {
	r := jsonschema.Reflector{
		Anonymous:                  true,
		DoNotReference:             true,
		FieldNameTag:               "form",
		RequiredFromJSONSchemaTags: true,
		// "*" marks an embedded struct, which is not a property itself.
		KeyNamer: func(name string) string { return strings.TrimPrefix(name, "*") },
		AdditionalFields: func(t reflect.Type) []reflect.StructField {
			if _, ok := t.FieldByName("ListParams"); ok {
				return reflect.VisibleFields(reflect.TypeFor[pagination]())
			}
			return nil
		},
		Mapper: func(t reflect.Type) *jsonschema.Schema {
			if t == reflect.TypeFor[stripe.RangeQueryParams]() {
				return createdSchema()
			}
			return nil
		},
	}
	s := r.ReflectFromType(t)
	s.Version = ""
	refine(s, "", parameters.Of(operation))
	return s
}

// refine adds Stripe's facts to a reflected schema, and the bounds that Stripe
// states only in prose.
func refine(s *jsonschema.Schema, at string, facts map[string]parameters.Fact) {
	f := facts[at]
	if s.Description == "" {
		s.Description = f.Description
	}
	value := s // what the constraints apply to
	switch s.Type {
	case "array":
		value = s.Items
		if !f.Emptyable {
			s.MinItems = ptr(uint64(1))
		}
	case "number":
		refineNumber(s, f)
	case "integer":
		s.Minimum, s.Maximum = minInteger, maxInteger
	}
	for _, allowed := range f.Enum {
		value.Enum = append(value.Enum, allowed)
	}
	if value.Type == "string" && f.Enum == nil {
		// Stripe takes an empty string as an attempt to unset the value.
		if unsettable := f.Emptyable && value == s; !unsettable && !strings.HasSuffix(at, "*") {
			value.MinLength = ptr(uint64(1))
		}
		if f.MaxLength > 0 {
			value.MaxLength = ptr(uint64(f.MaxLength))
		}
	}
	if bound, ok := bounds[at]; ok {
		bound(s)
	}

	switch {
	case value.Properties != nil:
		for p := value.Properties.Oldest(); p != nil; p = p.Next() {
			path := join(at, p.Key)
			refine(p.Value, path, facts)
			if facts[path].Required {
				value.Required = append(value.Required, p.Key)
			}
		}
		slices.Sort(value.Required)
		requireContent(value, at)
	case value.AdditionalProperties != nil && value.AdditionalProperties.Type != "":
		refine(value.AdditionalProperties, join(at, "*"), facts)
		requireContent(value, at)
	}
}

// requireContent refuses an empty object: form encoding can't express one, so
// it would be accepted and then not sent.
func requireContent(s *jsonschema.Schema, at string) {
	if at != "" && len(s.Required) == 0 {
		s.MinProperties = ptr(uint64(1))
	}
}

// refineNumber states how precisely stripe-go can send a float64: a decimal as
// the shortest text with the same value, a percentage with four digits, of
// which Stripe accepts two.
func refineNumber(s *jsonschema.Schema, f parameters.Fact) {
	if f.Format == "decimal" {
		s.Type = "string"
		s.Pattern = `^\d{1,12}(\.\d{1,12})?$`
		return
	}
	s.MultipleOf = "0.01"
}

// The integers stripe-go can send.
const minInteger, maxInteger = "-9223372036854775808", "9223372036854775807"

func join(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

func ptr[T any](v T) *T { return &v }
