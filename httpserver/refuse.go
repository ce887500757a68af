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
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/secrets"
)

// A refusal is the response this package sends instead of calling the handler.
type refusal struct {
	status     int
	kind       string        // an error type, as Stripe names them: "rate_limit_error", …
	message    string        // what is wrong and what would be right
	retryAfter time.Duration // sent as Retry-After, rounded up to whole seconds
	body       []byte        // what has been read of the request body
	rpcCode    int64         // the JSON-RPC code; 0 means [rpc.CodeRefused]
}

// A refuser writes a refusal in the form that a listener's clients expect.
type refuser func(http.ResponseWriter, refusal)

// text returns the message without any secrets in a header that it quotes.
func (r refusal) text() string { return secrets.Scrub(r.message) }

// advice says what to do about it, as the errors of operations do.
func (r refusal) advice() string {
	switch {
	case r.status >= http.StatusInternalServerError && r.retryAfter == 0:
		return "Tell whoever runs this server. If this was a write, repeat it only with the same idempotency key."
	case r.retryAfter > 0:
		return fmt.Sprintf("Nothing was sent to Stripe. Call again in %d s.", r.retryAfterSeconds())
	default:
		return "Nothing was sent to Stripe."
	}
}

func (r refusal) retryAfterSeconds() int { return int(math.Ceil(r.retryAfter.Seconds())) }

// refuseJSON answers with {"error":{type, message, advice, http_status,
// retryable}}, the form of the REST API's errors.
func refuseJSON(w http.ResponseWriter, r refusal) {
	body, _ := json.Marshal(map[string]any{"error": map[string]any{
		"type":        r.kind,
		"message":     r.text(),
		"advice":      r.advice(),
		"http_status": r.status,
		"retryable":   r.retryAfter > 0,
	}})
	writeRefusal(w, r, body)
}

// refuseJSONRPC answers with a JSON-RPC error, which MCP's streamable HTTP
// transport allows in a response with an HTTP error status. It includes the
// request's ID if that is known: go-sdk's client then shows the message and
// keeps its session. Without the ID, it ends the session unless the status says
// to try again.
func refuseJSONRPC(w http.ResponseWriter, r refusal) {
	data, _ := json.Marshal(map[string]any{"type": r.kind, "retryable": r.retryAfter > 0})
	body, _ := jsonrpc.EncodeMessage(&jsonrpc.Response{
		ID:    messageID(r.body),
		Error: &jsonrpc.Error{Code: cmp.Or(r.rpcCode, rpc.CodeRefused), Message: r.text(), Data: data},
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

// messageID finds the ID in a JSON-RPC message, which may be cut off.
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
