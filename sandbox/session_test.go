package sandbox_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
)

// A session has every key that stripe-go knows, in Stripe's order.
func TestSessionHasEveryKey(t *testing.T) {
	r := newClient(t).create(payment).ok(t)
	sometimes := map[string]bool{"line_items": true, "presentment_details": true, "redirect_on_completion": true, "return_url": true, "tax_id_collection": true}
	for field := range reflect.TypeFor[stripe.CheckoutSession]().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		if _, ok := r.json[name]; ok == sometimes[name] {
			t.Errorf("key %s is present: %v", name, ok)
		}
	}
	if !strings.HasPrefix(r.raw, "{\n  \"id\": \"cs_test_") {
		t.Errorf("not indented with the id first: %.60s", r.raw)
	}
	if strings.Index(r.raw, `"object"`) > strings.Index(r.raw, `"adaptive_pricing"`) || strings.Index(r.raw, `"adaptive_pricing"`) > strings.Index(r.raw, `"wallet_options"`) {
		t.Error("keys are not in Stripe's order")
	}
}

// A session shows the values of its parameters.
func TestSessionShowsItsParameters(t *testing.T) {
	for name, tt := range map[string]struct {
		form string
		want map[string]any // by path; numbers as text
	}{
		"a plain payment": {payment, map[string]any{
			"mode": "payment", "ui_mode": "hosted", "status": "open", "payment_status": "unpaid", "currency": "usd",
			"amount_subtotal": "2000", "amount_total": "2000", "total_details.amount_discount": "0", "total_details.amount_tax": "0",
			"livemode": false, "client_secret": nil, "customer": nil, "customer_details": nil, "payment_intent": nil,
			"payment_method_types.0": "card", "payment_method_options.card.request_three_d_secure": "automatic",
			"success_url": "https://example.com/success", "customer_creation": "if_required", "payment_method_collection": "if_required",
			"created": "1790000000", "expires_at": "1790086400", "invoice_creation.enabled": false,
		}},
		"its texts": {payment + "&client_reference_id=order_1&locale=fr&cancel_url=https://example.com/no%26more&customer_email=a@example.com&submit_type=book&billing_address_collection=required&origin_context=web", map[string]any{
			"client_reference_id": "order_1", "locale": "fr", "cancel_url": "https://example.com/no&more", "customer_email": "a@example.com",
			"submit_type": "book", "customer_details.email": "a@example.com", "customer_details.name": nil, "billing_address_collection": "required", "origin_context": "web",
		}},
		"metadata": {payment + "&metadata[a]=1&metadata[b c]=ü&metadata[gone]=", map[string]any{
			"metadata.a": "1", "metadata.b c": "ü", "metadata.gone": nil,
		}},
		"a customer": {payment + "&customer=" + sandbox.CustomerAda, map[string]any{
			"customer": sandbox.CustomerAda, "customer_details.email": "ada@example.com", "customer_email": nil, "customer_creation": nil,
		}},
		"a currency in capitals": {"mode=payment&" + success + "&" + strings.Replace(inline, "=usd", "=USD", 1), map[string]any{
			"currency": "usd",
		}},
		"several items": {payment + "&line_items[1][quantity]=3&line_items[1][price_data][currency]=usd&line_items[1][price_data][unit_amount]=333&line_items[1][price_data][product_data][name]=Sticker", map[string]any{
			"amount_subtotal": "2999", "amount_total": "2999",
		}},
		"a fraction of a cent, rounded per line": {"mode=payment&" + success + "&" + strings.Replace(strings.Replace(inline, "unit_amount]=2000", "unit_amount_decimal]=33.35", 1), "[quantity]=1", "[quantity]=10", 1), map[string]any{
			"amount_total": "334",
		}},
		"a discount": {payment + "&discounts[0][coupon]=" + sandbox.CouponTenPercent, map[string]any{
			"amount_subtotal": "2000", "amount_total": "1800", "total_details.amount_discount": "200", "discounts.0.coupon": sandbox.CouponTenPercent, "discounts.0.promotion_code": nil,
		}},
		"shipping": {payment + "&shipping_options[0][shipping_rate]=" + sandbox.ShippingRateStandard, map[string]any{
			"amount_subtotal": "2000", "amount_total": "2500", "total_details.amount_shipping": "500", "shipping_cost.amount_total": "500",
			"shipping_options.0.shipping_rate": sandbox.ShippingRateStandard, "shipping_options.0.shipping_amount": "500",
		}},
		"nothing to pay": {"mode=payment&" + success + "&" + strings.Replace(inline, "=2000", "=0", 1), map[string]any{
			"amount_total": "0", "payment_status": "no_payment_required",
		}},
		"a subscription": {subscribe, map[string]any{
			"mode": "subscription", "amount_total": "1500", "subscription": nil, "payment_method_collection": "always", "customer_creation": "always", "invoice_creation": nil,
		}},
		"a trial": {subscribe + "&subscription_data[trial_period_days]=7", map[string]any{
			"amount_total": "0", "payment_status": "no_payment_required",
		}},
		"metered": {"mode=subscription&" + success + "&" + item + "[price]=" + sandbox.PriceAPICalls, map[string]any{
			"amount_total": "0",
		}},
		"a setup": {setup, map[string]any{
			"mode": "setup", "currency": "usd", "amount_total": nil, "amount_subtotal": nil, "total_details": nil, "payment_status": "no_payment_required", "setup_intent": nil,
		}},
		"embedded": {"mode=payment&" + tshirt + "&ui_mode=embedded&return_url=https://example.com/r", map[string]any{
			"ui_mode": "embedded", "url": nil, "return_url": "https://example.com/r", "success_url": nil,
		}},
		"automatic tax": {payment + "&automatic_tax[enabled]=true", map[string]any{
			"automatic_tax.enabled": true, "automatic_tax.status": "requires_location_inputs", "automatic_tax.liability.type": "self",
		}},
		"tax ids":      {payment + "&tax_id_collection[enabled]=true", map[string]any{"tax_id_collection.enabled": true, "tax_id_collection.required": "never"}},
		"a phone":      {payment + "&phone_number_collection[enabled]=true", map[string]any{"phone_number_collection.enabled": true}},
		"promotions":   {payment + "&allow_promotion_codes=true", map[string]any{"allow_promotion_codes": true}},
		"an invoice":   {payment + "&invoice_creation[enabled]=true&invoice_creation[invoice_data][footer]=Thanks", map[string]any{"invoice_creation.enabled": true, "invoice_creation.invoice_data.footer": "Thanks", "invoice_creation.invoice_data.issuer": nil}},
		"custom text":  {payment + "&custom_text[submit][message]=Hello", map[string]any{"custom_text.submit.message": "Hello", "custom_text.after_submit": nil}},
		"consent":      {payment + "&consent_collection[promotions]=auto", map[string]any{"consent_collection.promotions": "auto", "consent_collection.terms_of_service": nil}},
		"countries":    {payment + "&shipping_address_collection[allowed_countries][0]=FR&shipping_address_collection[allowed_countries][1]=DE", map[string]any{"shipping_address_collection.allowed_countries.1": "DE"}},
		"card options": {payment + "&payment_method_options[card][request_three_d_secure]=any&payment_method_options[card][installments][enabled]=true", map[string]any{"payment_method_options.card.request_three_d_secure": "any", "payment_method_options.card.installments.enabled": true}},
		"payment methods": {payment + "&payment_method_types[]=card&payment_method_types[]=klarna", map[string]any{
			"payment_method_types.0": "card", "payment_method_types.1": "klarna",
		}},
		"a configuration": {payment + "&payment_method_configuration=" + sandbox.PaymentConfiguration, map[string]any{"payment_method_configuration_details.id": sandbox.PaymentConfiguration}},
		"recovery":        {payment + "&after_expiration[recovery][enabled]=true", map[string]any{"after_expiration.recovery.enabled": true, "after_expiration.recovery.url": nil, "after_expiration.recovery.allow_promotion_codes": false}},
		"optional items":  {payment + "&optional_items[0][price]=" + sandbox.PriceTShirt + "&optional_items[0][quantity]=2", map[string]any{"optional_items.0.quantity": "2", "optional_items.0.price": sandbox.PriceTShirt}},
		"a custom field": {payment + "&custom_fields[0][key]=size&custom_fields[0][type]=dropdown&custom_fields[0][label][type]=custom&custom_fields[0][label][custom]=Size&custom_fields[0][dropdown][options][0][label]=S&custom_fields[0][dropdown][options][0][value]=s", map[string]any{
			"custom_fields.0.key": "size", "custom_fields.0.optional": false, "custom_fields.0.dropdown.options.0.value": "s", "custom_fields.0.dropdown.value": nil,
		}},
		"a numeric custom field": {payment + "&custom_fields[0][key]=n&custom_fields[0][type]=numeric&custom_fields[0][label][type]=custom&custom_fields[0][label][custom]=N&custom_fields[0][numeric][maximum_length]=3", map[string]any{
			"custom_fields.0.numeric.maximum_length": "3", "custom_fields.0.numeric.minimum_length": nil,
		}},
		"saved payment methods": {payment + "&customer=" + sandbox.CustomerAda + "&saved_payment_method_options[payment_method_save]=enabled", map[string]any{"saved_payment_method_options.payment_method_save": "enabled", "saved_payment_method_options.payment_method_remove": "disabled"}},
		"wallets":               {payment + "&wallet_options[link][display]=never", map[string]any{"wallet_options.link.display": "never"}},
		"permissions":           {"mode=payment&" + tshirt + "&ui_mode=custom&permissions[update_shipping_details]=server_only", map[string]any{"permissions.update_shipping_details": "server_only"}},
		"adaptive pricing":      {payment + "&adaptive_pricing[enabled]=false", map[string]any{"adaptive_pricing.enabled": false}},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClient(t)
			r := c.create(tt.form).ok(t)
			for path, want := range tt.want {
				got := r.at(path)
				if n, ok := got.(json.Number); ok {
					got = n.String()
				}
				if got != want {
					t.Errorf("%s is %v, want %v", path, got, want)
				}
			}
		})
	}
}

