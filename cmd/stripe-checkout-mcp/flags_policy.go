package main

import (
	"context"
	"log/slog"

	"github.com/spf13/pflag"
	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/policy"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// policyFlags say what may be sold.
type policyFlags struct {
	file        string
	maxAmount   map[string]int64
	catalogOnly bool
	returnHosts []string
}

func (f *policyFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.file, "policy", "", "`file` with a sales policy, YAML or JSON, re-read when it changes; see docs/policy.md")
	flags.StringToInt64Var(&f.maxAmount, "max-amount", nil, "maximum total of a session for each currency, in its smallest unit, such as `usd=50000,eur=45000`; other currencies are refused")
	flags.BoolVar(&f.catalogOnly, "catalog-only", false, "sell only existing Stripe prices, by ID: no price_data")
	flags.StringSliceVar(&f.returnHosts, "return-hosts", nil, "host `names` that success_url, cancel_url and return_url may point to, such as shop.example.com or *.example.com")
}

// policy returns the policy that the file and the flags define together, or nil
// if there is none.
func (f *policyFlags) policy(log *slog.Logger) (*policy.Policy, error) {
	var rules *policy.Rules
	if len(f.maxAmount) > 0 || f.catalogOnly || len(f.returnHosts) > 0 {
		rules = &policy.Rules{CatalogOnly: f.catalogOnly, ReturnHosts: f.returnHosts}
		if len(f.maxAmount) > 0 {
			rules.MaxAmount = f.maxAmount
		}
	}
	return policy.New(f.file, rules, log)
}

// obey makes every create follow the policy.
func obey(p *policy.Policy, client *stripeclient.Client, options *operations.Options) {
	options.Policy = func(ctx context.Context, call *operations.Call) error {
		params, creates := call.Params.(*stripe.CheckoutSessionCreateParams)
		if p == nil || !creates {
			call.Unchanged()
		}
		if creates {
			return p.Apply(ctx, params, client.Lookup)
		}
		return nil
	}
	options.Quota = func(ctx context.Context, call *operations.Call) (undo func(), err error) {
		if call.Operation != operations.Create {
			return func() {}, nil
		}
		return p.Count(ctx)
	}
}
