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

var update = flag.Bool("update", false, "rewrite generated files")

//go:generate go test -run TestSandboxPage -update .

const docPage = "../docs/sandbox.md"

// does says what each endpoint does. The test fails if an endpoint is missing
// here, or if one is listed that does not exist.
var does = map[string]string{
	"GET /v1/checkout/sessions":              "list, with all of Stripe's filters",
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
	"GET /v1/shipping_rates/*":               "retrieve the built-in one",
	"GET /v1/customers/*":                    "retrieve a built-in one, or one created by a sale",
	"GET /v1/payment_intents/*":              "retrieve the one of a paid session",
	"GET /v1/setup_intents/*":                "retrieve the one of a session in setup mode",
	"GET /v1/subscriptions/*":                "retrieve the one of a session in subscription mode; it never renews",
	"GET /v1/invoices/*":                     "retrieve a subscription's first invoice, or that of a payment with `invoice_creation`",
	"POST /v1/payment_methods":               "create, from a test card, IBAN or account number",
	"GET /v1/payment_methods/*":              "retrieve",
	"GET /v1/payment_pages/*":                "used by the Stripe CLI; Stripe doesn't document it",
	"POST /v1/payment_pages/*/confirm":       "pay, as the Stripe CLI does; Stripe doesn't document it",
	"GET /v1/events":                         "list what has happened to sessions, newest first",
	"GET /v1/events/*":                       "retrieve",
	"POST /sandbox/sessions/*/pay":           "pay a session; see below",
	"POST /sandbox/advance":                  "move the account's clock forward by `seconds`",
	"POST /sandbox/faults":                   "make the next call of an operation fail; see below",
}

// TestSandboxPage keeps docs/sandbox.md in step with the code.
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

The sandbox is an embedded imitation of Stripe that covers a Checkout sale from the session to the payment. It needs no
account, no key, no network and no money. It has the objects, rules and errors of Stripe's API version
` + "`" + apiVersion + "`" + `; tests check its answers against Stripe's own OpenAPI document.

` + "```" + `
stripe-checkout-mcp stdio --sandbox                  # the tools, on the sandbox
stripe-checkout-mcp http --sandbox                   # the same over HTTP
stripe-checkout-mcp sandbox                          # the sandbox alone, at http://127.0.0.1:12111
` + "```" + `

Each test key (` + "`sk_test_…`" + `, such as ` + "`" + Key + "`" + `) has its own account; live keys are refused. To use the
sandbox from any Stripe library, change the base URL:

` + "```js" + `
const stripe = require('stripe')('` + Key + `', { host: '127.0.0.1', port: 12111, protocol: 'http' });
` + "```" + `

The Stripe CLI works with ` + "`--api-base http://127.0.0.1:12111`" + `: ` + "`stripe trigger`" + ` can trigger
` + "`checkout.session.completed`" + `, ` + "`.expired`" + ` and ` + "`.async_payment_succeeded`" + ` (the last one's event comes when you move the clock
forward). Stripe's sample servers ` + "`checkout-one-time-payments`" + ` and ` + "`checkout-single-subscription`" + ` work once you change the
host as above and the price IDs, except for the billing portal.

## What is built in

Every account starts with these objects, which are never removed, and with some sessions in every status and mode.

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
		t.Errorf("%s is described, but doesn't exist", key)
	}
	b.WriteString(`
Idempotency keys, expansion, pagination, ` + "`Stripe-Account`" + ` and Stripe's limits work as they do at Stripe. Parameters
that the sandbox doesn't know are refused, never ignored.

## What it doesn't do

- Any other path of Stripe's API: these answer 404. Nothing can be updated or deleted, and there are no refunds, disputes,
  transfers, billing portal, tax rates, payment links or test clocks.
- Taxes: ` + "`automatic_tax`" + ` is accepted, but every tax is 0. Tax rates are refused everywhere.
- Renewals: a subscription stays as it was when it was paid.
- Currency conversion, Adaptive Pricing, and payment methods other than cards, US bank accounts and SEPA debits.
- Charges, balance transactions and payouts: a payment intent's ` + "`latest_charge`" + ` is null.
- Other API versions: the response's ` + "`Stripe-Version`" + ` header always says ` + "`" + apiVersion + "`" + `, whatever the request asks
  for.
- Unlimited memory: it keeps the last 32 accounts, each with its last 1,000 sessions and 1,000 objects of each kind.

## Paying

![The payment page, with an order on the left, card and billing details on the right, and a banner that says: Sandbox, no real money](payment-page-light.png)

Open a session's ` + "`url`" + `. ` + "`stdio`" + ` and ` + "`http`" + ` serve the page on ` + "`--sandbox-addr`" + `, or else on a free port of this machine,
which they open when a URL is first needed; ` + "`sandbox`" + ` serves it on its own port. What you enter there goes nowhere else. A
session whose ` + "`ui_mode`" + ` is embedded or custom has no URL; its page is at ` + "`" + pagePath + "ID`" + ` on the same port.

You can also run ` + "`stripe-checkout-mcp sandbox pay SESSION`" + `, or send a request:

` + "```" + `
curl -u ` + Key + `: http://127.0.0.1:12111/sandbox/sessions/cs_test_…/pay -d card=4000000000000002
` + "```" + `

Anything that the session asks for and you leave out is filled in. Only these numbers work:

| payment method | number | |
|---|---|---|
`)
	for _, m := range testMethods {
		fmt.Fprintf(&b, "| `%s` | `%s` | %s |\n", m.typ, m.number, m.Does)
	}
	b.WriteString("\nYou can set these fields: ")
	var names []string
	for _, name := range slices.Sorted(maps.Keys(payParams().fields)) {
		names = append(names, fieldNames(payParams().fields[name], name)...)
	}
	b.WriteString("`" + strings.Join(names, "`, `") + "`.\n")
	b.WriteString(`
## Keeping it

The sandbox keeps everything in memory, unless ` + "`--sandbox-file FILE`" + ` names a file. Every change is on disk before the
request is answered, so a crash loses nothing that anybody was told about. Only one process can use the file at a time.

## Time

` + "`stripe-checkout-mcp sandbox advance 3d`" + ` moves an account's clock forward: sessions expire, and delayed payments settle.

## Webhooks and events

` + "`stripe-checkout-mcp sandbox --webhook http://127.0.0.1:4242/webhook`" + ` posts every event to your server: ` + "`" + strings.Join([]string{eventCompleted, eventExpired, eventAsyncSuccess, eventAsyncFailure}, "`, `") + "`" + `.
They are signed as Stripe signs them, with the secret in ` + "`STRIPE_WEBHOOK_SECRET`" + ` or else one that is printed at the start.
An event that your server doesn't answer with a 2xx status is sent again after 1, 2, 4 … seconds, finally every hour, for
three days, so your server may get an event more than once. ` + "`GET /v1/events`" + ` lists an account's last ` + fmt.Sprint(maxEvents) + ` events, sent or
not.

## Faults

` + "`stripe-checkout-mcp sandbox fault create 429`" + ` makes the next call of an operation fail, so that you can see how your agent copes.
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
