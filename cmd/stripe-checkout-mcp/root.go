package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/tools"
)

// rootCommand returns the command line. Each command's help has an example, and
// every flag can be set in the environment instead.
func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "stripe-checkout-mcp",
		Short: "Stripe Checkout Sessions for AI agents, as MCP tools and as REST",
		Long: `Stripe Checkout Sessions for AI agents: list, create, retrieve, expire, and list
line items, as MCP tools over stdio and streamable HTTP, and as a REST API.

The Stripe API key comes from the environment, never from a flag, which every
user of the machine could read in the process list:
  STRIPE_API_KEY       the key, preferably a restricted one (rk_test_…, rk_live_…)
  STRIPE_API_KEY_FILE  or a file that contains it

Every flag can also be set in the environment: for --read-only, set
STRIPE_CHECKOUT_MCP_READ_ONLY=true.

Exit codes: 0 success; 1 failure (doctor: a check failed; call: the tool
returned an error); 2 the command line or an environment variable is wrong.`,
		Example: `  stripe-checkout-mcp config claude-code --sandbox --write   try it in an agent
  stripe-checkout-mcp call ` + operations.List.Tool + ` '{"limit":1}' --sandbox
  STRIPE_API_KEY_FILE=/run/secrets/stripe stripe-checkout-mcp doctor`,
		Version:       versionDetails(),
		SilenceErrors: true, // run prints them itself
		SilenceUsage:  true,
		Args:          unknownCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if err := unknownVariable(cmd.Root()); err != nil {
				return err
			}
			if err := flagsFromEnvironment(cmd.Flags()); err != nil {
				return err
			}
			return keyInFlag(cmd.Flags())
		},
	}
	root.AddCommand(stdioCommand(), httpCommand(tools.NewServer, mcpHandler), sandboxCommand(), configCommand(), doctorCommand(), callCommand())
	for _, cmd := range commandsUnder(root)[1:] {
		if cmd.Args != nil {
			cmd.Args = usageArgs(cmd.Args)
		}
	}
	completeFlags(root)
	return root
}

const environmentPrefix = "STRIPE_CHECKOUT_MCP_"

// otherVariables are the environment variables besides those of the flags.
var otherVariables = []struct{ name, meaning string }{
	{"STRIPE_API_KEY", "The Stripe API key: preferably a restricted key (`rk_test_…`, `rk_live_…`), otherwise a secret key (`sk_…`)."},
	{"STRIPE_API_KEY_FILE", "A file that contains the key, as an alternative to `STRIPE_API_KEY`: for secrets that a platform mounts as files, and for clients that don't pass environment variables on."},
	{tokensVariable, "The tokens that `http --auth token` accepts from callers, separated by commas or white space. You can use `--token-file` instead."},
	{approvalTokensVariable, "The tokens of people who may approve writes on the page at `http --approval-addr`. You can use `--approval-token-file` instead."},
	{webhookSecret, "The secret with which `sandbox --webhook` signs events (`whsec_…`). By default it makes a new one at each start."},
	{"OTEL_…", "OpenTelemetry's own variables, such as `OTEL_EXPORTER_OTLP_ENDPOINT`, which say where `http` and `stdio` send traces and metrics. See [remote](remote.md)."},
	{"HTTPS_PROXY", "A proxy for requests to Stripe, with `NO_PROXY` for exceptions, as in every Go program."},
	{"SSL_CERT_FILE", "A file with the certificate authorities to trust instead of the system's (on Linux), with `SSL_CERT_DIR` for a folder of them."},
	{"NO_COLOR", "Any value turns colors off. Output that doesn't go to a terminal never has colors."},
}

// environmentName returns the variable that sets a flag if it is not given.
func environmentName(flag string) string {
	return environmentPrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// flagsFromEnvironment sets the flags that were not given. An empty variable
// counts as unset, because that is how containers unset one.
func flagsFromEnvironment(flags *pflag.FlagSet) error {
	var wrong error
	flags.VisitAll(func(f *pflag.Flag) {
		name := environmentName(f.Name)
		value := os.Getenv(name)
		if f.Changed || value == "" || f.Name == "help" || f.Name == "version" || wrong != nil {
			return
		}
		if err := flags.Set(f.Name, value); err != nil {
			if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
				err = invalid.Unwrap()
			}
			wrong = usageError{valueError(name, f, value, err)}
		}
	})
	return wrong
}

// keyInFlag refuses a key where another value belongs, because it would end up
// in a config entry or a file name.
func keyInFlag(flags *pflag.FlagSet) (wrong error) {
	flags.Visit(func(f *pflag.Flag) {
		values := []string{f.Value.String()}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		if slices.ContainsFunc(values, isKey) {
			wrong = usageError{fmt.Errorf("--%s contains a Stripe API key: put the key in STRIPE_API_KEY, or in the file that STRIPE_API_KEY_FILE names", f.Name)}
		}
	})
	return wrong
}

func isKey(s string) bool {
	_, err := stripeclient.ParseKey(s)
	return err == nil
}
