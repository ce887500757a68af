package telemetry

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestAnswerNotesWhatAHandlerDoes(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		handle func(w http.ResponseWriter)
		status int
		bytes  int64
		begun  bool
	}{
		"nothing":             {func(http.ResponseWriter) {}, 200, 0, false},
		"a body":              {func(w http.ResponseWriter) { _, _ = io.WriteString(w, "abc") }, 200, 3, true},
		"a status":            {func(w http.ResponseWriter) { w.WriteHeader(503) }, 503, 0, true},
		"an announcement":     {func(w http.ResponseWriter) { w.WriteHeader(103) }, 200, 0, false},
		"both and a body":     {func(w http.ResponseWriter) { w.WriteHeader(103); w.WriteHeader(404); _, _ = w.Write([]byte("no")) }, 404, 2, true},
		"a flush, and a body": {func(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush(); _, _ = w.Write([]byte("a")) }, 200, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var a *Answer
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				a = &Answer{ResponseWriter: w}
				tt.handle(a)
			}))
			resp, err := http.Get(server.URL)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			server.Close()
			if err != nil || resp.StatusCode != tt.status || int64(len(body)) != tt.bytes {
				t.Errorf("a client gets status %d with %q (%v)", resp.StatusCode, body, err)
			}
			if a.Status() != tt.status || a.Bytes != tt.bytes || a.Begun() != tt.begun {
				t.Errorf("status %d, %d bytes, begun: %v", a.Status(), a.Bytes, a.Begun())
			}
		})
	}
}
