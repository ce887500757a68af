package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/splice"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stdio"
)

// waiting is shown to someone who starts stdio by hand.
const waiting = `This is an MCP server. An agent starts it and sends it JSON-RPC on standard input,
one message per line. It is waiting for the first one; press Ctrl-D or Ctrl-C to stop.
  stripe-checkout-mcp config CLIENT    adds it to an agent
  stripe-checkout-mcp call TOOL JSON   calls a tool from here
`

func stdioCommand() *cobra.Command {
	var flags serverFlags
	cmd := &cobra.Command{
		Use:   "stdio",
		Short: "Serve MCP over standard input and output, for desktop agents and IDEs",
		Example: `  stripe-checkout-mcp stdio --sandbox
  STRIPE_API_KEY=rk_test_… stripe-checkout-mcp stdio --read-only`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			backend, err := flags.backend(cmd.Context(), cmd.ErrOrStderr(), backendOptions{pages: true})
			if err != nil {
				return err
			}
			defer backend.flush()
			if isTerminal(cmd.InOrStdin()) {
				fmt.Fprint(cmd.ErrOrStderr(), waiting)
			}
			// A signal ends the input, but running calls still answer. If its
			// context were cancelled, Run itself would drop their answers.
			ctx, values := splice.With(context.WithoutCancel(cmd.Context()))
			transport := &stdio.Transport{In: cmd.InOrStdin(), Out: cmd.OutOrStdout(), Messages: values.Writer, Stop: cmd.Context()}
			err = backend.server.Run(ctx, transport)
			if n := transport.Lost(); err == nil && n > 0 {
				err = fmt.Errorf("the client left %d messages unread", n)
			}
			return err
		},
	}
	flags.register(cmd.Flags())
	return cmd
}
