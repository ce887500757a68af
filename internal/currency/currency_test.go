package currency

import (
	"math/big"
	"slices"
	"testing"
)

func TestFormat(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		amount, code, want string
		exact              bool
	}{
		{"2000", "usd", "20.00", true},
		{"5", "eur", "0.05", true},
		{"-1234", "USD", "-12.34", true},
		{"2000", "jpy", "2000", true},
		{"5120", "kwd", "5.120", true},
		{"5120", "bhd", "5.120", true},
		{"5120", "jod", "5.120", true},
		{"5120", "omr", "5.120", true},
		{"5120", "tnd", "5.120", true},
		// Zero-decimal, but counted with two decimals: "to charge 5 ISK, provide an amount value of 500".
		{"500", "isk", "5.00", true},
		{"500", "ugx", "5.00", true},
		{"9223372036854775807", "usd", "92233720368547758.07", true},
		{"1001/2", "usd", "5.01", false},
		{"1/2", "jpy", "1", false},
	} {
		amount, ok := new(big.Rat).SetString(tt.amount)
		if !ok {
			t.Fatal(tt.amount)
		}
		if text, exact := Format(amount, tt.code); text != tt.want || exact != tt.exact {
			t.Errorf("%s %s is %q, exact: %v; want %q, %v", tt.amount, tt.code, text, exact, tt.want, tt.exact)
		}
	}
}

func TestEveryCurrencyWithItsOwnDecimalsIsKnown(t *testing.T) {
	t.Parallel()
	all := Codes()
	for code := range decimals {
		if !slices.Contains(all, code) {
			t.Errorf("%s has decimals but is not in the list", code)
		}
	}
	if !Known("EUR") || Known("xxx") || Known("") {
		t.Error("Known doesn't tell eur from something that is not a currency")
	}
	slices.Sort(all)
	if once := slices.Compact(slices.Clone(all)); len(once) != len(all) {
		t.Error("a currency is listed twice")
	}
}
