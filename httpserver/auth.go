package httpserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// An AuthMode is a way to establish who is calling.
type AuthMode string

const (
	// AuthNone lets everybody in, and is refused on any listener that another
	// machine can reach.
	AuthNone AuthMode = "none"
	// AuthToken asks for one of the operator's bearer tokens.
	AuthToken AuthMode = "token"
	// AuthStripeKey asks for the caller's own Stripe key as the bearer token.
	AuthStripeKey AuthMode = "stripe-key"
	// AuthOAuth asks for an OAuth 2.1 access token, as MCP's authorization
	// specification has it.
	AuthOAuth AuthMode = "oauth"
)

// Auth says who may call. The zero value is [AuthNone].
type Auth struct {
	Mode AuthMode

	// Tokens and TokenFile are for [AuthToken]; there may be any number of
	// tokens in both, so that one can be replaced while another still works.
	// The file has one token a line, and lines of comment that begin with #.
	// It is read again when it changes: a token that is no longer in it stops
	// working at once, while a file that is gone or has a line that cannot be a
	// token leaves the former tokens in place.
	Tokens    []string
	TokenFile string

	// CheckKey is for [AuthStripeKey]: it returns an error for a key that must
	// not be used, for its shape or its mode. The caller reads the error.
	CheckKey func(key string) error

	// OAuth is for [AuthOAuth].
	OAuth OAuth
}

// verify establishes the caller from a bearer credential. It returns an
// *invalidError for one that is not accepted; any other error means that it
// could not be found out.
type verify func(ctx context.Context, credential string) (Caller, error)

// invalidError says to the caller why its credential is not accepted. It never
// has the credential in it.
type invalidError struct{ reason string }

func (e *invalidError) Error() string { return e.reason }

// newVerify returns nil for [AuthNone].
func (a Auth) newVerify(logger *slog.Logger) (verify, error) {
	switch a.Mode {
	case AuthNone:
		return nil, nil
	case AuthToken:
		return verifyToken(a.Tokens, a.TokenFile, logger)
	case AuthStripeKey:
		return verifyStripeKey(a.CheckKey)
	case AuthOAuth:
		return a.OAuth.newVerify()
	default:
		return nil, fmt.Errorf("unknown authentication mode %q: want %s, %s, %s or %s",
			a.Mode, AuthNone, AuthToken, AuthStripeKey, AuthOAuth)
	}
}

// authenticator is what all listeners share, so that failed attempts on one
// count on the other.
type authenticator struct {
	mode      AuthMode
	verify    verify // nil: AuthNone
	challenge challenge
	failures  *failures
	proxies   []netip.Prefix
	logger    *slog.Logger

	proxyWarning sync.Once
}

func (a *authenticator) middleware(refuse refuser, next http.Handler) http.Handler {
	if a.verify == nil {
		anonymous := Caller{ID: "anonymous", Scopes: []string{ScopeRead, ScopeWrite}}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r.WithContext(withCaller(r.Context(), anonymous)))
		})
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		addr := clientAddr(r, a.proxies)
		if wait := a.failures.wait(addr); wait > 0 {
			refuse(w, refusal{status: http.StatusTooManyRequests, kind: "rate_limit_error", retryAfter: wait,
				message: "Too many failed authentications from this address. Wait as long as Retry-After says."})
			return
		}
		credential, ok := bearer(r.Header)
		if !ok {
			a.challenge.unauthorized(w, "")
			refuse(w, refusal{status: http.StatusUnauthorized, kind: "authentication_error",
				message: "This server needs the header Authorization: Bearer with " + a.wanted() + "."})
			return
		}
		caller, err := a.verify(r.Context(), credential)
		var invalid *invalidError
		switch {
		case errors.As(err, &invalid):
			a.failed(r, addr, invalid.reason)
			a.challenge.unauthorized(w, invalid.reason)
			refuse(w, refusal{status: http.StatusUnauthorized, kind: "authentication_error",
				message: "The bearer credential is not accepted: " + invalid.reason + "."})
			return
		case err != nil:
			a.logger.Error("authentication cannot be checked", "request_id", RequestID(r.Context()), "error", err)
			refuse(w, refusal{status: http.StatusServiceUnavailable, kind: "api_error", retryAfter: 5 * time.Second,
				message: "The server cannot check access tokens at the moment. The token may be good: repeat the call."})
			return
		}

		rec := recordFrom(r.Context())
		rec.set(func(rec *record) {
			rec.caller = caller.ID
			if !caller.StripeKey.IsZero() {
				rec.keyRejected = func() { a.failed(r, addr, "Stripe does not know the key") }
			}
		})
		// Handlers get the caller and not the credential: go-sdk hands the
		// headers to every tool.
		r = r.WithContext(withCaller(r.Context(), caller))
		r.Header = r.Header.Clone()
		r.Header.Del("Authorization")
		next.ServeHTTP(w, r)
	})
}

func (a *authenticator) failed(r *http.Request, addr netip.Addr, reason string) {
	a.failures.count(addr)
	if r.Header.Get("X-Forwarded-For") != "" && len(a.proxies) == 0 {
		a.proxyWarning.Do(func() {
			a.logger.Warn("failed authentications are counted for a proxy, whose other clients will have to wait with the one that fails: name it as a trusted proxy", "proxy", addr.String())
		})
	}
	a.logger.Warn("authentication failed", "request_id", RequestID(r.Context()),
		"remote", addr.String(), "auth", string(a.mode), "reason", reason)
}

func (a *authenticator) wanted() string {
	switch a.mode {
	case AuthStripeKey:
		return "your restricted Stripe key"
	case AuthOAuth:
		return "an access token of the authorization server named in the challenge"
	default:
		return "one of its tokens"
	}
}

// bearer returns the credential of the one Authorization header.
func bearer(h http.Header) (string, bool) {
	values := h.Values("Authorization")
	if len(values) != 1 {
		return "", false
	}
	fields := strings.Fields(values[0])
	if len(fields) != 2 || !strings.EqualFold(fields[0], "Bearer") {
		return "", false
	}
	return fields[1], true
}
