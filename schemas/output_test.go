package schemas

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	validator "github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stripe/stripe-mock/embedded"
)

// answers are the operations by type of answer.
var answers = []struct {
	operation, method, path string
	promised                json.RawMessage
}{
	{"list", "get", "/v1/checkout/sessions", SessionListOutput},
	{"create", "post", "/v1/checkout/sessions", SessionOutput},
	{"retrieve", "get", "/v1/checkout/sessions/{session}", SessionOutput},
	{"expire", "post", "/v1/checkout/sessions/{session}/expire", SessionOutput},
	{"line_items", "get", "/v1/checkout/sessions/{session}/line_items", LineItemListOutput},
}

// ownMembers are those that Stripe doesn't send: for a failed call, and for a
// page reduced to some fields.
var ownMembers = []string{"error", "next_page"}

// An output schema must accept everything that Stripe documents for an answer,
// because a client may throw away an answer that breaks it.
func TestOutputSchemasAdmitEveryAnswer(t *testing.T) {
	for _, a := range answers {
		t.Run(a.operation, func(t *testing.T) {
			promised, stripes := parseOutput(t, a.promised), documentedAnswer(t, a.method, a.path)
			for _, name := range slices.Sorted(maps.Keys(promised.Properties)) {
				if slices.Contains(ownMembers, name) {
					if stripes.Properties[name] != nil {
						t.Errorf("Stripe's answer has its own %s", name)
					}
					continue
				}
				if stripes.Properties[name] == nil {
					t.Errorf("Stripe's answer has no %s", name)
					continue
				}
				for _, complaint := range narrower(promised.Properties[name], stripes.Properties[name]) {
					t.Errorf("%s: %s", name, complaint)
				}
			}
			if promised.Required != nil {
				t.Errorf("requires %v, which fields may remove from an answer", promised.Required)
			}
		})
	}
}

