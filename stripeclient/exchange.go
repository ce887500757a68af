package stripeclient

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"

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
	status int // 0 if there was no answer
	header http.Header
	body   []byte // complete, unless the attempt failed
}

// exchange is also the result that stripe-go decodes into: it decodes nothing.
var _ stripe.LastResponseSetter = (*exchange)(nil)

func (*exchange) SetLastResponse(*stripe.APIResponse) {}
func (*exchange) UnmarshalJSON([]byte) error          { return nil }

type exchangeContextKey struct{}

func withExchange(ctx context.Context, x *exchange) context.Context {
	return context.WithValue(ctx, exchangeContextKey{}, x)
}

// recorder reads the whole answer and keeps it in the request's exchange.
type recorder struct{ next http.RoundTripper }

func (r recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := r.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()

	x := req.Context().Value(exchangeContextKey{}).(*exchange)
	x.status, x.header = resp.StatusCode, resp.Header
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
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
