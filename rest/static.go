package rest

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// static serves a file that doesn't change while the program runs.
func static(contentType string, data []byte) http.HandlerFunc {
	tag := sync.OnceValue(func() string { // not at start, which would read the viewer's half megabyte
		sum := sha256.Sum256(data)
		return `"` + hex.EncodeToString(sum[:12]) + `"`
	})
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", contentType)
		h.Set("Cache-Control", "no-cache") // ask again: another version may be running
		h.Set("ETag", tag())
		h.Set("X-Content-Type-Options", "nosniff")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
	}
}

// compressed serves a file that is stored gzipped, and unpacks it for clients
// that don't accept gzip.
func compressed(contentType string, data []byte) http.HandlerFunc {
	zipped := static(contentType, data)
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Vary", "Accept-Encoding")
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			w.Header().Set("Content-Encoding", "gzip")
			zipped(w, r)
			return
		}
		plain, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			panic(err) // an embedded file
		}
		w.Header().Set("Content-Type", contentType)
		_, _ = io.Copy(w, plain) // #nosec G110 -- an embedded file. The client is gone if this fails.
	}
}
