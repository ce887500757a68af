package schemas

import (
	"path"
	"strings"
	"testing"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/parameters"
)

// Models know Stripe's newest names. They are told what each one is, since when
// Stripe has it, and what to use here.
func TestRefusedNewer(t *testing.T) {
	const speaks = " but this server uses 2025-08-27.basil"
	testRefusals(t, Create, []refusal{
		{"renamed value", body(`"ui_mode":"hosted_page"`), "", "ui_mode", `% must be one of custom, embedded, hosted; got "hosted_page". Stripe added that in API version 2026-03-25.dahlia,` + speaks + `. Instead, use hosted.`},
		{"a value renamed earlier", body(`"ui_mode":"elements"`), "", "ui_mode", `% must be one of custom, embedded, hosted; got "elements". Stripe added that in API version 2026-03-25.dahlia,` + speaks + `. Instead, use custom.`},
		{"the opposite of an existing parameter", body(`"excluded_payment_method_types":["card"]`), "parameter_unknown", "excluded_payment_method_types", "% is newer than this server: Stripe added it in API version 2025-09-30.clover," + speaks + " (A list of the types of payment methods (e.g., `card`) that should be excluded from this Checkout Session). Instead, turn the type off in the Dashboard's settings, or list every type you want in payment_method_types."},
		{"deep", body(`"payment_method_options":{"klarna":{"capture_method":"manual"}}`), "parameter_unknown", "payment_method_options[klarna][capture_method]", "% is newer than this server: Stripe added it in API version 2025-09-30.clover," + speaks + ". Instead, set payment_intent_data[capture_method], which applies to all types."},
		{"in an array", item(`"price":"price_1","metadata":{"a":"b"}`), "parameter_unknown", "line_items[0][metadata]", "% is newer than this server: Stripe added it in API version 2026-02-25.clover," + speaks + ". Instead, put it in the session's metadata, or in that of price_data[product_data]."},
		{"no replacement", body(`"managed_payments":{"enabled":true}`), "parameter_unknown", "managed_payments", "% is newer than this server: Stripe added it in API version 2026-08-26.dahlia," + speaks + " (Settings for Managed Payments for this Checkout Session and resulting PaymentIntents, Invoices, and Subscriptions). Leave it out."},
		{"pay what you want", item(`"quantity":1,"price_data":{"currency":"usd","custom_unit_amount":{"enabled":true}}`), "parameter_unknown", "line_items[0][price_data][custom_unit_amount]", "% is not a parameter. Instead, to let the customer choose the amount, set price to the id of a Price created with custom_unit_amount, or use a small unit_amount with adjustable_quantity."},
		{"an opposite that Stripe doesn't have", body(`"disallow_promotion_codes":true`), "parameter_unknown", "disallow_promotion_codes", "% is not a parameter. Parameters here: " + createNames + "."},
	})

	_, err := Create.Decode([]byte(body(`"payment_method_types":["upi"]`)))
	if err == nil || !strings.HasSuffix(err.Error(), " Stripe added that in API version 2026-08-26.dahlia,"+speaks+". Instead, leave payment_method_types out, so that the Dashboard's settings decide.") {
		t.Errorf("a newer payment method: %v", err)
	}
	if _, err := List.Decode([]byte(`{"branding_settings":{}}`)); err == nil || strings.Contains(err.Error(), "newer") {
		t.Errorf("list mentions create's newer parameters: %v", err)
	}
}

// Everything that Stripe's document has and stripe-go can't send is on the
// list; nothing on the list can be sent; and every replacement is for something
// on the list.
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
			t.Errorf("%s is newer but not on the list", p)
		}
	}
	facts := parameters.Of("create")
	for _, n := range newerThanPinned {
		if _, known := facts[n.Path]; known != (n.Value != "") || n.Since <= "2025-08-27" {
			t.Errorf("the list has %+v", n)
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
			t.Errorf("%s has a replacement but is not on the list", key)
		}
	}
}
