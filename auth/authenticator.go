package auth

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/netaddr"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/telemetry"
)

// An Authenticator establishes who made a request. All of a server's listeners
// share one, so that failed attempts on one count on the others.
type Authenticator struct {
	mode      Mode
	verify    verify // nil: [None]
	challenge challenge
	lockout   *lockout
	proxies   []netip.Prefix
	logger    *slog.Logger

	proxyWarning sync.Once
}

// Options is what an [Authenticator] needs besides its [Config].
type Options struct {
	// Failures is how often an address may fail in one burst, and then in each
	// minute, before it has to wait. Zero means no limit.
	Failures int
	// MaxTracked is how many addresses are remembered for that.
	MaxTracked int
	// TrustedProxies are the networks whose X-Forwarded-For header the server
	// believes.
	TrustedProxies []netip.Prefix
	Logger         *slog.Logger
}

// New checks the configuration. It makes no network calls, because the
// authorization server may be down while this one starts.
func New(c Config, o Options) (*Authenticator, error) {
	verify, err := c.newVerify(o.Logger)
	if err != nil {
		return nil, err
	}
	a := &Authenticator{
		mode:    c.Mode,
		verify:  verify,
		lockout: newLockout(o.Failures, o.MaxTracked),
		proxies: o.TrustedProxies,
		logger:  o.Logger,
	}
	if c.Mode == OAuth {
		a.challenge.metadataURL = c.OAuth.metadataURL()
	}
	return a, nil
}

// Open reports whether everybody is let in.
func (a *Authenticator) Open() bool { return a.verify == nil }

// A Refusal says why a request is refused, and how to answer it.
type Refusal struct {
	Status          int           // of HTTP
	Type            string        // one of Stripe's error types
	Message         string        // what is wrong and what would be right
	WWWAuthenticate string        // the header, if not empty
	RetryAfter      time.Duration // the header, if not zero
}

// Authenticate returns the request as its handler should see it. The [Caller]
// is in its context, and the credential is gone, because go-sdk passes the
// headers to every tool.
func (a *Authenticator) Authenticate(r *http.Request) (*http.Request, *Refusal) {
	if a.verify == nil {
		return r.WithContext(context.WithValue(r.Context(), callerKey{}, &anonymous)), nil
	}
	addr := netaddr.Client(r, a.proxies)
	if wait := a.lockout.wait(addr); wait > 0 {
		return nil, &Refusal{Status: http.StatusTooManyRequests, Type: "rate_limit_error", RetryAfter: wait,
			Message: "Authentication failed too often from this address. Wait for as long as Retry-After says."}
	}
	credential, ok := bearer(r.Header)
	if !ok {
		return nil, &Refusal{Status: http.StatusUnauthorized, Type: "authentication_error", WWWAuthenticate: a.challenge.unauthorized(""),
			Message: "This server needs the header Authorization: Bearer with " + a.wanted() + "."}
	}
	caller, err := a.verify(r.Context(), credential)
	switch invalid, ok := errors.AsType[*invalidError](err); {
	case ok:
		a.failed(r, addr, invalid.reason)
		return nil, &Refusal{Status: http.StatusUnauthorized, Type: "authentication_error", WWWAuthenticate: a.challenge.unauthorized(invalid.reason),
			Message: "The bearer credential is not accepted: " + invalid.reason + "."}
	case err != nil:
		a.logger.Error("can't check a credential", "request_id", telemetry.RequestID(r.Context()), "error", err)
		return nil, &Refusal{Status: http.StatusServiceUnavailable, Type: "api_error", RetryAfter: 5 * time.Second,
			Message: "The server can't check access tokens at the moment. The token may be valid: repeat the call."}
	}

	var keyRejected func()
	if !caller.StripeKey.IsZero() {
		original := r
		keyRejected = func() { a.failed(original, addr, "Stripe rejected the key") }
	}
	telemetry.RecordFrom(r.Context()).SetCaller(caller.ID, keyRejected)
	r = r.WithContext(WithCaller(r.Context(), caller))
	r.Header = r.Header.Clone()
	r.Header.Del("Authorization")
	return r, nil
}

func (a *Authenticator) failed(r *http.Request, addr netip.Addr, reason string) {
	a.lockout.count(addr)
	if r.Header.Get("X-Forwarded-For") != "" && len(a.proxies) == 0 {
		a.proxyWarning.Do(func() {
			a.logger.Warn("failed authentications count against a proxy, so its other clients may be locked out too: add it to the trusted proxies", "proxy", addr.String())
		})
	}
	a.logger.Warn("authentication failed", "request_id", telemetry.RequestID(r.Context()),
		"remote", addr.String(), "auth", string(a.mode), "reason", reason)
}

func (a *Authenticator) wanted() string {
	switch a.mode {
	case StripeKey:
		return "your restricted Stripe key"
	case OAuth:
		return "an access token of the authorization server named in the challenge"
	default:
		return "one of its tokens"
	}
}

// Authorize refuses a call that needs scopes the caller wasn't granted.
func (a *Authenticator) Authorize(ctx context.Context, need []string) *Refusal {
	caller, _ := CallerFrom(ctx)
	missing := caller.lacks(need)
	if len(missing) == 0 {
		return nil
	}
	// A client replaces its token with one that has the scopes in the
	// challenge, so they must include those it already has.
	var wanted []string
	for _, s := range []string{ScopeRead, ScopeWrite} {
		if caller.Allows(s) || slices.Contains(missing, s) {
			wanted = append(wanted, s)
		}
	}
	return &Refusal{Status: http.StatusForbidden, Type: "permission_error",
		WWWAuthenticate: a.challenge.forbidden(wanted), Message: lacksMessage(missing)}
}

// bearer returns the credential in the Authorization header, of which there
// must be exactly one.
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
