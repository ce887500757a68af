// Package schemas says what the five Checkout Session operations take and
// answer, and turns JSON arguments into the parameters that stripe-go sends.
//
// An operation's input schema is reflected from stripe-go's own parameter
// struct, so that it can promise exactly what the client can send; what a Go
// struct can't say (enumerations, required keys, lengths, meanings) comes from
// Stripe's OpenAPI document and stripe-go's comments by way of package parameters.
// Arguments are validated against that full schema. What is advertised to a
// model is a far smaller rendering of the same schema.
//
// MCP tools and REST routes decode their arguments here and nowhere else.
package schemas
