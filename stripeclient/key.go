package stripeclient

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strings"
)

// Key is a Stripe secret (sk_…) or restricted (rk_…) API key. Printing,
// formatting, logging or marshaling one gives its public prefix only, such as
// "rk_test_…". The zero Key is no key.
type Key struct {
	// A pointer, because fmt prints the fields of a struct it cannot call
	// methods on (a Key inside somebody's unexported field) by reflection: it
	// follows a string, and shows a nested pointer as an address.
	secret *string
}

// maxKeyLength is well above the length of the keys Stripe issues.
const maxKeyLength = 255

var (
	keyForm     = regexp.MustCompile(`^[sr]k_(?:test|live)_[A-Za-z0-9_]+$`)
	keyPrefixes = []string{"rk_test_", "rk_live_", "sk_test_", "sk_live_"}
)

// otherCredentials are often pasted where an API key belongs.
var otherCredentials = []struct{ prefix, what string }{
	{"pk_test_", "a publishable key, which cannot call these operations"},
	{"pk_live_", "a publishable key, which cannot call these operations"},
	{"pk_", "a publishable key, which cannot call these operations"},
	{"whsec_", "a webhook signing secret"},
	{"sk_org_", "an organization key, which this program does not support"},
	{"ek_", "an ephemeral key"},
}

// ParseKey takes the text of an API key, as it stands in an environment
// variable or a file: surrounding white space and a byte order mark are
// dropped. Its errors say what is wrong and what would be right, and repeat
// nothing of the text but a public prefix.
func ParseKey(s string) (Key, error) {
	const want = "use a restricted key (rk_test_… or rk_live_…, best) or a secret key (sk_test_… or sk_live_…) from https://dashboard.stripe.com/apikeys"

	s = strings.TrimSpace(strings.TrimPrefix(s, "\ufeff"))
	if s == "" {
		return Key{}, errors.New("the Stripe API key is empty: " + want)
	}
	for _, other := range otherCredentials {
		if strings.HasPrefix(s, other.prefix) {
			return Key{}, fmt.Errorf("the Stripe API key starts with %s, so it is %s: %s", other.prefix, other.what, want)
		}
	}
	prefix := publicPrefix(s)
	switch {
	case prefix == "":
		return Key{}, errors.New("the Stripe API key starts with none of rk_test_, rk_live_, sk_test_ and sk_live_: " + want)
	case len(s) == len(prefix):
		return Key{}, fmt.Errorf("the Stripe API key is only the prefix %s: %s", prefix, want)
	case len(s) > maxKeyLength:
		return Key{}, fmt.Errorf("the Stripe API key (%s…) is %d characters long, a key has at most %d: %s", prefix, len(s), maxKeyLength, want)
	case !keyForm.MatchString(s):
		return Key{}, fmt.Errorf("the Stripe API key (%s…) holds a character that no key has, such as a space, a line break, a quote or the * of a masked key: copy the key again, letters and digits only; %s", prefix, want)
	}
	return Key{secret: &s}, nil
}

// publicPrefix is the part of a key that says its kind and mode, and nothing
// of the key.
func publicPrefix(s string) string {
	for _, p := range keyPrefixes {
		if strings.HasPrefix(s, p) {
			return p
		}
	}
	return ""
}

// IsZero reports whether k is no key.
func (k Key) IsZero() bool { return k.secret == nil }

// Livemode reports whether k works on live data: real customers, real money.
func (k Key) Livemode() bool { return strings.HasSuffix(publicPrefix(k.reveal()), "_live_") }

// Restricted reports whether k is a restricted key (rk_…), which can do only
// what it was permitted in the Dashboard.
func (k Key) Restricted() bool { return strings.HasPrefix(k.reveal(), "rk_") }

// reveal is the only way to the text of a key.
func (k Key) reveal() string {
	if k.secret == nil {
		return ""
	}
	return *k.secret
}

// String returns the public prefix of the key followed by "…", or "" for none.
func (k Key) String() string {
	if k.IsZero() {
		return ""
	}
	return publicPrefix(k.reveal()) + "…"
}

// GoString is String: %#v must not show the key either.
func (k Key) GoString() string { return k.String() }

// Format writes String for every verb.
func (k Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.String()) }

// MarshalText returns String, for JSON and other encoders.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// LogValue returns String, for log/slog.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

type (
	keyContextKey     struct{}
	accountContextKey struct{}
)

// WithKey returns a context under which calls use k instead of Config.Key, for
// servers where each caller brings a key. A zero k means that the caller has
// none: its calls are refused, never made with the server's own key.
func WithKey(ctx context.Context, k Key) context.Context {
	return context.WithValue(ctx, keyContextKey{}, k)
}

// Key returns the key of the calls under ctx: that of WithKey, or else
// Config.Key.
func (c *Client) Key(ctx context.Context) Key {
	if k, ok := ctx.Value(keyContextKey{}).(Key); ok {
		return k
	}
	return c.key
}

// ServerKey is the key of calls that bring none by [WithKey]: Config.Key.
func (c *Client) ServerKey() Key { return c.key }

// Derive returns a secret of 32 bytes for a purpose of its own: all who hold k
// get the same one, and k cannot be found from it. It returns nil for the zero
// Key.
func (k Key) Derive(purpose string) ([]byte, error) {
	if k.IsZero() {
		return nil, nil
	}
	return hkdf.Key(sha256.New, []byte(k.reveal()), nil, purpose, sha256.Size)
}

// WithAccount returns a context under which calls act on the connected account
// (acct_…, sent as the Stripe-Account header) instead of Config.Account.
func WithAccount(ctx context.Context, account string) (context.Context, error) {
	if err := checkAccount(account); err != nil {
		return nil, err
	}
	return context.WithValue(ctx, accountContextKey{}, account), nil
}

var accountForm = regexp.MustCompile(`^acct_[A-Za-z0-9]{1,250}$`)

// checkAccount does not repeat what it was given: a key lands in the wrong
// field easily.
func checkAccount(account string) error {
	if !accountForm.MatchString(account) {
		return errors.New("the Stripe account is not an account id: it looks like acct_1Nv0FGQ9RKHgCVdK, acct_ followed by letters and digits")
	}
	return nil
}
