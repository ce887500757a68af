package main

import (
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
)

// tokensVariable holds the tokens of --auth token, separated by commas or white
// space. There is no flag for them, because every user of the machine could
// read it.
const tokensVariable = environmentPrefix + "TOKENS"

// authFlags say who may call.
type authFlags struct {
	mode      string
	tokenFile string
	oauth     auth.OAuthConfig
}

func (f *authFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.mode, "auth", string(auth.None), "how callers authenticate, by `mode`: none (only on loopback addresses), token, stripe-key (each caller brings its own Stripe key) or oauth")
	flags.StringVar(&f.tokenFile, "token-file", "", "`file` with the tokens of --auth token, one per line, each optionally followed by account=acct_… and policy=NAME; re-read when it changes; or set "+tokensVariable)
	flags.StringVar(&f.oauth.Issuer, "oauth-issuer", "", "`URL` of the authorization server, for --auth oauth")
	flags.StringVar(&f.oauth.Resource, "oauth-resource", "", "this server's own `URL` as clients know it, such as https://mcp.example.com/mcp")
	flags.StringVar(&f.oauth.Audience, "oauth-audience", "", "the `audience` that access tokens must name, if not the resource")
	flags.StringVar(&f.oauth.AccountClaim, "oauth-account-claim", "", "access token `claim` that names the caller's connected account (acct_…); tokens without it are refused")
	flags.StringVar(&f.oauth.PolicyClaim, "oauth-policy-claim", "", "access token `claim` that names the caller's policy in the policy file; tokens without it are refused")
	flags.StringSliceVar(&f.oauth.Algorithms, "oauth-algorithms", nil, "signature `algorithms` to accept, if not RS256,PS256,ES256,EdDSA")
	flags.DurationVar(&f.oauth.ClockSkew, "oauth-clock-skew", time.Minute, "how far the authorization server's clock may be off")
}

// modeOf says which mode a flag belongs to. In another mode it would be
// ignored, which would surprise whoever set it.
var modeOf = map[string]auth.Mode{
	"token-file":          auth.Token,
	"oauth-issuer":        auth.OAuth,
	"oauth-resource":      auth.OAuth,
	"oauth-audience":      auth.OAuth,
	"oauth-account-claim": auth.OAuth,
	"oauth-policy-claim":  auth.OAuth,
	"oauth-algorithms":    auth.OAuth,
	"oauth-clock-skew":    auth.OAuth,
}

// config returns the configuration for httpserver, which checks it. changed
// reports whether a flag was given.
func (f *authFlags) config(changed func(string) bool, mode *livemode) (auth.Config, error) {
	config := auth.Config{
		Mode:      auth.Mode(f.mode),
		TokenFile: f.tokenFile,
		Tokens:    words(os.Getenv(tokensVariable)),
		OAuth:     f.oauth,
		CheckKey: func(key string) error {
			_, err := mode.parseKey(key)
			return err
		},
	}
	if len(config.Tokens) > 0 && config.Mode != auth.Token {
		return config, fmt.Errorf("%s is set but would not be used: use --auth token, or unset it", tokensVariable)
	}
	for flag, needs := range modeOf {
		if changed(flag) && config.Mode != needs {
			return config, fmt.Errorf("--%s needs --auth %s, but --auth is %s", flag, needs, config.Mode)
		}
	}
	return config, nil
}

// toolScope returns the OAuth scope that a tool needs.
func toolScope(name string) string {
	reads := func(op *operations.Operation) bool { return op.Tool == name && !op.Writes() }
	if slices.ContainsFunc(operations.All(), reads) {
		return auth.ScopeRead
	}
	return auth.ScopeWrite
}
