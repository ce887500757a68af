package sandbox

import "github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/currency"

// minimumAmounts are Stripe's smallest charges, in the currency's smallest
// unit. In the sandbox, other currencies have no minimum; at Stripe, it depends
// on the account's settlement currency.
// https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
var minimumAmounts = map[string]int64{
	"aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50,
	"czk": 1500, "dkk": 250, "eur": 50, "gbp": 30, "hkd": 400, "huf": 17500,
	"inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50,
	"pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000, "usd": 50,
}

// maximumAmount is the largest charge: eight digits of the smallest unit.
const maximumAmount = 99_999_999

var currencySymbols = map[string]string{
	"aud": "A$", "brl": "R$", "cad": "CA$", "eur": "€", "gbp": "£", "hkd": "HK$",
	"inr": "₹", "jpy": "¥", "mxn": "$", "nzd": "NZ$", "pln": "zł", "usd": "$",
}

// money writes an amount as Stripe's messages do: "$0.50 usd".
func money(amount int64, code string) string {
	return currencySymbols[code] + currency.FormatUnits(amount, code) + " " + code
}