func TestEmbeddedSessionsHaveAClientSecretWhileOpen(t *testing.T) {
	for _, ui := range []string{"embedded", "custom"} {
		c := newClient(t)
		r := c.create("mode=payment", tshirt, "ui_mode="+ui, "return_url=https://example.com").ok(t)
		if secret := r.text("client_secret"); !strings.HasPrefix(secret, r.id()+"_secret_") {
			t.Errorf("%s: client_secret %q", ui, secret)
		}
		if after := c.expire(r.id()).ok(t); after.at("client_secret") != nil {
			t.Errorf("%s: an expired session has a client_secret", ui)
		}
	}
}

func TestTwoSessionsAreDifferent(t *testing.T) {
	c := newClient(t)
	if a, b := c.create(payment).ok(t), c.create(payment).ok(t); a.id() == b.id() {
		t.Error("two sessions have the same id")
	}
}

func TestSessionsExpireByTheClock(t *testing.T) {
	c := newClient(t)
	at := c.clock.Unix() + 3600
	r := c.create(payment, fmt.Sprint("expires_at=", at), "after_expiration[recovery][enabled]=true").ok(t)

	c.clock.Advance(time.Hour - time.Second)
	if got := c.retrieve(r.id()).ok(t); got.text("status") != "open" || got.text("url") == "" {
		t.Errorf("a second before: status %s, url %q", got.text("status"), got.text("url"))
	}
	c.clock.Advance(time.Second)
	got := c.retrieve(r.id()).ok(t)
	if got.text("status") != "expired" || got.at("url") != nil {
		t.Errorf("at its time: status %s, url %v", got.text("status"), got.at("url"))
	}
	if url := got.text("after_expiration.recovery.url"); !strings.HasPrefix(url, "https://buy.stripe.com/r/test_") {
		t.Errorf("recovery url %q", url)
	}
	if recovery := got.number(t, "after_expiration.recovery.expires_at"); recovery != at+30*24*3600 {
		t.Errorf("recovery ends at %d", recovery)
	}
	if ids := c.list("status=expired", "limit=1").ids(t); ids[0] != r.id() {
		t.Error("the list of expired sessions lacks it")
	}
	if e := c.expire(r.id()).want(t, 400).error(); e["message"] != "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of `expired`." {
		t.Errorf("expiring it again: %v", e["message"])
	}
}

func TestExpire(t *testing.T) {
	c := newClient(t)
	r := c.create(payment).ok(t)
	expired := c.expire(r.id()).ok(t)
	if expired.text("status") != "expired" || expired.at("url") != nil || expired.id() != r.id() {
		t.Errorf("expired: %s", expired.raw)
	}
	if got := c.retrieve(r.id()).ok(t); got.raw != expired.raw {
		t.Error("it did not stay expired")
	}
	if e := c.expire("cs_test_none").want(t, 404).error(); e["message"] != "No such checkout.session: 'cs_test_none'" || e["code"] != "resource_missing" || e["param"] != "session" {
		t.Errorf("a session that is not there: %v", e)
	}
	complete := c.list("status=complete", "limit=1").ids(t)[0]
	if e := c.expire(complete).want(t, 400).error(); e["message"] != "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of `complete`." {
		t.Errorf("a complete session: %v", e["message"])
	}
}
