// Package splice lets large answers bypass go-sdk's encoder.
//
// go-sdk encodes a tool's result several times over and scans all of Stripe's
// answer each time, which for a page of sessions is nearly the whole cost of a
// call. So the outermost middleware replaces each large value with a short
// mark, and the writer below go-sdk replaces the mark with the value. go-sdk
// still speaks the protocol, and the output is byte for byte what it would have
// written.
//
//	ctx, values := splice.With(ctx)                  // where a connection begins
//	server.AddReceivingMiddleware(splice.Middleware) // last, to be outermost
//	out = values.Fill(out, message)                  // where a message is written
//
// [Handler] does the first and the last for HTTP. A Values belongs to one HTTP
// request or one stdio connection, so a value can't end up in anyone else's
// message.
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

// mark begins every mark. It is random for each process and never leaves it, so
// neither a caller nor Stripe can write one.
var mark = rand.Text()

const idDigits = 16

// small is the size in bytes below which go-sdk encodes a value itself.
const small = 512

// Values holds the values whose marks have not been replaced yet.
type Values struct {
	last atomic.Uint64

	mu   sync.Mutex
	held map[string]value // by the id in its mark
}

// A value is either finished JSON or text that still has to be quoted.
type value struct {
	json []byte
	text string
}

type contextKey struct{}

// With returns a context under which [Middleware] sets large values aside, and
// the Values that hold them.
func With(ctx context.Context) (context.Context, *Values) {
	v := &Values{held: map[string]value{}}
	return context.WithValue(ctx, contextKey{}, v), v
}

// Middleware replaces the large values of a result with marks if the context
// comes from [With]. It has to be outermost, so that all other middleware sees
// the whole result.
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

// takeAnswer returns r with its large values replaced by marks.
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

// takeSchemas returns r with the tools' schemas replaced by marks.
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

// hold keeps a value and returns its mark.
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

// Fill appends message to dst, with each mark replaced by its value.
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
			dst = slices.Grow(dst, len(message)+len(val.text)*3) // room for escapes, and for the same value as JSON
			dst = appendQuoted(append(dst, message[:i-1]...), val.text)
		}
		message = message[end+1:]
	}
}
