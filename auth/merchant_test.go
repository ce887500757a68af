package auth

import (
	"encoding/json"
	"strings"
	"testing"
)

const aToken = "0123456789abcdef0123"

func TestMerchantsInATokenFile(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		line string
		want Merchant
		says string // part of the error
	}{
		{aToken, Merchant{}, ""},
		{aToken + " account=acct_1Ada", Merchant{Account: "acct_1Ada"}, ""},
		{aToken + "\tpolicy=kiosk  account=acct_1Ada", Merchant{Account: "acct_1Ada", Policy: "kiosk"}, ""},
		{aToken + " account=1Ada", Merchant{}, "line 1: account="},
		{aToken + " account=", Merchant{}, "account="},
		{aToken + " account=acct_1 account=acct_2", Merchant{}, "given twice"},
		{aToken + " policy=a/b", Merchant{}, "policy="},
		{aToken + " acct_1Ada", Merchant{}, "only account="},
		{aToken + " Account=acct_1Ada", Merchant{}, "only account="},
		{aToken + " account=acct_1\n" + aToken + " account=acct_2", Merchant{}, "line 2: the token is listed twice"},
		{aToken + " account=acct_1\n" + aToken, Merchant{}, "line 2: the token is listed twice"},
	} {
		tokens, err := parseTokens([]byte(test.line))
		if test.says != "" {
			if err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), aToken) {
				t.Errorf("%q: %v, want … %s …", test.line, err, test.says)
			}
			continue
		}
		if err != nil || len(tokens) != 1 || tokens[0].merchant != test.want {
			t.Errorf("%q: %+v, %v", test.line, tokens, err)
			continue
		}
		caller, err := acceptTokens(func() []knownToken { return tokens })(t.Context(), aToken)
		if err != nil || caller.Merchant != test.want {
			t.Errorf("%q: caller %+v, %v", test.line, caller, err)
		}
	}
}

func TestMerchantsInClaims(t *testing.T) {
	t.Parallel()
	both := merchantClaims{account: "stripe_account", policy: "sales_policy"}
	for _, test := range []struct {
		name   string
		names  merchantClaims
		claims string
		want   Merchant
		ok     bool
	}{
		{"both", both, `{"stripe_account":"acct_1","sales_policy":"kiosk"}`, Merchant{"acct_1", "kiosk"}, true},
		{"none is asked for", merchantClaims{}, `{"stripe_account":"acct_1"}`, Merchant{}, true},
		{"missing", both, `{"stripe_account":"acct_1"}`, Merchant{}, false},
		{"empty", both, `{"stripe_account":"","sales_policy":"kiosk"}`, Merchant{}, false},
		{"null", both, `{"stripe_account":null,"sales_policy":"kiosk"}`, Merchant{}, false},
		{"a list", both, `{"stripe_account":["acct_1"],"sales_policy":"kiosk"}`, Merchant{}, false},
		{"no account id", both, `{"stripe_account":"sk_live_1","sales_policy":"kiosk"}`, Merchant{}, false},
	} {
		var claims map[string]json.RawMessage
		if err := json.Unmarshal([]byte(test.claims), &claims); err != nil {
			t.Fatal(err)
		}
		got, err := test.names.merchant(claims)
		if got != test.want || (err == nil) != test.ok {
			t.Errorf("%s: %+v, %v", test.name, got, err)
		}
	}
}
