package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"runtime"
	"syscall"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/spf13/cobra"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/httpserver"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/rpc"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/shortcut"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/splice"
)

// httpCommand takes [tools.NewServer] and mcpHandler. Only the conformance test
// passes others.
func httpCommand(newServer newServer, handler func(*mcp.Server) http.Handler) *cobra.Command {
	var flags serverFlags
	var remote httpFlags
	var rest restFlags
	var approvals approvalFlags
	cmd := &cobra.Command{
		Use:   "http",
		Short: "Serve MCP over streamable HTTP, and optionally a REST API",
		Long: `Serve MCP over streamable HTTP, at /mcp and at /, for agents on this machine or,
with --auth, on others. A limit of 0 means no limit.`,
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
			if rest.addr != "" {
				if err := checkAddr("rest-addr", rest.addr); err != nil {
					return err
				}
			}
			backend, err := flags.backend(cmd.Context(), cmd.ErrOrStderr(), backendOptions{
				callerKeys: callersBringKeys,
				prometheus: remote.metricsAddr != "",
				upstream:   remote.upstream,
				toolScope:  toolScope,
				approvals:  approvals,
				tls:        remote.tls.CertFile != "",
				pages:      true,
				newServer:  newServer,
			})
			if err != nil {
				return err
			}
			defer backend.flush()
			config.Logger, config.Telemetry = backend.log, backend.telemetry

			// Every listener's handler is wrapped in this.
			wrap := merchants
			if callersBringKeys {
				wrap = callerKeys
			}
			config.Listeners = append(config.Listeners, httpserver.MCP(remote.addr, wrap(handler(backend.server)), toolScope))
			config.Listeners = append(config.Listeners, rest.listeners(backend, flags, config.Auth.Mode, wrap)...)
			page, err := approvals.listeners(backend.approvals, config)
			if err != nil {
				return usageError{err}
			}
			config.Listeners = append(config.Listeners, page...)
			// Nothing ever touches the ballast, so it takes no memory. But the
			// garbage collector counts it, and under load runs a third as
			// often.
			ballast := make([]byte, 16<<20)
			defer runtime.KeepAlive(ballast)
			service, err := httpserver.New(config)
			if err != nil {
				return startError(err)
			}
			if isTerminal(cmd.ErrOrStderr()) {
				fmt.Fprint(cmd.ErrOrStderr(), addresses(service, remote.tls.CertFile != ""))
			}
			return service.Run(cmd.Context())
		},
	}
	remote.register(cmd.Flags())
	rest.register(cmd.Flags())
	approvals.register(cmd.Flags())
	flags.register(cmd.Flags())
	return cmd
}

// addresses tells the user where to connect.
func addresses(service *httpserver.Server, tls bool) string {
	scheme := "http://"
	if tls {
		scheme = "https://"
	}
	text := "MCP for clients:      " + scheme + service.Addr("mcp").String() + "/mcp\n"
	if rest := service.Addr("rest"); rest != nil {
		text += "REST documentation:   " + scheme + rest.String() + "/docs\n"
	}
	if metrics := service.Addr("metrics"); metrics != nil {
		text += "Prometheus metrics:   http://" + metrics.String() + "/metrics\n"
	}
	return text
}

// startError explains why the server didn't start and what to change.
func startError(err error) error {
	listen, ok := errors.AsType[*httpserver.ListenError](err)
	if !ok {
		return usageError{err}
	}
	flag := map[string]string{"mcp": "--addr", "rest": "--rest-addr", "approval": "--approval-addr", "metrics": "--metrics-addr"}[listen.Listener]
	return listenError(flag, listen.Addr, listen.Err)
}

// listenError explains why the program can't listen on an address.
func listenError(flag, addr string, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%s is in use by another program: choose another %s, or run stripe-checkout-mcp doctor --addr %[1]s to see what is there", addr, flag)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s %s needs privileges that this user lacks: choose a port above 1023", flag, addr)
	default:
		if inner, ok := errors.AsType[*net.OpError](err); ok {
			err = inner.Err
		}
		return fmt.Errorf("can't listen on %s %s: %w", flag, addr, err)
	}
}

// mcpHandler serves MCP so that any replica can answer any request.
func mcpHandler(server *mcp.Server) http.Handler { return streamableHandler(server, hearsProgress) }

// streamableHandler answers most calls with JSON, and the calls that streams
// picks with a stream of events.
func streamableHandler(server *mcp.Server, streams func(call *jsonrpc.Request) bool) http.Handler {
	server.AddReceivingMiddleware(stopsWithCaller)
	handler := func(json bool) http.Handler {
		return mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, streamableOptions(json))
	}
	answers, events := shortcut.Handler(server, handler(true)), handler(false)
	return splice.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.WithContext(context.WithValue(r.Context(), requestKey{}, r.Context()))
		if call := rpc.FromContext(r.Context()).Call(); call != nil && streams(call) {
			events.ServeHTTP(w, r)
			return
		}
		answers.ServeHTTP(w, r)
	}))
}

func streamableOptions(json bool) *mcp.StreamableHTTPOptions {
	return &mcp.StreamableHTTPOptions{
		Stateless:                    true,
		JSONResponse:                 json,
		PropagateRequestCancellation: true,
		// httpserver checks host names, because it knows the allowed ones.
		DisableLocalhostProtection: true,
	}
}

type requestKey struct{} // for the context of the HTTP request that carried a call

// stopsWithCaller ends a retrieve, which may be waiting, when its caller hangs
// up. In protocol versions before 2026-07-28, go-sdk lets such a call run on,
// because a client could fetch the result later. On this server it can't.
func stopsWithCaller(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		request, ok := ctx.Value(requestKey{}).(context.Context)
		if call, is := req.(*mcp.CallToolRequest); ok && is && call.Params.Name == operations.Retrieve.Tool {
			var cancel context.CancelFunc
			ctx, cancel = context.WithCancel(ctx)
			defer cancel()
			defer context.AfterFunc(request, cancel)()
		}
		return next(ctx, method, req)
	}
}

// hearsProgress reports whether a call waits for a payment and asks for
// progress notifications. No other call sends any.
func hearsProgress(call *jsonrpc.Request) bool {
	return bytes.Contains(call.Params, []byte(`"progressToken"`)) && bytes.Contains(call.Params, []byte(`"wait_seconds"`))
}
