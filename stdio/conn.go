package stdio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/rpc"
)

// The limits on a client's calls.
const (
	maxRunning      = 64       // simultaneous calls, as per caller over HTTP
	maxWaiting      = 10_000   // calls waiting their turn
	maxWaitingBytes = 16 << 20 // total size of the waiting calls' parameters
)

// A conn runs a limited number of calls at once and keeps track of those that
// were read but not yet answered.
type conn struct {
	mcp.Connection
	out      *lineWriter
	stop     context.Context // once done, no call starts; nor once nobody reads
	incoming chan received   // what the client sent; closed at the end of the input
	answered chan struct{}   // holds a value once a call has been answered

	mu           sync.Mutex
	calls        map[jsonrpc.ID]*call // not answered yet
	running      int
	waiting      []*jsonrpc.Request
	waitingBytes int
	asked        []jsonrpc.ID // our requests that the client has not answered
	ended        bool         // the input has ended
}

type call struct{ running bool }

type received struct {
	message jsonrpc.Message
	err     error
}

func newConn(ctx context.Context, under mcp.Connection, out *lineWriter, stop context.Context) *conn {
	c := &conn{
		Connection: under,
		out:        out,
		stop:       stop,
		incoming:   make(chan received),
		answered:   make(chan struct{}, 1),
		calls:      make(map[jsonrpc.ID]*call),
	}
	go func() {
		defer close(c.incoming)
		for {
			message, err := under.Read(ctx)
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.ErrClosedPipe) || ctx.Err() != nil {
				return
			}
			c.incoming <- received{message, err}
		}
	}()
	return c
}

// Read implements [mcp.Connection].
func (c *conn) Read(ctx context.Context) (jsonrpc.Message, error) {
	incoming := c.incoming
	if c.hasEnded() {
		incoming = nil // closed: nothing more will come
	}
	for {
		if message, err := c.next(ctx); message != nil || err != nil {
			return message, err
		}
		select {
		case <-c.answered:
		case in, more := <-incoming:
			switch {
			case !more:
				incoming = nil
				c.update(func() { c.ended = true })
			case in.err != nil:
				// It is JSON but not a JSON-RPC message. The session goes on.
				c.out.refuse(jsonrpc.CodeInvalidRequest, "a message must be a JSON-RPC 2.0 request, notification or response")
			default:
				if message := c.receive(ctx, in.message); message != nil {
					return message, nil
				}
			}
		}
	}
}

// next returns a message that can be handled without reading more input: a call
// that has waited its turn or, after the end of the input, an error in reply to
// our own requests, which nobody else will answer. It returns io.EOF when
// nothing is left to do.
func (c *conn) next(ctx context.Context) (message jsonrpc.Message, err error) {
	var refused []*jsonrpc.Request
	c.update(func() {
		switch {
		case len(c.waiting) > 0 && (c.stop.Err() != nil || c.out.gone.Err() != nil):
			refused, c.waiting = c.waiting, nil
		case len(c.waiting) > 0 && c.running < maxRunning:
			request := c.waiting[0]
			c.waiting = c.waiting[1:]
			c.waitingBytes -= len(request.Params)
			c.run(request.ID)
			message = request
		case c.ended && len(c.asked) > 0:
			message = &jsonrpc.Response{ID: c.asked[0], Error: errNoMoreInput}
			c.asked = c.asked[1:]
		case c.ended && len(c.calls) == 0:
			err = io.EOF
		}
	})
	if len(refused) > 0 {
		for _, request := range refused {
			c.refuse(ctx, request.ID, "the server is shutting down: this call was not made")
		}
		return c.next(ctx)
	}
	return message, err
}

var errNoMoreInput = errors.New("the client has closed its side of the connection")

// receive returns the message if it should be handled now.
func (c *conn) receive(ctx context.Context, message jsonrpc.Message) jsonrpc.Message {
	switch m := message.(type) {
	case *jsonrpc.Response:
		c.update(func() { c.asked = slices.DeleteFunc(c.asked, func(id jsonrpc.ID) bool { return id == m.ID }) })
		return m
	case *jsonrpc.Request:
		if !m.IsCall() {
			c.cancelWaiting(ctx, m)
			return m
		}
		return c.receiveCall(ctx, m)
	}
	return message
}

