package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/pflag"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// stripeFlags say which Stripe a server talks to.
type stripeFlags struct {
	sandbox bool
	base    string
	account string
	timeout time.Duration
	retries int
}

func (f *stripeFlags) register(flags *pflag.FlagSet) {
	flags.BoolVar(&f.sandbox, "sandbox", false, "use the embedded sandbox instead of Stripe: no account, no key, no network")
	flags.StringVar(&f.base, "stripe-api-base", "", "another base `URL` for Stripe's API (plain http for loopback addresses only)")
	flags.StringVar(&f.account, "stripe-account", "", "act on this connected `account` (acct_…)")
	flags.DurationVar(&f.timeout, "stripe-timeout", 30*time.Second, "longest wait for one answer of Stripe")
	flags.IntVar(&f.retries, "stripe-retries", 2, "how often to repeat a request that got no answer, with the same idempotency key")
}

// client connects to Stripe with the key from the environment, or to the
// embedded sandbox without one.
func (f *stripeFlags) client(log *slog.Logger) (*stripeclient.Client, error) {
	config := stripeclient.Config{
		Account:    f.account,
		BaseURL:    f.base,
		Timeout:    f.timeout,
		MaxRetries: f.retries,
		Version:    releaseVersion,
		Logger:     log,
	}
	if f.retries == 0 {
		config.MaxRetries = -1 // stripeclient's 0 is its default
	}
	key := sandbox.Key
	switch {
	case f.sandbox && f.base != "":
		return nil, errors.New("--sandbox and --stripe-api-base exclude each other: the sandbox is in this process")
	case f.sandbox:
		config.Transport = sandbox.New(sandbox.Options{})
	default:
		var err error
		if key, err = keyFromEnvironment(); err != nil {
			return nil, err
		}
	}
	var err error
	if config.Key, err = stripeclient.ParseKey(key); err != nil {
		return nil, err
	}
	return stripeclient.New(config)
}

// keyFromEnvironment reads STRIPE_API_KEY or the file that STRIPE_API_KEY_FILE
// names. Its errors repeat nothing of either.
func keyFromEnvironment() (string, error) {
	key, file := os.Getenv("STRIPE_API_KEY"), os.Getenv("STRIPE_API_KEY_FILE")
	switch {
	case key != "" && file != "":
		return "", errors.New("both STRIPE_API_KEY and STRIPE_API_KEY_FILE are set: unset one")
	case key != "":
		return key, nil
	case file == "":
		return "", errors.New("no Stripe API key: set STRIPE_API_KEY (best a restricted key, rk_test_…) or STRIPE_API_KEY_FILE, or try --sandbox, which needs none")
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("STRIPE_API_KEY_FILE: %w", err)
	}
	return string(data), nil
}
