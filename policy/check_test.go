package policy_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/policy"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/schemas"
)

// stripes are the only objects that the tests' Stripe shows.
var stripes = map[string]string{
	"/v1/prices/price_20":      `{"currency":"usd","unit_amount":2000,"unit_amount_decimal":"2000","product":"prod_a"}`,
	"/v1/prices/price_free":    `{"currency":"usd","unit_amount":0,"unit_amount_decimal":"0","product":"prod_b"}`,
	"/v1/prices/price_frac":    `{"currency":"usd","unit_amount":null,"unit_amount_decimal":"2000.5","product":"prod_b"}`,
	"/v1/prices/price_any":     `{"currency":"usd","unit_amount":null,"custom_unit_amount":{"maximum":null,"minimum":null},"product":"prod_b"}`,
	"/v1/prices/price_any_50":  `{"currency":"usd","unit_amount":null,"custom_unit_amount":{"maximum":5000,"minimum":100},"product":"prod_b"}`,
	"/v1/prices/price_tiers":   `{"currency":"usd","unit_amount":null,"unit_amount_decimal":null,"billing_scheme":"tiered","tiers_mode":"volume","product":"prod_b"}`,
	"/v1/prices/price_metered": `{"currency":"usd","unit_amount":2,"unit_amount_decimal":"2","recurring":{"usage_type":"metered"},"product":"prod_b"}`,
	"/v1/prices/price_multi":   `{"currency":"usd","unit_amount":2000,"currency_options":{"eur":{"unit_amount":99000},"usd":{"unit_amount":2000}},"product":"prod_b"}`,
	"/v1/prices/price_dozens":  `{"currency":"usd","unit_amount":2000,"transform_quantity":{"divide_by":12,"round":"down"},"product":"prod_b"}`,
	"/v1/coupons/HALF":         `{"percent_off":50,"amount_off":null}`,
	"/v1/coupons/ALL":          `{"percent_off":100,"amount_off":null}`,
	"/v1/coupons/OFF20":        `{"percent_off":null,"amount_off":2000,"currency":"usd"}`,
	"/v1/promotion_codes/p1":   `{"coupon":{"percent_off":100}}`,
	"/v1/shipping_rates/shr_5": `{"fixed_amount":{"amount":500,"currency":"usd"}}`,
}

func lookup(_ context.Context, path string, _ ...string) (json.RawMessage, error) {
	if object, ok := stripes[path]; ok {
		return json.RawMessage(object), nil
	}
	return nil, errors.New("no such object")
}

func check(t *testing.T, rules, body string, look policy.Lookup) error {
	t.Helper()
	file, err := policy.Parse([]byte(rules))
	if err != nil {
		t.Fatalf("policy %s: %v", rules, err)
	}
	in, err := schemas.Create.Decode(json.RawMessage(`{"body":` + body + `}`))
	if err != nil {
		t.Fatalf("body %s: %v", body, err)
	}
	return file.Check(t.Context(), in.Params, look)
}

const (
	shirt  = `{"quantity":1,"price_data":{"currency":"usd","unit_amount":2000,"product_data":{"name":"T-shirt"}}}`
	two    = `{"quantity":2,"price_data":{"currency":"USD","unit_amount":2000,"product_data":{"name":"T-shirt"}}}`
	byID   = `{"quantity":1,"price":"price_20"}`
	thanks = `"success_url":"https://shop.example.com/thanks"`
)

