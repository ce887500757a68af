package schemas

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"
)

// The check skips keywords that it doesn't know, so our schemas must not use
// any.
func TestCheckKnowsTheKeywordsOfOurSchemas(t *testing.T) {
	t.Parallel()
	texts := []string{"Title", "Description", "MinLength", "MaxLength", "Pattern"}
	values := append([]string{"Type", "Enum", "AnyOf", "Items", "MinItems", "MaxItems", "Minimum", "Maximum", "MultipleOf",
		"Properties", "AdditionalProperties", "PropertyNames", "Required", "MinProperties", "MaxProperties"}, texts...)
	seen := map[string]bool{}
	var walk func(s *jsonschema.Schema, at string, known []string)
	walk = func(s *jsonschema.Schema, at string, known []string) {
		if s == nil || s == jsonschema.FalseSchema {
			return
		}
		fields := reflect.ValueOf(*s)
		for i := range fields.NumField() {
			name := fields.Type().Field(i).Name
			if fields.Field(i).IsZero() {
				continue
			}
			seen[name] = true
			if !slices.Contains(known, name) {
				t.Errorf("%s has %s", at, name)
			}
		}
		for _, a := range s.AnyOf {
			walk(a, at, values)
		}
		walk(s.Items, at+"[]", values)
		walk(s.AdditionalProperties, at+".*", values)
		walk(s.PropertyNames, at+" keys", texts)
		if s.Properties != nil {
			for p := s.Properties.Oldest(); p != nil; p = p.Next() {
				walk(p.Value, join(at, p.Key), values)
			}
		}
	}
	for _, s := range []*jsonschema.Schema{List.Schema(), Create.Schema(), Retrieve.Schema(), Expire.Schema(), LineItems.Schema()} {
		walk(s, "", values)
	}
	for _, name := range values {
		if !seen[name] {
			t.Errorf("no schema uses %s any more", name)
		}
	}
}

// Three validators agree about a strange value in the place of any argument.
func TestCheckAgreesWithOtherValidators(t *testing.T) {
	t.Parallel()
	args := map[string]any{"body": newSampler().everything(bodySchema(Create.Schema())), "idempotency_key": "k"}
	odd := []any{
		nil, "", "x", strings.Repeat("é", 501), "1.5", "us", true, -1, 0, 1.5, 12.345, json.Number("99999999999999999999"), 1 << 40,
		[]any{}, []any{nil}, []any{"x", 1, map[string]any{}}, map[string]any{}, map[string]any{"x": "y"}, map[string]any{"x]": nil, "": 1},
	}
	n := 0
	var replace func(at any)
	try := func(value any, set func(any)) {
		set(odd[n%len(odd)])
		n++
		agree(t, Create, arguments(t, args))
		set(value)
		replace(value)
	}
	replace = func(at any) {
		switch at := at.(type) {
		case map[string]any:
			for _, name := range slices.Sorted(maps.Keys(at)) {
				try(at[name], func(v any) { at[name] = v })
			}
		case []any:
			for i := range at {
				try(at[i], func(v any) { at[i] = v })
			}
		}
	}
	replace(args)
	if n < 500 {
		t.Errorf("only %d places", n)
	}
}
