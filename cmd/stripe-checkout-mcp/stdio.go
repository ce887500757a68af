package main

import (
	"context"

	"github.com/spf13/cobra"
)

func stdioCommand() *cobra.Command {
	var flags serverFlags
	cmd := &cobra.Command{
		Use:   "stdio",
		Short: "Serve MCP over standard input and output, for desktop agents and IDEs",
		Example: `  stripe-checkout-mcp stdio --sandbox
  STRIPE_API_KEY=rk_test_… stripe-checkout-mcp stdio --read-only`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			backend, err := flags.backend(cmd.Context(), cmd.ErrOrStderr(), backendOptions{})
			if err != nil {
				return err
			}
			defer backend.flush()
			// A signal ends the input; the calls that run still answer. Run
			// itself would drop their answers if its context were cancelled.
			transport := &lineTransport{in: cmd.InOrStdin(), out: cmd.OutOrStdout(), stop: cmd.Context()}
			return backend.server.Run(context.WithoutCancel(cmd.Context()), transport)
		},
	}
	flags.register(cmd.Flags())
	return cmd
}
