package auth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// The OAuth scopes of this service. A caller whose credential can't carry
// scopes (a token or a Stripe key) has both.
const (
	ScopeRead  = "checkout.read"
	ScopeWrite = "checkout.write"
)

// A Caller is who made a request, as an [Authenticator] established.
type Caller struct {
	// ID is stable and not secret: the subject of an access token, or a
	// fingerprint of a token or key. It may appear in logs and audit lines.
	ID string
	// Scopes are the OAuth scopes granted to the caller.
	Scopes []string
	// StripeKey is the caller's own Stripe key under [StripeKey], and zero
	// otherwise. It belongs to this request alone: use it, but never keep it.
	StripeKey Secret
	// Merchant is whom the caller works for.
	Merchant Merchant
}

// Allows reports whether the caller was granted scope.
func (c Caller) Allows(scope string) bool { return slices.Contains(c.Scopes, scope) }

// lacks returns the scopes that the caller wasn't granted.
func (c Caller) lacks(scopes []string) (missing []string) {
	for _, s := range scopes {
		if !c.Allows(s) {
			missing = append(missing, s)
		}
	}
	return missing
}

// anonymous is everybody's Caller under [None].
var anonymous = Caller{ID: "anonymous", Scopes: []string{ScopeRead, ScopeWrite}}

type callerKey struct{} // for a *Caller

// CallerFrom returns who made the request behind ctx. It reports false if no
// listener authenticated anyone, as over stdio.
func CallerFrom(ctx context.Context) (Caller, bool) {
	if c, ok := ctx.Value(callerKey{}).(*Caller); ok {
		return *c, true
	}
	return Caller{}, false
}

// WithCaller returns a context that says who made the request.
func WithCaller(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, &c)
}

// fingerprint names a credential without giving it away: 48 bits of its SHA-256
// tell callers apart but don't help anyone find a random secret.
func fingerprint(kind, secret string) string {
	sum := sha256.Sum256([]byte(kind + "\x00" + secret))
	return kind + ":" + hex.EncodeToString(sum[:6])
}
