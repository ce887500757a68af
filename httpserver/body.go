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

// A wholeBody is a request body that limitBody has read.
type wholeBody struct {
	bytes.Reader
	bytes []byte
}

// Close implements [io.Closer].
func (*wholeBody) Close() error { return nil }

// bodyOf returns the request body that limitBody read.
func bodyOf(r *http.Request) []byte {
	if body, ok := r.Body.(*wholeBody); ok {
		return body.bytes
	}
	return nil
}

// When a response leaves part of the body unread, the server keeps reading for
// this long and this many bytes before it closes the connection. Many clients
// look for a response only once they have sent everything; closing at once
// would show them a connection reset instead.
const (
	lingerTime  = 5 * time.Second
	lingerBytes = 64 << 20
)

// boundBody limits the time that any request's body may take to arrive. By
// itself, net/http waits without limit for a body that no handler has read
// before it sends the response, so a client could hold a refused request's
// connection for as long as it likes. boundBody stands in front of everything
// else.
func boundBody(l Limits, draining context.Context, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body == nil || r.Body == http.NoBody || r.ProtoMajor != 1 {
			next.ServeHTTP(w, r) // HTTP/2 can end one stream alone
			return
		}
		conn := http.NewResponseController(w) // fails only for test recorders
		if l.BodyTimeout > 0 {
			_ = conn.SetReadDeadline(time.Now().Add(l.BodyTimeout))
		}
		body := &watchedBody{ReadCloser: r.Body}
		r = r.WithContext(r.Context()) // a copy, as net/http keeps using its own
		r.Body = body
		w.Header().Set("Connection", "close") // until the body is read
		next.ServeHTTP(w, r)
		if body.err != nil {
			return // read to the end, or timed out
		}
		_ = conn.Flush()
		if r.Header.Get("Expect") != "" { // the client waits for our go-ahead to send the body
			_ = conn.SetReadDeadline(time.Now())
			return
		}
		_ = conn.SetReadDeadline(time.Now().Add(lingerTime))
		defer context.AfterFunc(draining, func() { _ = conn.SetReadDeadline(time.Now()) })()
		_, _ = io.CopyN(io.Discard, body, lingerBytes)
	})
}

// readBody is [io.ReadAll] for a body whose length is known, or -1.
func readBody(body io.Reader, length int64) ([]byte, error) {
	const most = 64 << 10 // a client can announce more than it sends
	read := bytes.NewBuffer(make([]byte, 0, min(max(length, 0), most)+bytes.MinRead))
	_, err := read.ReadFrom(body)
	return read.Bytes(), err
}

// watchedBody remembers the error that ended reading.
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

// limitBody reads the whole body before the handler runs, so that one that is
// too long gets a 413 and one that is too slow a 408, however the handler
// treats read errors. http.Server.ReadTimeout can't replace this: it keeps
// running after the body is read, and then cancels the context of a running
// call.
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
		body, err := readBody(src, r.ContentLength)
		if err == nil {
			_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
			if !h.draining() {
				w.Header().Del("Connection")
			}
		}

		switch tooLong, ok := errors.AsType[*http.MaxBytesError](err); {
		case ok:
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
		whole := &wholeBody{bytes: body}
		whole.Reset(body)
		r.Body = whole // in a copy: boundBody made one where net/http keeps using its own
		next.ServeHTTP(w, r)
	})
}
