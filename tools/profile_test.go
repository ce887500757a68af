package tools

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// The profile is what every provider and client accepts in a tool. A single
// schema that breaks a rule makes some of them refuse the whole server, not
// just that tool.
//
//   - No $ref, no $defs: Gemini's API and many converters don't resolve them.
//   - No anyOf, oneOf, allOf, not, if: OpenAI refuses them at the root, and converters drop them below.
//   - Every property has exactly one type: Gemini has no type lists, and converters take the first type or none. Answers are the exception: Stripe's fields may be null, which only a type list can express, and no provider is sent their schemas to follow.
//   - Every array says what its items are, with a type: OpenAI answers "array schema missing items", and VS Code ends the chat.
//   - No description is longer than 1,024 characters, where Copilot cuts it.
//   - Without its descriptions, an input schema has at most 5,000 bytes. If it is larger, Codex passes on no structure below the third level; if it is larger with its descriptions, Codex passes on none of them.
//   - The root is an object.
//   - A name has at most 64 of the characters that OpenAI and Anthropic accept, and at most 60 including the server's name and what Cursor adds to both.
func TestToolsKeepToTheProfile(t *testing.T) {
	for _, tool := range listTools(t, connectSandbox(t)) {
		for _, broken := range profileBreaches(tool.Name, reread(t, tool.InputSchema), reread(t, tool.OutputSchema)) {
			t.Errorf("%s: %s", tool.Name, broken)
		}
	}
}

// server is the name of this server in docs/clients.md and `config`.
const server = "stripe-checkout"

var toolName = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

func profileBreaches(name string, input, output map[string]any) []string {
	var all []string
	if !toolName.MatchString(name) {
		all = append(all, "its name is not 1 to 64 letters, digits, underscores and hyphens")
	}
	if full := "mcp_" + server + "_" + name; len(full) > 60 {
		all = append(all, fmt.Sprintf("Cursor's name for it, %s, has %d characters, more than 60", full, len(full)))
	}
	all = append(all, schemaBreaches("inputSchema", input, false)...)
	all = append(all, schemaBreaches("outputSchema", output, true)...)
	if size := len(codexForm(input)); size > codexBudget {
		all = append(all, fmt.Sprintf("inputSchema has %d bytes without its descriptions, more than %d", size, codexBudget))
	}
	for _, root := range []map[string]any{input, output} {
		if root["type"] != "object" {
			all = append(all, "the root of a schema is not an object")
		}
	}
	return all
}

var combinators = []string{"$ref", "$defs", "definitions", "anyOf", "oneOf", "allOf", "not", "if", "then", "else", "prefixItems"}

// schemaBreaches checks a schema and everything below it.
func schemaBreaches(at string, schema map[string]any, nullable bool) []string {
	var all []string
	for _, keyword := range combinators {
		if schema[keyword] != nil {
			all = append(all, at+" has "+keyword)
		}
	}
	types := []string{"string", "integer", "number", "boolean", "array", "object"}
	switch kind := schema["type"].(type) {
	case string:
		if !slices.Contains(types, kind) {
			all = append(all, fmt.Sprintf("%s has the type %q", at, kind))
		}
	case []any:
		if !nullable || len(kind) != 2 || kind[1] != "null" {
			all = append(all, fmt.Sprintf("%s has the types %v", at, kind))
		}
	default:
		all = append(all, at+" has no type")
	}
	if items, ok := schema["items"].(map[string]any); ok {
		all = append(all, schemaBreaches(at+"[]", items, nullable)...)
	} else if schema["type"] == "array" {
		all = append(all, at+" has no items")
	}
	if values, ok := schema["additionalProperties"].(map[string]any); ok {
		all = append(all, schemaBreaches(at+".*", values, nullable)...)
	}
	properties, _ := schema["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		child, ok := properties[name].(map[string]any)
		if !ok {
			all = append(all, fmt.Sprintf("%s.%s is %v", at, name, properties[name]))
			continue
		}
		all = append(all, schemaBreaches(at+"."+name, child, nullable)...)
	}
	if description, _ := schema["description"].(string); utf8.RuneCountInString(description) > 1024 {
		all = append(all, fmt.Sprintf("%s has a description of %d characters, more than 1024", at, utf8.RuneCountInString(description)))
	}
	required, _ := schema["required"].([]any)
	for _, name := range required {
		if properties[name.(string)] == nil {
			all = append(all, fmt.Sprintf("%s requires %v, which it doesn't have", at, name))
		}
	}
	return all
}

