package stripeclient

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"sync/atomic"
)

// maxBody bounds an answer, in bytes after decompression. The largest pages, a
// hundred sessions with everything expanded, take a few MiB.
const maxBody = 16 << 20

var errTooLarge = errors.New("the answer is larger than 16 MiB")

// exchange is what one attempt received.
type exchange struct {
	sent   bool // false only if nothing can have reached Stripe
	status int  // 0 if there was no answer
	header http.Header
	body   []byte        // complete unless the attempt failed
	buffer *bytes.Buffer // holds body

	dialed, connected atomic.Bool // if the transport reports it
}

// buffers are reused for bodies. One that had to grow for a rare large answer
// is not kept.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

const maxBuffer = 1 << 20

// release frees the body's memory for other attempts. Nobody may look at the
// body afterwards.
func (x *exchange) release() {
	release(x.buffer)
	x.buffer, x.body = nil, nil
}

func release(b *bytes.Buffer) {
	if b.Cap() <= maxBuffer {
		b.Reset()
		buffers.Put(b)
	}
}

// exchange makes one attempt. stripe-go makes the request and decodes errors.
// Its own call would also follow redirects, read the body once more and scan it
// twice, and start goroutines for the timeout and for a body that a GET doesn't
// have. For an answer that is not JSON, it would return neither the status nor
// the headers.
func (c *Client) exchange(ctx context.Context, call *call) (*exchange, error) {
	x := new(exchange)
	bound := ctx
	if c.timeout > 0 {
		var cancel context.CancelFunc
		bound, cancel = context.WithTimeout(ctx, c.timeout)
		defer cancel()
	}
	req, err := c.request(x.traced(bound), call)
	if err != nil {
		return x, err
	}
	resp, err := x.receive(c.transport, req)
	switch {
	case err != nil && bound.Err() != nil:
		return x, bound.Err() // whatever it broke
	case err == nil && x.status >= 400:
		err = c.backend.ResponseToError(resp, x.body)
	}
	return x, err
}

// receive sends the request and reads the whole answer.
func (x *exchange) receive(transport http.RoundTripper, req *http.Request) (*http.Response, error) {
	resp, err := transport.RoundTrip(req)
	x.sent = err == nil || x.left(err)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()

	x.status, x.header = resp.StatusCode, resp.Header
	x.buffer = buffers.Get().(*bytes.Buffer)
	if n := resp.ContentLength; n > 0 && n <= maxBody {
		x.buffer.Grow(int(n) + bytes.MinRead) // ReadFrom needs room to notice the end
	}
	_, err = x.buffer.ReadFrom(io.LimitReader(resp.Body, maxBody+1))
	body := x.buffer.Bytes()
	switch {
	case err != nil:
		return nil, err
	case len(body) > maxBody:
		return nil, errTooLarge
	}
	x.body = body
	return resp, nil
}

// request returns the request of one attempt.
func (c *Client) request(ctx context.Context, call *call) (*http.Request, error) {
	path := strings.ReplaceAll(call.op.Path, "{session}", call.session)
	if !call.op.Writes() && len(call.form) > 0 {
		path += "?" + string(call.form)
	}
	params := call.params
	params.Context = ctx
	req, err := c.backend.NewRequest(call.op.Method, path, call.key.reveal(), "application/x-www-form-urlencoded", &params)
	if err != nil {
		return nil, err
	}
	maps.Copy(req.Header, c.headers)
	if call.op.Writes() && len(call.form) > 0 {
		req.ContentLength = int64(len(call.form))
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(call.form)), nil }
		req.Body, _ = req.GetBody() // never fails
	}
	return req, nil
}

// traced returns a context for a request whose connection x watches.
func (x *exchange) traced(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { x.dialed.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { x.connected.Store(true) },
	})
}

// left reports whether a request that ended in err may have been sent to
// Stripe. It was not if no connection was made or if the transport says so; in
// doubt, it was.
func (x *exchange) left(err error) bool {
	var held interface{ NotSent() bool }
	if errors.As(err, &held) && held.NotSent() {
		return false
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return false
	}
	return x.connected.Load() || !x.dialed.Load()
}
