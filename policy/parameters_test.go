package policy_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/policy"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/schemas"
)

// TestEveryParameter lists every parameter that stripe-go can send, with the
// rule it falls under. When an update of stripe-go brings a new one, it shows
// up here: decide what it does to money before adding it to parameters.go.
func TestEveryParameter(t *testing.T) {
	t.Parallel()
	var lines []string
	body, _ := schemas.Create.Schema().Properties.Get("body")
	walk(body, "", func(name string) {
		rule := policy.RuleOf(name)
		if rule == "" {
			t.Errorf("%s is under no rule", name)
		}
		lines = append(lines, fmt.Sprintf("%-8s %s\n", rule, name))
	})
	slices.Sort(lines)
	got := strings.Join(lines, "")
	const golden = "testdata/parameters.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is out of date: look at what changed, then run go generate ./policy", golden)
	}
	if len(lines) < 200 {
		t.Errorf("found only %d parameters", len(lines))
	}
}

// walk calls leaf with the name of every parameter that has a value.
func walk(s *jsonschema.Schema, name string, leaf func(string)) {
	if s.Items != nil {
		walk(s.Items, name, leaf)
		return
	}
	if s.Properties != nil && s.Properties.Len() > 0 {
		for p := s.Properties.Oldest(); p != nil; p = p.Next() {
			walk(p.Value, strings.TrimPrefix(name+"."+p.Key, "."), leaf)
		}
		return
	}
	if s.AdditionalProperties != nil && s.AdditionalProperties.Properties != nil {
		walk(s.AdditionalProperties, name+".*", leaf)
		return
	}
	leaf(name)
}
