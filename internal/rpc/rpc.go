// Package rpc reads JSON-RPC messages as go-sdk does, and rejects those that
// go-sdk would misread.
package rpc

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/compact"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/secrets"
)

// CodeRefused is the error code of this program's refusals, in the range that
// JSON-RPC 2.0 leaves to servers.
const CodeRefused = -32000

// MethodCallTool is the MCP method that calls a tool.
const MethodCallTool = "tools/call"

// A Body is what a client sends at once: one message or, as protocol versions up
// to 2025-03-26 allow, a batch.
type Body struct {
	Requests []*jsonrpc.Request // skips what is not a request
	Batch    bool
}

// Call returns the body's only message if it is a request that expects an
// answer, and nil otherwise.
func (b Body) Call() *jsonrpc.Request {
	if b.Batch || len(b.Requests) != 1 || !b.Requests[0].IsCall() {
		return nil
	}
	return b.Requests[0]
}

type bodyKey struct{}

// NewContext returns a context that carries the body of an HTTP request.
func NewContext(ctx context.Context, b Body) context.Context {
	return context.WithValue(ctx, bodyKey{}, b)
}

// FromContext returns what [NewContext] put into ctx, or an empty Body.
func FromContext(ctx context.Context) Body {
	b, _ := ctx.Value(bodyKey{}).(Body)
	return b
}

// Parse returns an error for what is not JSON, for a method with a secret in it,
// which go-sdk would repeat, and for what go-sdk would misread: bytes that are
// not UTF-8, a request ID that is neither a string nor an integer that every
// client can represent, and an ID used twice in a batch.
func Parse(data []byte) (body Body, _ *jsonrpc.Error) {
	if !utf8.Valid(data) {
		return Body{}, invalid("the message is not UTF-8")
	}
	var messages []json.RawMessage
	if trimmed := bytes.TrimSpace(data); len(trimmed) == 0 || trimmed[0] != '[' {
		messages = []json.RawMessage{data}
	} else if body.Batch = true; json.Unmarshal(trimmed, &messages) != nil {
		return Body{}, errNotJSON
	}
	var seen map[jsonrpc.ID]bool
	for _, message := range messages {
		request, err := decode(message)
		if err != nil {
			return Body{}, err
		}
		if request == nil {
			continue
		}
		if request.IsCall() && len(messages) > 1 {
			if seen[request.ID] {
				return Body{}, invalid(fmt.Sprintf("two requests in the batch have the ID %v", request.ID.Raw()))
			}
			if seen == nil {
				seen = make(map[jsonrpc.ID]bool)
			}
			seen[request.ID] = true
		}
		body.Requests = append(body.Requests, request)
	}
	return body, nil
}

var errNotJSON = &jsonrpc.Error{Code: jsonrpc.CodeParseError, Message: "the message is not JSON"}

func invalid(message string) *jsonrpc.Error {
	return &jsonrpc.Error{Code: jsonrpc.CodeInvalidRequest, Message: message}
}

// decode returns nil for what is not a request. It replaces
// jsonrpc.DecodeMessage, which allocates 64 kB for each message and turns the ID
// into a Go number before anyone can check it.
func decode(message []byte) (*jsonrpc.Request, *jsonrpc.Error) {
	members, err := Object(message)
	if err != nil {
		if _, otherType := errors.AsType[*json.UnmarshalTypeError](err); otherType {
			return nil, nil
		}
		return nil, errNotJSON
	}
	version, _ := text(members["jsonrpc"])
	method, ok := text(members["method"])
	if version != "2.0" || !ok {
		return nil, nil
	}
	// No method of MCP has any of these characters.
	if strings.ContainsAny(method, "_@%") && secrets.Scrub(method) != method {
		return nil, errSecret
	}
	id, refused := requestID(members["id"])
	if refused != nil {
		return nil, refused
	}
	return &jsonrpc.Request{ID: id, Method: method, Params: members["params"]}, nil
}

// Object is [json.Unmarshal] into such a map: unlike in a struct, names are
// case-sensitive, as in go-sdk. Nearly every client sends compact JSON, for
// which there is a faster way.
func Object(data []byte) (members map[string]json.RawMessage, err error) {
	const deepest = 1000
	compacted, ok := compact.Object(nil, data, deepest)
	if !ok || len(compacted) != len(data) {
		err = json.Unmarshal(data, &members)
		return members, err
	}
	members = make(map[string]json.RawMessage)
	for name, value := range compact.ByName(compacted) {
		members[name] = value
	}
	return members, nil
}

// text decodes a member that should be a string.
func text(raw json.RawMessage) (s string, ok bool) {
	if len(raw) > 0 && raw[0] == '"' {
		return compact.Text(raw), true
	}
	return s, json.Unmarshal(raw, &s) == nil
}

// errSecret is for a method that go-sdk would repeat in its error.
var errSecret = invalid("a method can't contain a key, a client secret or an email address")

// requestID returns the zero ID for a notification.
func requestID(raw json.RawMessage) (jsonrpc.ID, *jsonrpc.Error) {
	const most = 1<<53 - 1 // https://www.rfc-editor.org/rfc/rfc8259#section-6
	if raw == nil {
		return jsonrpc.ID{}, nil
	}
	var id any
	if n, err := strconv.ParseInt(string(raw), 10, 64); err == nil { // as most are
		id = float64(n)
	} else if json.Unmarshal(raw, &id) != nil { // a number too large for a float64
		return jsonrpc.ID{}, errID
	}
	n, isNumber := id.(float64)
	_, isString := id.(string)
	if !isString && (!isNumber || n != math.Trunc(n) || math.Abs(n) > most) {
		return jsonrpc.ID{}, errID
	}
	made, err := jsonrpc.MakeID(id)
	if err != nil {
		return jsonrpc.ID{}, errID
	}
	return made, nil
}

var errID = invalid("a request ID must be a string, or an integer of at most 9007199254740991")
