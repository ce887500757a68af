// Package auth establishes who is calling a server and what they may do: bearer
// tokens, the callers' own Stripe keys, or OAuth access tokens.
package auth

import (
	"context"
	"fmt"
	"log/slog"
)

// A Mode is a way to establish who is calling.
type Mode string

const (
	// None lets everybody in, and is refused on any listener that another
	// machine can reach.
	None Mode = "none"
	// Token asks for one of the operator's bearer tokens.
	Token Mode = "token"
	// StripeKey asks for the caller's own Stripe key as the bearer token.
	StripeKey Mode = "stripe-key"
	// OAuth asks for an OAuth 2.1 access token, as MCP's authorization
	// specification has it.
	OAuth Mode = "oauth"
)

// Config says who may call. The zero value is [None].
type Config struct {
	Mode Mode

	// Tokens and TokenFile are for [Token]; there may be any number of
	// tokens in both, so that one can be replaced while another still works.
	// The file has one token a line, which can be followed by account=acct_… and
	// policy=NAME (see [Merchant]), and lines of comment that begin with #.
	// It is read again when it changes: a token that is no longer in it stops
	// working at once, while a file that is gone or has a line that cannot be a
	// token leaves the former tokens in place.
	Tokens    []string
	TokenFile string

	// CheckKey is for [StripeKey]: it returns an error for a key that must
	// not be used, for its shape or its mode. The caller reads the error.
	CheckKey func(key string) error

	// Issuer and the like are for [OAuth].
	OAuth OAuthConfig
}

// verify establishes the caller from a bearer credential. It returns an
// *invalidError for one that is not accepted; any other error means that it
// could not be found out.
type verify func(ctx context.Context, credential string) (Caller, error)

// invalidError says to the caller why its credential is not accepted. It never
// has the credential in it.
type invalidError struct{ reason string }

func (e *invalidError) Error() string { return e.reason }

// newVerify returns nil for [None].
func (a Config) newVerify(logger *slog.Logger) (verify, error) {
	switch a.Mode {
	case None, "":
		return nil, nil
	case Token:
		return verifyToken(a.Tokens, a.TokenFile, logger)
	case StripeKey:
		return verifyStripeKey(a.CheckKey)
	case OAuth:
		return a.OAuth.newVerify()
	default:
		return nil, fmt.Errorf("the way to authenticate (--auth) is %q: use %s, %s, %s or %s",
			a.Mode, None, Token, StripeKey, OAuth)
	}
}
