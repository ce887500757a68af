package main

import (
	"errors"
	"fmt"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// livemode says whether keys of live mode are taken. They are by default: a key
// says its mode in its name, and whoever configures rk_live_… has chosen. A
// second switch that everybody in production must set would soon be set
// everywhere. Where live mode must not happen, deny makes sure.
type livemode struct{ deny bool }

// parseKey is for the server's key and for those that callers bring.
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
