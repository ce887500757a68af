package auth

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/rpc"
)

// ToolScope returns the scope that a tool needs, [ScopeRead] or [ScopeWrite].
// If it is nil or returns "", the tool needs [ScopeWrite].
type ToolScope func(tool string) string

// Of returns the scope that a tool needs.
func (f ToolScope) Of(tool string) string {
	if f == nil {
		return ScopeWrite
	}
	return cmp.Or(f(tool), ScopeWrite)
}

// RequireToolScopes refuses tool calls for which the caller lacks the scope.
// This check is the one that counts, because it sees the call as the SDK
// decoded it. An HTTP listener checks earlier too, and answers with the status
// and challenge that let a client ask for more scopes.
func RequireToolScopes(scope ToolScope) mcp.Middleware {
	return func(next mcp.MethodHandler) mcp.MethodHandler {
		return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
			if method == rpc.MethodCallTool {
				caller, _ := CallerFrom(ctx)
				if need := scope.Of(toolName(req)); !caller.Allows(need) {
					return nil, &jsonrpc.Error{Code: rpc.CodeRefused, Message: lacksMessage([]string{need})}
				}
			}
			return next(ctx, method, req)
		}
	}
}

// toolName returns the tool that a tools/call request names.
func toolName(req mcp.Request) string {
	if params, ok := req.GetParams().(*mcp.CallToolParamsRaw); ok {
		return params.Name
	}
	return ""
}

func lacksMessage(scopes []string) string {
	return fmt.Sprintf("The access token lacks the scope %s. Ask for a token that has it.", strings.Join(scopes, " "))
}
