package main

import (
	"net/http"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// callerKeys has the calls of a request made with the key that its caller
// brought as the bearer token, for --auth stripe-key. The key lives in the
// request's context and nowhere else. A request without one gets no key at all:
// stripeclient then refuses it, and never falls back on another.
func callerKeys(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller, _ := auth.CallerFrom(r.Context())
		key, err := stripeclient.ParseKey(caller.StripeKey.Reveal())
		if err != nil {
			key = stripeclient.Key{}
		}
		next.ServeHTTP(w, r.WithContext(stripeclient.WithKey(r.Context(), key)))
	})
}
