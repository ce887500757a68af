package httpserver

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/rpc"
)

// A refusal is an answer this package gives in a handler's place.
type refusal struct {
	status     int
	kind       string        // one of the error types that Stripe's answers have too: "rate_limit_error", …
	message    string        // what was wrong and what would be right
	retryAfter time.Duration // sent as Retry-After, rounded up to whole seconds
	body       []byte        // what was read of the request body
	rpcCode    int64         // for JSON-RPC, if not [rpc.CodeRefused]
}

// A refuser writes a refusal in the shape the clients of a listener expect.
type refuser func(http.ResponseWriter, refusal)

// advice is what to do about it, as the errors of operations have it.
func (r refusal) advice() string {
	switch {
	case r.status >= http.StatusInternalServerError && r.retryAfter == 0:
		return "Tell whoever runs this server; if this was a write, repeat it with the same idempotency key only."
	case r.retryAfter > 0:
		return fmt.Sprintf("Nothing was sent to Stripe. Call again in %d s.", r.retryAfterSeconds())
	default:
		return "Nothing was sent to Stripe."
	}
}

func (r refusal) retryAfterSeconds() int { return int(math.Ceil(r.retryAfter.Seconds())) }

// refuseJSON answers {"error":{type, message, advice, http_status, retryable}},
// the shape of the REST API's errors.
func refuseJSON(w http.ResponseWriter, r refusal) {
	body, _ := json.Marshal(map[string]any{"error": map[string]any{
		"type":        r.kind,
		"message":     r.message,
		"advice":      r.advice(),
		"http_status": r.status,
		"retryable":   r.retryAfter > 0,
	}})
	writeRefusal(w, r, body)
}

// refuseJSONRPC answers a JSON-RPC error, as MCP's streamable HTTP transport
// allows beside an HTTP error status. It has the id of the request where that
// was read: go-sdk's client then shows the message and goes on with its
// session, which it ends otherwise unless the status says to try again.
func refuseJSONRPC(w http.ResponseWriter, r refusal) {
	data, _ := json.Marshal(map[string]any{"type": r.kind, "retryable": r.retryAfter > 0})
	body, _ := jsonrpc.EncodeMessage(&jsonrpc.Response{
		ID:    messageID(r.body),
		Error: &jsonrpc.Error{Code: cmp.Or(r.rpcCode, rpc.CodeRefused), Message: r.message, Data: data},
	})
	writeRefusal(w, r, body)
}

func writeRefusal(w http.ResponseWriter, r refusal, body []byte) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	if r.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(r.retryAfterSeconds()))
	}
	w.WriteHeader(r.status)
	_, _ = w.Write(body)
}

// messageID finds the id in a JSON-RPC message that may be cut off.
func messageID(message []byte) jsonrpc.ID {
	d := json.NewDecoder(bytes.NewReader(message))
	if open, _ := d.Token(); open != json.Delim('{') {
		return jsonrpc.ID{}
	}
	for d.More() {
		key, err := d.Token()
		var value any
		if err != nil || d.Decode(&value) != nil {
			break
		}
		if key == "id" {
			id, _ := jsonrpc.MakeID(value)
			return id
		}
	}
	return jsonrpc.ID{}
}
