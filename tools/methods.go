package tools

import (
	"context"
	"errors"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/secrets"
)

// declaredMethods refuses the methods of capabilities that this server doesn't
// declare. go-sdk answers them anyway, which a client would take as support for
// them. Resources are declared only to clients that show cards, so only those
// get an answer.
func declaredMethods(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		if strings.HasPrefix(method, "resources/") && !ShowsCard(req) || strings.HasPrefix(method, "logging/") {
			return nil, &jsonrpc.Error{Code: jsonrpc.CodeMethodNotFound, Message: "this server doesn't have the method " + method}
		}
		return next(ctx, method, req)
	}
}

// withoutSecrets removes secrets from JSON-RPC errors: go-sdk's error repeats
// the name of a tool that doesn't exist.
func withoutSecrets(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		result, err := next(ctx, method, req)
		if wire, ok := errors.AsType[*jsonrpc.Error](err); ok {
			if clean := secrets.Scrub(wire.Message); clean != wire.Message {
				err = &jsonrpc.Error{Code: wire.Code, Message: clean, Data: wire.Data}
			}
		}
		return result, err
	}
}
