// Package splice keeps large answers out of go-sdk's hands.
//
// go-sdk encodes a tool's result several times over, each time scanning all of
// Stripe's answer again: for a page of sessions that is nearly all that a call
// costs. So the outermost middleware puts a short mark in the place of each large
// value, and the writer below go-sdk puts the value in the place of the mark. The
// protocol stays go-sdk's, and what goes out is byte for byte what it would have
// written.
//
//	ctx, values := splice.With(ctx)               // where a connection begins
//	server.AddReceivingMiddleware(splice.Middleware) // last, to be outermost
//	out = values.Fill(out, message)               // where a message is written
//
// [Handler] does the first and the last for HTTP. Values belong to one request
// over HTTP and to one connection over stdio: there is nothing by which a value
// could get into somebody else's message.
package splice

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// mark begins every mark. It is new in every process and never leaves it, so that
// neither a caller nor Stripe can write one.
var mark = rand.Text()

const idDigits = 16

// small values are left to go-sdk.
const small = 512

// Values are those that marks stand for and that were not written yet.
type Values struct {
	last atomic.Uint64

	mu   sync.Mutex
	held map[string]value // by the id in the mark
}

// A value is JSON as it is, or a text to be quoted.
type value struct {
	json []byte
	text string
}

type contextKey struct{}

// With returns a context whose calls leave large values to be filled in.
func With(ctx context.Context) (context.Context, *Values) {
	v := &Values{held: map[string]value{}}
	return context.WithValue(ctx, contextKey{}, v), v
}

// Middleware takes the large values out of a result where the context is one of
// [With]. It has to be the outermost: all others see the result as it is.
func Middleware(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		result, err := next(ctx, method, req)
		v, ok := ctx.Value(contextKey{}).(*Values)
		if !ok || err != nil {
			return result, err
		}
		switch r := result.(type) {
		case *mcp.CallToolResult:
			return v.takeAnswer(r), nil
		case *mcp.ListToolsResult:
			return v.takeSchemas(r), nil
		}
		return result, nil
	}
}

// takeAnswer returns r with marks instead of what is large.
func (v *Values) takeAnswer(r *mcp.CallToolResult) *mcp.CallToolResult {
	if r == nil {
		return r
	}
	marked := *r
	if raw, ok := r.StructuredContent.(json.RawMessage); ok && len(raw) >= small {
		marked.StructuredContent = v.hold(value{json: raw})
	}
	marked.Content = slices.Clone(r.Content)
	for i, c := range r.Content {
		if text, ok := c.(*mcp.TextContent); ok && len(text.Text) >= small {
			short := *text
			short.Text = v.hold(value{text: text.Text})
			marked.Content[i] = &short
		}
	}
	return &marked
}

// takeSchemas returns r with marks instead of the tools' schemas.
func (v *Values) takeSchemas(r *mcp.ListToolsResult) *mcp.ListToolsResult {
	marked := *r
	marked.Tools = slices.Clone(r.Tools)
	for i, t := range r.Tools {
		short := *t
		short.InputSchema = v.takeSchema(t.InputSchema)
		short.OutputSchema = v.takeSchema(t.OutputSchema)
		marked.Tools[i] = &short
	}
	return &marked
}

func (v *Values) takeSchema(schema any) any {
	if raw, ok := schema.(json.RawMessage); ok {
		return v.hold(value{json: raw})
	}
	return schema
}

// hold keeps a value and returns the mark that stands for it.
func (v *Values) hold(val value) string {
	id := strconv.FormatUint(1<<60+v.last.Add(1), 16)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.held[id] = val
	return mark + id
}

func (v *Values) take(id []byte) (value, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	val, ok := v.held[string(id)]
	delete(v.held, string(id))
	return val, ok
}

func (v *Values) any() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.held) > 0
}

// Fill appends message to dst with the values in the place of their marks.
func (v *Values) Fill(dst, message []byte) []byte {
	for {
		i := bytes.Index(message, []byte(mark))
		end := i + len(mark) + idDigits
		if i < 1 || end >= len(message) {
			return append(dst, message...)
		}
		val, ok := value{}, false
		if message[i-1] == '"' && message[end] == '"' {
			val, ok = v.take(message[i+len(mark) : end])
		}
		switch {
		case !ok:
			dst = append(dst, message[:end+1]...)
		case val.json != nil:
			dst = slices.Grow(dst, len(message)+len(val.json))
			dst = appendJSON(append(dst, message[:i-1]...), val.json)
		default:
			dst = slices.Grow(dst, len(message)+len(val.text)*3) // it is quoted, and mostly comes as JSON, too
			dst = appendQuoted(append(dst, message[:i-1]...), val.text)
		}
		message = message[end+1:]
	}
}
