// Package rest serves the five Checkout Session operations over HTTP, twice: at
// the paths of the Naftiko capability that this program implements
// (/v1/v1/checkout/sessions…/line-items) and at Stripe's own
// (/v1/checkout/sessions…/line_items), so that a Stripe SDK works with only its
// base URL changed.
//
// A request is turned into the JSON arguments of the MCP tool for the same
// operation (arguments.go). From there on it is treated like a tool call:
// package schemas validates and decodes the arguments, package stripeclient
// calls Stripe, and Stripe's JSON is returned as it came. routes.go defines all
// routes; the OpenAPI document at /openapi.json is generated from them and from
// the schemas.
//
// # Requests
//
// Parameters may be a query, either in Stripe's notation (created[gte]=…,
// expand[]=…, expand[0]=…) or flat (expand=a&expand=b,
// customer_details={"email":…}). The body of a POST may be a form or JSON, bare
// or as {"body":{…}}. Text is converted according to the operation's schema;
// what can't be converted stays text, so that validation can explain it.
// Nothing is dropped: an unknown name, a duplicate value, or a non-empty body
// on a GET is refused.
//
// Headers that change what a call means are honored or refused:
//
//   - Idempotency-Key is the argument idempotency_key. If a POST has none, one is generated and returned in the answer's Idempotency-Key header: reuse it to repeat a call whose outcome is unknown.
//   - Stripe-Account chooses the connected account. If the server was started with an account, any other is refused.
//   - Stripe-Version may be any version. The answer is in the version that stripe-go pins, and its own Stripe-Version header says so.
//   - Stripe-Context means the same as Stripe-Account.
//   - Authorization is for the HTTP server in front, which removes it. If that server doesn't require it, calls use the server's own key, not the key that Stripe's SDKs always send. But a key of the other mode (test or live) is refused, because its sender expects other data.
//
// # Answers
//
// A success is Stripe's JSON with Stripe's status and its Request-Id, rate
// limit and idempotency headers. A failure is {"error":{…}} with the fields of
// [stripeclient.Error]; http_status is always the status of the answer:
// Stripe's, 400 if arguments were refused before any request, 504 if Stripe did
// not answer in time, or 502 if no usable answer came.
//
// Package httpserver and its neighbors take care of authentication, limits,
// health, telemetry and recovery from panics.
package rest
