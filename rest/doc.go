// Package rest serves the five Checkout Session operations over HTTP, twice:
// at the paths of the Naftiko capability that this program implements
// (/v1/v1/checkout/sessions…/line-items) and at Stripe's own
// (/v1/checkout/sessions…/line_items), so that a Stripe SDK works with nothing
// changed but its base URL.
//
// A request is turned into the JSON arguments of the MCP tool for the same
// operation (arguments.go); from there on it takes the tool's way: package
// schemas validates and decodes them, package stripeclient calls Stripe, and
// Stripe's JSON goes back as it came. Routes are in routes.go and nowhere else:
// the OpenAPI document at /openapi.json is made from them and from the schemas.
//
// # Requests
//
// Parameters may be a query, as Stripe writes it (created[gte]=…, expand[]=…,
// expand[0]=…) or flat (expand=a&expand=b, customer_details={"email":…}), and
// the body of a POST may be a form or JSON, bare or as {"body":{…}}. Text is
// converted by the operation's schema; what can't be converted stays text, for
// validation to explain. Nothing is dropped: an unknown name, a value given
// twice, or a body on a GET that is not empty is refused.
//
// Headers that change what a call means are honoured or refused:
//
//   - Idempotency-Key is the argument idempotency_key. A POST without one gets
//     one, which the answer's Idempotency-Key header tells: repeat it when
//     repeating a call whose outcome is unknown.
//   - Stripe-Account chooses the connected account, unless the server was
//     started with one: then any other is refused.
//   - Stripe-Version may be any: the answer is in the version that stripe-go pins
//     and says so in its own Stripe-Version header.
//   - Stripe-Context means the same as Stripe-Account.
//   - Authorization is for the HTTP server in front, which removes it. Where it
//     asks for none, calls are made with the server's own key, and the key that
//     Stripe's SDKs always send is not used: but one of the other mode (test or
//     live) is refused, since its sender expects other data.
//
// # Answers
//
// A success is Stripe's JSON with Stripe's status, Request-Id, rate limit and
// idempotency headers. A failure is {"error":{…}} with the fields of
// [stripeclient.Error], and http_status is always the status of the answer:
// Stripe's, or 400 for arguments refused before any request, 504 if Stripe did
// not answer in time and 502 if no usable answer came.
//
// Authentication, limits, health, telemetry and the recovery of panics are the
// job of package httpserver and those beside it.
package rest
