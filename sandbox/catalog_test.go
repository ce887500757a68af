package sandbox_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
)

// Whatever is created through the API can be retrieved, comes first in its
// list, and can be used in a session.
func TestCreateAndFind(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		path, form string
		want       map[string]any
	}{
		"a product": {"/v1/products", "name=Hat&description=Warm&metadata[k]=v&images[]=https://example.com/hat.png&url=https://example.com&shippable=true&unit_label=hat&marketing_features[0][name]=wool", map[string]any{
			"id": "prod_…", "name": "Hat", "description": "Warm", "metadata.k": "v", "images.0": "https://example.com/hat.png", "active": true,
			"default_price": nil, "shippable": true, "unit_label": "hat", "marketing_features.0.name": "wool",
		}},
		"a product with that id":  {"/v1/products", "name=Hat&id=hat&active=false", map[string]any{"id": "hat", "active": false}},
		"a product with a price":  {"/v1/products", "name=Hat&default_price_data[currency]=eur&default_price_data[unit_amount]=990", map[string]any{"default_price": "price_1…"}},
		"a price":                 {"/v1/prices", "currency=USD&unit_amount=1500&product=prod_sandbox_mug&nickname=n&lookup_key=k&metadata[k]=v&tax_behavior=inclusive", map[string]any{"id": "price_1…", "currency": "usd", "unit_amount": "1500", "unit_amount_decimal": "1500", "product": "prod_sandbox_mug", "type": "one_time", "nickname": "n", "lookup_key": "k", "metadata.k": "v", "tax_behavior": "inclusive", "recurring": nil, "custom_unit_amount": nil, "active": true}},
		"a price with a fraction": {"/v1/prices", "currency=usd&unit_amount_decimal=0.50&product_data[name]=Hat", map[string]any{"unit_amount": nil, "unit_amount_decimal": "0.5", "product": "prod_…"}},
		"a recurring price":       {"/v1/prices", "currency=usd&unit_amount=1500&product=prod_sandbox_pro&recurring[interval]=month&recurring[interval_count]=3", map[string]any{"type": "recurring", "recurring.interval": "month", "recurring.interval_count": "3", "recurring.usage_type": "licensed"}},
		"an amount to choose":     {"/v1/prices", "currency=usd&product=prod_sandbox_donation&custom_unit_amount[enabled]=true&custom_unit_amount[minimum]=100&custom_unit_amount[preset]=500", map[string]any{"unit_amount": nil, "custom_unit_amount.minimum": "100", "custom_unit_amount.maximum": nil, "custom_unit_amount.preset": "500"}},
		"a percentage off":        {"/v1/coupons", "percent_off=25.5&duration=forever&name=Spring", map[string]any{"percent_off": "25.5", "amount_off": nil, "duration": "forever", "name": "Spring", "times_redeemed": "0", "valid": true}},
		"an amount off":           {"/v1/coupons", "id=FIVE&amount_off=500&currency=usd&duration=repeating&duration_in_months=3", map[string]any{"id": "FIVE", "amount_off": "500", "currency": "usd", "percent_off": nil, "duration_in_months": "3"}},
		"a promotion code":        {"/v1/promotion_codes", "coupon=SANDBOX10&code=HELLO&restrictions[minimum_amount]=1000&restrictions[minimum_amount_currency]=usd", map[string]any{"id": "promo_1…", "code": "HELLO", "coupon.id": "SANDBOX10", "active": true, "restrictions.minimum_amount": "1000"}},
		"any promotion code":      {"/v1/promotion_codes", "coupon=SANDBOX10&active=false", map[string]any{"active": false}},
		"a card":                  {"/v1/payment_methods", "type=card&card[token]=tok_visa&billing_details[email]=jenny@example.com", map[string]any{"id": "pm_1…", "type": "card", "card.last4": "4242", "billing_details.email": "jenny@example.com"}},
		"a bank account":          {"/v1/payment_methods", "type=sepa_debit&sepa_debit[iban]=AT611904300234573201", map[string]any{"sepa_debit.last4": "3201", "sepa_debit.country": "AT"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t)
			made := c.post(tt.path, tt.form).ok(t)
			made.expect(t, tt.want)
			if again := c.get(tt.path+"/"+made.id(), "").ok(t); again.raw != made.raw {
				t.Errorf("made     %s\nretrieved %s", made.raw, again.raw)
			}
			if tt.path != "/v1/payment_methods" {
				if first := c.get(tt.path, "limit=1").ids(t); !slices.Equal(first, []string{made.id()}) {
					t.Errorf("the newest is %v", first)
				}
			}
		})
	}
}

func TestWhatTheCatalogRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ path, form, param, message string }{
		{"/v1/products", "", "name", "Missing required param: name."},
		{"/v1/products", "name=Hat&id=prod_sandbox_mug", "id", "Product already exists: prod_sandbox_mug."},
		{"/v1/products", "name=Hat&colour=red", "colour", "Received unknown parameter: colour"},
		{"/v1/products", "name=Hat&package_dimensions[height]=1&package_dimensions[length]=1&package_dimensions[weight]=1&package_dimensions[width]=1", "package_dimensions", "This sandbox has no package_dimensions. Leave it out, or use Stripe's test mode."},
		{"/v1/prices", "currency=usd&unit_amount=1", "", "You must specify either `product` or `product_data` when creating a price."},
		{"/v1/prices", "currency=usd&unit_amount=1&product=x", "product", "No such product: 'x'"},
		{"/v1/prices", "product=prod_sandbox_mug&unit_amount=1", "currency", "Missing required param: currency."},
		{"/v1/prices", "currency=usd&product=prod_sandbox_mug", "unit_amount", "Missing required param: unit_amount."},
		{"/v1/prices", "currency=usd&product=prod_sandbox_mug&unit_amount=1&unit_amount_decimal=1", "unit_amount", "You may only specify one of these parameters: unit_amount, unit_amount_decimal."},
		{"/v1/prices", "currency=usd&product=prod_sandbox_mug&custom_unit_amount[enabled]=true&custom_unit_amount[minimum]=500&custom_unit_amount[preset]=400", "custom_unit_amount[preset]", "This value must be greater than or equal to 500 (it currently is '400')."},
		{"/v1/prices", "currency=usd&product=prod_sandbox_mug&unit_amount=1&recurring[interval]=month&recurring[usage_type]=metered", "recurring[usage_type]", "This sandbox has no meters: its one metered price is price_sandbox_api_calls."},
		{"/v1/prices", "currency=usd&product=prod_sandbox_mug&billing_scheme=tiered&tiers_mode=graduated", "tiers_mode", "This sandbox has no tiers_mode. Leave it out, or use Stripe's test mode."},
		{"/v1/coupons", "duration=once", "percent_off", "You must pass either `percent_off` or `amount_off`."},
		{"/v1/coupons", "percent_off=101", "percent_off", "Invalid percent_off: must be greater than 0 and at most 100."},
		{"/v1/coupons", "amount_off=100", "currency", "Missing required param: currency."},
		{"/v1/coupons", "percent_off=10&duration=repeating", "duration_in_months", "`duration_in_months` is required with the duration `repeating` and not allowed with any other."},
		{"/v1/coupons", "percent_off=10&id=SANDBOX10", "id", "Coupon already exists: SANDBOX10."},
		{"/v1/promotion_codes", "code=X", "coupon", "Missing required param: coupon."},
		{"/v1/promotion_codes", "coupon=x", "coupon", "No such coupon: 'x'"},
		{"/v1/promotion_codes", "coupon=SANDBOX10&code=sandbox10", "code", "An active promotion code with `code: sandbox10` already exists."},
		{"/v1/payment_methods", "type=card&card[number]=4111111111111111", "", "Your card was declined. Your request was in test mode, but used a non test card. For a list of valid test cards, visit: https://stripe.com/docs/testing."},
	} {
		c := newClient(t)
		e := c.post(tt.path, tt.form).error()
		param, _ := e["param"].(string)
		if param != tt.param || e["message"] != tt.message {
			t.Errorf("%s %s:\ngot  %q %q\nwant %q %q", tt.path, tt.form, param, e["message"], tt.param, tt.message)
		}
	}
	for _, path := range []string{"/v1/products/x", "/v1/prices/x", "/v1/coupons/x", "/v1/promotion_codes/x", "/v1/customers/x", "/v1/payment_intents/x", "/v1/setup_intents/x", "/v1/subscriptions/x", "/v1/invoices/x", "/v1/payment_methods/x"} {
		if e := newClient(t).get(path, "").want(t, http.StatusNotFound).error(); e["code"] != "resource_missing" {
			t.Errorf("%s: %v", path, e)
		}
	}
}

