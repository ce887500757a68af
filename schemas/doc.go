// Package schemas describes the arguments and answers of the five Checkout
// Session operations, and turns JSON arguments into the parameters that
// stripe-go sends.
//
// An operation's input schema is reflected from stripe-go's own parameter
// struct, so it promises exactly what the client can send. What a Go struct
// can't express (enumerations, required keys, lengths, meanings) comes from
// Stripe's OpenAPI document and stripe-go's comments, through package
// parameters. Arguments are validated against this full schema; models are
// shown a far smaller rendering of it.
//
// MCP tools and REST routes decode their arguments here and nowhere else.
package schemas
