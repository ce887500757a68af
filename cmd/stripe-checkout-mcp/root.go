package main

import (
	"errors"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spf13/pflag"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
)

// rootCommand is the command line. Commands say what they are for with an
// example; every flag can be set in the environment instead.
func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "stripe-checkout-mcp",
		Short: "Stripe Checkout Sessions for AI agents, as MCP tools and as REST",
		Long: `Stripe Checkout Sessions for AI agents: list, create, retrieve, expire, and list
line items, as MCP tools over stdio and streamable HTTP, and as a REST API.

The Stripe API key comes from the environment, never from a flag, which every
user of the machine could read in the process list:
  STRIPE_API_KEY       the key, preferably a restricted one (rk_test_…, rk_live_…)
  STRIPE_API_KEY_FILE  a file that holds it, instead

Every flag can also be set in the environment: --read-only as
STRIPE_CHECKOUT_MCP_READ_ONLY=true.

Exit codes: 0 it worked; 1 it failed (of doctor: a check failed; of call: the
tool answered with an error); 2 the command line or a variable is wrong.`,
		Example: `  stripe-checkout-mcp config claude-code --sandbox --write   add it to an agent, to try
  stripe-checkout-mcp call ` + operations.List.Tool + ` '{"limit":1}' --sandbox
  STRIPE_API_KEY_FILE=/run/secrets/stripe stripe-checkout-mcp doctor`,
		Version:       versionDetails(),
		SilenceErrors: true, // run prints them, once
		SilenceUsage:  true,
		Args:          unknownCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if err := unknownVariable(cmd.Root()); err != nil {
				return err
			}
			return flagsFromEnvironment(cmd.Flags())
		},
	}
	root.AddCommand(stdioCommand(), httpCommand(), sandboxCommand(), configCommand(), doctorCommand(), callCommand())
	for _, cmd := range commandsUnder(root)[1:] {
		if cmd.Args != nil {
			cmd.Args = usageArgs(cmd.Args)
		}
	}
	completeFlags(root)
	return root
}

const environmentPrefix = "STRIPE_CHECKOUT_MCP_"

// otherVariables are what the environment can hold besides the flags.
var otherVariables = []struct{ name, meaning string }{
	{"STRIPE_API_KEY", "The Stripe API key: preferably a restricted key (`rk_test_…`, `rk_live_…`), otherwise a secret key (`sk_…`)."},
	{"STRIPE_API_KEY_FILE", "A file that holds the key, instead of `STRIPE_API_KEY`: for secrets that a platform mounts, and for clients that pass no variables on."},
	{tokensVariable, "The tokens that callers of `http --auth token` may bring, separated by commas or white space; or use `--token-file`."},
	{approvalTokensVariable, "The tokens of people who may approve writes on the page of `http --approval-addr`; or use `--approval-token-file`."},
	{webhookSecret, "What `sandbox --webhook` signs events with (`whsec_…`), instead of a new secret at each start."},
	{"OTEL_…", "OpenTelemetry's own variables: where `http` and `stdio` send traces and metrics, such as `OTEL_EXPORTER_OTLP_ENDPOINT`. See [remote](remote.md)."},
	{"HTTPS_PROXY", "A proxy for the requests to Stripe, with `NO_PROXY` for exceptions, as in every Go program."},
	{"SSL_CERT_FILE", "A file with the certificate authorities to trust instead of the system's (on Linux), with `SSL_CERT_DIR` for a folder of them."},
	{"NO_COLOR", "Any value turns colours off. Output that doesn't go to a terminal never has colours."},
}

// environmentName is where a flag is read from if it is not given.
func environmentName(flag string) string {
	return environmentPrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// flagsFromEnvironment sets the flags that were not given. An empty variable
// counts as none: that is how containers unset one.
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
