package main

import (
	"net/http"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/spf13/cobra"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/httpserver"
)

func httpCommand() *cobra.Command {
	var flags serverFlags
	var rest restFlags
	var addr string
	cmd := &cobra.Command{
		Use:   "http",
		Short: "Serve MCP over streamable HTTP, at /mcp and at /, and REST beside it",
		Example: `  stripe-checkout-mcp http --sandbox --rest-addr 127.0.0.1:8080
  STRIPE_API_KEY_FILE=/run/secrets/stripe stripe-checkout-mcp http --addr 127.0.0.1:9090`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			server, client, log, err := flags.server(cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			handler := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, &mcp.StreamableHTTPOptions{
				Stateless:                    true, // any replica can answer
				JSONResponse:                 true, // one answer a call: nothing to stream
				PropagateRequestCancellation: true,
			})
			listeners, err := rest.listeners(client, flags)
			if err != nil {
				return err
			}
			service, err := httpserver.New(httpserver.Config{
				Listeners: append(listeners, httpserver.MCP(addr, handler, nil)),
				Logger:    log,
			})
			if err != nil {
				return err
			}
			return service.Run(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&addr, "addr", "127.0.0.1:9090", "`address` to listen on")
	rest.register(cmd.Flags())
	flags.register(cmd.Flags())
	return cmd
}