func (c *conn) receiveCall(ctx context.Context, request *jsonrpc.Request) (now jsonrpc.Message) {
	inUse, tooMany := false, false
	c.update(func() {
		switch {
		case c.calls[request.ID] != nil:
			inUse = true
		case c.running < maxRunning && len(c.waiting) == 0:
			c.run(request.ID)
			now = request
		case len(c.waiting) < maxWaiting && c.waitingBytes+len(request.Params) <= maxWaitingBytes:
			c.calls[request.ID] = new(call)
			c.waiting = append(c.waiting, request)
			c.waitingBytes += len(request.Params)
		default:
			tooMany = true
		}
	})
	switch {
	case inUse:
		// go-sdk would never answer it.
		c.out.refuse(jsonrpc.CodeInvalidRequest, fmt.Sprintf("a running call already uses the request ID %v", request.ID.Raw()))
	case tooMany:
		c.out.hurry() // we stop reading from a client that never reads
		c.refuse(ctx, request.ID, "too many calls are waiting already: this one was not made; send it again when others have been answered")
	}
	return now
}

// cancelWaiting answers a call that was cancelled while it waited its turn: the
// SDK doesn't know about it yet.
func (c *conn) cancelWaiting(ctx context.Context, notification *jsonrpc.Request) {
	var params struct {
		RequestID any `json:"requestId"`
	}
	if notification.Method != "notifications/cancelled" || json.Unmarshal(notification.Params, &params) != nil {
		return
	}
	id, err := jsonrpc.MakeID(params.RequestID)
	if err != nil {
		return
	}
	found := false
	c.update(func() {
		c.waiting = slices.DeleteFunc(c.waiting, func(r *jsonrpc.Request) bool {
			if r.ID != id {
				return false
			}
			found = true
			c.waitingBytes -= len(r.Params)
			return true
		})
	})
	if found {
		c.refuse(ctx, id, "the call was cancelled before it began")
	}
}

// run notes that a call starts. Call it within update.
func (c *conn) run(id jsonrpc.ID) {
	c.calls[id] = &call{running: true}
	c.running++
}

// refuse answers a call that the SDK doesn't know about.
func (c *conn) refuse(ctx context.Context, id jsonrpc.ID, message string) {
	_ = c.Write(ctx, &jsonrpc.Response{ID: id, Error: &jsonrpc.Error{Code: rpc.CodeRefused, Message: message}})
}

// Write implements [mcp.Connection].
func (c *conn) Write(ctx context.Context, message jsonrpc.Message) error {
	if request, ok := message.(*jsonrpc.Request); ok && request.IsCall() {
		ended := false
		c.update(func() { // in one step: a request made after the end would wait forever
			if ended = c.ended; !ended {
				c.asked = append(c.asked, request.ID)
			}
		})
		if ended {
			return errNoMoreInput
		}
	}
	err := c.Connection.Write(ctx, coded(message))
	if response, ok := message.(*jsonrpc.Response); ok {
		c.update(func() {
			if answered := c.calls[response.ID]; answered != nil && answered.running {
				c.running--
			}
			delete(c.calls, response.ID)
		})
		select {
		case c.answered <- struct{}{}:
		default: // Read hasn't seen the previous one yet
		}
	}
	return err
}

// coded adds a code to those of go-sdk's errors that lack one: 0 is not a valid
// JSON-RPC code.
func coded(message jsonrpc.Message) jsonrpc.Message {
	response, ok := message.(*jsonrpc.Response)
	if !ok || response.Error == nil {
		return message
	}
	if _, ok := errors.AsType[*jsonrpc.Error](response.Error); ok {
		return message
	}
	code := int64(jsonrpc.CodeInternalError)
	if strings.Contains(response.Error.Error(), "during session initialization") {
		code = jsonrpc.CodeInvalidRequest
	}
	return &jsonrpc.Response{ID: response.ID, Error: &jsonrpc.Error{Code: code, Message: response.Error.Error()}}
}

func (c *conn) hasEnded() (ended bool) {
	c.update(func() { ended = c.ended })
	return ended
}

func (c *conn) update(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
}
