package httpserver

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/telemetry"
)

const methodCallTool = "tools/call"

// noteRPCID puts the id of the one JSON-RPC call in a request on its record.
func noteRPCID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if messages := requestsIn(bodyFrom(r.Context())); len(messages) == 1 && messages[0].IsCall() {
			telemetry.RecordFrom(r.Context()).SetRPCID(fmt.Sprint(messages[0].ID.Raw()))
		}
		next.ServeHTTP(w, r)
	})
}

// toolScopes finds the tool calls in the JSON-RPC body that limitBody read.
// What it cannot decode the SDK will refuse.
func toolScopes(scope auth.ToolScope) func(*http.Request) []string {
	return func(r *http.Request) []string {
		var need []string
		for _, call := range requestsIn(bodyFrom(r.Context())) {
			var params struct {
				Name string `json:"name"`
			}
			if call.Method == methodCallTool && json.Unmarshal(call.Params, &params) == nil {
				need = append(need, scope.Of(params.Name))
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
