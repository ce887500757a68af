package main

import (
	"net/http"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/policy"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// merchants makes a request's calls act on the account of the merchant that the
// caller works for, under that merchant's policy.
func merchants(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller, _ := auth.CallerFrom(r.Context())
		if caller.Merchant == (auth.Merchant{}) {
			next.ServeHTTP(w, r)
			return
		}
		ctx := r.Context()
		if account := caller.Merchant.Account; account != "" {
			var err error
			if ctx, err = stripeclient.WithAccount(ctx, account); err != nil {
				panic(err) // can't happen: auth has checked its form
			}
		}
		if name := caller.Merchant.Policy; name != "" {
			ctx = policy.WithName(ctx, name)
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}
