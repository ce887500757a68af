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

// maxBody bounds an answer, decompressed. The largest pages, a hundred
// sessions with everything expanded, are a few MiB.
const maxBody = 16 << 20

var errTooLarge = errors.New("the answer is larger than 16 MiB")

// exchange is what one attempt got over the wire. stripe-go gives its caller
// neither status nor headers of an answer that is not JSON, and puts up to 500
// bytes of such a body into its error text; so the exchange is recorded below
// it, by recorder, and stripe-go's error is only asked for what it decoded.
type exchange struct {
	sent   bool // false only if nothing can have reached Stripe
	status int  // 0 if there was no answer
	header http.Header
	body   []byte        // complete, unless the attempt failed
	buffer *bytes.Buffer // that body is in

	dialed, connected atomic.Bool // as the transport told, if it tells
}

// exchange is also the result that stripe-go decodes into: it decodes nothing.
var _ stripe.LastResponseSetter = (*exchange)(nil)

func (*exchange) SetLastResponse(*stripe.APIResponse) {}
func (*exchange) UnmarshalJSON([]byte) error          { return nil }

// buffers are for bodies. One that a rare large answer made large is not kept.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

const maxBuffer = 1 << 20

// release gives the body's memory to the next attempt of anyone. Nobody may look
// at the body any more.
func (x *exchange) release() {
	if x.buffer.Cap() <= maxBuffer {
		x.buffer.Reset()
		buffers.Put(x.buffer)
	}
	x.buffer, x.body = nil, nil
}

var requestIDForm = regexp.MustCompile(`^req_[A-Za-z0-9_-]{1,100}$`)

// requestID is Stripe's id of a request. Whatever else a header says, which
// something between here and Stripe may have written, is none.
func requestID(h http.Header) string {
	if id := h.Get("Request-Id"); requestIDForm.MatchString(id) {
		return id
	}
	return ""
}

type exchangeContextKey struct{}

// in returns the context of the attempt that x records.
func (x *exchange) in(ctx context.Context) context.Context {
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { x.dialed.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { x.connected.Store(true) },
	})
	return context.WithValue(ctx, exchangeContextKey{}, x)
}

// left reports whether a request that ended in err may have left for Stripe. It
// has not if no connection came about, or if the transport says so; in doubt it
// has.
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
	_, err = x.buffer.ReadFrom(io.LimitReader(resp.Body, maxBody+1))
	body := x.buffer.Bytes()
	switch {
	case err != nil:
		return nil, err
	case len(body) > maxBody:
		return nil, errTooLarge
	}
	x.body = body

	// stripe-go decodes errors. Of a success it would scan the body twice, only
	// to hand it to exchange.UnmarshalJSON: most of the CPU time of a call.
	if resp.StatusCode < 400 {
		body = []byte("{}")
	}
	answer := *resp
	answer.Body = io.NopCloser(bytes.NewReader(body))
	return &answer, nil
}
