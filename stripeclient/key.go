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

// Key is a Stripe secret (sk_…) or restricted (rk_…) API key. However it is
// printed, formatted, logged or marshaled, only its public prefix appears, such
// as "rk_test_…". The zero Key means no key.
type Key struct {
	// A pointer, because fmt uses reflection for a struct whose methods it
	// cannot call, such as a Key in someone's unexported field: it prints a
	// string, but only the address of a nested pointer.
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

// ParseKey parses an API key from an environment variable or a file, ignoring
// surrounding white space and a byte order mark. Its errors say what is wrong
// and what would be right, and repeat nothing of the text but a public prefix.
func ParseKey(s string) (Key, error) {
	const want = "use a restricted key (rk_test_… or rk_live_…, recommended) or a secret key (sk_test_… or sk_live_…) from https://dashboard.stripe.com/apikeys"

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
		return Key{}, errors.New("the Stripe API key does not start with rk_test_, rk_live_, sk_test_ or sk_live_: " + want)
	case len(s) == len(prefix):
		return Key{}, fmt.Errorf("the Stripe API key is only the prefix %s: %s", prefix, want)
	case len(s) > maxKeyLength:
		return Key{}, fmt.Errorf("the Stripe API key (%s…) is %d characters long, but a key has at most %d: %s", prefix, len(s), maxKeyLength, want)
	case !keyForm.MatchString(s):
		return Key{}, fmt.Errorf("the Stripe API key (%s…) contains a character that no key has, such as a space, a line break, a quote or the * of a masked key: copy the key again, which has only letters and digits;  %s", prefix, want)
	}
	return Key{secret: &s}, nil
}

// publicPrefix returns the part of a key that gives away its kind and mode, and
// nothing else.
func publicPrefix(s string) string {
	for _, p := range keyPrefixes {
		if strings.HasPrefix(s, p) {
			return p
		}
	}
	return ""
}

// IsZero reports whether k is the zero Key.
func (k Key) IsZero() bool { return k.secret == nil }

// Livemode reports whether k works on live data: real customers, real money.
func (k Key) Livemode() bool { return strings.HasSuffix(publicPrefix(k.reveal()), "_live_") }

// Restricted reports whether k is a restricted key (rk_…), which has only the
// permissions it was given in the Dashboard.
func (k Key) Restricted() bool { return strings.HasPrefix(k.reveal(), "rk_") }

// reveal returns the text of a key. Nothing else does.
func (k Key) reveal() string {
	if k.secret == nil {
		return ""
	}
	return *k.secret
}

// String returns the key's public prefix followed by "…", or "" for the zero
// Key.
func (k Key) String() string {
	if k.IsZero() {
		return ""
	}
	return publicPrefix(k.reveal()) + "…"
}

// GoString returns String, because %#v must not show the key either.
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
// servers whose callers supply their own keys. A zero k means that the caller
// has no key: its calls are refused, and never made with the server's.
func WithKey(ctx context.Context, k Key) context.Context {
	return context.WithValue(ctx, keyContextKey{}, k)
}

// Key returns the key for calls under ctx: the one from WithKey or else
// Config.Key.
func (c *Client) Key(ctx context.Context) Key {
	if k, ok := ctx.Value(keyContextKey{}).(Key); ok {
		return k
	}
	return c.key
}

// ServerKey returns Config.Key, the key for calls without one from [WithKey].
func (c *Client) ServerKey() Key { return c.key }

// Derive returns a 32-byte secret for one purpose. Everyone who holds k gets
// the same secret, and k cannot be recovered from it. It returns nil for the
// zero Key.
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

// accountForm is used with a check of the length, like all such forms here:
// regexp would unroll {1,250} into 200 KB at start.
var accountForm = regexp.MustCompile(`^acct_[A-Za-z0-9]+$`)

// checkAccount's error does not repeat its argument, because a key is easily
// put into the wrong field.
func checkAccount(account string) error {
	if len(account) > 255 || !accountForm.MatchString(account) {
		return errors.New("the Stripe account is not an account id, which is acct_ followed by letters and digits, such as acct_1Nv0FGQ9RKHgCVdK")
	}
	return nil
}
