package shortcut

import (
	"context"
	"encoding/json"
	"io"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// A post is an [mcp.Connection] whose client makes one call.
type post struct {
	call     *jsonrpc.Request
	incoming chan jsonrpc.Message
	answer   chan *jsonrpc.Response
	// gone, unless nil, is closed when the caller hangs up and doesn't want the
	// answer any more.
	gone <-chan struct{}

	close  sync.Once
	closed chan struct{}
}

func newPost(call *jsonrpc.Request) *post {
	p := &post{
		call:     call,
		incoming: make(chan jsonrpc.Message, 1),
		answer:   make(chan *jsonrpc.Response, 1),
		closed:   make(chan struct{}),
	}
	p.incoming <- call
	return p
}

// Connect implements [mcp.Transport].
func (p *post) Connect(context.Context) (mcp.Connection, error) { return p, nil }

// SessionID implements [mcp.Connection].
func (p *post) SessionID() string { return "" }

// Read returns the call and, if the caller hangs up, its cancellation.
func (p *post) Read(context.Context) (jsonrpc.Message, error) {
	select {
	case message := <-p.incoming:
		return message, nil
	case <-p.gone:
		p.gone = nil
		params, err := json.Marshal(mcp.CancelledParams{RequestID: p.call.ID.Raw()})
		return &jsonrpc.Request{Method: "notifications/cancelled", Params: params}, err
	case <-p.closed:
		return nil, io.EOF
	}
}

// Write takes the answer. A response in JSON has no room for anything else, so
// notifications are dropped, and requests are answered with an error.
func (p *post) Write(_ context.Context, message jsonrpc.Message) error {
	switch m := message.(type) {
	case *jsonrpc.Response:
		p.answer <- m
	case *jsonrpc.Request:
		if m.IsCall() {
			p.incoming <- &jsonrpc.Response{ID: m.ID, Error: &jsonrpc.Error{Code: jsonrpc.CodeInvalidRequest, Message: "stateless servers cannot make requests"}}
		}
	}
	return nil
}

// Close implements [mcp.Connection].
func (p *post) Close() error {
	p.close.Do(func() { close(p.closed) })
	return nil
}
