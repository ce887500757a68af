package httpserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

type bodyKey struct{}

// bodyFrom returns the request body that limitBody read.
func bodyFrom(ctx context.Context) []byte {
	body, _ := ctx.Value(bodyKey{}).([]byte)
	return body
}

// After an answer that left the body unread, the connection is read on for so
// long and so far before it is closed: many clients look for an answer only once
// they have sent everything, and would see a reset.
const (
	lingerTime  = 5 * time.Second
	lingerBytes = 64 << 20
)

// boundBody gives the body of every request a time to arrive in, whatever
// becomes of it. By itself net/http waits for a body that no handler has read,
// without a limit and before it sends the answer: so a request refused unread
// would hold its connection for as long as its sender likes. It stands in front
// of everything else.
func boundBody(l Limits, draining context.Context, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body == nil || r.Body == http.NoBody || r.ProtoMajor != 1 {
			next.ServeHTTP(w, r) // HTTP/2 ends streams one by one
			return
		}
		conn := http.NewResponseController(w) // its errors are only test recorders'
		if l.BodyTimeout > 0 {
			_ = conn.SetReadDeadline(time.Now().Add(l.BodyTimeout))
		}
		body := &watchedBody{ReadCloser: r.Body}
		r = r.WithContext(r.Context()) // a copy: net/http looks at its own
		r.Body = body
		w.Header().Set("Connection", "close") // until the body has been read
		next.ServeHTTP(w, r)
		if body.err != nil {
			return // read to its end, or out of time
		}
		_ = conn.Flush()
		if r.Header.Get("Expect") != "" { // it waits for our leave to send the body
			_ = conn.SetReadDeadline(time.Now())
			return
		}
		_ = conn.SetReadDeadline(time.Now().Add(lingerTime))
		defer context.AfterFunc(draining, func() { _ = conn.SetReadDeadline(time.Now()) })()
		_, _ = io.CopyN(io.Discard, body, lingerBytes)
	})
}

// watchedBody remembers how reading ended.
type watchedBody struct {
	io.ReadCloser
	err error
}

// Read implements [io.Reader].
func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.err = err
	}
	return n, err
}

// limitBody reads the whole body before the handler runs: what is too long is
// answered 413 and what trickles in 408, whatever the handler makes of errors
// from its body. http.Server.ReadTimeout would do for the time, but it goes on
// after the body was read and then cancels the context of a running call.
func limitBody(l Limits, h *health, refuse refuser, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body == nil || r.Body == http.NoBody {
			next.ServeHTTP(w, r)
			return
		}
		src := r.Body
		if l.MaxBodyBytes > 0 {
			src = http.MaxBytesReader(w, r.Body, l.MaxBodyBytes)
		}
		body, err := io.ReadAll(src)
		if err == nil {
			_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
			if !h.draining() {
				w.Header().Del("Connection")
			}
		}

		var tooLong *http.MaxBytesError
		switch {
		case errors.As(err, &tooLong):
			refuse(w, refusal{status: http.StatusRequestEntityTooLarge, kind: "invalid_request_error", body: body,
				message: fmt.Sprintf("The request body is longer than %d bytes.", tooLong.Limit)})
			return
		case errors.Is(err, os.ErrDeadlineExceeded):
			refuse(w, refusal{status: http.StatusRequestTimeout, kind: "invalid_request_error", body: body,
				message: fmt.Sprintf("The request body did not arrive within %v.", l.BodyTimeout)})
			return
		case err != nil:
			refuse(w, refusal{status: http.StatusBadRequest, kind: "invalid_request_error", body: body,
				message: "The request body could not be read."})
			return
		}
		_ = src.Close()
		r = r.WithContext(context.WithValue(r.Context(), bodyKey{}, body))
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, r)
	})
}
