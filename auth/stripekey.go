package auth

import (
	"context"
	"errors"
	"strings"
)

// verifyStripeKey accepts every key that passes check; only Stripe knows
// whether it is real. If Stripe answers 401, that counts as a failed attempt:
// see [telemetry.Record.SetCaller].
func verifyStripeKey(check func(string) error) (verify, error) {
	if check == nil {
		return nil, errors.New("stripe-key authentication needs a check for keys")
	}
	return func(_ context.Context, key string) (Caller, error) {
		if err := check(key); err != nil {
			return Caller{}, &invalidError{strings.ReplaceAll(err.Error(), key, redacted)}
		}
		return Caller{
			ID:        fingerprint("key", key),
			Scopes:    []string{ScopeRead, ScopeWrite},
			StripeKey: NewSecret(key),
		}, nil
	}, nil
}
