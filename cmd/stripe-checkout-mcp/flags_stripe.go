package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// stripeFlags say which Stripe the server talks to.
type stripeFlags struct {
	livemode livemode
	sandbox  bool
	pages    string
	file     string
	base     string
	account  string
	timeout  time.Duration
	retries  int
}

func (f *stripeFlags) register(flags *pflag.FlagSet) {
	flags.BoolVar(&f.sandbox, "sandbox", false, "use the embedded sandbox instead of Stripe: no account, no key, no network")
	flags.StringVar(&f.pages, "sandbox-addr", "", "`address` on which the embedded sandbox serves its payment pages (default a free loopback port, opened when first needed)")
	registerSandboxFile(flags, &f.file)
	flags.StringVar(&f.base, "stripe-api-base", "", "base `URL` to use instead of Stripe's own (plain http only for loopback addresses)")
	flags.Var(&f.livemode, "livemode", "whether to `allow|deny` live mode keys, which move real money")
	flags.StringVar(&f.account, "stripe-account", "", "act on this connected `account` (acct_…)")
	flags.DurationVar(&f.timeout, "stripe-timeout", 30*time.Second, "how long to wait for an answer from Stripe")
	flags.IntVar(&f.retries, "stripe-retries", 2, "how many times to retry a request that got no answer, always with the same idempotency key")
}

// config says how to reach Stripe, with the key from the environment, or the
// embedded sandbox, which needs none. If callers bring their keys, the server
// has no key of its own.
func (f *stripeFlags) config(callerKeys bool) (stripeclient.Config, error) {
	config := stripeclient.Config{
		Account:    f.account,
		BaseURL:    f.base,
		Transport:  stripeclient.DefaultTransport(),
		Timeout:    f.timeout,
		MaxRetries: f.retries,
		Version:    version(),
	}
	if err := needed("stripe-timeout", f.timeout); err != nil {
		return config, usageError{err}
	}
	if f.sandbox && f.base != "" {
		return config, usageError{errors.New("--sandbox and --stripe-api-base can't be used together: the sandbox is in this process")}
	}
	if f.pages != "" && !f.sandbox {
		return config, usageError{errors.New("--sandbox-addr needs --sandbox: it is where the embedded sandbox serves its payment pages")}
	}
	if f.file != "" && !f.sandbox {
		return config, usageError{errors.New("--sandbox-file needs --sandbox: it is where the embedded sandbox keeps its state")}
	}
	key := sandbox.Key
	switch {
	case callerKeys:
		if os.Getenv("STRIPE_API_KEY") != "" || os.Getenv("STRIPE_API_KEY_FILE") != "" {
			return config, usageError{errors.New("--auth stripe-key makes every call with the caller's own key: unset STRIPE_API_KEY and STRIPE_API_KEY_FILE, so that yours can't be used by mistake")}
		}
		return config, nil
	case !f.sandbox:
		var err error
		if key, err = keyFromEnvironment(); err != nil {
			return config, err
		}
	}
	var err error
	config.Key, err = f.livemode.parseKey(key)
	return config, usage(err)
}

func registerSandboxFile(flags *pflag.FlagSet, file *string) {
	flags.StringVar(file, "sandbox-file", "", "`file` in which the sandbox keeps its state across restarts (default in memory)")
}

// keyFromEnvironment reads STRIPE_API_KEY or the file that STRIPE_API_KEY_FILE
// names. Its errors never quote a key.
func keyFromEnvironment() (string, error) {
	key, file := os.Getenv("STRIPE_API_KEY"), os.Getenv("STRIPE_API_KEY_FILE")
	switch {
	case key != "" && file != "":
		return "", usageError{errors.New("both STRIPE_API_KEY and STRIPE_API_KEY_FILE are set: unset one")}
	case key != "":
		return key, nil
	case file == "":
		return "", errors.New("no Stripe API key: set STRIPE_API_KEY (preferably a restricted key, rk_test_…) or STRIPE_API_KEY_FILE, or try --sandbox, which needs none")
	}
	if _, err := stripeclient.ParseKey(file); err == nil || strings.Contains(file, "k_live_") || strings.Contains(file, "k_test_") {
		return "", usageError{errors.New("STRIPE_API_KEY_FILE contains a key, not the name of a file: set STRIPE_API_KEY instead")}
	}
	data, err := os.ReadFile(file) // #nosec G703 -- named by whoever runs this program
	if err != nil {
		return "", usageError{fmt.Errorf("STRIPE_API_KEY_FILE: %w", err)}
	}
	return string(data), nil
}
