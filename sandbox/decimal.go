package sandbox

import (
	"math/big"
	"strconv"
	"strings"
)

// decimal is an exact decimal number in Stripe's form, without trailing zeros:
// "2000", "0.5".
type decimal string

// maxDecimalPlaces is how many places Stripe accepts in unit_amount_decimal.
const maxDecimalPlaces = 12

func newDecimal(text string) decimal {
	whole, fraction, _ := strings.Cut(text, ".")
	fraction = strings.TrimRight(fraction, "0")
	whole = strings.TrimLeft(whole, "0")
	if whole == "" {
		whole = "0"
	}
	if fraction == "" {
		return decimal(whole)
	}
	return decimal(whole + "." + fraction)
}

// integer returns the value if it is a whole number.
func (d decimal) integer() (int64, bool) {
	n, err := strconv.ParseInt(string(d), 10, 64)
	return n, err == nil
}

// times multiplies and rounds half up to whole units, as Stripe bills.
func (d decimal) times(quantity int64) int64 {
	product, ok := new(big.Rat).SetString(string(d))
	if !ok {
		return 0
	}
	product.Mul(product, new(big.Rat).SetInt64(quantity))
	product.Add(product, big.NewRat(1, 2))
	return new(big.Int).Quo(product.Num(), product.Denom()).Int64()
}

// of returns that percentage of an amount, rounded half up.
func (d decimal) of(amount int64) int64 {
	share, ok := new(big.Rat).SetString(string(d))
	if !ok {
		return 0
	}
	share.Mul(share, big.NewRat(amount, 100))
	share.Add(share, big.NewRat(1, 2))
	return new(big.Int).Quo(share.Num(), share.Denom()).Int64()
}

// unitAmountDecimal parses the parameter unit_amount_decimal.
func unitAmountDecimal(text, param string) (decimal, *apiError) {
	if _, fraction, _ := strings.Cut(text, "."); len(fraction) > maxDecimalPlaces {
		return "", invalidRequest(param, "Invalid decimal: %s; must contain at most %d decimal places.", text, maxDecimalPlaces)
	}
	if strings.HasPrefix(text, "-") {
		return "", invalidRequest(param, "This value must be greater than or equal to 0 (it currently is '%s').", text)
	}
	d := newDecimal(text)
	if d.times(1) > maximumAmount {
		return "", invalidRequest(param, "This value must be less than or equal to %d (it currently is '%s').", maximumAmount, text)
	}
	return d, nil
}