func TestListsOfTheCatalog(t *testing.T) {
	t.Parallel()
	c := newClient(t)
	for query, want := range map[string]string{
		"/v1/prices?currency=eur":                                sandbox.PriceMug,
		"/v1/prices?type=recurring&recurring[interval]=year":     sandbox.PriceProYearly,
		"/v1/prices?product=prod_sandbox_tshirt":                 sandbox.PriceTShirt,
		"/v1/prices?active=false":                                "",
		"/v1/products?ids[]=prod_sandbox_mug":                    "prod_sandbox_mug",
		"/v1/coupons":                                            "SANDBOX10",
		"/v1/promotion_codes?code=sandbox10":                     sandbox.PromotionCodeTenPercent,
		"/v1/promotion_codes?coupon=x":                           "",
		"/v1/promotion_codes?created[gt]=1735689600":             "",
		"/v1/prices?currency=eur&expand[]=data.product":          sandbox.PriceMug,
		"/v1/promotion_codes?active=true&expand[]=data.customer": sandbox.PromotionCodeTenPercent,
	} {
		path, query, _ := strings.Cut(query, "?")
		if got := strings.Join(c.get(path, query).ids(t), " "); got != want {
			t.Errorf("%s?%s: %s, want %s", path, query, got, want)
		}
	}
	if got := c.get("/v1/prices", "currency=eur&expand[]=data.product").text("data.0.product.name"); got != "Mug" {
		t.Errorf("the product of the price is %q", got)
	}
}

// The seeds survive a thousand of everything.
func TestTheSeedsStay(t *testing.T) {
	t.Parallel()
	c := newClient(t)
	c.via = c.server // a thousand answers needn't be judged
	for i := range 1100 {
		c.post("/v1/prices", "currency=usd&unit_amount=1000&product=prod_sandbox_mug").ok(t)
		c.post("/v1/coupons", fmt.Sprintf("percent_off=10&id=c%d", i)).ok(t)
	}
	for _, seed := range sandbox.Seeds() {
		if seed.Kind == "shipping_rates" || seed.Kind == "payment_method_configurations" {
			continue // known to create, without a path of their own
		}
		c.get("/v1/"+seed.Kind+"/"+seed.ID, "").ok(t)
	}
	c.get("/v1/coupons/c0", "").want(t, http.StatusNotFound)
	c.get("/v1/coupons/c1099", "").ok(t)
}

func TestAnUnknownPriceSaysWhichThereAre(t *testing.T) {
	t.Parallel()
	e := newClient(t).create(strings.Replace(payment, sandbox.PriceTShirt, "price_x", 1)).want(t, 400).error()
	message, _ := e["message"].(string)
	for _, seed := range sandbox.Seeds() {
		if seed.Kind == "prices" && !strings.Contains(message, seed.ID) {
			t.Errorf("%q doesn't name %s", message, seed.ID)
		}
	}
}

// Discounts are applied as at Stripe.
func TestDiscounts(t *testing.T) {
	t.Parallel()
	const two = "mode=payment&" + success + "&line_items[0][price]=" + sandbox.PriceTShirt + "&line_items[0][quantity]=1" +
		"&line_items[1][price_data][currency]=usd&line_items[1][price_data][unit_amount]=1001&line_items[1][price_data][product_data][name]=Hat&line_items[1][quantity]=1"
	for coupon, want := range map[string]int64{
		"percent_off=12.5":               375, // 250 + 125.125
		"percent_off=100":                3001,
		"amount_off=100&currency=usd":    100,
		"amount_off=999999&currency=usd": 3001,
		"percent_off=50&applies_to[products][]=prod_sandbox_tshirt": 1000,
	} {
		c := newClient(t)
		id := c.post("/v1/coupons", coupon).ok(t).id()
		s := c.create(two, "discounts[0][coupon]="+id, "expand[]=total_details.breakdown").ok(t)
		if got := s.number(t, "total_details.amount_discount"); got != want || s.text("discounts.0.coupon") != id {
			t.Errorf("%s: %d off, want %d", coupon, got, want)
		}
		if got := s.text("total_details.breakdown.discounts.0.discount.coupon.id"); got != id {
			t.Errorf("the discount's coupon is %q", got)
		}
	}
	c := newClient(t)
	euros := c.post("/v1/coupons", "amount_off=100&currency=eur").ok(t).id()
	if e := c.create(two, "discounts[0][coupon]="+euros).want(t, 400).error(); e["param"] != "discounts[0][coupon]" {
		t.Errorf("%v", e)
	}
	once := c.post("/v1/coupons", "percent_off=10&max_redemptions=1").ok(t).id()
	code := c.post("/v1/promotion_codes", "coupon="+once+"&code=ONCE").ok(t).id()
	c.pay(c.create(payment, "discounts[0][promotion_code]="+code).ok(t).id()).ok(t)
	if used := c.get("/v1/coupons/"+once, "").ok(t); used.number(t, "times_redeemed") != 1 || used.at("valid") != false {
		t.Errorf("once used: %s", used.raw)
	}
	if e := c.create(payment, "discounts[0][promotion_code]="+code).want(t, 400).error(); e["code"] != "coupon_expired" {
		t.Errorf("%v", e)
	}
}

