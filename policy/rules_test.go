package policy_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	validator "github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/policy"
)

var update = flag.Bool("update", false, "write generated files anew")

const everything = `
max_amount: {usd: 50000, EUR: 45000}
max_unit_amount: {usd: 20000, eur: 20000}
modes: [payment, subscription]
catalog_only: true
prices: [price_1]
products: [prod_1]
return_hosts: [shop.example.com, "*.example.com", "localhost:3000"]
shipping_countries: [US, NO]
allow: [discounts, tax]
metadata: {channel: agent}
sessions_per_hour: 20
policies:
  kiosk:
    max_amount: {usd: 2000}
    shipping_countries: []
`

// mistakes are policies that are refused, and part of each error.
var mistakes = []struct{ policy, says string }{
	{"", "is empty"},
	{"# nothing\n", "is empty"},
	{"{}", "sets no rule"},
	{"[]", "not a mapping"},
	{"max_amounts: {usd: 1}", "did you mean max_amount?"},
	{"maximum: 1", "the rules are max_amount"},
	{"max_amount: {usd: 1}\nmax_amount: {usd: 2}", "already defined"},
	{"max_amount: {usd: 1, USD: 2}", "usd twice"},
	{"max_amount: {dollars: 1}", "three-letter code"},
	{"max_amount: {usd: 0}", "positive amount"},
	{"max_amount: {usd: 19.99}", "1999 for 19.99 usd"},
	{"max_amount: {usd: 99999999999999999999}", "not a whole number"},
	{"max_amount: {}", "names no currency"},
	{"max_amount: 5", "cannot unmarshal"},
	{"modes: []", "modes is empty"},
	{"modes: [pay]", "payment, subscription or setup"},
	{"prices: [prod_1]", "price_…"},
	{"return_hosts: [https://shop.example.com]", "without https://"},
	{"return_hosts: [\"*\"]", "host name"},
	{"shipping_countries: [usa]", "two-letter code"},
	{"allow: [discount]", "did you mean discounts?"},
	{"allow: [everything]", "it can have discounts"},
	{"metadata: {channel: \"\"}", "values of 1 to 500"},
	{"sessions_per_hour: 0", "positive number"},
	{"catalog_only: maybe", "cannot unmarshal"},
	{"modes: [payment]\n---\nmodes: [setup]", "more than one"},
	{"policies: {kiosk: {}}", "policies.kiosk is empty"},
	{"policies: {kiosk: {mode: [payment]}}", "policies.kiosk.mode: did you mean modes?"},
	{"policies: {kiosk: {policies: {}}}", "policies.kiosk.policies"},
	{"policies: {kiosk: {modes: []}}", "policies.kiosk.modes is empty"},
	{"policies: {\"a b\": {catalog_only: true}}", "letters, digits"},
}

func TestParse(t *testing.T) {
	t.Parallel()
	if _, err := policy.Parse([]byte(everything)); err != nil {
		t.Error(err)
	}
	for _, m := range mistakes {
		if _, err := policy.Parse([]byte(m.policy)); err == nil || !strings.Contains(err.Error(), m.says) {
			t.Errorf("%s\ngot  %v\nwant … %s …", m.policy, err, m.says)
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	file, err := policy.Parse([]byte(everything))
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(file.Words(), "\n")
	want := `a session can come to at most 450.00 EUR (45000) or 500.00 USD (50000); other currencies are refused
one unit can cost at most 200.00 EUR (20000) or 200.00 USD (20000); other currencies are refused
the mode must be payment or subscription
only prices that exist at Stripe are sold, no price_data
only these are sold: price_1, and prices of prod_1
customers are sent back only to https://shop.example.com or https://*.example.com or https://localhost:3000
goods are shipped only to US or NO
every session gets the metadata channel=agent
at most 20 sessions are created in an hour
refused: promotion codes, trials, free sessions, invoices, transfers
allowed: discounts, tax`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestSchema keeps schema.json in step with Parse.
func TestSchema(t *testing.T) {
	want, err := policy.ReflectSchema()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("schema.json", want, 0o644); err != nil {
			t.Fatal(err)
		}
	} else if !bytes.Equal(policy.Schema, want) {
		t.Fatal("schema.json is out of date: run go generate ./policy")
	}
	doc, err := validator.UnmarshalJSON(bytes.NewReader(want))
	if err != nil {
		t.Fatal(err)
	}
	c := validator.NewCompiler()
	if err := c.AddResource("policy", doc); err != nil {
		t.Fatal(err)
	}
	schema := c.MustCompile("policy")
	valid := func(text string) bool {
		var value any
		if err := yaml.Unmarshal([]byte(text), &value); err != nil {
			return false // no schema is needed to refuse it
		}
		data, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		instance, err := validator.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		return schema.Validate(instance) == nil
	}
	if !valid(everything) {
		t.Error("the schema refuses a valid policy")
	}
	for _, m := range mistakes {
		// The schema of a single document can't express these.
		if strings.Contains(m.policy, "USD: 2") || strings.Contains(m.policy, "---") || strings.Contains(m.policy, "9999999999") {
			continue
		}
		if valid(m.policy) {
			t.Errorf("the schema accepts what Parse refuses: %s", m.policy)
		}
	}
}
