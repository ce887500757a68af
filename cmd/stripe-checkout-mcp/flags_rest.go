package main

import (
	"net/http"

	"github.com/spf13/pflag"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/httpserver"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/rest"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// restFlags say where the REST API is, if anywhere.
type restFlags struct{ addr string }

func (f *restFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.addr, "rest-addr", "", "serve the same operations as a REST API on this `address` too, such as 127.0.0.1:8080; /docs shows it")
}

// listeners returns the REST API's, over the client that the tools use and with
// the operations that the tools offer: none if it is not wanted. Nobody can be
// asked over REST: where writes are to be confirmed, it has none.
func (f *restFlags) listeners(client *stripeclient.Client, server serverFlags, wrap func(http.Handler) http.Handler) ([]httpserver.Listener, error) {
	if f.addr == "" {
		return nil, nil
	}
	handler, err := rest.New(client, rest.Options{
		ReadOnly:   server.readOnly || server.confirmWrites,
		Tools:      server.tools,
		Version:    releaseVersion,
		Middleware: wrap,
	})
	if err != nil {
		return nil, err
	}
	return []httpserver.Listener{{Name: "rest", Addr: f.addr, Handler: handler, Scopes: restScopes}}, nil
}

// restScopes are what an access token needs: only a POST changes anything.
func restScopes(r *http.Request) []string {
	if r.Method == http.MethodPost {
		return []string{auth.ScopeWrite}
	}
	return []string{auth.ScopeRead}
}
