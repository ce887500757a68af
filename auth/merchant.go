package auth

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// A Merchant is whom a caller works for: the connected account that its calls
// act on, and the sales policy that applies to them. Whoever runs the server
// decides this, in the token file or by a claim in access tokens; a caller
// never does. The zero Merchant is the server's own.
type Merchant struct {
	Account string // acct_…; "" means the server's own
	Policy  string // its name in the policy file; "" means the general one
}

var (
	accountForm = regexp.MustCompile(`^acct_[A-Za-z0-9]+$`)
	policyForm  = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)
)

func isAccount(s string) bool { return len(s) <= 255 && accountForm.MatchString(s) }
func isPolicy(s string) bool  { return len(s) <= 64 && policyForm.MatchString(s) }

// parseMerchant reads what follows a token on its line: account=acct_… and
// policy=…. Its errors don't quote the line, which may contain a token.
func parseMerchant(settings []string) (m Merchant, err error) {
	for _, setting := range settings {
		name, value, _ := strings.Cut(setting, "=")
		field, valid := &m.Account, isAccount
		switch name {
		case "account":
		case "policy":
			field, valid = &m.Policy, isPolicy
		default:
			return m, fmt.Errorf("only account=acct_… and policy=NAME can follow a token")
		}
		if *field != "" || !valid(value) {
			return m, fmt.Errorf("%s= is invalid or given twice: write account=acct_1Nv0FGQ9RKHgCVdK or policy=kiosk", name)
		}
		*field = value
	}
	return m, nil
}

// merchantClaims names the claims that say whom a caller works for; "" means no
// claim.
type merchantClaims struct{ account, policy string }

// merchant reads the claims. If one is missing or malformed, the caller gets no
// access: falling back to the server's own account would be wrong.
func (c merchantClaims) merchant(claims map[string]json.RawMessage) (m Merchant, err error) {
	for _, claim := range []struct {
		name  string
		valid func(string) bool
		field *string
	}{{c.account, isAccount, &m.Account}, {c.policy, isPolicy, &m.Policy}} {
		if claim.name == "" {
			continue
		}
		if json.Unmarshal(claims[claim.name], claim.field) != nil || !claim.valid(*claim.field) {
			return Merchant{}, &invalidError{"it has no usable " + claim.name + " claim"}
		}
	}
	return m, nil
}
