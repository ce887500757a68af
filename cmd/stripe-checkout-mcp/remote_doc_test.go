package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/tools"
)

// The table of limits in docs/remote.md matches the program.
func TestLimitsAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/remote.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "<!-- limits: checked against the program by a test -->\n")
	got, _, found := strings.Cut(rest, "<!-- end -->")
	if !found {
		t.Fatal("docs/remote.md has no table of limits")
	}
	if want := limitsTable(); got != want {
		t.Errorf("the table of limits in docs/remote.md must be:\n%s", want)
	}
}

func limitsTable() string {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	flags.SortFlags = false // keep the order in which they are defined
	new(httpFlags).registerLimits(flags)
	var b strings.Builder
	b.WriteString("| flag | default | what it bounds |\n|---|---|---|\n")
	flags.VisitAll(func(f *pflag.Flag) {
		_, usage := pflag.UnquoteUsage(f)
		fmt.Fprintf(&b, "| `--%s` | %s | %s |\n", f.Name, f.DefValue, usage)
	})
	return b.String()
}

// Every flag that the page names exists.
func TestDocumentedFlagsExist(t *testing.T) {
	page, err := os.ReadFile("../../docs/remote.md")
	if err != nil {
		t.Fatal(err)
	}
	flags := httpCommand(tools.NewServer, mcpHandler).Flags()
	for _, word := range strings.FieldsFunc(string(page), func(r rune) bool {
		return r != '-' && (r < 'a' || r > 'z')
	}) {
		name, isFlag := strings.CutPrefix(word, "--")
		if !isFlag || name == "" || strings.HasPrefix(name, "-") || name == "from-file" {
			continue
		}
		if flags.Lookup(name) == nil {
			t.Errorf("docs/remote.md names --%s, which http doesn't have", name)
		}
	}
}
