package tools

import (
	"context"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
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
