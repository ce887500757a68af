// Package rpc reads JSON-RPC messages as go-sdk does, and rejects those that
// go-sdk would misread.
package rpc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
)

// CodeRefused is the error code of this program's refusals, in the range that
// JSON-RPC 2.0 leaves to servers.
const CodeRefused = -32000

// MethodCallTool is the MCP method that calls a tool.
const MethodCallTool = "tools/call"

// Requests returns the requests in data, which is one message or, as protocol
// versions up to 2025-03-26 allow, a batch. It skips what can't be decoded,
// which go-sdk will refuse. It returns an error for what go-sdk would misread:
// bytes that are not UTF-8, a request ID that is neither a string nor an
// integer that every client can represent, and an ID used twice in a batch.
func Requests(data []byte) ([]*jsonrpc.Request, error) {
	if !utf8.Valid(data) {
		return nil, errors.New("the message is not UTF-8")
	}
	var messages []json.RawMessage
	if trimmed := bytes.TrimSpace(data); len(trimmed) == 0 || trimmed[0] != '[' {
		messages = []json.RawMessage{data}
	} else if json.Unmarshal(trimmed, &messages) != nil {
		return nil, nil
	}
	var requests []*jsonrpc.Request
	seen := make(map[jsonrpc.ID]bool)
	for _, message := range messages {
		decoded, err := jsonrpc.DecodeMessage(message)
		if err != nil {
			continue
		}
		request, ok := decoded.(*jsonrpc.Request)
		if !ok {
			continue
		}
		if err := checkID(message); err != nil {
			return nil, err
		}
		if request.IsCall() {
			if seen[request.ID] {
				return nil, fmt.Errorf("two requests in the batch have the ID %v", request.ID.Raw())
			}
			seen[request.ID] = true
		}
		requests = append(requests, request)
	}
	return requests, nil
}

var errID = errors.New("a request ID must be a string, or an integer of at most 9007199254740991")

// checkID checks a message's ID before decoding turns it into a Go number.
func checkID(message []byte) error {
	var m struct {
		ID json.RawMessage `json:"id"`
	}
	if json.Unmarshal(message, &m) != nil || len(m.ID) == 0 || m.ID[0] == '"' {
		return nil
	}
	const most = 1<<53 - 1 // https://www.rfc-editor.org/rfc/rfc8259#section-6
	n, err := strconv.ParseFloat(string(m.ID), 64)
	if err != nil || n != math.Trunc(n) || math.Abs(n) > most {
		return errID
	}
	return nil
}
