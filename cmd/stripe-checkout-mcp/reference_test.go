package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

var update = flag.Bool("update", false, "rewrite generated files")

//go:generate go test -run TestConfigurationPage -update .

const configurationPage = "../../docs/configuration.md"

// TestConfigurationPage keeps docs/configuration.md in step with the code.
func TestConfigurationPage(t *testing.T) {
	want := configuration(rootCommand())
	if *update {
		if err := os.WriteFile(configurationPage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(configurationPage)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is out of date: run go generate ./cmd/stripe-checkout-mcp", configurationPage)
	}
}

// configuration returns the page that lists every command, flag and variable.
func configuration(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString("<!-- Generated from the code by `go generate ./cmd/stripe-checkout-mcp`; a test keeps it so. -->\n" + `# Configuration

Every setting is a flag, and you can also set every flag in the environment: ` + "`--read-only`" + ` is
` + "`STRIPE_CHECKOUT_MCP_READ_ONLY=true`" + `. A flag takes precedence over its variable, and an empty variable counts as unset.
A variable with a misspelled name is refused, not ignored.

There is no flag for the Stripe API key, because every user of a machine can read the flags of its processes.

## Environment

| variable | meaning |
|---|---|
`)
	for _, v := range otherVariables {
		fmt.Fprintf(&b, "| `%s` | %s |\n", v.name, v.meaning)
	}
	b.WriteString("| `STRIPE_CHECKOUT_MCP_…` | Any flag below. |\n\n## Exit codes\n\n" + `| code | meaning |
|---|---|
| 0 | Success. |
| 1 | Failure. For ` + "`doctor`" + `, a check failed; for ` + "`call`" + `, the tool returned an error. |
| 2 | The command line or an environment variable is wrong. |
`)
	b.WriteString("\n## Commands\n\n| command | what it does |\n|---|---|\n")
	commands := slices.DeleteFunc(commandsUnder(root)[1:], func(cmd *cobra.Command) bool {
		return !cmd.IsAvailableCommand() || cmd.Name() == "completion" || cmd.Name() == "help"
	})
	name := func(cmd *cobra.Command) string { return strings.TrimPrefix(cmd.CommandPath(), root.Name()+" ") }
	for _, cmd := range commands {
		fmt.Fprintf(&b, "| `%s` | %s. |\n", strings.TrimSuffix(strings.TrimPrefix(cmd.UseLine(), root.Name()+" "), " [flags]"), cmd.Short)
	}
	b.WriteString("| `completion SHELL` | Print the completions for bash, zsh, fish or powershell; `completion SHELL --help` says how to load them. |\n")
	b.WriteString("\n## Flags\n\n| flag | environment | default | commands | meaning |\n|---|---|---|---|---|\n")
	var rows []string
	of := map[string][]string{}
	for _, cmd := range commands {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Hidden || f.Name == "help" {
				return
			}
			kind, usage := pflag.UnquoteUsage(f)
			value := ""
			if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "[]" {
				value = "`" + f.DefValue + "`"
			}
			row := fmt.Sprintf("| `%s` | `%s` | %s | %%s | %s |", strings.TrimSpace("--"+f.Name+" "+kind), environmentName(f.Name), value, strings.NewReplacer("|", `\|`, "%", "%%").Replace(usage))
			if of[row] == nil {
				rows = append(rows, row)
			}
			of[row] = append(of[row], name(cmd))
		})
	}
	slices.Sort(rows)
	for _, row := range rows {
		fmt.Fprintf(&b, row+"\n", strings.Join(of[row], ", "))
	}
	return b.String()
}

// Every command has a description and an example, every flag says what it does,
// and nothing takes a key.
func TestHelp(t *testing.T) {
	root := rootCommand()
	for _, cmd := range commandsUnder(root)[1:] {
		if cmd.Name() == "completion" || cmd.Name() == "help" {
			continue
		}
		if cmd.Short == "" || !strings.Contains(cmd.Example, cmd.CommandPath()) {
			t.Errorf("%s has no description or no example", cmd.Name())
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Usage == "" {
				t.Errorf("%s --%s has no description", cmd.Name(), f.Name)
			}
			for _, word := range []string{"api-key", "secret"} {
				if strings.Contains(f.Name, word) {
					t.Errorf("%s --%s would put a secret into process lists", cmd.Name(), f.Name)
				}
			}
		})
	}
}
