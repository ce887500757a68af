package splice

import (
	"net/http"
	"strconv"
	"sync"
)

// Handler fills in the values in what go-sdk's streamable HTTP handler writes.
func Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, values := With(r.Context())
		next.ServeHTTP(&responseWriter{w, values}, r.WithContext(ctx))
	})
}

type responseWriter struct {
	http.ResponseWriter
	values *Values
}

// Unwrap lets [http.ResponseController] reach the writer below.
func (w *responseWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Write expects a whole message: go-sdk never writes one in parts.
func (w *responseWriter) Write(message []byte) (int, error) {
	if !w.values.any() {
		return w.ResponseWriter.Write(message)
	}
	buffer := buffers.Get().(*[]byte)
	out := w.values.Fill((*buffer)[:0], message)
	if h := w.Header(); h.Get("Content-Type") == "application/json" {
		h.Set("Content-Length", strconv.Itoa(len(out))) // a stream of events goes on
	}
	_, err := w.ResponseWriter.Write(out)
	keep(buffer, out)
	return len(message), err
}

// A page of 100 sessions takes about 600 kB. Larger answers are rare, so their
// memory is better given back.
const maxBuffer = 1 << 20

func keep(buffer *[]byte, out []byte) {
	if cap(out) <= maxBuffer {
		*buffer = out
		buffers.Put(buffer)
	}
}

var buffers = sync.Pool{New: func() any { return new([]byte) }}
