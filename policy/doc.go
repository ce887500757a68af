// Package policy says what may be sold. A restricted Stripe key limits which
// parts of Stripe's API can be called; a sales policy limits what a Checkout
// Session can ask of a customer, whatever text reached the model that creates
// it.
//
// A policy judges each parameter that would be sent to Stripe: rules.go defines
// what a policy file can say, parameters.go says which rule each of Stripe's
// parameters falls under, and amount.go works out what a session can come to. A
// parameter that no rule knows is refused, and so is a session if a rule needs
// to know something that can't be found out.
package policy