// codexBudget is the size to which Codex trims input schemas: openai/codex,
// codex-rs/tools/src/json_schema.rs. internal/agents tests it with Codex
// itself.
const codexBudget = 5000

// codexForm returns a schema as Codex measures it without descriptions: it adds
// properties to every object.
func codexForm(schema map[string]any) []byte {
	var strip func(schema map[string]any) map[string]any
	strip = func(schema map[string]any) map[string]any {
		form := maps.Clone(schema)
		delete(form, "description")
		if items, ok := form["items"].(map[string]any); ok {
			form["items"] = strip(items)
		}
		if values, ok := form["additionalProperties"].(map[string]any); ok {
			form["additionalProperties"] = strip(values)
		}
		if form["type"] == "object" {
			properties := map[string]any{}
			given, _ := form["properties"].(map[string]any)
			for name, child := range given {
				if child, ok := child.(map[string]any); ok {
					properties[name] = strip(child)
				}
			}
			form["properties"] = properties
		}
		return form
	}
	data, err := json.Marshal(strip(schema))
	if err != nil {
		panic(err) // it was JSON
	}
	return data
}

// reread returns a schema as a client reads it.
func reread(t *testing.T, schema any) map[string]any {
	t.Helper()
	data, err := json.Marshal(schema)
	if err != nil {
		t.Fatal(err)
	}
	var read map[string]any
	if err := json.Unmarshal(data, &read); err != nil {
		t.Fatal(err)
	}
	return read
}

// A profile that nothing can break proves nothing.
func TestTheProfileCanBeBroken(t *testing.T) {
	const fine = `{"type":"object"}`
	for _, tt := range []struct{ name, input, output, want string }{
		{"t", fine, `{"type":"object","properties":{"url":{"type":["string","null"]}}}`, ""},
		{"a.b", fine, fine, "its name is not 1 to 64 letters, digits, underscores and hyphens"},
		{"t" + strings.Repeat("x", 40), fine, fine, "Cursor's name for it, mcp_stripe-checkout_t" + strings.Repeat("x", 40) + ", has 61 characters, more than 60"},
		{"t", `{"type":"object","properties":{"a":{"description":"Seconds."}}}`, fine, "inputSchema.a has no type"},
		{"t", `{"type":"object","properties":{"a":{"type":["string","null"]}}}`, fine, "inputSchema.a has the types [string null]"},
		{"t", `{"type":"object","properties":{"a":{"type":"array"}}}`, fine, "inputSchema.a has no items"},
		{"t", `{"type":"object","properties":{"a":{"type":"array","items":{}}}}`, fine, "inputSchema.a[] has no type"},
		{"t", `{"type":"object","properties":{"a":{"type":"object","additionalProperties":{"anyOf":[]}}}}`, fine, "inputSchema.a.* has anyOf; inputSchema.a.* has no type"},
		{"t", `{"type":"object","properties":{"a":true}}`, fine, "inputSchema.a is true"},
		{"t", `{"type":"object","required":["a"]}`, fine, "inputSchema requires a, which it doesn't have"},
		{"t", `{"type":"object","properties":{"a":{"type":"string","description":"` + strings.Repeat("é", 1025) + `"}}}`, fine, "inputSchema.a has a description of 1025 characters, more than 1024"},
		{"t", `{"type":"object","properties":{"` + strings.Repeat("a", 5000) + `":{"type":"object"}}}`, fine, "inputSchema has 5069 bytes without its descriptions, more than 5000"},
		{"t", fine, `{"type":"array","items":{"type":"text"}}`, `outputSchema[] has the type "text"; the root of a schema is not an object`},
	} {
		got := profileBreaches(tt.name, reread(t, json.RawMessage(tt.input)), reread(t, json.RawMessage(tt.output)))
		want := []string(nil)
		if tt.want != "" {
			want = strings.Split(tt.want, "; ")
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s %s %s breaks the profile by %q, want %q", tt.name, tt.input, tt.output, got, want)
		}
	}
}
