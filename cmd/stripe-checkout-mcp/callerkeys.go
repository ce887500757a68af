package main

import (
	"net/http"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// callerKeys implements --auth stripe-key: a request's calls to Stripe use the
// key that the caller sent as its bearer token. The key exists only in the
// request's context. A request without one gets no key at all, so stripeclient
// refuses it and never falls back on another key.
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