func pay(items string, more ...string) string {
	return `{` + strings.Join(append([]string{`"mode":"payment"`, thanks, `"line_items":[` + items + `]`}, more...), ",") + `}`
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, rules, body string
		refused           string // the code, "" if allowed
		param             string // and where
		says              string // and part of the message
	}{
		{"within the amount", `max_amount: {usd: 4000}`, pay(two), "", "", ""},
		{"over the amount", `max_amount: {usd: 3999}`, pay(two), "policy_max_amount", "line_items", "at most 39.99 USD (3999)"},
		{"the amount of a price by id", `max_amount: {usd: 1999}`, pay(byID), "policy_max_amount", "line_items", "20.00 USD (2000)"},
		{"items add up", `max_amount: {usd: 5999}`, pay(two + "," + byID), "policy_max_amount", "", "60.00 USD (6000)"},
		{"another currency", `max_amount: {eur: 5000}`, pay(shirt), "policy_max_amount", "", "in usd"},
		{"a quantity that customers can raise to 99", `max_amount: {usd: 100000}`, pay(`{"quantity":1,"price":"price_20","adjustable_quantity":{"enabled":true}}`), "policy_max_amount", "", "1980.00 USD"},
		{"a quantity that customers can raise up to a limit", `max_amount: {usd: 100000}`, pay(`{"quantity":1,"price":"price_20","adjustable_quantity":{"enabled":true,"minimum":1,"maximum":50}}`), "", "", ""},
		{"adjustable, but not enabled", `max_amount: {usd: 2000}`, pay(`{"quantity":1,"price":"price_20","adjustable_quantity":{"enabled":false,"maximum":50}}`), "", "", ""},
		{"optional items count", `max_amount: {usd: 3999}`, pay(shirt, `"optional_items":[{"price":"price_20","quantity":1}]`), "policy_max_amount", "", "40.00 USD"},
		{"optional items that customers can raise", `max_amount: {usd: 9999}`, pay(shirt, `"optional_items":[{"price":"price_20","quantity":1,"adjustable_quantity":{"enabled":true,"maximum":4}}]`), "policy_max_amount", "", "100.00 USD"},
		{"the most expensive shipping counts", `max_amount: {usd: 2899}`, pay(shirt, `"shipping_options":[{"shipping_rate":"shr_5"},{"shipping_rate_data":{"type":"fixed_amount","display_name":"Fast","fixed_amount":{"amount":900,"currency":"usd"}}}]`), "policy_max_amount", "", "29.00 USD"},
		{"a fraction rounds up", `max_amount: {usd: 2000}`, pay(`{"quantity":1,"price":"price_frac"}`), "policy_max_amount", "", "20.01 USD"},
		{"a decimal in price_data", `max_unit_amount: {usd: 2000}`, pay(`{"quantity":1,"price_data":{"currency":"usd","unit_amount_decimal":"2000.1","product_data":{"name":"x"}}}`), "policy_max_unit_amount", "line_items[0]", ""},
		{"customers choose the price", `max_amount: {usd: 5000}`, pay(`{"quantity":1,"price":"price_any"}`), "policy_max_amount", "", "nothing limits"},
		{"customers choose the price up to a limit", `max_amount: {usd: 5000}`, pay(`{"quantity":1,"price":"price_any_50"}`), "", "", ""},
		{"tiered prices have no known limit", `max_amount: {usd: 5000}`, pay(`{"quantity":1,"price":"price_tiers"}`), "policy_max_amount", "", "nothing limits"},
		{"metered prices have no limit", `max_amount: {usd: 5000}`, pay(`{"price":"price_metered"}`), "policy_max_amount", "", "metered"},
		{"a price that customers may see in another currency", `max_amount: {usd: 5000}`, pay(`{"quantity":1,"price":"price_multi"}`), "policy_max_amount", "", "in eur"},
		{"the call chooses the currency", `max_amount: {usd: 5000}`, pay(`{"quantity":1,"price":"price_multi"}`, `"currency":"usd"`), "", "", ""},
		{"every currency has its limit", `max_amount: {usd: 5000, eur: 5000}`, pay(`{"quantity":1,"price":"price_multi"}`), "policy_max_amount", "", "990.00 EUR"},
		{"an unknown price", `max_amount: {usd: 5000}`, pay(`{"quantity":1,"price":"price_x"}`), "policy_max_amount", "line_items[0][price]", "permission to read"},
		{"an id that escapes its path", `max_amount: {usd: 5000}`, pay(`{"quantity":1,"price":"../coupons/HALF"}`), "policy_max_amount", "line_items[0][price]", "can't be looked up"},
		{"a unit over its limit", `max_unit_amount: {usd: 1999}`, pay(two), "policy_max_unit_amount", "line_items[0]", "at most 19.99 USD (1999)"},
		{"a unit within its limit, whatever the quantity", `max_unit_amount: {usd: 2000}`, pay(two), "", "", ""},

		{"mode", `modes: [payment]`, `{"mode":"subscription",` + thanks + `,"line_items":[` + shirt + `]}`, "policy_modes", "mode", "only the mode payment"},
		{"catalog only", `catalog_only: true`, pay(shirt), "policy_catalog_only", "line_items[0][price_data]", "line_items[0][price]"},
		{"catalog only, by id", `catalog_only: true`, pay(byID), "", "", ""},
		{"a listed price", `prices: [price_20]`, pay(byID), "", "", ""},
		{"a price that isn't listed", `prices: [price_21]`, pay(byID), "policy_prices", "line_items[0][price]", "price_21"},
		{"price_data where prices are listed", `prices: [price_20]`, pay(shirt), "policy_prices", "line_items[0][price_data]", "price_20"},
		{"an optional item that isn't listed", `prices: [price_20]`, pay(byID, `"optional_items":[{"price":"price_free","quantity":1}]`), "policy_prices", "optional_items[0][price]", ""},
		{"a listed product", `products: [prod_a]`, pay(byID), "", "", ""},
		{"a product that isn't listed", `products: [prod_z]`, pay(byID), "policy_products", "line_items[0][price]", "prod_z"},
		{"a product created by the call", `products: [prod_a]`, pay(shirt), "policy_products", "line_items[0][price_data][product]", "prod_a"},

		{"hosts", `return_hosts: [shop.example.com]`, pay(shirt), "", "", ""},
		{"another host", `return_hosts: [shop.example.org]`, pay(shirt), "policy_return_hosts", "success_url", "https://shop.example.org"},
		{"a name under a domain", `return_hosts: ["*.example.com"]`, pay(shirt), "", "", ""},
		{"a host for cancel_url", `return_hosts: [shop.example.com]`, pay(shirt, `"cancel_url":"https://evil.example/"`), "policy_return_hosts", "cancel_url", ""},
		{"a host for return_url", `return_hosts: [shop.example.com]`, `{"mode":"payment","ui_mode":"embedded","return_url":"https://evil.example/","line_items":[` + shirt + `]}`, "policy_return_hosts", "return_url", ""},

		{"countries", `shipping_countries: [US, CA]`, pay(shirt, `"shipping_address_collection":{"allowed_countries":["US","CA"]}`), "", "", ""},
		{"another country", `shipping_countries: [US]`, pay(shirt, `"shipping_address_collection":{"allowed_countries":["US","DE"]}`), "policy_shipping_countries", "shipping_address_collection[allowed_countries][1]", "US"},
		{"no country", `shipping_countries: []`, pay(shirt, `"shipping_address_collection":{"allowed_countries":["US"]}`), "policy_shipping_countries", "", "nowhere"},
		{"a country in payment_intent_data", `shipping_countries: [US]`, pay(shirt, `"payment_intent_data":{"shipping":{"name":"A","address":{"line1":"B","country":"DE"}}}`), "policy_shipping_countries", "", ""},

		{"discounts", `modes: [payment]`, pay(byID, `"discounts":[{"coupon":"HALF"}]`), "policy_discounts", "discounts[0][coupon]", "not allow discounts"},
		{"allowed discounts", `allow: [discounts]`, pay(byID, `"discounts":[{"coupon":"HALF"}]`), "", "", ""},
		{"promotion codes", `modes: [payment]`, pay(byID, `"allow_promotion_codes":true`), "policy_promotion_codes", "allow_promotion_codes", ""},
		{"promotion codes turned off", `modes: [payment]`, pay(byID, `"allow_promotion_codes":false`), "", "", ""},
		{"promotion codes after expiry", `modes: [payment]`, pay(byID, `"after_expiration":{"recovery":{"enabled":true,"allow_promotion_codes":true}}`), "policy_promotion_codes", "", ""},
		{"trials", `modes: [subscription]`, `{"mode":"subscription",` + thanks + `,"line_items":[` + byID + `],"subscription_data":{"trial_period_days":7}}`, "policy_trials", "subscription_data[trial_period_days]", ""},
		{"a free first period", `modes: [subscription]`, `{"mode":"subscription",` + thanks + `,"line_items":[` + byID + `],"subscription_data":{"proration_behavior":"none"}}`, "policy_trials", "subscription_data[proration_behavior]", ""},
		{"a prorated first period", `modes: [subscription]`, `{"mode":"subscription",` + thanks + `,"line_items":[` + byID + `],"subscription_data":{"billing_cycle_anchor":1900000000}}`, "policy_trials", "subscription_data[billing_cycle_anchor]", ""},
		{"tax", `max_amount: {usd: 5000}`, pay(shirt, `"automatic_tax":{"enabled":true}`), "policy_tax", "automatic_tax[enabled]", ""},
		{"tax rates", `max_amount: {usd: 5000}`, pay(`{"quantity":1,"price":"price_20","tax_rates":["txr_1"]}`), "policy_tax", "line_items[0][tax_rates][0]", ""},
		{"allowed tax", `{max_amount: {usd: 5000}, allow: [tax]}`, pay(shirt, `"automatic_tax":{"enabled":true}`), "", "", ""},
		{"invoices", `modes: [payment]`, pay(shirt, `"invoice_creation":{"enabled":true}`), "policy_invoices", "", ""},
		{"transfers", `modes: [payment]`, pay(shirt, `"payment_intent_data":{"transfer_data":{"destination":"acct_1"}}`), "policy_transfers", "payment_intent_data[transfer_data][destination]", ""},
		{"fees", `modes: [payment]`, pay(shirt, `"payment_intent_data":{"application_fee_amount":100}`), "policy_transfers", "", ""},
		{"somebody else's tax", `modes: [payment]`, pay(shirt, `"automatic_tax":{"enabled":false,"liability":{"type":"account","account":"acct_1"}}`), "policy_transfers", "", ""},

		{"free", `modes: [payment]`, pay(`{"quantity":1,"price":"price_free"}`), "policy_free_sessions", "line_items", ""},
		{"free, but shipped", `modes: [payment]`, pay(`{"quantity":1,"price":"price_free"}`, `"shipping_options":[{"shipping_rate":"shr_5"}]`), "", "", ""},
		{"free beside something that can be left out", `modes: [payment]`, pay(`{"quantity":1,"price":"price_free"},{"quantity":1,"price":"price_20","adjustable_quantity":{"enabled":true,"minimum":0}}`), "policy_free_sessions", "", ""},
		{"free by rounding the quantity down", `modes: [payment]`, pay(`{"quantity":1,"price":"price_dozens"}`), "policy_free_sessions", "", ""},
		{"free by coupon", `allow: [discounts]`, pay(byID, `"discounts":[{"coupon":"ALL"}]`), "policy_free_sessions", "", ""},
		{"free by amount", `allow: [discounts]`, pay(byID, `"discounts":[{"coupon":"OFF20"}]`), "policy_free_sessions", "", ""},
		{"free by promotion code", `allow: [discounts]`, pay(byID, `"discounts":[{"promotion_code":"p1"}]`), "policy_free_sessions", "", ""},
		{"a coupon that can't be read", `allow: [discounts]`, pay(byID, `"discounts":[{"coupon":"X"}]`), "policy_free_sessions", "discounts[0][coupon]", ""},
		{"allowed to be free", `allow: [free_sessions]`, pay(`{"quantity":1,"price":"price_free"}`), "", "", ""},
		{"a listed price may be free", `prices: [price_free]`, pay(`{"quantity":1,"price":"price_free"}`), "", "", ""},
		{"saving a payment method is not free of charge", `modes: [setup]`, `{"mode":"setup","currency":"usd",` + thanks + `}`, "", "", ""},
		{"setup in a currency without a limit", `max_amount: {usd: 1}`, `{"mode":"setup","currency":"eur",` + thanks + `}`, "policy_max_amount", "currency", ""},

		{"metadata", `metadata: {channel: agent}`, pay(shirt, `"metadata":{"order":"1","channel":"agent"}`), "", "", ""},
		{"other metadata", `metadata: {channel: agent}`, pay(shirt, `"metadata":{"channel":"web"}`), "policy_metadata", "metadata[channel]", `"agent"`},

		{"harmless parameters", `{max_amount: {usd: 2000}, return_hosts: [shop.example.com]}`, pay(shirt,
			`"locale":"de"`, `"client_reference_id":"a"`, `"customer_email":"a@example.com"`, `"custom_text":{"submit":{"message":"Hi"}}`,
			`"payment_intent_data":{"description":"d","metadata":{"a":"b"},"capture_method":"manual"}`, `"payment_method_types":["card"]`,
			`"payment_method_options":{"card":{"request_three_d_secure":"any"}}`, `"invoice_creation":{"enabled":false}`, `"expires_at":1900000000`), "", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := check(t, test.rules, test.body, lookup)
			if test.refused == "" {
				if err != nil {
					t.Fatalf("refused: %v", err)
				}
				return
			}
			var refusal *policy.Refusal
			if !errors.As(err, &refusal) {
				t.Fatalf("got %v, want a refusal", err)
			}
			code, param, message, _ := refusal.Refusal()
			if code != test.refused || test.param != "" && param != test.param || !strings.Contains(message, test.says) {
				t.Errorf("got %s at %s: %s\nwant %s at %s: … %s …", code, param, message, test.refused, test.param, test.says)
			}
		})
	}
}

