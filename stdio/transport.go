// Package stdio is MCP over standard input and output, made to withstand what a
// client may do.
package stdio

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// MaxLine bounds one message on standard input.
const MaxLine = 4 << 20

// A Transport is an [mcp.Transport] over lines of JSON. go-sdk's own ends the
// session at the first message it can't read, without an answer, and at the end
// of the input it cancels the calls that are still running. This one answers a
// bad line with a JSON-RPC error and reads on, and at the end of the input lets
// the running calls answer first.
type Transport struct {
	In   io.Reader
	Out  io.Writer
	Stop context.Context // its end is taken for the input's
}

// Connect implements [mcp.Transport].
func (t *Transport) Connect(ctx context.Context) (mcp.Connection, error) {
	out := &lineWriter{w: t.Out}
	pr, pw := io.Pipe()
	go func() { pw.CloseWithError(forwardJSON(t.In, pw, out)) }()
	context.AfterFunc(t.Stop, func() { pw.Close() })
	c, err := (&mcp.IOTransport{Reader: pr, Writer: out, MaxLineLength: -1}).Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{Connection: c, out: out, running: map[jsonrpc.ID]bool{}, answered: make(chan struct{})}, nil
}

// forwardJSON copies the lines that are JSON, and answers the others.
func forwardJSON(in io.Reader, to io.Writer, out *lineWriter) error {
	r := bufio.NewReader(in)
	for {
		line, tooLong, err := readLine(r)
		switch {
		case tooLong:
			out.refuse(jsonrpc.CodeInvalidRequest, fmt.Sprintf("a message has at most %d bytes", MaxLine))
		case len(bytes.TrimSpace(line)) == 0:
		case !json.Valid(line):
			out.refuse(jsonrpc.CodeParseError, "a message is one line of JSON; this line is not")
		default:
			if _, err := to.Write(append(bytes.TrimSpace(line), '\n')); err != nil {
				return err
			}
		}
		if err != nil {
			return err
		}
	}
}

// readLine reads a line, or skips one that is too long.
func readLine(r *bufio.Reader) (line []byte, tooLong bool, err error) {
	for {
		part, err := r.ReadSlice('\n')
		if len(line)+len(part) > MaxLine {
			line, tooLong = nil, true
		}
		if !tooLong {
			line = append(line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, tooLong, err
		}
	}
}

// A conn remembers the calls that were read and not yet answered.
type conn struct {
	mcp.Connection
	out *lineWriter

	mu       sync.Mutex
	running  map[jsonrpc.ID]bool
	asked    []jsonrpc.ID  // questions of ours that the client has not answered
	ended    bool          // there is no more input
	answered chan struct{} // closed when it ended and nothing runs
	once     sync.Once
}

func (c *conn) Read(ctx context.Context) (jsonrpc.Message, error) {
	if c.hasEnded() { // the SDK's connection tells its end only once
		return c.readAfterEnd()
	}
	for {
		msg, err := c.Connection.Read(ctx)
		switch {
		case err == nil:
			switch msg := msg.(type) {
			case *jsonrpc.Request:
				if msg.IsCall() && !c.start(msg.ID) {
					// go-sdk would not answer it at all.
					c.out.refuse(jsonrpc.CodeInvalidRequest, fmt.Sprintf("the request id %v is in use by a call that runs", msg.ID.Raw()))
					continue
				}
			case *jsonrpc.Response:
				c.update(func() { c.asked = slices.DeleteFunc(c.asked, func(id jsonrpc.ID) bool { return id == msg.ID }) })
			}
			return msg, nil
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.ErrClosedPipe), ctx.Err() != nil:
			c.update(func() { c.ended = true })
			return c.readAfterEnd()
		default:
			// JSON, but no JSON-RPC message. The session goes on.
			c.out.refuse(jsonrpc.CodeInvalidRequest, "a message is a JSON-RPC 2.0 request, notification or response")
		}
	}
}

func (c *conn) hasEnded() (ended bool) {
	c.update(func() { ended = c.ended })
	return ended
}

// readAfterEnd answers the questions that running calls wait for, as nobody else
// will, and when no call runs any more says that this is the end.
func (c *conn) readAfterEnd() (jsonrpc.Message, error) {
	var unanswered *jsonrpc.Response
	c.update(func() {
		if n := len(c.asked); n > 0 {
			unanswered = &jsonrpc.Response{ID: c.asked[n-1], Error: errNoMoreInput}
			c.asked = c.asked[:n-1]
		}
	})
	if unanswered != nil {
		return unanswered, nil
	}
	<-c.answered
	return nil, io.EOF
}

var errNoMoreInput = errors.New("the client has closed its side of the connection")

func (c *conn) Write(ctx context.Context, msg jsonrpc.Message) error {
	if req, ok := msg.(*jsonrpc.Request); ok && req.IsCall() {
		ended := false
		c.update(func() { // in one step: what is asked after the end would wait for ever
			if ended = c.ended; !ended {
				c.asked = append(c.asked, req.ID)
			}
		})
		if ended {
			return errNoMoreInput
		}
	}
	err := c.Connection.Write(ctx, msg)
	if resp, ok := msg.(*jsonrpc.Response); ok {
		c.update(func() { delete(c.running, resp.ID) })
	}
	return err
}

// Close is called when nothing runs any more, or nothing can be answered.
func (c *conn) Close() error {
	c.update(func() {
		c.ended = true
		clear(c.running)
	})
	return c.Connection.Close()
}

// start reports false for an id that a running call has.
func (c *conn) start(id jsonrpc.ID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running[id] {
		return false
	}
	c.running[id] = true
	return true
}

func (c *conn) update(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
	if c.ended && len(c.running) == 0 {
		c.once.Do(func() { close(c.answered) })
	}
}

// A lineWriter writes whole lines, from several goroutines.
type lineWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (w *lineWriter) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.w.Write(line)
}

// Close leaves standard output open: it is not ours.
func (w *lineWriter) Close() error { return nil }

// refuse answers a line that is no message, and so has no id to answer to.
// https://www.jsonrpc.org/specification#error_object
func (w *lineWriter) refuse(code int64, message string) {
	answer, err := json.Marshal(map[string]any{
		"jsonrpc": "2.0",
		"id":      nil,
		"error":   map[string]any{"code": code, "message": message},
	})
	if err != nil {
		return // can't be: the values are ours
	}
	_, _ = w.Write(append(answer, '\n')) // if stdout is gone, so is who would read it
}
