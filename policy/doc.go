// Package policy says what may be sold. A restricted Stripe key bounds which
// parts of Stripe's API may be called; a sales policy bounds what a Checkout
// Session may ask of a customer, whatever text reached the model that creates
// it.
//
// A policy judges the parameters that would be sent to Stripe, one by one:
// rules.go has what a policy file can say, parameters.go which rule each of
// Stripe's parameters falls under, amount.go what a session can come to. What
// no rule knows is refused, and so is what a rule would have to know and can't
// find out.
package policy
