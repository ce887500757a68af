// Package stdio is MCP over standard input and output, made to withstand what a
// client may do.
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

// MaxLine bounds one message on standard input.
const MaxLine = 4 << 20

// A Transport is an [mcp.Transport] over lines of JSON. go-sdk's own ends the
// session at the first message it can't read, without an answer, and at the end
// of the input it cancels the calls that are still running. This one answers a
// bad line with a JSON-RPC error and reads on, and at the end of the input lets
// the calls that it has read answer first. However much a client sends, and
// whether it reads or not, so many calls run at once, so many wait, and the rest
// is refused.
type Transport struct {
	In   io.Reader
	Out  io.Writer
	Stop context.Context // its end is taken for the input's
	// Messages, if set, stands between the messages, each written whole, and Out.
	Messages func(io.Writer) io.Writer

	out      *lineWriter
	patience time.Duration // if not the default
}

// Lost returns how many messages nobody read: the client closed its end, or
// read nothing while the session was to end.
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

// forwardJSON copies the lines that are JSON, and answers the others.
func forwardJSON(in io.Reader, to io.Writer, out *lineWriter) error {
	r := bufio.NewReader(in)
	for {
		line, tooLong, err := readLine(r)
		if err != nil {
			out.hurry() // also with an answer to half a line
		}
		switch {
		case tooLong:
			out.refuse(jsonrpc.CodeInvalidRequest, fmt.Sprintf("a message has at most %d bytes", MaxLine))
		case len(bytes.TrimSpace(line)) == 0:
		case !json.Valid(line):
			out.refuse(jsonrpc.CodeParseError, "a message is one line of JSON; this line is not")
		default:
			if _, err := rpc.Requests(line); err != nil {
				out.refuse(jsonrpc.CodeInvalidRequest, err.Error())
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
