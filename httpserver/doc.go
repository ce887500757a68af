// Package httpserver turns handlers into a service that can stand on the
// internet: listeners, limits, health and draining. Package auth says who may
// call, package telemetry keeps what is told about it. None of them knows tools
// or Stripe's API.
//
// Every listener puts a request through the same gates, in this order:
//
//	body's time       an answer to an unread body is sent at once, and the connection closed
//	health            /healthz, /readyz
//	telemetry         HTTP span and metrics, trace context from the headers
//	access log        request id, one line a request, recovered panics
//	metadata          /.well-known/oauth-protected-resource
//	hosts, origins    DNS rebinding and cross-origin protection, CORS
//	authentication    who is calling ([auth.Caller]); failures are rate limited
//	limits            rate and concurrency of the caller, concurrency of all
//	body              read whole within a size and a time
//	messages          of MCP: their ids, and that each call of a batch counts
//	scopes            what the caller may do
//	handler
//
// The MCP handler must be stateless
// ([github.com/modelcontextprotocol/go-sdk/mcp.StreamableHTTPOptions]): the
// go-sdk binds a session's context to the request that opened it, so only a
// session that lives for one request has the [auth.Caller] of that request.
package httpserver
