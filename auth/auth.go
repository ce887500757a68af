// Package auth establishes who is calling a server and what they may do.
// Callers identify themselves with a bearer token, their own Stripe key or an
// OAuth access token.
package auth

import (
	"context"
	"fmt"
	"log/slog"
)

// A Mode is a way of establishing who is calling.
type Mode string

const (
	// None lets everybody in. The server refuses it on any listener that other
	// machines can reach.
	None Mode = "none"
	// Token asks for one of the operator's bearer tokens.
	Token Mode = "token"
	// StripeKey asks for the caller's own Stripe key as the bearer token.
	StripeKey Mode = "stripe-key"
	// OAuth asks for an OAuth 2.1 access token, as MCP's authorization
	// specification requires.
	OAuth Mode = "oauth"
)

// Config says who may call. The zero value is [None].
type Config struct {
	Mode Mode

	// Tokens and TokenFile are for [Token]. Both can hold several tokens, so
	// that you can replace one while another still works. The file has one
	// token per line, optionally followed by account=acct_… and policy=NAME
	// (see [Merchant]). Lines that begin with # are comments. The file is read
	// again when it changes: a token removed from it stops working at once, but
	// if the file is missing or contains an invalid line, the previous tokens
	// stay in force.
	Tokens    []string
	TokenFile string

	// CheckKey is for [StripeKey]. It returns an error for a key that must not
	// be used because of its form or mode. The caller sees the error.
	CheckKey func(key string) error

	// OAuth configures [OAuth].
	OAuth OAuthConfig
}

// verify establishes the caller from a bearer credential. An *invalidError
// means that the credential is not accepted; any other error means that it
// could not be checked.
type verify func(ctx context.Context, credential string) (Caller, error)

// invalidError tells the caller why its credential is not accepted. It never
// contains the credential.
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
		return nil, fmt.Errorf("--auth is %q: use %s, %s, %s or %s",
			a.Mode, None, Token, StripeKey, OAuth)
	}
}
