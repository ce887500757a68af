package main

import (
	"context"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/tools"
)

// declaredMethods refuses the methods of capabilities that this server doesn't
// declare: go-sdk answers them all the same, and a client takes that for a
// feature. Resources are declared to the clients that show cards, and only they
// are answered.
func declaredMethods(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		if strings.HasPrefix(method, "resources/") && !tools.ShowsCard(req) || strings.HasPrefix(method, "logging/") {
			return nil, &jsonrpc.Error{Code: jsonrpc.CodeMethodNotFound, Message: "this server has no method " + method}
		}
		return next(ctx, method, req)
	}
}
