// Package stdio carries MCP over standard input and output, and withstands
// whatever a client does.
package stdio

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/rpc"
)

// MaxLine is the longest message accepted on standard input, in bytes.
const MaxLine = 4 << 20

// A Transport is an [mcp.Transport] over lines of JSON. go-sdk's own ends the
// session, without an answer, at the first message it can't read, and cancels
// running calls at the end of the input. This one answers a bad line with a
// JSON-RPC error and reads on, and at the end of the input it lets the calls it
// has read finish and answer. However much a client sends, and whether or not
// it reads, only so many calls run at once and only so many wait. The rest are
// refused.
type Transport struct {
	In   io.Reader
	Out  io.Writer
	Stop context.Context // when it is done, the input counts as ended
	// Messages, if set, wraps the writer of the messages. Each message is a
	// single Write.
	Messages func(io.Writer) io.Writer

	out      *lineWriter
	patience time.Duration // if not the default
}

// Lost returns how many messages were never read, because the client closed its
// end or read nothing while the session was ending.
func (t *Transport) Lost() int64 { return t.out.lost.Load() }

// Connect implements [mcp.Transport].
func (t *Transport) Connect(ctx context.Context) (mcp.Connection, error) {
	out := newLineWriter(t.Out, cmp.Or(t.patience, defaultPatience))
	t.out = out
	pr, pw := io.Pipe()
	ends := func(err error) {
		_ = pw.CloseWithError(err)
		out.hurry()
	}
	go func() { ends(forwardJSON(t.In, pw, out)) }()
	context.AfterFunc(t.Stop, func() { ends(nil) })
	context.AfterFunc(out.gone, func() { ends(nil) })
	messages := io.Writer(out)
	if t.Messages != nil {
		messages = t.Messages(out)
	}
	c, err := (&mcp.IOTransport{Reader: pr, Writer: stayOpen{messages}, MaxLineLength: -1}).Connect(ctx)
	if err != nil {
		return nil, err
	}
	return newConn(ctx, c, out, t.Stop), nil
}

// forwardJSON copies lines that are JSON, and answers the others.
func forwardJSON(in io.Reader, to io.Writer, out *lineWriter) error {
	r := bufio.NewReader(in)
	for {
		line, tooLong, err := readLine(r)
		if err != nil {
			out.hurry() // before anything below is written, such as an answer to half a line
		}
		switch {
		case tooLong:
			out.refuse(jsonrpc.CodeInvalidRequest, fmt.Sprintf("the message is longer than %d bytes", MaxLine))
		case len(bytes.TrimSpace(line)) == 0:
		case !json.Valid(line):
			out.refuse(jsonrpc.CodeParseError, "the line is not JSON: each message must be one line of JSON")
		default:
			if _, refused := rpc.Parse(line); refused != nil {
				out.refuse(refused.Code, refused.Message)
				break
			}
			if _, err := to.Write(append(bytes.TrimSpace(line), '\n')); err != nil {
				return err
			}
		}
		if err != nil {
			return err
		}
	}
}

// readLine reads a line. If it is too long, readLine skips it.
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
