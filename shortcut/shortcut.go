// Package shortcut takes a plain tool call from an HTTP request to go-sdk's
// server without go-sdk's HTTP handler.
//
// That handler decodes each message about ten times, and allocates 32 kB each
// time: half the cost of a small call. The shortcut replaces only what concerns
// HTTP, and only for requests that it is sure go-sdk would accept; all others
// go to go-sdk's handler, which also words the refusals. In either case go-sdk
// makes a session for the request and speaks the protocol, and the response is
// byte for byte the same.
//
// Once go-sdk decodes a message from the bytes it has, this package can go.
package shortcut

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/rpc"
)

// Handler serves plain calls itself and passes all other requests to next,
// which must be a stateless go-sdk handler for the same server that answers
// with JSON. It takes the messages from the request's context, where
// [rpc.NewContext] has put them. No tool may have parameters that clients have
// to repeat in headers (x-mcp-header in its input schema), because the shortcut
// doesn't compare the two.
func Handler(server *mcp.Server, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		call, version := plain(r)
		if call == nil {
			next.ServeHTTP(w, r)
			return
		}
		call.Extra = &mcp.RequestExtra{Header: r.Header}
		conn := newPost(call)
		state := new(mcp.ServerSessionState)
		if version < perRequest {
			// As if the client had initialized a session.
			state.InitializeParams = &mcp.InitializeParams{ProtocolVersion: version}
			state.InitializedParams = new(mcp.InitializedParams)
			state.LogLevel = "info"
		} else {
			conn.gone = r.Context().Done()
		}
		session, err := server.Connect(r.Context(), conn, &mcp.ServerSessionOptions{State: state})
		if err != nil {
			http.Error(w, "failed connection", http.StatusInternalServerError)
			return
		}
		defer session.Close()
		select {
		case answer := <-conn.answer:
			write(w, version, answer)
		case <-conn.closed:
		}
	})
}

// perRequest is the first protocol version without sessions, in which each
// request says what the client is and can do.
// https://modelcontextprotocol.io/specification/2026-07-28/changelog
const perRequest = "2026-07-28"

// versions are those whose rules for a plain call [plain] knows.
var versions = map[string]bool{"2025-03-26": true, "2025-06-18": true, "2025-11-25": true, perRequest: true}

// methods are those that a client calls often.
var methods = map[string]bool{rpc.MethodCallTool: true, "tools/list": true}

// accepted are the spellings of Accept that clients use.
var accepted = map[string]bool{"application/json, text/event-stream": true, "text/event-stream, application/json": true}

// plain returns the call in a request that go-sdk's handler would certainly
// pass to the server, with its protocol version; nil for any other request.
func plain(r *http.Request) (call *jsonrpc.Request, version string) {
	call = rpc.FromContext(r.Context()).Call()
	if call == nil || !methods[call.Method] || deep(call.Params) {
		return nil, ""
	}
	h := r.Header
	if !is(h["Content-Type"], "application/json") || len(h["Accept"]) != 1 || !accepted[h["Accept"][0]] || h["Last-Event-Id"] != nil {
		return nil, ""
	}
	version = "2025-03-26" // what a client that names none speaks
	if named := h["Mcp-Protocol-Version"]; named != nil {
		version = named[0]
	}
	params, ok := object(call.Params)
	meta, alsoOK := object(params["_meta"])
	if !versions[version] || !ok || !alsoOK {
		return nil, ""
	}
	name, metaVersion := params["name"], meta[mcp.MetaKeyProtocolVersion]
	if (call.Method == rpc.MethodCallTool) != (name != nil) {
		return nil, ""
	}
	if version < perRequest {
		if metaVersion != nil {
			return nil, ""
		}
		return call, version
	}
	if !says(metaVersion, version) || !is(h["Mcp-Method"], call.Method) || name != nil && (len(h["Mcp-Name"]) != 1 || !says(name, h["Mcp-Name"][0])) {
		return nil, ""
	}
	return call, version
}

// is reports whether a header has this value and no other.
func is(values []string, want string) bool { return len(values) == 1 && values[0] == want }

// object decodes a JSON object, if there is one. It reports false for anything
// else.
func object(raw json.RawMessage) (members map[string]json.RawMessage, ok bool) {
	if raw == nil {
		return nil, true
	}
	members, err := rpc.Object(raw)
	return members, err == nil && members != nil
}

// says reports whether raw is this string.
func says(raw json.RawMessage, want string) bool {
	var got string
	return raw != nil && json.Unmarshal(raw, &got) == nil && got == want && want != ""
}

// deep reports whether params may nest more deeply than go-sdk allows.
func deep(params []byte) bool {
	const most = 1000 // in go-sdk, of the whole message
	return bytes.Count(params, []byte("{"))+bytes.Count(params, []byte("[")) > most-2
}

// write writes the answer as go-sdk's handler does.
func write(w http.ResponseWriter, version string, answer *jsonrpc.Response) {
	message, err := jsonrpc.EncodeMessage(answer)
	if err != nil {
		http.Error(w, "failed to encode the answer", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Cache-Control", "no-cache, no-transform")
	w.Header().Set("Content-Type", "application/json")
	if version >= perRequest {
		if wire, ok := errors.AsType[*jsonrpc.Error](answer.Error); ok {
			w.WriteHeader(status(wire.Code))
		}
	}
	_, _ = w.Write(message) // an error means that the client is gone
}

// status returns the HTTP status of an error from protocol version 2026-07-28
// on. Other errors are answers, and so are all errors before.
// https://modelcontextprotocol.io/specification/2026-07-28/basic/transports
func status(code int64) int {
	switch code {
	case jsonrpc.CodeMethodNotFound:
		return http.StatusNotFound
	case jsonrpc.CodeInvalidParams, mcp.CodeUnsupportedProtocolVersion, mcp.CodeMissingRequiredClientCapabilities:
		return http.StatusBadRequest
	}
	return http.StatusOK
}
