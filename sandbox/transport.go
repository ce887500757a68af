package sandbox

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
)

// RoundTrip answers a request without a network, for a client in the same
// process. The host in its URL does not matter. As with a real server, a
// request whose context ends may still have been carried out.
func (s *Server) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	server := asReceived(r)
	if ctx.Err() != nil {
		_ = server.Body.Close()
		return nil, context.Cause(ctx)
	}
	pages := s.pageURL
	if pages == nil {
		pages = func() string { return "" }
	}
	done := make(chan *answer, 1)
	panicked := make(chan any, 1)
	go func() {
		// The caller can recover from a panic; nobody could if it happened
		// here.
		defer func() {
			if p := recover(); p != nil {
				panicked <- p
			}
		}()
		a := s.answer(server, pages)
		_ = server.Body.Close()
		done <- a
	}()
	select {
	case <-ctx.Done():
		_ = server.Body.Close() // ends a read that waits for more of it
		return nil, context.Cause(ctx)
	case p := <-panicked:
		panic(p)
	case a := <-done:
		if a == nil {
			return nil, io.ErrUnexpectedEOF
		}
		return a.response(r), nil
	}
}

// asReceived returns the request as a server would see it.
func asReceived(r *http.Request) *http.Request {
	received := r.Clone(r.Context())
	received.Header = make(http.Header, len(r.Header))
	for name, value := range r.Header {
		name = http.CanonicalHeaderKey(name)
		received.Header[name] = append(received.Header[name], value...)
	}
	if received.Method == "" {
		received.Method = http.MethodGet
	}
	if received.Body == nil {
		received.Body = http.NoBody
	}
	if user := r.URL.User; user != nil && received.Header.Get("Authorization") == "" {
		password, _ := user.Password()
		received.SetBasicAuth(user.Username(), password)
	}
	return received
}

func (a *answer) response(to *http.Request) *http.Response {
	body := a.body
	if to.Method == http.MethodHead {
		body = nil
	}
	header := a.header
	header.Set("Content-Length", strconv.Itoa(len(a.body)))
	return &http.Response{
		Status:     strconv.Itoa(a.status) + " " + http.StatusText(a.status),
		StatusCode: a.status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        header,
		Body:          &responseBody{ctx: to.Context(), Reader: bytes.NewReader(body)},
		ContentLength: int64(len(a.body)),
		Request:       to,
	}
}

// responseBody behaves like the body of a network response: reading fails once
// the request's context has ended or the body has been closed.
type responseBody struct {
	ctx    context.Context
	closed bool
	io.Reader
}

func (b *responseBody) Read(p []byte) (int, error) {
	if b.closed {
		return 0, http.ErrBodyReadAfterClose
	}
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	return b.Reader.Read(p)
}

func (b *responseBody) Close() error {
	b.closed = true
	return nil
}
