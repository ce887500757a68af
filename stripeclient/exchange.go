package stripeclient

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"regexp"
	"sync"
	"sync/atomic"

	"github.com/stripe/stripe-go/v82"
)

// maxBody bounds an answer, in bytes after decompression. The largest pages, a
// hundred sessions with everything expanded, take a few MiB.
const maxBody = 16 << 20

var errTooLarge = errors.New("the answer is larger than 16 MiB")

// exchange is what one attempt received. For an answer that is not JSON,
// stripe-go returns neither its status nor its headers, and it puts up to 500
// bytes of the body into its error text. So recorder, below stripe-go, records
// the exchange, and stripe-go's error is used only for what it decoded.
type exchange struct {
	sent   bool // false only if nothing can have reached Stripe
	status int  // 0 if there was no answer
	header http.Header
	body   []byte        // complete unless the attempt failed
	buffer *bytes.Buffer // holds body

	dialed, connected atomic.Bool // if the transport reports it
}

// exchange is also what stripe-go decodes an answer into, which does nothing.
var _ stripe.LastResponseSetter = (*exchange)(nil)

func (*exchange) SetLastResponse(*stripe.APIResponse) {}
func (*exchange) UnmarshalJSON([]byte) error          { return nil }

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

var requestIDForm = regexp.MustCompile(`^req_[A-Za-z0-9_-]+$`)

// requestID returns Stripe's id of a request. A header of any other form, which
// something between here and Stripe may have written, is ignored.
func requestID(h http.Header) string {
	if id := h.Get("Request-Id"); len(id) <= 104 && requestIDForm.MatchString(id) {
		return id
	}
	return ""
}

type exchangeContextKey struct{}

// in returns a context for the attempt that x records.
func (x *exchange) in(ctx context.Context) context.Context {
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { x.dialed.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { x.connected.Store(true) },
	})
	return context.WithValue(ctx, exchangeContextKey{}, x)
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

// recorder reads the whole answer and keeps it in the request's exchange.
type recorder struct{ next http.RoundTripper }

func (r recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	x := req.Context().Value(exchangeContextKey{}).(*exchange)
	resp, err := r.next.RoundTrip(req)
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

	// stripe-go decodes errors. It would scan the body of a success twice, only
	// to hand it to exchange.UnmarshalJSON, and that would be most of the CPU
	// time of a call.
	if resp.StatusCode < 400 {
		body = []byte("{}")
	}
	answer := *resp
	answer.Body = io.NopCloser(bytes.NewReader(body))
	return &answer, nil
}
