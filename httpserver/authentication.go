package httpserver

import (
	"net/http"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
)

// authenticate passes on only requests whose caller is known.
func authenticate(a *auth.Authenticator, refuse refuser, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		known, refused := a.Authenticate(r)
		if refused != nil {
			refuseCaller(w, r, refused, refuse)
			return
		}
		next.ServeHTTP(w, known)
	})
}

// authorize passes on only requests whose caller has the scopes that need
// returns.
func authorize(a *auth.Authenticator, need func(*http.Request) []string, refuse refuser, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if refused := a.Authorize(r.Context(), need(r)); refused != nil {
			refuseCaller(w, r, refused, refuse)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func refuseCaller(w http.ResponseWriter, r *http.Request, why *auth.Refusal, refuse refuser) {
	if why.WWWAuthenticate != "" {
		w.Header().Set("WWW-Authenticate", why.WWWAuthenticate)
	}
	refuse(w, refusal{status: why.Status, kind: why.Type, message: why.Message, retryAfter: why.RetryAfter, body: bodyOf(r)})
}
