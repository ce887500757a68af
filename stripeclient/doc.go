// Package stripeclient calls operations of Stripe's API and returns Stripe's
// JSON whole. Package operations says which operations there are.
//
// It builds on stripe-go: its parameter structs and form encoding, its request
// headers, its pinned API version ([stripe.APIVersion]) and its error type.
// This package adds what a server for agents needs on top:
//
//   - The answer is Stripe's JSON object, compacted but otherwise as sent, so fields that this build does not know, nulls and big integers survive.
//   - Each write uses one idempotency key for all its retries, so a lost answer never leads to a second session.
//   - A call ends as soon as its context does, even between two attempts.
//   - Every failure is an [*Error]: a short text that tells a model what was wrong and what to do next, and the same facts as JSON.
//   - Whether anything was sent is recorded where the request leaves ([Error.Sent]).
//   - An API key ([Key]) cannot be printed, and nothing that looks like a key, a client secret or an email address passes through an error.
//
// # How one call runs
//
// operation.go describes what can be called; call.go determines the key and the
// account, makes the attempts and waits between them; exchange.go records each
// HTTP exchange, just below stripe-go; failure.go turns a failed exchange into
// an [*Error].
//
// This package retries by itself: stripe-go (v82.5.1) sleeps between attempts
// without watching the context, and if an error carries Stripe's JSON, it looks
// at neither Stripe-Should-Retry nor the status. So its backend is built
// without retries.
package stripeclient
