package sandbox

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write generated files anew")

//go:generate go test -run TestSandboxPage -update .

const docPage = "../docs/sandbox.md"

// does says of each endpoint what it is for. One without a word here, or a word
// without its endpoint, fails the test.
var does = map[string]string{
	"GET /v1/checkout/sessions":              "list, by every filter of Stripe's",
	"POST /v1/checkout/sessions":             "create, with every parameter that stripe-go can send",
	"GET /v1/checkout/sessions/*":            "retrieve",
	"GET /v1/checkout/sessions/*/line_items": "list line items",
	"POST /v1/checkout/sessions/*/expire":    "expire",
	"POST /v1/products":                      "create, with `default_price_data`; without `package_dimensions`",
	"GET /v1/products":                       "list",
	"GET /v1/products/*":                     "retrieve",
	"POST /v1/prices":                        "create: one-time, recurring, `custom_unit_amount`; without tiers, meters, `currency_options` and `transform_quantity`",
	"GET /v1/prices":                         "list",
	"GET /v1/prices/*":                       "retrieve",
	"POST /v1/coupons":                       "create: percent or amount, `applies_to`, `max_redemptions`; without `currency_options`",
	"GET /v1/coupons":                        "list",
	"GET /v1/coupons/*":                      "retrieve",
	"POST /v1/promotion_codes":               "create, with `restrictions` (`first_time_transaction` is kept, but not checked)",
	"GET /v1/promotion_codes":                "list",
	"GET /v1/promotion_codes/*":              "retrieve",
	"GET /v1/shipping_rates/*":               "retrieve the one from the start",
	"GET /v1/customers/*":                    "retrieve one from the start, or one that a sale made",
	"GET /v1/payment_intents/*":              "retrieve that of a paid session",
	"GET /v1/setup_intents/*":                "retrieve that of a session in setup mode",
	"GET /v1/subscriptions/*":                "retrieve that of a session in subscription mode; it never renews",
	"GET /v1/invoices/*":                     "retrieve the first invoice of a subscription, or that of a payment with `invoice_creation`",
	"POST /v1/payment_methods":               "create, of a test card, IBAN or account number",
	"GET /v1/payment_methods/*":              "retrieve",
	"GET /v1/payment_pages/*":                "what the Stripe CLI asks for; Stripe doesn't document it",
	"POST /v1/payment_pages/*/confirm":       "pay, as the Stripe CLI does; Stripe doesn't document it",
	"GET /v1/events":                         "list what happened to sessions, newest first",
	"GET /v1/events/*":                       "retrieve",
	"POST /sandbox/sessions/*/pay":           "pay a session; see below",
	"POST /sandbox/advance":                  "move the account's clock on by `seconds`",
	"POST /sandbox/faults":                   "make the next call of an operation fail; see below",
}

