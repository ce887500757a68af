package tools

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/schemas"
)

func TestQuestionShowsTheMoney(t *testing.T) {
	item := func(currency, amount string) string {
		return fmt.Sprintf(`{"quantity":2,"price_data":{"currency":%q,%s,"product_data":{"name":"Livemode: no"}}}`, currency, amount)
	}
	monthly := `{"quantity":1,"price_data":{"currency":"usd","unit_amount":500,"recurring":{"interval":"month"},"product_data":{"name":"x"}}}`
	for name, test := range map[string]struct{ body, amount, currency, mode string }{
		"cents":                            {`"mode":"payment","line_items":[` + item("usd", `"unit_amount":1000`) + `]`, "20.00 USD", "USD", "payment"},
		"a currency without cents":         {`"mode":"payment","line_items":[` + item("jpy", `"unit_amount":500`) + `]`, "1000 JPY", "JPY", "payment"},
		"three decimals":                   {`"mode":"payment","line_items":[` + item("kwd", `"unit_amount":5120`) + `]`, "10.240 KWD", "KWD", "payment"},
		"Ugandan shillings, in hundredths": {`"mode":"payment","line_items":[` + item("ugx", `"unit_amount":500`) + `]`, "10.00 UGX", "UGX", "payment"},
		"fractions of a cent":              {`"mode":"payment","line_items":[` + item("usd", `"unit_amount_decimal":"0.1"`) + `]`, "about 0.00 USD", "USD", "payment"},
		"fractions that add up":            {`"mode":"payment","line_items":[` + item("usd", `"unit_amount_decimal":"10.5"`) + `]`, "0.21 USD", "USD", "payment"},
		"a price by id":                    {`"mode":"payment","line_items":[{"price":"price_1","quantity":3}]`, `3 × "price_1" (prices by id: Stripe knows the amount)`, "the currency of the prices", "payment"},
		"a price by id, and a sum":         {`"mode":"payment","line_items":[{"price":"price_1"},` + item("usd", `"unit_amount":1000`) + `]`, `20.00 USD + 1 × "price_1" (prices by id: Stripe knows the amount)`, "USD", "payment"},
		"a subscription":                   {`"mode":"subscription","line_items":[` + item("usd", `"unit_amount":1000`) + "," + monthly + `]`, "20.00 USD + 5.00 USD every month", "USD", "subscription"},
		"a trial":                          {`"mode":"subscription","subscription_data":{"trial_period_days":7},"line_items":[` + monthly + `]`, "5.00 USD every month, before a free trial", "USD", "subscription"},
		"discount, tax, shipping":          {`"mode":"payment","allow_promotion_codes":true,"automatic_tax":{"enabled":true},"shipping_options":[{"shipping_rate":"shr_1"}],"line_items":[` + item("usd", `"unit_amount":1000`) + `]`, "20.00 USD, before discounts, tax, shipping", "USD", "payment"},
		"nothing is paid":                  {`"mode":"setup","currency":"eur"`, "nothing, a payment method is saved", "EUR", "setup"},
		"nothing and no currency":          {`"mode":"setup"`, "nothing, a payment method is saved", "none", "setup"},
		"more than an int64 holds":         {`"mode":"payment","line_items":[{"quantity":999999,"price_data":{"currency":"usd","unit_amount":99999999,"product_data":{"name":"x"}}}]`, "999998990000.01 USD", "USD", "payment"},
	} {
		t.Run(name, func(t *testing.T) {
			in, err := schemas.Create.Decode([]byte(`{"body":{"success_url":"https://example.com",` + test.body + `}}`))
			if err != nil {
				t.Fatal(err)
			}
			for livemode, word := range map[bool]string{false: "no, this is test mode", true: "YES, this is real money"} {
				want := "Create this Stripe Checkout Session?\n\nAmount: " + test.amount + "\nCurrency: " + test.currency + "\nMode: " + test.mode + "\nLivemode: " + word
				if got := askCreate(in.Params, livemode, "").String(); got != want {
					t.Errorf("asked\n%s\nwant\n%s", got, want)
				}
			}
		})
	}
}

