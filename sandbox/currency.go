package sandbox

import (
	"fmt"
	"strings"
)

// currencies are Stripe's presentment currencies in the order in which its
// error message lists them. https://docs.stripe.com/currencies
var currencies = strings.Fields(`usd aed afn all amd ang aoa ars aud awg azn bam
	bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd cad cdf chf clp cny cop
	crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd
	hkd hnl hrk htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd
	kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn
	nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf
	sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd top try ttd twd tzs
	uah ugx uyu uzs vnd vuv wst xaf xcd xof xpf yer zar zmw`)

// minimumAmounts are the smallest charges Stripe makes, in the currency's
// smallest unit. A currency that is not here has no minimum in the sandbox: at
// Stripe it depends on the account's settlement currency.
// https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
var minimumAmounts = map[string]int64{
	"aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50,
	"czk": 1500, "dkk": 250, "eur": 50, "gbp": 30, "hkd": 400, "huf": 17500,
	"inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50,
	"pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000, "usd": 50,
}

// maximumAmount is the largest charge: eight digits of the smallest unit.
const maximumAmount = 99_999_999

// https://docs.stripe.com/currencies#zero-decimal
var zeroDecimal = strings.Fields("bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf")

var currencySymbols = map[string]string{
	"aud": "A$", "brl": "R$", "cad": "CA$", "eur": "€", "gbp": "£", "hkd": "HK$",
	"inr": "₹", "jpy": "¥", "mxn": "$", "nzd": "NZ$", "pln": "zł", "usd": "$",
}

// money writes an amount as Stripe's messages do: "$0.50 usd".
func money(amount int64, currency string) string {
	symbol := currencySymbols[currency]
	for _, c := range zeroDecimal {
		if c == currency {
			return fmt.Sprintf("%s%d %s", symbol, amount, currency)
		}
	}
	return fmt.Sprintf("%s%d.%02d %s", symbol, amount/100, amount%100, currency)
}
