// Package httpserver turns handlers into a service fit for the internet, with
// listeners, limits, health checks and draining. Package auth decides who may
// call; package telemetry reports what happens. None of the three knows about
// tools or Stripe's API.
//
// On every listener, a request passes the same gates in this order:
//
//	body's time       a time limit; an unread body never delays the response
//	health            /healthz, /readyz
//	telemetry         HTTP span and metrics, trace context from the headers
//	access log        request ID, one line per request, panics recovered
//	metadata          /.well-known/oauth-protected-resource
//	hosts, origins    DNS rebinding and cross-origin protection, CORS
//	authentication    who is calling ([auth.Caller]); failures are rate limited
//	limits            rate and concurrency per caller, concurrency overall
//	body              read whole, within a size and a time limit
//	messages          MCP only: their IDs; each call in a batch counts
//	scopes            what the caller may do
//	handler
//
// The MCP handler must be stateless
// ([github.com/modelcontextprotocol/go-sdk/mcp.StreamableHTTPOptions]): go-sdk
// ties a session's context to the request that opened it, so only a session
// that lasts for a single request is sure to carry that request's
// [auth.Caller].
package httpserver