func TestAnAmountToChoose(t *testing.T) {
	t.Parallel()
	c := newClient(t)
	const donation = "mode=payment&" + success + "&line_items[0][quantity]=1&line_items[0][price]="
	s := c.create(donation + sandbox.PriceDonation).ok(t)
	s.expect(t, map[string]any{"amount_total": "1000", "payment_status": "unpaid"})
	c.pay(s.id(), "amount=2500").ok(t).expect(t, map[string]any{"amount_total": "2500", "payment_status": "paid"})
	if e := c.pay(c.create(donation+sandbox.PriceDonation).id(), "amount=1").want(t, 400).error(); e["param"] != "amount" {
		t.Errorf("%v", e)
	}
	c.pay(c.create(donation+sandbox.PriceDonation).id()).ok(t).expect(t, map[string]any{"amount_total": "1000"})
	if e := c.create(strings.Replace(donation, "quantity]=1", "quantity]=2", 1)+sandbox.PriceDonation).want(t, 400).error(); e["param"] != "line_items[0][quantity]" {
		t.Errorf("%v", e)
	}
	if e := c.pay(c.create(payment).id(), "amount=1").want(t, 400).error(); e["param"] != "amount" {
		t.Errorf("a fixed amount was chosen: %v", e)
	}
}

// Whatever a sale creates can be retrieved, both by itself and within the
// session.
func TestWhatASaleCreates(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		create, pay, key, path string
		want                   map[string]any
	}{
		"a payment":            {payment, "", "payment_intent", "/v1/payment_intents/", map[string]any{"status": "succeeded", "amount_received": "2000", "currency": "usd"}},
		"a payment by bank":    {payment + byBank, "payment_method=us_bank_account&bank_account=000123456789", "payment_intent", "/v1/payment_intents/", map[string]any{"status": "processing", "amount_received": "0"}},
		"a capture to come":    {payment + "&payment_intent_data[capture_method]=manual", "", "payment_intent", "/v1/payment_intents/", map[string]any{"status": "requires_capture", "amount_capturable": "2000", "capture_method": "manual"}},
		"a setup":              {setup, "", "setup_intent", "/v1/setup_intents/", map[string]any{"status": "succeeded"}},
		"a subscription":       {subscribe, "", "subscription", "/v1/subscriptions/", map[string]any{"status": "active", "latest_invoice": "in_1…", "items.data.0.price.id": sandbox.PriceProMonthly}},
		"a trial":              {subscribe + "&subscription_data[trial_period_days]=7", "", "subscription", "/v1/subscriptions/", map[string]any{"status": "trialing", "trial_end": "1790604800"}},
		"its invoice":          {subscribe, "", "invoice", "/v1/invoices/", map[string]any{"status": "paid", "amount_paid": "1500", "lines.data.0.amount": "1500", "billing_reason": "subscription_create"}},
		"a payment's invoice":  {payment + "&invoice_creation[enabled]=true", "", "invoice", "/v1/invoices/", map[string]any{"status": "paid", "total": "2000", "billing_reason": "manual"}},
		"a discounted invoice": {subscribe + "&discounts[0][coupon]=SANDBOX10", "", "invoice", "/v1/invoices/", map[string]any{"subtotal": "1500", "total": "1350", "total_discount_amounts.0.amount": "150"}},
		"a new customer":       {subscribe, "email=new@example.com", "customer", "/v1/customers/", map[string]any{"email": "new@example.com", "name": "Jenny Rosen", "address.country": "US"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t)
			paid := c.pay(c.create(tt.create).ok(t).id(), tt.pay).ok(t)
			made := c.get(tt.path+paid.text(tt.key), "").ok(t)
			made.expect(t, tt.want)
			inside := c.get(sessions+"/"+paid.id(), "expand[]="+tt.key).ok(t)
			if got, want := fmt.Sprint(inside.at(tt.key)), fmt.Sprint(map[string]any(made.json)); got != want {
				t.Errorf("expanded  %s\nretrieved %s", got, want)
			}
		})
	}
}

// A customer created by one sale can be named in the next.
func TestACustomerComesBack(t *testing.T) {
	t.Parallel()
	c := newClient(t)
	customer := c.pay(c.create(subscribe).ok(t).id(), "email=new@example.com").ok(t).text("customer")
	c.create(payment, "customer="+customer).ok(t).expect(t, map[string]any{"customer": customer, "customer_details.email": "new@example.com"})
}
