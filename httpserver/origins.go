package httpserver

import (
	"fmt"
	"net/http"
	"time"

	"github.com/rs/cors"
)

// allowOrigins refuses requests sent by web pages of other origins, as MCP's
// streamable HTTP transport demands, and gives pages of the allowed origins the
// CORS headers they need.
func allowOrigins(origins []string, refuse refuser, next http.Handler) (http.Handler, error) {
	protection := http.NewCrossOriginProtection()
	for _, origin := range origins {
		if protection.AddTrustedOrigin(origin) != nil {
			return nil, fmt.Errorf("--allowed-origins contains %q: use origins such as https://app.example.com, without a path", origin)
		}
	}
	guarded := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The standard library lets safe methods pass, because pages can't read
		// the response. MCP wants the origin checked on every request.
		asUnsafe := *r
		asUnsafe.Method = http.MethodPost
		if err := protection.Check(&asUnsafe); err != nil {
			refuse(w, refusal{status: http.StatusForbidden, kind: "permission_error",
				message: fmt.Sprintf("This server refuses requests from web pages at %.100q. If it should accept them, add that origin to the allowed origins.", r.Header.Get("Origin"))})
			return
		}
		next.ServeHTTP(w, r)
	})
	if len(origins) == 0 {
		return guarded, nil
	}
	return cors.New(cors.Options{
		AllowedOrigins: origins,
		AllowedMethods: []string{http.MethodGet, http.MethodPost, http.MethodDelete},
		AllowedHeaders: []string{"*"},
		ExposedHeaders: []string{"Mcp-Session-Id", "Retry-After", "WWW-Authenticate", requestIDHeader},
		MaxAge:         int((10 * time.Minute).Seconds()),
	}).Handler(guarded), nil
}
