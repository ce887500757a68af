package auth

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// A Merchant is for whom a caller works: the connected account that its calls
// act on and the sales policy that they fall under. Whoever runs the server
// says so, in the token file or by a claim of access tokens; a caller never
// does. The zero Merchant is the server's own.
type Merchant struct {
	Account string // acct_…; "" is the server's
	Policy  string // by its name in the policy file; "" is that of everybody
}

var (
	accountForm = regexp.MustCompile(`^acct_[A-Za-z0-9]{1,250}$`)
	policyForm  = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)
)

// parseMerchant reads what stands after a token: account=acct_… and policy=….
// Its errors repeat nothing of the line, which may hold a token.
func parseMerchant(settings []string) (m Merchant, err error) {
	for _, setting := range settings {
		name, value, _ := strings.Cut(setting, "=")
		field, form := &m.Account, accountForm
		switch name {
		case "account":
		case "policy":
			field, form = &m.Policy, policyForm
		default:
			return m, fmt.Errorf("a token can be followed by account=acct_… and policy=NAME, and by nothing else")
		}
		if *field != "" || !form.MatchString(value) {
			return m, fmt.Errorf("%s= is given twice, or is not one: write account=acct_1Nv0FGQ9RKHgCVdK or policy=kiosk", name)
		}
		*field = value
	}
	return m, nil
}

// merchantClaims name the claims that say for whom a caller works; "" for none.
type merchantClaims struct{ account, policy string }

// merchant reads the claims. One that is missing, or is not what it should be,
// is no access: the server's own account is not for whoever lacks one.
func (c merchantClaims) merchant(claims map[string]json.RawMessage) (m Merchant, err error) {
	for _, claim := range []struct {
		name  string
		form  *regexp.Regexp
		field *string
	}{{c.account, accountForm, &m.Account}, {c.policy, policyForm, &m.Policy}} {
		if claim.name == "" {
			continue
		}
		if json.Unmarshal(claims[claim.name], claim.field) != nil || !claim.form.MatchString(*claim.field) {
			return Merchant{}, &invalidError{"it has no usable " + claim.name + " claim"}
		}
	}
	return m, nil
}
