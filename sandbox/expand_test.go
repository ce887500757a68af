package sandbox_test

import (
	"strings"
	"testing"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
)

// The validator checks each expanded object completely.
func TestExpand(t *testing.T) {
	c := newClient(t)
	find := func(query string) string { t.Helper(); return c.list("limit=1", query).ids(t)[0] }
	paid, subscribed, set := find("payment_intent=pi_sandbox_5"), find("subscription=sub_sandbox_7"), find("status=complete&customer="+sandbox.CustomerGrace+"&created[lt]="+"1789000000")
	discounted := c.create(payment, "discounts[0][promotion_code]="+sandbox.PromotionCodeTenPercent, "shipping_options[0][shipping_rate_data][display_name]=Post", "shipping_options[0][shipping_rate_data][type]=fixed_amount", "shipping_options[0][shipping_rate_data][fixed_amount][amount]=700", "shipping_options[0][shipping_rate_data][fixed_amount][currency]=usd", "shipping_options[0][shipping_rate_data][delivery_estimate][minimum][unit]=day", "shipping_options[0][shipping_rate_data][delivery_estimate][minimum][value]=2").ok(t).id()

	for _, tt := range []struct{ session, expand, path, want string }{
		{paid, "customer", "customer.email", "ada@example.com"},
		{paid, "payment_intent", "payment_intent.status", "succeeded"},
		{paid, "payment_intent.customer", "payment_intent.customer.name", "Ada Lovelace"},
		{paid, "line_items", "line_items.data.0.description", "Mug"},
		{paid, "line_items.data.price.product", "line_items.data.0.price.product.name", "Mug"},
		{subscribed, "subscription", "subscription.items.data.0.price.id", sandbox.PriceProYearly},
		{subscribed, "subscription.customer", "subscription.customer.id", sandbox.CustomerGrace},
		{set, "setup_intent", "setup_intent.status", "succeeded"},
		{discounted, "discounts.promotion_code", "discounts.0.promotion_code.code", "SANDBOX10"},
		{discounted, "total_details.breakdown", "total_details.breakdown.discounts.0.discount.coupon.id", sandbox.CouponTenPercent},
		{discounted, "line_items.data.discounts", "line_items.data.0.discounts.0.discount.object", "discount"},
		{discounted, "shipping_cost.shipping_rate", "shipping_cost.shipping_rate.display_name", "Post"},
		{discounted, "shipping_options.shipping_rate", "shipping_options.0.shipping_rate.delivery_estimate.minimum.unit", "day"},
	} {
		r := c.get(sessions+"/"+tt.session, "expand[]="+tt.expand).ok(t)
		if got := r.text(tt.path); got != tt.want {
			t.Errorf("expand %s: %s is %v, want %s", tt.expand, tt.path, r.at(tt.path), tt.want)
		}
	}

	// Something that doesn't exist stays as it is.
	for _, nothing := range []string{"customer", "payment_intent", "subscription", "setup_intent", "invoice", "payment_link", "shipping_cost.shipping_rate", "discounts"} {
		id := c.create(payment).ok(t).id()
		plain, expanded := c.retrieve(id).ok(t), c.get(sessions+"/"+id, "expand[]="+nothing).ok(t)
		if plain.raw != expanded.raw {
			t.Errorf("expand %s changed a session without it", nothing)
		}
	}
}

func TestExpandEverywhere(t *testing.T) {
	c := newClient(t)
	created := c.create(payment, "expand[0]=line_items", "expand[1]=customer", "expand[2]=line_items").ok(t)
	if got := created.text("line_items.data.0.description"); got != "T-shirt" {
		t.Errorf("create: %q", got)
	}
	if got := c.retrieve(created.id()).ok(t).at("line_items"); got != nil {
		t.Errorf("line items without being asked for: %v", got)
	}
	expired := c.post(sessions+"/"+created.id()+"/expire", "expand[]=line_items").ok(t)
	if expired.text("line_items.data.0.description") != "T-shirt" || expired.text("status") != "expired" {
		t.Errorf("expire: %s", expired.raw)
	}
	listed := c.list("expand[]=data.line_items", "expand[]=data.customer").ok(t)
	if listed.text("data.0.line_items.data.0.description") != "T-shirt" || listed.text("data.1.customer.name") != "Ada Lovelace" {
		t.Error("list did not expand")
	}
	long := c.create("mode=payment", success, many(11, "line_items[#][price]="+sandbox.PriceTShirt+"&line_items[#][quantity]=1"), "expand[]=line_items").ok(t)
	if n := len(long.at("line_items.data").([]any)); n != 10 || long.at("line_items.has_more") != true {
		t.Errorf("%d line items, has_more %v", n, long.at("line_items.has_more"))
	}
}

func TestExpandRefuses(t *testing.T) {
	c := newClient(t)
	id := c.list("limit=1").ids(t)[0]
	for path, want := range map[string]string{
		"metadata":                        "This property cannot be expanded (metadata).",
		"line_items.data.quantity":        "This property cannot be expanded (line_items.data.quantity).",
		"line_items.price":                "This property cannot be expanded (line_items.price).",
		"data.line_items":                 "This property cannot be expanded (data).",
		"customer.name":                   "This property cannot be expanded (customer.name).",
		".":                               "This property cannot be expanded ().",
		"a.b.c.d.e":                       "You cannot expand more than 4 levels of a property. Property: a.b.c.d.e",
		strings.Repeat("x", 200):          "This property cannot be expanded (" + strings.Repeat("x", 100) + "...).",
		"line_items.data.price.product.x": "You cannot expand more than 4 levels of a property. Property: line_items.data.price.product.x",
	} {
		if e := c.get(sessions+"/"+id, "expand[]="+path).want(t, 400).error(); e["message"] != want {
			t.Errorf("expand %s: %q, want %q", path, e["message"], want)
		}
	}
}
