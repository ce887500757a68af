package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/pattern"
)

// Key is the API key to use with the sandbox if there is no other. Any test key
// works, and each has its own account.
const Key = "sk_test_sandbox0000000000000000"

// accountID names an account: one for each key, and below it one for each
// connected account. It contains only the key's hash.
type accountID struct {
	key       [sha256.Size]byte
	connected string
}

// name is "" for the account of [Key], and reveals nothing about any other key.
func (id accountID) name() string {
	if id == (accountID{key: sha256.Sum256([]byte(Key))}) {
		return ""
	}
	sum := sha256.Sum256(fmt.Append(id.key[:], id.connected))
	return hex.EncodeToString(sum[:8])
}

var (
	testKey     = pattern.Lazy(`^(sk|rk)_test_[A-Za-z0-9_]+$`)
	anyKey      = pattern.Lazy(`^(sk|rk|pk)_(test|live)_`)
	connectedID = pattern.Lazy(`^acct_[A-Za-z0-9_]+$`)
)

// authenticate finds the account for the request's key. Errors never repeat any
// part of a key.
func authenticate(header http.Header) (accountID, *apiError) {
	key := bearer(header)
	switch {
	case key == "":
		return accountID{}, unauthorized("", "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we can help at https://support.stripe.com/.")
	case strings.HasPrefix(key, "pk_"):
		return accountID{}, unauthorized("secret_key_required", "This API call cannot be made with a publishable API key. Please use a secret API key. You can find a list of your API keys at https://dashboard.stripe.com/account/apikeys.")
	case strings.HasPrefix(key, "sk_live_"), strings.HasPrefix(key, "rk_live_"):
		return accountID{}, unauthorized("livemode_mismatch", "This sandbox has only test mode and never accepts a live key. Use a test key (sk_test_... or rk_test_...).")
	case len(key) > 258 || !testKey().MatchString(key):
		return accountID{}, unauthorized("", "Invalid API Key provided: "+masked(key))
	}
	id := accountID{key: sha256.Sum256([]byte(key))}
	if account := header.Get("Stripe-Account"); account != "" {
		if len(account) > 69 || !connectedID().MatchString(account) {
			e := newError(http.StatusForbidden, typeInvalidRequest, "account_invalid", "", "The provided key '"+masked(key)+"' does not have access to account '"+shorten(account)+"' (or that account does not exist). Application access may have been revoked.")
			return accountID{}, e
		}
		id.connected = account
	}
	return id, nil
}

// bearer returns the request's key: a bearer token, or the user name of basic
// authentication.
func bearer(header http.Header) string {
	scheme, token, _ := strings.Cut(header.Get("Authorization"), " ")
	switch strings.ToLower(scheme) {
	case "bearer":
		return strings.TrimSpace(token)
	case "basic":
		r := http.Request{Header: header}
		user, _, _ := r.BasicAuth()
		return user
	}
	return ""
}

// masked returns a key as an error may show it: only its kind.
func masked(key string) string {
	return anyKey().FindString(key) + "********************"
}

func unauthorized(code, message string) *apiError {
	return newError(http.StatusUnauthorized, typeInvalidRequest, code, "", message)
}
