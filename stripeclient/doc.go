// Package stripeclient calls operations of Stripe's API and returns Stripe's
// JSON whole. Which operations there are, package operations says.
//
// It stands on stripe-go: its parameter structs and form encoding, its
// request headers, its pinned API version ([stripe.APIVersion]) and its error
// type. What this package adds is what a server for agents needs around them:
//
//   - The answer is Stripe's JSON object, compacted but otherwise as sent, so
//     that fields this build does not know, nulls and big integers survive.
//   - Each write carries one idempotency key through all its retries, so an
//     answer lost on the way never makes a second session.
//   - A call ends as soon as its context does, also between two attempts.
//   - Every failure is an [*Error]: a short text that tells a model what was
//     wrong and what to do next, and the same facts as JSON.
//   - Whether anything was sent is recorded where the request leaves
//     ([Error.Sent]).
//   - An API key ([Key]) cannot be printed, and nothing that looks like a key,
//     a client secret or an email address passes through an error.
//
// # How one call runs
//
// operation.go has what is called and with what;
// call.go resolves key and account, makes the attempts and waits between them;
// exchange.go is the seam below stripe-go where one HTTP exchange is recorded;
// failure.go turns a failed exchange into an [*Error].
//
// Retries are made here, not by stripe-go: it sleeps between attempts without
// watching the context, and for an error that carries Stripe's JSON it looks at
// neither Stripe-Should-Retry nor the status (v82.5.1). Its backend is
// therefore built with no retries of its own.
package stripeclient
