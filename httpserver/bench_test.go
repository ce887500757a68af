package httpserver

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/telemetry"
)

// What the gates add to a request: no network, and a handler that does nothing.
func BenchmarkGates(b *testing.B) {
	for name, observed := range map[string]bool{"plain": false, "prometheus": true} {
		b.Run(name, func(b *testing.B) {
			l := rest(ok)
			cfg := Config{
				Listeners: []Listener{l},
				Auth:      auth.Config{Mode: auth.Token, Tokens: []string{tokenA, tokenB}},
				Logger:    slog.New(slog.NewJSONHandler(io.Discard, nil)),
			}
			if observed {
				t, err := telemetry.New(b.Context(), telemetry.Config{Name: "x", Prometheus: true})
				if err != nil {
					b.Fatal(err)
				}
				cfg.Telemetry = t
			}
			s, err := New(cfg)
			if err != nil {
				b.Fatal(err)
			}
			defer s.closeAll()
			h, err := l.handler(s, true)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				r := httptest.NewRequest(http.MethodPost, "http://localhost/mcp", strings.NewReader(`{}`))
				r.Header.Set("Authorization", "Bearer "+tokenB)
				w := httptest.NewRecorder()
				if h.ServeHTTP(w, r); w.Code != 200 {
					b.Fatal(w.Code)
				}
			}
		})
	}
}
