// Package currency is Stripe's table of currencies: which ones Stripe accepts,
// and in which unit its API counts each of them.
//
// Source: https://docs.stripe.com/currencies
package currency

import (
	"math/big"
	"slices"
	"strings"
)

// codes are in the order in which Stripe's error messages list them.
var codes = strings.Fields(`usd aed afn all amd ang aoa ars aud awg azn bam
	bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd cad cdf chf clp cny cop
	crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd
	hkd hnl hrk htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd
	kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn
	nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf
	sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd top try ttd twd tzs
	uah ugx uyu uzs vnd vuv wst xaf xcd xof xpf yer zar zmw`)

// decimals contains the currencies that the API doesn't count in hundredths.
//
// ISK and UGX have no smaller unit either but aren't here: for backward
// compatibility, the API takes their amounts with two decimals that are always
// 00, so that 500 is 5 ISK. HUF and TWD are zero-decimal only in payouts.
// https://docs.stripe.com/currencies#special-cases
var decimals = func() map[string]int {
	table := map[string]int{}
	for _, code := range strings.Fields("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf") {
		table[code] = 0
	}
	for _, code := range strings.Fields("bhd jod kwd omr tnd") {
		table[code] = 3
	}
	return table
}()

// Codes returns the three-letter codes that Stripe accepts, in lowercase and in
// the order in which it lists them.
func Codes() []string { return slices.Clone(codes) }

// Known reports whether Stripe accepts the currency. Case doesn't matter.
func Known(code string) bool { return slices.Contains(codes, strings.ToLower(code)) }

// Decimals returns the number of decimals in which the API counts the currency:
// 2 for USD, whose amounts are in cents, 0 for JPY, 3 for KWD. Case doesn't
// matter.
func Decimals(code string) int {
	if n, ok := decimals[strings.ToLower(code)]; ok {
		return n
	}
	return 2
}

// Format writes an amount in the API's unit as people write money: 2000 is
// "20.00" in USD, "2000" in JPY and "2.000" in KWD. exact is false if the
// amount has a fraction of the unit; the text is then rounded to a whole unit.
func Format(amount *big.Rat, code string) (text string, exact bool) {
	n := Decimals(code)
	unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
	major := new(big.Rat).Quo(amount, new(big.Rat).SetInt(unit))
	return major.FloatString(n), amount.IsInt()
}

// FormatUnits is [Format] for a whole number of the API's unit.
func FormatUnits(amount int64, code string) string {
	text, _ := Format(new(big.Rat).SetInt64(amount), code)
	return text
}
