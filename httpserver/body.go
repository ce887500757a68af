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

// limitBody reads the whole body before the handler runs: what is too long is
// answered 413 and what trickles in 408, whatever the handler makes of errors
// from its body. http.Server.ReadTimeout would do for the time, but it goes on
// after the body was read and then cancels the context of a running call.
func limitBody(l Limits, refuse refuser, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body == nil || r.Body == http.NoBody {
			next.ServeHTTP(w, r)
			return
		}
		src := r.Body
		if l.MaxBodyBytes > 0 {
			src = http.MaxBytesReader(w, r.Body, l.MaxBodyBytes)
		}
		conn := http.NewResponseController(w)
		if l.BodyTimeout > 0 {
			_ = conn.SetReadDeadline(time.Now().Add(l.BodyTimeout)) // unsupported only by test recorders
		}
		body, err := io.ReadAll(src)
		if err == nil && l.BodyTimeout > 0 {
			_ = conn.SetReadDeadline(time.Time{})
		}

		var tooLong *http.MaxBytesError
		switch {
		case errors.As(err, &tooLong):
			refuse(w, refusal{status: http.StatusRequestEntityTooLarge, kind: "invalid_request_error", body: body,
				message: fmt.Sprintf("The request body is longer than %d bytes.", tooLong.Limit)})
			return
		case errors.Is(err, os.ErrDeadlineExceeded):
			w.Header().Set("Connection", "close")
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
