package tools

import (
	"fmt"
	"testing"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/schemas"
)

func TestQuestionShowsTheMoney(t *testing.T) {
	item := func(currency, amount string) string {
		return fmt.Sprintf(`{"quantity":2,"price_data":{"currency":%q,%s,"product_data":{"name":"Livemode: no"}}}`, currency, amount)
	}
	monthly := `{"quantity":1,"price_data":{"currency":"usd","unit_amount":500,"recurring":{"interval":"month"},"product_data":{"name":"x"}}}`
	for name, test := range map[string]struct{ body, amount, currency, mode string }{
		"cents":                    {`"mode":"payment","line_items":[` + item("usd", `"unit_amount":1000`) + `]`, "20.00 USD", "USD", "payment"},
		"a currency without cents": {`"mode":"payment","line_items":[` + item("jpy", `"unit_amount":500`) + `]`, "1000 JPY", "JPY", "payment"},
		"three decimals":           {`"mode":"payment","line_items":[` + item("kwd", `"unit_amount":5120`) + `]`, "10.240 KWD", "KWD", "payment"},
		"shillings in hundredths":  {`"mode":"payment","line_items":[` + item("ugx", `"unit_amount":500`) + `]`, "10.00 UGX", "UGX", "payment"},
		"fractions of a cent":      {`"mode":"payment","line_items":[` + item("usd", `"unit_amount_decimal":"0.1"`) + `]`, "about 0.00 USD", "USD", "payment"},
		"fractions that add up":    {`"mode":"payment","line_items":[` + item("usd", `"unit_amount_decimal":"10.5"`) + `]`, "0.21 USD", "USD", "payment"},
		"a price by id":            {`"mode":"payment","line_items":[{"price":"price_1","quantity":3}]`, `3 × "price_1" (prices by id: Stripe knows the amount)`, "that of the prices", "payment"},
		"a price by id, and a sum": {`"mode":"payment","line_items":[{"price":"price_1"},` + item("usd", `"unit_amount":1000`) + `]`, `20.00 USD + 1 × "price_1" (prices by id: Stripe knows the amount)`, "USD", "payment"},
		"a subscription":           {`"mode":"subscription","line_items":[` + item("usd", `"unit_amount":1000`) + "," + monthly + `]`, "20.00 USD + 5.00 USD every month", "USD", "subscription"},
		"a trial":                  {`"mode":"subscription","subscription_data":{"trial_period_days":7},"line_items":[` + monthly + `]`, "5.00 USD every month, before a free trial", "USD", "subscription"},
		"discount, tax, shipping":  {`"mode":"payment","allow_promotion_codes":true,"automatic_tax":{"enabled":true},"shipping_options":[{"shipping_rate":"shr_1"}],"line_items":[` + item("usd", `"unit_amount":1000`) + `]`, "20.00 USD, before discounts, tax, shipping", "USD", "payment"},
		"nothing is paid":          {`"mode":"setup","currency":"eur"`, "nothing, a payment method is saved", "EUR", "setup"},
		"nothing and no currency":  {`"mode":"setup"`, "nothing, a payment method is saved", "none", "setup"},
		"more than an int64 holds": {`"mode":"payment","line_items":[{"quantity":999999,"price_data":{"currency":"usd","unit_amount":99999999,"product_data":{"name":"x"}}}]`, "999998990000.01 USD", "USD", "payment"},
	} {
		t.Run(name, func(t *testing.T) {
			in, err := schemas.Create.Decode([]byte(`{"body":{"success_url":"https://example.com",` + test.body + `}}`))
			if err != nil {
				t.Fatal(err)
			}
			for livemode, word := range map[bool]string{false: "no, this is test mode", true: "YES, this is real money"} {
				want := "Create this Stripe Checkout Session?\n\nAmount: " + test.amount + "\nCurrency: " + test.currency + "\nMode: " + test.mode + "\nLivemode: " + word
				if got := askCreate(in.Params, livemode); got != want {
					t.Errorf("asked\n%s\nwant\n%s", got, want)
				}
			}
		})
	}
}
