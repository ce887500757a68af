// This module is never built: it names the release of Stripe's mock whose
// OpenAPI document has the major version, basil, that stripe-go pins. The main
// module requires a newer one, and Go has one version of a module at a time.
module github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/stripespec/basil

go 1.25

require github.com/stripe/stripe-mock v0.195.0
