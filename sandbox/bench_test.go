package sandbox_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
)

func BenchmarkRoundTrip(b *testing.B) {
	server := sandbox.New(sandbox.Options{})
	for name, request := range map[string]struct{ method, url, form string }{
		"list 10": {"GET", sessions + "?limit=10", ""},
		"create":  {"POST", sessions, payment},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				req, err := http.NewRequest(request.method, "http://sandbox.test"+request.url, strings.NewReader(request.form))
				if err != nil {
					b.Fatal(err)
				}
				req.Header.Set("Authorization", "Bearer "+sandbox.Key)
				req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				resp, err := server.RoundTrip(req)
				if err != nil {
					b.Fatal(err)
				}
				n, err := io.Copy(io.Discard, resp.Body)
				if err != nil || resp.StatusCode != http.StatusOK {
					b.Fatal(resp.Status, err)
				}
				b.SetBytes(n)
			}
		})
	}
}
