package httpserver

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// ToolScope says which scope a tool needs, [ScopeRead] or [ScopeWrite]. For "",
// and without a function, a tool needs [ScopeWrite].
type ToolScope func(tool string) string

func (f ToolScope) of(tool string) string {
	if f == nil {
		return ScopeWrite
	}
	return orElse(f(tool), ScopeWrite)
}

// RequireToolScopes refuses tool calls the caller lacks the scope for. It is
// the authority: it sees the call as the SDK decoded it. The listener made by
// [MCP] says the same earlier, with the status and the challenge that let a
// client ask for more.
func RequireToolScopes(scope ToolScope) mcp.Middleware {
	return func(next mcp.MethodHandler) mcp.MethodHandler {
		return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
			if method == methodCallTool {
				caller, _ := CallerFrom(ctx)
				if need := scope.of(toolName(req)); !caller.Allows(need) {
					return nil, &jsonrpc.Error{Code: codeRefused, Message: lacks([]string{need})}
				}
			}
			return next(ctx, method, req)
		}
	}
}

const methodCallTool = "tools/call"

// toolName returns the tool a tools/call request names.
func toolName(req mcp.Request) string {
	if params, ok := req.GetParams().(*mcp.CallToolParamsRaw); ok {
		return params.Name
	}
	return ""
}

func lacks(scopes []string) string {
	return fmt.Sprintf("The access token lacks the scope %s. Ask for a token that has it.", strings.Join(scopes, " "))
}

// requireScopes answers 403 with a challenge for the scopes that need returns
// and the caller lacks.
func requireScopes(need func(*http.Request) []string, c challenge, refuse refuser, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller, _ := CallerFrom(r.Context())
		missing := slices.DeleteFunc(need(r), caller.Allows)
		if len(missing) == 0 {
			next.ServeHTTP(w, r)
			return
		}
		// A client replaces its token by one with the scopes of the challenge:
		// what it has already must be among them.
		wanted := slices.DeleteFunc([]string{ScopeRead, ScopeWrite}, func(s string) bool {
			return !caller.Allows(s) && !slices.Contains(missing, s)
		})
		c.forbidden(w, wanted)
		refuse(w, refusal{status: http.StatusForbidden, kind: "permission_error", message: lacks(missing), body: bodyFrom(r.Context())})
	})
}

// toolScopes finds the tool calls in the JSON-RPC body that limitBody read.
// What it cannot decode the SDK will refuse.
func toolScopes(scope ToolScope) func(*http.Request) []string {
	return func(r *http.Request) []string {
		var need []string
		for _, call := range requestsIn(bodyFrom(r.Context())) {
			var params struct {
				Name string `json:"name"`
			}
			if call.Method == methodCallTool && json.Unmarshal(call.Params, &params) == nil {
				need = append(need, scope.of(params.Name))
			}
		}
		return need
	}
}

// requestsIn decodes one JSON-RPC message, or the batch that protocol versions
// up to 2025-03-26 allow.
func requestsIn(body []byte) []*jsonrpc.Request {
	var batch []json.RawMessage
	if json.Unmarshal(body, &batch) != nil {
		batch = []json.RawMessage{body}
	}
	var requests []*jsonrpc.Request
	for _, message := range batch {
		if m, err := jsonrpc.DecodeMessage(message); err == nil {
			if req, ok := m.(*jsonrpc.Request); ok {
				requests = append(requests, req)
			}
		}
	}
	return requests
}
