package main

import (
	"net/http"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/policy"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// merchants has the calls of a request act on the account, and fall under the
// policy, of whom its caller works for.
func merchants(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller, _ := auth.CallerFrom(r.Context())
		ctx := r.Context()
		if account := caller.Merchant.Account; account != "" {
			var err error
			if ctx, err = stripeclient.WithAccount(ctx, account); err != nil {
				panic(err) // auth has checked its form
			}
		}
		if name := caller.Merchant.Policy; name != "" {
			ctx = policy.WithName(ctx, name)
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}