// TestSandboxPage keeps docs/sandbox.md what the code does.
func TestSandboxPage(t *testing.T) {
	want := sandboxPage(t)
	if *update {
		if err := os.WriteFile(docPage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(docPage)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is out of date: run go generate ./sandbox", docPage)
	}
}

func sandboxPage(t *testing.T) string {
	var b strings.Builder
	b.WriteString("<!-- Generated from the code by `go generate ./sandbox`; a test keeps it so. -->\n" + `# The sandbox

The sandbox is an embedded Stripe for a Checkout sale, from the session to the payment: no account, no key, no network, no
money. It answers with the objects, rules and errors of Stripe's API version ` + "`" + apiVersion + "`" + `; tests judge its
answers by Stripe's own OpenAPI document.

` + "```" + `
stripe-checkout-mcp stdio --sandbox                  # the tools, on the sandbox
stripe-checkout-mcp http --sandbox                   # the same over HTTP
stripe-checkout-mcp sandbox                          # the sandbox alone, at http://127.0.0.1:12111
` + "```" + `

Any test key is an account of its own (` + "`sk_test_…`" + `, such as ` + "`" + Key + "`" + `); a live key is refused.
Point any Stripe library at it by its base URL:

` + "```js" + `
const stripe = require('stripe')('` + Key + `', { host: '127.0.0.1', port: 12111, protocol: 'http' });
` + "```" + `

The Stripe CLI takes ` + "`--api-base http://127.0.0.1:12111`" + `: ` + "`stripe trigger checkout.session.completed`" + `,
` + "`.expired`" + ` and ` + "`.async_payment_succeeded`" + ` run (the last one's event comes once the clock has moved on). Stripe's sample servers
` + "`checkout-one-time-payments`" + ` and ` + "`checkout-single-subscription`" + ` run with nothing changed but the host above and the price
ids, except for the billing portal.

## What is there from the start

It stays, whatever you create besides. Some sessions in every status and mode are there, too.

| kind | id | |
|---|---|---|
`)
	for _, s := range Seeds() {
		fmt.Fprintf(&b, "| `%s` | `%s` | %s |\n", s.Kind, s.ID, s.About)
	}
	b.WriteString(`
## What it does

| method | path | |
|---|---|---|
`)
	left := maps.Clone(does)
	for _, e := range endpoints {
		key := e.method + " " + e.path
		if does[key] == "" {
			t.Errorf("%s is not described", key)
		}
		delete(left, key)
		fmt.Fprintf(&b, "| %s | `%s` | %s |\n", e.method, strings.ReplaceAll(e.path, "*", "{id}"), does[key])
	}
	for key := range left {
		t.Errorf("%s is described, but isn't there", key)
	}
	b.WriteString(`
Idempotency keys, expansion, pagination, ` + "`Stripe-Account`" + ` and Stripe's limits work as they do at Stripe. A parameter that the
sandbox doesn't know is refused, never ignored.

## What it doesn't do

- Any other path of Stripe's API: it answers 404. Nothing can be updated or deleted; there are no refunds, disputes,
  transfers, billing portal, tax rates, payment links or test clocks.
- Taxes: ` + "`automatic_tax`" + ` is accepted, and every tax is 0. Tax rates are refused wherever one can be named.
- Renewals: a subscription is what it was when it was paid.
- Currency conversion, Adaptive Pricing and other payment methods than cards, US bank accounts and SEPA debits.
- Charges, balance transactions and payouts: a payment intent's ` + "`latest_charge`" + ` is null.
- Other API versions: the answer's ` + "`Stripe-Version`" + ` header always says ` + "`" + apiVersion + "`" + `, whichever was asked for.
- Endless memory: an account keeps its last 1,000 sessions and 1,000 objects of each kind, and the last 32 accounts are kept.

## Paying

![The payment page, with an order on the left, card and billing details on the right, and a banner that says: Sandbox, no real money](payment-page-light.png)

Open the ` + "`url`" + ` of a session: ` + "`stdio`" + ` and ` + "`http`" + ` serve the page on a free port of this machine once a session's url is
wanted, or on ` + "`--sandbox-addr`" + `; ` + "`sandbox`" + ` serves it on its own port. What a person enters stays there. A session with ` + "`ui_mode`" + `
embedded or custom has no url; its page is at ` + "`" + pagePath + "ID`" + ` of the same port. Or run ` + "`stripe-checkout-mcp sandbox pay SESSION`" + `, or send a request:

` + "```" + `
curl -u ` + Key + `: http://127.0.0.1:12111/sandbox/sessions/cs_test_…/pay -d card=4000000000000002
` + "```" + `

What the session asks for and you leave out is filled in. These numbers are known; no other pays:

| payment method | number | |
|---|---|---|
`)
	for _, m := range testMethods {
		fmt.Fprintf(&b, "| `%s` | `%s` | %s |\n", m.typ, m.number, m.Does)
	}
	b.WriteString("\nThese are the names of what can be entered: ")
	var names []string
	for _, name := range slices.Sorted(maps.Keys(payParams().fields)) {
		names = append(names, fieldNames(payParams().fields[name], name)...)
	}
	b.WriteString("`" + strings.Join(names, "`, `") + "`.\n")
	b.WriteString(`
## Keeping it

All is in memory, unless ` + "`--sandbox-file FILE`" + ` names a file to keep it in. What a request was answered with is on the disk before
its answer goes out, so that a crash loses nothing that anybody was told of. One process at a time uses the file.

## Time

` + "`stripe-checkout-mcp sandbox advance 3d`" + ` moves an account's clock on: sessions expire, and delayed payments settle.

## Webhooks and events

` + "`stripe-checkout-mcp sandbox --webhook http://127.0.0.1:4242/webhook`" + ` posts every event to a server of yours: ` + "`" + strings.Join([]string{eventCompleted, eventExpired, eventAsyncSuccess, eventAsyncFailure}, "`, `") + "`" + `.
They are signed as Stripe signs them; the secret is printed at start, or is yours in ` + "`STRIPE_WEBHOOK_SECRET`" + `. What isn't answered
with a 2xx status is sent again after 1, 2, 4 … seconds, in the end every hour, for three days, so that your server can get
an event twice. ` + "`GET /v1/events`" + ` has the last ` + fmt.Sprint(maxEvents) + ` of an account, sent or not.

## Faults

` + "`stripe-checkout-mcp sandbox fault create 429`" + ` makes the next call of an operation fail, to see how your agent takes it.
Operations: `)
	b.WriteString("`" + strings.Join(slices.Sorted(maps.Keys(faultOperations)), "`, `") + "`. Faults: ")
	faults := faultParams().fields["fault"].enum
	b.WriteString("`" + strings.Join(faults, "`, `") + "`.\n")
	return b.String()
}

func fieldNames(p *param, path string) []string {
	switch p.kind {
	case kindObject:
		var names []string
		for _, name := range slices.Sorted(maps.Keys(p.fields)) {
			names = append(names, fieldNames(p.fields[name], joinPath(path, name))...)
		}
		return names
	case kindMap:
		return []string{joinPath(path, "…")}
	}
	return []string{path}
}
