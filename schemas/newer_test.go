package schemas

import (
	"path"
	"strings"
	"testing"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/parameters"
)

// Models know Stripe's newest words: each is told what it is, since when, and
// what serves here.
func TestRefusedNewer(t *testing.T) {
	const speaks = " and this server speaks 2025-08-27.basil"
	testRefusals(t, Create, []refusal{
		{"renamed value", body(`"ui_mode":"hosted_page"`), "", "ui_mode", `% must be one of custom, embedded, hosted; got "hosted_page". Stripe has that in API version 2026-03-25.dahlia,` + speaks + `. Instead, use hosted.`},
		{"renamed value of old", body(`"ui_mode":"elements"`), "", "ui_mode", `% must be one of custom, embedded, hosted; got "elements". Stripe has that in API version 2026-03-25.dahlia,` + speaks + `. Instead, use custom.`},
		{"the opposite of what there is", body(`"excluded_payment_method_types":["card"]`), "parameter_unknown", "excluded_payment_method_types", "% is newer than this server: Stripe has it in API version 2025-09-30.clover," + speaks + " (A list of the types of payment methods (e.g., `card`) that should be excluded from this Checkout Session). Instead, leave a type out in the Dashboard's settings, or list all that you want in payment_method_types."},
		{"deep", body(`"payment_method_options":{"klarna":{"capture_method":"manual"}}`), "parameter_unknown", "payment_method_options[klarna][capture_method]", "% is newer than this server: Stripe has it in API version 2025-09-30.clover," + speaks + ". Instead, set payment_intent_data[capture_method], which is for all types."},
		{"in an array", item(`"price":"price_1","metadata":{"a":"b"}`), "parameter_unknown", "line_items[0][metadata]", "% is newer than this server: Stripe has it in API version 2026-02-25.clover," + speaks + ". Instead, put it in the session's metadata, or in that of price_data[product_data]."},
		{"nothing instead", body(`"managed_payments":{"enabled":true}`), "parameter_unknown", "managed_payments", "% is newer than this server: Stripe has it in API version 2026-08-26.dahlia," + speaks + " (Settings for Managed Payments for this Checkout Session and resulting PaymentIntents, Invoices, and Subscriptions). Leave it out."},
		{"pay what you want", item(`"quantity":1,"price_data":{"currency":"usd","custom_unit_amount":{"enabled":true}}`), "parameter_unknown", "line_items[0][price_data][custom_unit_amount]", "% is not a parameter. Instead, to let the customer choose the amount, give in price the id of a Price made with custom_unit_amount, or a small unit_amount with adjustable_quantity."},
		{"the opposite, unknown to Stripe", body(`"disallow_promotion_codes":true`), "parameter_unknown", "disallow_promotion_codes", "% is not a parameter. Known here: " + createNames + "."},
	})

	_, err := Create.Decode([]byte(body(`"payment_method_types":["upi"]`)))
	if err == nil || !strings.HasSuffix(err.Error(), " Stripe has that in API version 2026-08-26.dahlia,"+speaks+". Instead, leave payment_method_types out: the Dashboard's settings then decide.") {
		t.Errorf("a newer payment method: %v", err)
	}
	if _, err := List.Decode([]byte(`{"branding_settings":{}}`)); err == nil || strings.Contains(err.Error(), "newer") {
		t.Errorf("list is told of create's newer parameters: %v", err)
	}
}

// What the document has that the schemas are compared with, and stripe-go can't
// send, is on the list; what is on it can't be sent; and what is said of
// something is about something.
func TestNewerList(t *testing.T) {
	newerThanPinned := parameters.NewerThanPinned("create")
	listed := func(p string) bool {
		for _, n := range newerThanPinned {
			if n.Path == p && n.Value == "" {
				return true
			}
		}
		return false
	}
	for _, d := range differences {
		p, ours := strings.CutPrefix(d.path, "create:body.")
		if d.why == newer && d.aspect == "exists" && ours && !listed(p) && !strings.Contains(p, "demo_pay") {
			t.Errorf("%s is newer and not on the list", p)
		}
	}
	facts := parameters.Of("create")
	for _, n := range newerThanPinned {
		if _, known := facts[n.Path]; known != (n.Value != "") || n.Since <= "2025-08-27" {
			t.Errorf("on the list is %+v", n)
		}
	}
	for key := range instead {
		name, value, _ := strings.Cut(key, "=")
		about := name == "line_items.price_data.custom_unit_amount" || name == "optional_items.price_data" // never were parameters
		for _, n := range newerThanPinned {
			match, _ := path.Match(name, n.Path)
			about = about || match && (n.Value == value || value == "*")
		}
		if !about {
			t.Errorf("%s has something instead of it and is not on the list", key)
		}
	}
}
