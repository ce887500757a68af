package httpserver

import (
	"fmt"
	"net/http"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
)

// A Listener is an address and what the server serves there. All of a server's
// listeners share its authentication, limits and telemetry.
type Listener struct {
	// Name tells listeners apart in logs, metrics and [Server.Addr].
	Name string
	// Addr is a TCP address; port 0 takes a free one.
	Addr string
	// Handler gets every request except those for /healthz, /readyz and the
	// OAuth metadata. If it is an *http.ServeMux, telemetry shows its routes.
	Handler http.Handler
	// Scopes returns the scopes that a request needs. Only [auth.OAuth] uses
	// it, and requires it; it is called after the body has been read.
	Scopes func(*http.Request) []string

	// Public lets anyone in, from other machines too, whatever the [auth.Mode].
	// The handler itself must authenticate anyone who may do anything.
	Public bool

	messages bool    // the bodies are JSON-RPC messages
	refuse   refuser // nil: refuseJSON
}

// MCP returns the listener "mcp", which serves an MCP streamable HTTP handler
// at /mcp and at /, and phrases refusals as JSON-RPC errors. For scope, see
// [auth.RequireToolScopes].
func MCP(addr string, handler http.Handler, scope auth.ToolScope) Listener {
	mux := http.NewServeMux()
	mux.Handle("/mcp", handler)
	mux.Handle("/{$}", handler)
	return Listener{Name: "mcp", Addr: addr, Handler: mux, Scopes: toolScopes(scope), messages: true, refuse: refuseJSONRPC}
}

// handler puts the gates in front of the listener's own handler.
func (l Listener) handler(s *Server, loopback bool) (http.Handler, error) {
	refuse := l.refuse
	if refuse == nil {
		refuse = refuseJSON
	}
	limits := s.cfg.Limits

	h := l.Handler
	if s.cfg.Auth.Mode == auth.OAuth && !l.Public {
		if l.Scopes == nil {
			return nil, fmt.Errorf("listener %q doesn't say which scopes its requests need", l.Name)
		}
		h = authorize(s.auth, l.Scopes, refuse, h)
	}
	if l.messages {
		h = readMessages(s.callers, refuse, h)
	}
	h = limitBody(limits, s.health, refuse, h)
	h = s.callers.middleware(refuse, h)
	if !l.Public {
		h = authenticate(s.auth, refuse, h)
	}
	h, err := allowOrigins(s.cfg.AllowedOrigins, refuse, h)
	if err != nil {
		return nil, err
	}
	if h, err = allowHosts(s.cfg.AllowedHosts, loopback, refuse, h); err != nil {
		return nil, err
	}
	var muxes []*http.ServeMux
	if s.cfg.Auth.Mode == auth.OAuth {
		metadata := metadataRoutes(s.cfg.Auth.OAuth)
		h = withMetadata(metadata, h)
		muxes = append(muxes, metadata)
	}
	h = s.health.closeWhileDraining(h)
	h = accessLog(s.cfg.Logger, l.Name, s.cfg.TrustedProxies, refuse, h)
	h = s.cfg.Telemetry.Handler(l.Name, s.cfg.TrustedProxies, h)
	if mux, ok := l.Handler.(*http.ServeMux); ok {
		muxes = append(muxes, mux)
	}
	h = withRoutes(muxes, h)
	return h, nil
}

// withRoutes notes the request's route before any gate refuses or copies the
// request, so that logs and spans can show the route and never the path.
func withRoutes(muxes []*http.ServeMux, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, mux := range muxes {
			if _, r.Pattern = mux.Handler(r); r.Pattern != "" {
				break
			}
		}
		next.ServeHTTP(w, r)
	})
}

// metadataRoutes serves the OAuth metadata, which is public.
func metadataRoutes(config auth.OAuthConfig) *http.ServeMux {
	mux := http.NewServeMux()
	metadata, paths := config.Metadata()
	for _, path := range paths {
		mux.Handle(path, metadata)
	}
	return mux
}

// withMetadata serves metadata in front of next.
func withMetadata(metadata *http.ServeMux, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := metadata.Handler(r); pattern != "" {
			metadata.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}
