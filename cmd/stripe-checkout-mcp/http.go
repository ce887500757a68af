package main

import (
	"net/http"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/spf13/cobra"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/httpserver"
)

func httpCommand() *cobra.Command {
	var flags serverFlags
	var remote httpFlags
	var rest restFlags
	cmd := &cobra.Command{
		Use:   "http",
		Short: "Serve MCP over streamable HTTP, at /mcp and at /, and REST beside it",
		Long: `Serve MCP over streamable HTTP, at /mcp and at /, for agents on this machine or,
with --auth, on others. Of the limits, 0 means none.`,
		Example: `  stripe-checkout-mcp http --sandbox --rest-addr 127.0.0.1:8080
  STRIPE_API_KEY_FILE=/run/secrets/stripe stripe-checkout-mcp http --addr 127.0.0.1:9090
  stripe-checkout-mcp http --addr :9090 --auth stripe-key --tls-cert tls.crt --tls-key tls.key`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			callersBringKeys := remote.auth.mode == string(auth.StripeKey)
			config, err := remote.config(cmd.Flags().Changed, &flags.stripe.livemode)
			if err != nil {
				return err
			}
			backend, err := flags.backend(cmd.Context(), cmd.ErrOrStderr(), backendOptions{
				callerKeys: callersBringKeys,
				prometheus: remote.metricsAddr != "",
				upstream:   remote.upstream,
				toolScope:  toolScope,
			})
			if err != nil {
				return err
			}
			defer backend.flush()
			config.Logger, config.Telemetry = backend.log, backend.telemetry

			// What every listener's handler is wrapped in.
			wrap := func(h http.Handler) http.Handler { return h }
			if callersBringKeys {
				wrap = callerKeys
			}
			config.Listeners = append(config.Listeners, httpserver.MCP(remote.addr, wrap(mcpHandler(backend.server)), toolScope))
			config.Listeners = append(config.Listeners, rest.listeners(backend.service, flags, wrap)...)
			service, err := httpserver.New(config)
			if err != nil {
				return err
			}
			return service.Run(cmd.Context())
		},
	}
	remote.register(cmd.Flags())
	rest.register(cmd.Flags())
	flags.register(cmd.Flags())
	return cmd
}

// mcpHandler serves MCP so that any replica can answer any request.
func mcpHandler(server *mcp.Server) http.Handler {
	return mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, &mcp.StreamableHTTPOptions{
		Stateless:                    true,
		JSONResponse:                 true, // one answer a call: nothing to stream
		PropagateRequestCancellation: true,
		// httpserver looks at the host names: it knows those that are allowed.
		DisableLocalhostProtection: true,
	})
}