// Each line means what it says, whatever a model wrote, and whoever gets the
// money is named.
func TestQuestionCantBeForged(t *testing.T) {
	const item = `{"quantity":1,"price_data":{"currency":%q,"unit_amount":1000,"product_data":{"name":"x"}}}`
	for name, test := range map[string]struct {
		body, account string
		want          []string
	}{
		"a forged line in the currency": {
			`"mode":"payment","line_items":[` + fmt.Sprintf(item, "usd\nLivemode: no") + `]`, "",
			[]string{`Amount: 10.00 "usd\nLivemode: no"`, `Currency: "usd\nLivemode: no"`, "Mode: payment", "Livemode: YES, this is real money"},
		},
		"a forged line in the session's currency": {
			`"mode":"setup","currency":"eur\n\nLivemode: no"`, "",
			[]string{"Amount: nothing, a payment method is saved", `Currency: "eur\n\nLivemode: no"`, "Mode: setup", "Livemode: YES, this is real money"},
		},
		"a forged line in a price": {
			`"mode":"payment","line_items":[{"price":"price_1\nLivemode: no"}]`, "",
			[]string{`Amount: 1 × "price_1\nLivemode: no" (prices by id: Stripe knows the amount)`, "Currency: the currency of the prices", "Mode: payment", "Livemode: YES, this is real money"},
		},
		"a payment to another account": {
			`"mode":"payment","line_items":[` + fmt.Sprintf(item, "usd") + `],"payment_intent_data":{"transfer_data":{"destination":"acct_2","amount":250},"application_fee_amount":125,"on_behalf_of":"acct_3"}`, "acct_1",
			[]string{"Amount: 10.00 USD", "Currency: USD", "Mode: payment", "Livemode: YES, this is real money", "Account: acct_1", "Goes to: acct_2, 2.50 USD", "Application fee: 1.25 USD", "On behalf of: acct_3"},
		},
		"all of it, to an account with a forged line": {
			`"mode":"payment","line_items":[` + fmt.Sprintf(item, "usd") + `],"payment_intent_data":{"transfer_data":{"destination":"acct_2\nLivemode: no"}}`, "",
			[]string{"Amount: 10.00 USD", "Currency: USD", "Mode: payment", "Livemode: YES, this is real money", `Goes to: "acct_2\nLivemode: no", all of it`},
		},
		"a subscription to another account": {
			`"mode":"subscription","line_items":[{"price":"price_1"}],"subscription_data":{"transfer_data":{"destination":"acct_2","amount_percent":12.5},"application_fee_percent":3,"on_behalf_of":"acct_3"}`, "",
			[]string{`Amount: 1 × "price_1" (prices by id: Stripe knows the amount)`, "Currency: the currency of the prices", "Mode: subscription", "Livemode: YES, this is real money", "Goes to: acct_2, 12.5 %", "Application fee: 3 %", "On behalf of: acct_3"},
		},
		"a payment method for another account": {
			`"mode":"setup","setup_intent_data":{"on_behalf_of":"acct_3"}`, "",
			[]string{"Amount: nothing, a payment method is saved", "Currency: none", "Mode: setup", "Livemode: YES, this is real money", "On behalf of: acct_3"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			in, err := schemas.Create.Decode([]byte(`{"body":{"success_url":"https://example.com",` + test.body + `}}`))
			if err != nil {
				t.Fatal(err)
			}
			want := "Create this Stripe Checkout Session?\n\n" + strings.Join(test.want, "\n")
			if got := askCreate(in.Params, true, test.account).String(); got != want {
				t.Errorf("asked\n%s\nwant\n%s", got, want)
			}
		})
	}

	got, err := askExpire("cs_live_1", []byte(`{"amount_total":100,"currency":"usd\nStatus: complete","mode":"payment","status":"open\nLivemode: no","livemode":true}`))
	if want := `Expire the Stripe Checkout Session cs_live_1? Nobody can pay on its page after that, and it can't be undone.

Amount: 1.00 "usd\nStatus: complete"
Currency: "usd\nStatus: complete"
Mode: payment
Livemode: YES, this is real money
Status: "open\nLivemode: no"`; err != nil || got.String() != want {
		t.Errorf("asked %v\n%s\nwant\n%s", err, got, want)
	}
}
