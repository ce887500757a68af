package main

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/upstream"
)

// heldBack answers a call that this server's own limit held back as Stripe
// answers one over its limit. To the client that is the truth that matters: the
// call was not carried out, and can be repeated in a moment.
type heldBack struct{ next http.RoundTripper }

func (h heldBack) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := h.next.RoundTrip(req)
	if !errors.Is(err, upstream.ErrLimit) {
		return resp, err
	}
	const body = `{"error":{"type":"api_error","code":"rate_limit","message":"This server is at its limit of calls to Stripe; the call was not sent"}}`
	return &http.Response{
		StatusCode: http.StatusTooManyRequests,
		Status:     "429 Too Many Requests",
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        http.Header{"Content-Type": {"application/json"}, "Retry-After": {"1"}},
		Body:          io.NopCloser(strings.NewReader(body)),
		ContentLength: int64(len(body)),
		Request:       req,
	}, nil
}
