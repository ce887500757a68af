package faults

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
)

// A fault is one way in which a call to Stripe can go wrong. It sets one of the
// last three fields.
type fault struct {
	name    string
	timeout bool // the attempt runs out of time

	// answer answers in Stripe's place.
	answer func(stripe http.Handler) http.HandlerFunc
	// toxic is a toxiproxy toxic on the connection to Stripe, as JSON.
	// https://github.com/Shopify/toxiproxy#toxics
	toxic string
	// dial replaces the connection to Stripe.
	dial func(*stage) (net.Conn, error)
}

var all = []fault{
	{name: "The host name can't be resolved", dial: func(*stage) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "api.stripe.com", IsNotFound: true}}
	}},
	{name: "The connection is refused", dial: func(s *stage) (net.Conn, error) { return net.Dial("tcp", s.nobody) }},
	{name: "The certificate is not trusted", dial: func(s *stage) (net.Conn, error) { return net.Dial("tcp", s.stranger) }},
	{name: "The other side doesn't speak TLS", dial: func(s *stage) (net.Conn, error) { return net.Dial("tcp", s.plain) }},

	{name: "The connection is reset before the request is carried out", answer: before(reset)},
	{name: "The connection is reset after the request was carried out", answer: after(func(w http.ResponseWriter, _ *httptest.ResponseRecorder) { reset(w) })},
	{name: "The answer is cut off in the middle", answer: after(func(w http.ResponseWriter, got *httptest.ResponseRecorder) {
		w.Header().Set("Content-Length", strconv.Itoa(got.Body.Len()))
		_, _ = w.Write(got.Body.Bytes()[:got.Body.Len()/2])
	})},
	{name: "The connection is cut off before the answer", toxic: `{"type":"limit_data","attributes":{"bytes":0}}`},
	{name: "The answer comes too slowly", timeout: true, toxic: `{"type":"slicer","attributes":{"average_size":10,"delay":200000}}`},
	{name: "The request never arrives", timeout: true, toxic: `{"type":"timeout","stream":"upstream","attributes":{"timeout":0}}`},
	{name: "The answer never arrives", timeout: true, toxic: `{"type":"timeout","stream":"downstream","attributes":{"timeout":0}}`},

	{name: "429", answer: before(refuse(429, rateLimit))},
	{name: "429 with Retry-After: 7", answer: before(refuse(429, rateLimit, "Retry-After", "7"))},
	{name: "429 with Stripe-Should-Retry: true", answer: before(refuse(429, rateLimit, "Stripe-Should-Retry", "true"))},
	{name: "429, lock_timeout", answer: before(refuse(429, lockTimeout))},
	{name: "409 because another request holds a lock", answer: before(refuse(409, lockTimeout))},
	{name: "409 with Stripe-Should-Retry: false", answer: before(refuse(409, lockTimeout, "Stripe-Should-Retry", "false"))},
	{name: "500 before the request is carried out", answer: before(refuse(500, apiError))},
	{name: "500 after the request was carried out", answer: after(func(w http.ResponseWriter, _ *httptest.ResponseRecorder) { refuse(500, apiError)(w) })},
	{name: "500 with Stripe-Should-Retry: false", answer: before(refuse(500, apiError, "Stripe-Should-Retry", "false"))},
	{name: "502 with a page of HTML", answer: before(refuse(502, "<html><body>Bad Gateway</body></html>", "Content-Type", "text/html"))},
	{name: "503 without a body", answer: before(refuse(503, ""))},

	{name: "200 with half of the JSON", answer: after(func(w http.ResponseWriter, got *httptest.ResponseRecorder) {
		_, _ = w.Write(got.Body.Bytes()[:got.Body.Len()/2])
	})},
	{name: "200 without a body", answer: after(func(http.ResponseWriter, *httptest.ResponseRecorder) {})},
	{name: "200 with a page of HTML", answer: after(func(w http.ResponseWriter, _ *httptest.ResponseRecorder) {
		_, _ = io.WriteString(w, "<html>Log in</html>")
	})},
	{name: "200 with an error", answer: after(func(w http.ResponseWriter, _ *httptest.ResponseRecorder) { _, _ = io.WriteString(w, apiError) })},
	{name: "200 with gzip", answer: after(func(w http.ResponseWriter, got *httptest.ResponseRecorder) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = z.Write(got.Body.Bytes())
		_ = z.Close()
	})},
	{name: "200 with broken gzip", answer: after(func(w http.ResponseWriter, got *httptest.ResponseRecorder) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(got.Body.Bytes())
	})},
	{name: "200 with 60 MB", answer: after(func(w http.ResponseWriter, _ *httptest.ResponseRecorder) {
		_, _ = io.WriteString(w, `{"id":"`)
		_, _ = io.Copy(w, io.LimitReader(endless{}, 60<<20))
		_, _ = io.WriteString(w, `"}`)
	})},
	{name: "A redirect before the request is carried out", answer: before(refuse(307, "", "Location", "/elsewhere"))},
	{name: "A redirect after the request was carried out", answer: after(func(w http.ResponseWriter, _ *httptest.ResponseRecorder) {
		refuse(303, "", "Location", "/elsewhere")(w)
	})},
}

const (
	rateLimit   = `{"error":{"type":"invalid_request_error","code":"rate_limit","message":"Request rate limit exceeded."}}`
	lockTimeout = `{"error":{"type":"invalid_request_error","code":"lock_timeout","message":"This object cannot be accessed right now because another API request or Stripe process is currently accessing it."}}`
	apiError    = `{"error":{"type":"api_error","message":"An unknown error occurred"}}`
)

// before makes a fault that strikes before the request is carried out.
func before(answer func(http.ResponseWriter)) func(http.Handler) http.HandlerFunc {
	return func(http.Handler) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			answer(w)
		}
	}
}

// after makes a fault that spoils the answer to a request that was carried out.
func after(answer func(http.ResponseWriter, *httptest.ResponseRecorder)) func(http.Handler) http.HandlerFunc {
	return func(stripe http.Handler) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			got := httptest.NewRecorder()
			stripe.ServeHTTP(got, r)
			answer(w, got)
		}
	}
}

// refuse answers with an error. headers come in pairs.
func refuse(status int, body string, headers ...string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// reset resets the connection without an answer.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(fmt.Sprintf("taking over the connection: %v", err))
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return copy(p, strings.Repeat("x", len(p))), nil }

// dialing connects to Stripe's address, or wherever the fault says.
func (f fault) dialing(s *stage) func(context.Context, string, string) (net.Conn, error) {
	var d net.Dialer
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		switch {
		case s.healed.Load():
			return d.DialContext(ctx, network, s.direct)
		case f.dial != nil:
			return f.dial(s)
		default:
			return d.DialContext(ctx, network, address)
		}
	}
}
