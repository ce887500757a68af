package telemetry

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

func TestSafePath(t *testing.T) {
	for path, want := range map[string]string{
		"/v1/checkout/sessions":                         "/v1/checkout/sessions",
		"/v1/checkout/sessions/cs_test_a1B2/line_items": "/v1/checkout/sessions/cs_test_a1B2/line_items",
		"/v1/payment_intents/pi_3Abc":                   "/v1/payment_intents/pi_3Abc",
		"/v1/checkout/sessions/rk_live_abc":             "/v1/checkout/sessions/_OTHER",
		"/v1/checkout/sessions/sk_test_abc/expire":      "/v1/checkout/sessions/_OTHER/expire",
		"/v1/checkout/sessions/cs_test_a1_secret_b2":    "/v1/checkout/sessions/_OTHER",
		"/v1/customers/jenny@example.com":               "/v1/customers/_OTHER",
	} {
		if got := safePath(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

// net/http quotes what it can't parse. The quote must stay off the span, but
// the caller must get the original error.
func TestMalformedAnswersStayOffTheSpan(t *testing.T) {
	for name, tc := range map[string]struct{ answer, err string }{
		"header":  {"HTTP/1.1 200 OK\r\nsk_live_leak jenny\r\n\r\n", "malformed MIME header"},
		"status":  {"sk_live_leak jenny\r\n\r\n", "malformed HTTP"},
		"trailer": {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n0\r\nsk_live_leak jenny\r\n\r\n", "malformed MIME header"},
	} {
		t.Run(name, func(t *testing.T) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			go func() {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				defer conn.Close()
				_, _ = http.ReadRequest(bufio.NewReader(conn))
				_, _ = io.WriteString(conn, tc.answer)
			}()
			spans := tracetest.NewInMemoryExporter()
			observed, err := New(t.Context(), Config{Name: "x", Spans: spans})
			if err != nil {
				t.Fatal(err)
			}
			transport := &http.Transport{DisableKeepAlives: true}
			resp, err := (&http.Client{Transport: observed.Transport(transport)}).Get("http://" + listener.Addr().String() + "/v1/checkout/sessions")
			if err == nil {
				_, err = io.ReadAll(resp.Body)
				_ = resp.Body.Close()
			}
			if err == nil || !strings.Contains(err.Error(), tc.err) {
				t.Errorf("error %v, want it to contain %q", err, tc.err)
			}
			var h hidden
			if errors.As(err, &h) {
				t.Error("the caller gets the hidden error")
			}
			ended := spans.GetSpans()
			if len(ended) != 1 {
				t.Fatalf("%d spans", len(ended))
			}
			if text := fmt.Sprintf("%+v", ended); strings.Contains(text, "leak") || strings.Contains(text, "jenny") {
				t.Errorf("the span contains private data: %s", text)
			}
		})
	}
}
