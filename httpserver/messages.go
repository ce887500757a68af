package httpserver

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/rpc"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/telemetry"
)

// readMessages decodes the JSON-RPC messages in the body that limitBody read,
// and puts them into the request's context.
// Each call in a batch counts against the limits like a call by itself; the
// first was admitted with the request.
func readMessages(limits *callerLimits, refuse refuser, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost { // only a POST has messages
			next.ServeHTTP(w, r)
			return
		}
		ctx := r.Context()
		body, refused := rpc.Parse(bodyOf(r))
		if refused != nil {
			refuse(w, refusal{status: http.StatusBadRequest, kind: "invalid_request_error", rpcCode: refused.Code,
				message: "The server can't answer this message: " + refused.Message + "."})
			return
		}
		calls := 0
		for _, m := range body.Requests {
			if m.IsCall() {
				calls++
			}
		}
		if most := limits.limits.largestBatch(); most > 0 && calls > most {
			refuse(w, refusal{status: http.StatusBadRequest, kind: "invalid_request_error", rpcCode: jsonrpc.CodeInvalidRequest,
				message: fmt.Sprintf("The batch has %d calls, and a caller may make only %d at once. Send smaller batches, or one call at a time.", calls, most)})
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
		if len(body.Requests) == 1 && calls == 1 {
			telemetry.RecordFrom(ctx).SetRPCID(fmt.Sprint(body.Requests[0].ID.Raw()))
		}
		next.ServeHTTP(w, r.WithContext(rpc.NewContext(ctx, body)))
	})
}

// toolScopes returns the scopes of the tool calls in the messages. It skips
// what it can't decode, which the SDK will refuse.
func toolScopes(scope auth.ToolScope) func(*http.Request) []string {
	return func(r *http.Request) []string {
		var need []string
		for _, call := range rpc.FromContext(r.Context()).Requests {
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
