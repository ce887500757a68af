package main

import (
	"net/http"

	"github.com/spf13/pflag"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/httpserver"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/rest"
)

// restFlags say where to serve the REST API, if at all.
type restFlags struct{ addr string }

func (f *restFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.addr, "rest-addr", "", "also serve the operations as a REST API on this `address`, such as 127.0.0.1:8080, with documentation at /docs")
}

// listeners returns the REST API's listener, if the API is wanted. It offers
// the same operations as the tools.
func (f *restFlags) listeners(backend *backend, server serverFlags, mode auth.Mode, wrap func(http.Handler) http.Handler) []httpserver.Listener {
	if f.addr == "" {
		return nil
	}
	handler := rest.New(backend.service, rest.Options{
		Approvals:     backend.approvals,
		ConfirmWrites: server.confirmWrites,
		Version:       version(),
		Authenticated: mode != auth.None,
		Middleware:    wrap,
		Logger:        backend.log,
	})
	return []httpserver.Listener{{Name: "rest", Addr: f.addr, Handler: handler, Scopes: restScopes}}
}

// restScopes returns the scopes that a request's access token needs. Only a
// POST changes anything.
func restScopes(r *http.Request) []string {
	if r.Method == http.MethodPost {
		return []string{auth.ScopeWrite}
	}
	return []string{auth.ScopeRead}
}
