package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
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
  STRIPE_API_KEY       the key; best a restricted one (rk_test_…, rk_live_…)
  STRIPE_API_KEY_FILE  or a file that holds it

Every flag can be set in the environment too: --read-only as
STRIPE_CHECKOUT_MCP_READ_ONLY=true.`,
		Version:           version(),
		SilenceErrors:     true, // main prints them, once
		SilenceUsage:      true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return flagsFromEnvironment(cmd.Flags()) },
	}
	root.AddCommand(stdioCommand(), httpCommand(), sandboxCommand())
	return root
}

const environmentPrefix = "STRIPE_CHECKOUT_MCP_"

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
			wrong = fmt.Errorf("%s: %w", name, err)
		}
	})
	return wrong
}
