package httpserver

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/rpc"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/telemetry"
)

type messagesKey struct{}

// messagesFrom returns the JSON-RPC requests that readMessages read.
func messagesFrom(ctx context.Context) []*jsonrpc.Request {
	messages, _ := ctx.Value(messagesKey{}).([]*jsonrpc.Request)
	return messages
}

// readMessages reads the JSON-RPC messages in the body that limitBody read.
// Each call of a batch counts against the limits as one by itself would: the
// first was admitted with the request.
func readMessages(limits *callerLimits, refuse refuser, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		body := bodyFrom(ctx)
		messages, err := rpc.Requests(body)
		if err != nil {
			refuse(w, refusal{status: http.StatusBadRequest, kind: "invalid_request_error", rpcCode: jsonrpc.CodeInvalidRequest,
				message: "The message can't be answered: " + err.Error() + "."})
			return
		}
		calls := 0
		for _, m := range messages {
			if m.IsCall() {
				calls++
			}
		}
		if most := limits.limits.largestBatch(); most > 0 && calls > most {
			refuse(w, refusal{status: http.StatusBadRequest, kind: "invalid_request_error", rpcCode: jsonrpc.CodeInvalidRequest,
				message: fmt.Sprintf("A batch of %d calls is larger than the %d that one caller may make at once. Send smaller batches, or the calls one by one.", calls, most)})
			return
		}
		if calls > 1 {
			release, refused := limits.admit(ctx, calls-1)
			if refused != nil {
				refuse(w, *refused)
				return
			}
			defer release()
		}
		if len(messages) == 1 && calls == 1 {
			telemetry.RecordFrom(ctx).SetRPCID(fmt.Sprint(messages[0].ID.Raw()))
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(ctx, messagesKey{}, messages)))
	})
}

// toolScopes finds the tool calls in the messages. What can't be decoded the
// SDK will refuse.
func toolScopes(scope auth.ToolScope) func(*http.Request) []string {
	return func(r *http.Request) []string {
		var need []string
		for _, call := range messagesFrom(r.Context()) {
			var params struct {
				Name string `json:"name"`
			}
			if call.Method == rpc.MethodCallTool && json.Unmarshal(call.Params, &params) == nil {
				need = append(need, scope.Of(params.Name))
			}
		}
		return need
	}
}
