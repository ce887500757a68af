package tools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"unsafe"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// success returns Stripe's whole answer, as an object for programs and as the
// same text for models.
func (o Options) success(call *operations.Call, answer *stripeclient.Response) *mcp.CallToolResult {
	// The answer is never changed, so text and structured content can share its
	// memory.
	text := unsafe.String(unsafe.SliceData(answer.JSON), len(answer.JSON)) // #nosec G103
	if !o.AsSent {
		text = showInvisible(text)
	}
	result := &mcp.CallToolResult{
		Content:           []mcp.Content{&mcp.TextContent{Text: text}},
		StructuredContent: answer.JSON,
	}
	result.Meta = meta(answer.RequestID, answer.Header, answer.Replayed())
	if call.Repeated() {
		result.Content = append(result.Content, &mcp.TextContent{Text: operations.RepeatedAdvice})
	}
	return result
}

// meta returns the request id (req_…), which Stripe's support asks for, and
// says whether Stripe repeated its answer to an earlier request.
func meta(requestID string, header http.Header, replayed bool) mcp.Meta {
	const prefix = "stripe-checkout-mcp/"
	meta := mcp.Meta{}
	if requestID != "" {
		meta[prefix+"request-id"] = requestID
	}
	if !replayed {
		return meta
	}
	meta[prefix+"idempotent-replayed"] = true
	if original := header.Get("Original-Request"); original != "" {
		meta[prefix+"original-request"] = original
	}
	return meta
}

// failure turns an operation's error into a tool result: a sentence for the
// model and the facts for programs.
func failure(err error) (*mcp.CallToolResult, error) {
	failed, ok := stripeclient.AsError(err)
	if !ok {
		// A bug of ours is nothing for a model to correct.
		return nil, &jsonrpc.Error{Code: jsonrpc.CodeInternalError, Message: err.Error()}
	}
	facts, err := json.Marshal(map[string]any{"error": failed})
	if err != nil {
		return nil, fmt.Errorf("encoding an error result: %w", err)
	}
	result := &mcp.CallToolResult{
		Content:           []mcp.Content{&mcp.TextContent{Text: failed.Error()}},
		StructuredContent: json.RawMessage(facts),
		IsError:           true,
	}
	result.Meta = meta(failed.RequestID, failed.Header, failed.Replayed())
	return result, nil
}

// errPanic is all that a caller is told about a panic.
var errPanic = errors.New("internal error: the call failed unexpectedly; the server's log has the details")

// RecoverPanics turns a panic into one failed call. go-sdk would let it end the
// process and with it every other call. NewServer's servers include this; it is
// exported for what is put in front of them.
func RecoverPanics(log *slog.Logger) mcp.Middleware {
	return func(next mcp.MethodHandler) mcp.MethodHandler {
		return func(ctx context.Context, method string, req mcp.Request) (result mcp.Result, err error) {
			defer func() {
				if v := recover(); v != nil {
					// The type and the stack are enough to find the bug; the
					// value could contain a customer's data.
					log.ErrorContext(ctx, "panic", "method", method, "type", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
					result, err = nil, errPanic
				}
			}()
			return next(ctx, method, req)
		}
	}
}