// Without permission to read prices, nothing that depends on one is allowed.
func TestCheckWithoutLookup(t *testing.T) {
	t.Parallel()
	if err := check(t, `max_amount: {usd: 5000}`, pay(byID), nil); err == nil {
		t.Error("a price that can't be looked up was allowed")
	}
	if err := check(t, `max_amount: {usd: 5000}`, pay(shirt), nil); err != nil {
		t.Errorf("refused although the arguments say everything: %v", err)
	}
}

func TestReturnHosts(t *testing.T) {
	t.Parallel()
	allowed := []string{
		"https://shop.example.com", "https://shop.example.com/thanks?id={CHECKOUT_SESSION_ID}", "https://SHOP.example.com:8443/",
		"https://a.example.org/", "http://localhost:3000/",
	}
	refused := []string{
		"https://evil.com", "https://shop.example.com.evil.com/", "https://evil.com/shop.example.com", "https://shop.example.com@evil.com/",
		`https://evil.com\@shop.example.com/`, `https:\\evil.com\shop.example.com`, "https://shop.example.com%2eevil.com/", "http://shop.example.com/",
		"javascript://shop.example.com/%0aalert(1)", "//shop.example.com/", "shop.example.com", "https:shop.example.com", "https://shop.example.com .evil.com",
		"https://shop.example.com\t.evil.com", "https://example.org/", "https://.example.org/", "https://evil-example.org/", "https://shop.example.com。evil.com",
		"https://{CHECKOUT_SESSION_ID}.example.org/", "https://[::1]/", "https:///shop.example.com",
	}
	rules := `return_hosts: [shop.example.com, "*.example.org", localhost]`
	for want, urls := range map[bool][]string{true: allowed, false: refused} {
		for _, u := range urls {
			quoted, _ := json.Marshal(u)
			err := check(t, rules, `{"mode":"payment","success_url":`+string(quoted)+`,"line_items":[`+shirt+`]}`, lookup)
			if (err == nil) != want {
				t.Errorf("%q: allowed %v (%v), want %v", u, err == nil, err, want)
			}
		}
	}
}
