package main

import (
	"errors"
	"fmt"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// livemode says whether to accept live mode keys. By default it does: the key's
// prefix shows its mode, so whoever configures rk_live_… has chosen live mode.
// A second switch that everyone has to set in production would soon be set
// everywhere. Where live mode must never happen, deny makes sure.
type livemode struct{ deny bool }

// parseKey parses the server's key, or one that a caller brings.
func (l *livemode) parseKey(s string) (stripeclient.Key, error) {
	key, err := stripeclient.ParseKey(s)
	if err != nil {
		return stripeclient.Key{}, err
	}
	if l.deny && key.Livemode() {
		return stripeclient.Key{}, errors.New("the Stripe API key is a live mode key (" + key.String() + "), but this server was started with --livemode deny: use a test mode key, rk_test_… or sk_test_…")
	}
	return key, nil
}

// Set implements [pflag.Value].
func (l *livemode) Set(s string) error {
	switch s {
	case "allow", "deny":
		l.deny = s == "deny"
		return nil
	default:
		return fmt.Errorf("it is %q: use allow or deny", s)
	}
}

func (l *livemode) String() string {
	if l.deny {
		return "deny"
	}
	return "allow"
}

// Type implements [pflag.Value].
func (l *livemode) Type() string { return "string" }
