package tools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// success is Stripe's answer, whole, for programs and, as the same text, for
// models.
func success(answer json.RawMessage) *mcp.CallToolResult {
	return &mcp.CallToolResult{
		Content:           []mcp.Content{&mcp.TextContent{Text: string(answer)}},
		StructuredContent: answer,
	}
}

// failure is an error of an operation as a tool result: a sentence for the
// model, the facts for programs.
func failure(err error) (*mcp.CallToolResult, error) {
	failed, ok := stripeclient.AsError(err)
	if !ok {
		// A bug of ours, not something to tell a model to mend.
		return nil, &jsonrpc.Error{Code: jsonrpc.CodeInternalError, Message: err.Error()}
	}
	facts, err := json.Marshal(map[string]any{"error": failed})
	if err != nil {
		return nil, fmt.Errorf("encoding an error result: %w", err)
	}
	return &mcp.CallToolResult{
		Content:           []mcp.Content{&mcp.TextContent{Text: failed.Error()}},
		StructuredContent: json.RawMessage(facts),
		IsError:           true,
	}, nil
}

// errPanic is all that a caller hears of a panic.
var errPanic = errors.New("internal error: the call failed unexpectedly; the server's log has the details")

// RecoverPanics makes a panic one failed call. go-sdk lets it end the process,
// and with it every other call. NewServer's servers have it; it is for what is
// put in front of them, too.
func RecoverPanics(log *slog.Logger) mcp.Middleware {
	return func(next mcp.MethodHandler) mcp.MethodHandler {
		return func(ctx context.Context, method string, req mcp.Request) (result mcp.Result, err error) {
			defer func() {
				if v := recover(); v != nil {
					// The type and the stack find the bug; the value could
					// hold a customer's data.
					log.ErrorContext(ctx, "panic", "method", method, "type", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
					result, err = nil, errPanic
				}
			}()
			return next(ctx, method, req)
		}
	}
}