func TestNarrower(t *testing.T) {
	tests := []struct{ name, ours, stripes, want string }{
		{"the same", `{"type":"string"}`, `{"type":"string"}`, ""},
		{"wider", `{"type":["string","null"]}`, `{"type":"string"}`, ""},
		{"any", `{}`, `{"type":"string","nullable":true}`, ""},
		{"number for integer", `{"type":"number"}`, `{"type":"integer"}`, ""},
		{"no enumeration", `{"type":"string"}`, `{"type":"string","enum":["a"]}`, ""},
		{"null", `{"type":"string"}`, `{"type":"string","nullable":true}`, "null is not admitted"},
		{"null in the enumeration", `{"type":["string","null"],"enum":["a"]}`, `{"type":"string","enum":["a"],"nullable":true}`, "null is not admitted"},
		{"type", `{"type":"integer"}`, `{"type":"string"}`, "string is not admitted"},
		{"integer for number", `{"type":"integer"}`, `{"type":"number"}`, "number is not admitted"},
		{"alternative", `{"type":"string"}`, `{"anyOf":[{"type":"string"},{"type":"object"}]}`, "object is not admitted"},
		{"value", `{"type":"string","enum":["a"]}`, `{"type":"string","enum":["a","b"]}`, `"b" is not admitted`},
		{"enumerated here only", `{"type":"string","enum":["a"]}`, `{"type":"string"}`, "an enumeration that Stripe doesn't have"},
		{"items", `{"type":"array","items":{"type":"string"}}`, `{"type":"array","items":{"type":"object"}}`, "items: object is not admitted"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			stripes := new(jsonSchema)
			if err := json.Unmarshal([]byte(tt.stripes), stripes); err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(narrower(parseOutput(t, json.RawMessage(tt.ours)), stripes), "; "); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestFixturesSatisfyOutputSchemas(t *testing.T) {
	var fixtures struct{ Resources map[string]json.RawMessage }
	if err := json.Unmarshal(embedded.OpenAPIFixtures, &fixtures); err != nil {
		t.Fatal(err)
	}
	session, item := fixtures.Resources["checkout.session"], fixtures.Resources["item"]
	if session == nil || item == nil {
		t.Fatal("stripe-mock has no such fixture")
	}
	list := func(url string, data json.RawMessage) string {
		return fmt.Sprintf(`{"object":"list","data":[%s],"has_more":false,"url":%q}`, data, url)
	}
	failed := `{"error":{"type":"invalid_request_error","code":"resource_missing","message":"No such checkout session: cs_1","http_status":404}}`
	tests := []struct {
		name   string
		schema json.RawMessage
		answer string
		valid  bool
	}{
		{"session", SessionOutput, string(session), true},
		{"some fields", SessionOutput, `{"id":"cs_test_1"}`, true},
		{"no status yet", SessionOutput, `{"status":null,"url":null,"amount_total":null,"currency":null}`, true},
		{"sessions", SessionListOutput, list("/v1/checkout/sessions", session), true},
		{"no sessions", SessionListOutput, `{"object":"list","data":[],"has_more":false,"url":"/v1/checkout/sessions"}`, true},
		{"line items", LineItemListOutput, list("/v1/checkout/sessions/cs_test_1/line_items", item), true},
		{"failed session", SessionOutput, failed, true},
		{"failed sessions", SessionListOutput, failed, true},
		{"failed line items", LineItemListOutput, failed, true},
		{"a list for a session", SessionOutput, `[]`, false},
		{"another status", SessionOutput, `{"status":"paid"}`, false},
		{"not a list", SessionListOutput, `{"data":{}}`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			answer, err := validator.UnmarshalJSON(strings.NewReader(tt.answer))
			if err != nil {
				t.Fatal(err)
			}
			if err := compileOutput(t, tt.schema).Validate(answer); (err == nil) != tt.valid {
				t.Errorf("validation says %v, want valid: %v", err, tt.valid)
			}
		})
	}
}

// An outputSchema is the part of JSON Schema that output schemas use, where
// type may be a list.
type outputSchema struct {
	Types      []string
	Enum       []any
	Required   []string
	Properties map[string]*outputSchema
	Items      *outputSchema
}

func (s *outputSchema) UnmarshalJSON(data []byte) error {
	var raw struct {
		Type        json.RawMessage
		Enum        []any
		Required    []string
		Properties  map[string]*outputSchema
		Items       *outputSchema
		Description string
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields() // a keyword not compared here would go unnoticed
	if err := dec.Decode(&raw); err != nil {
		return err
	}
	s.Enum, s.Required, s.Properties, s.Items = raw.Enum, raw.Required, raw.Properties, raw.Items
	switch {
	case raw.Type == nil:
		return nil
	case raw.Type[0] == '[':
		return json.Unmarshal(raw.Type, &s.Types)
	}
	s.Types = make([]string, 1)
	return json.Unmarshal(raw.Type, &s.Types[0])
}

// narrower returns what Stripe's schema allows and ours doesn't.
func narrower(ours *outputSchema, stripes *jsonSchema) []string {
	var complaints []string
	complain := func(format string, args ...any) {
		complaints = append(complaints, fmt.Sprintf(format, args...))
	}
	admits := func(jsonType string) bool {
		return ours.Types == nil || slices.Contains(ours.Types, jsonType) || jsonType == "integer" && slices.Contains(ours.Types, "number")
	}

	alternatives := []*jsonSchema{stripes}
	if len(stripes.AnyOf) > 0 {
		alternatives = stripes.AnyOf
	}
	for _, a := range alternatives {
		if !admits(a.Type) {
			complain("%s is not admitted", a.Type)
		}
	}
	if stripes.Nullable && (!admits("null") || ours.Enum != nil && !slices.Contains(ours.Enum, nil)) {
		complain("null is not admitted")
	}
	switch {
	case ours.Enum != nil && stripes.Enum == nil:
		complain("an enumeration that Stripe doesn't have")
	case ours.Enum != nil:
		for _, v := range stripes.Enum {
			if !slices.Contains(ours.Enum, v) {
				complain("%q is not admitted", v)
			}
		}
	}
	if ours.Items != nil && stripes.Items != nil {
		for _, c := range narrower(ours.Items, stripes.Items) {
			complain("items: %s", c)
		}
	}
	return complaints
}

// documentedAnswer returns the schema of an operation's answer in Stripe's
// OpenAPI document, with the references in it and in its items resolved.
func documentedAnswer(t *testing.T, method, path string) *jsonSchema {
	t.Helper()
	spec, err := stripesDocument()
	if err != nil {
		t.Fatal(err)
	}
	var operation struct {
		Responses map[string]struct {
			Content map[string]struct{ Schema *jsonSchema }
		}
	}
	if err := spec.operation(method, path, &operation); err != nil {
		t.Fatal(err)
	}
	resolve := func(s *jsonSchema) *jsonSchema {
		if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
			return spec.Components.Schemas[name]
		}
		return s
	}
	answer := operation.Responses["200"].Content["application/json"].Schema
	if answer == nil {
		t.Fatalf("%s %s has no answer in Stripe's document", method, path)
	}
	resolved := *resolve(answer)
	resolved.Properties = maps.Clone(resolved.Properties)
	for name, p := range resolved.Properties {
		if p.Items != nil {
			list := *p
			list.Items = resolve(p.Items)
			resolved.Properties[name] = &list
		}
	}
	return &resolved
}

func parseOutput(t *testing.T, schema json.RawMessage) *outputSchema {
	t.Helper()
	s := new(outputSchema)
	if err := json.Unmarshal(schema, s); err != nil {
		t.Fatal(err)
	}
	return s
}

func compileOutput(t *testing.T, schema json.RawMessage) *validator.Schema {
	t.Helper()
	doc, err := validator.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		t.Fatal(err)
	}
	c := validator.NewCompiler()
	if err := c.AddResource("output", doc); err != nil {
		t.Fatal(err)
	}
	return c.MustCompile("output")
}
