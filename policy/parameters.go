package policy

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/stripe/stripe-go/v82"
	"github.com/stripe/stripe-go/v82/form"
)

// The rules that a parameter can fall under besides those of Rules.
const (
	// free parameters move no money and raise no total.
	free = "-"
	// judged parameters have a check of their own.
	judged = "judged"
)

// parameters says which rule each parameter of
// https://docs.stripe.com/api/checkout/sessions/create falls under: one that
// allow has to name, one with a check of its own, or none because the parameter
// does no harm. An entry covers everything below it without an entry of its
// own, if nothing below it concerns money. A parameter that is not listed is
// refused.
var parameters = map[string]string{
	// What is sold, at which price, in which currency.
	"mode":                                      judged,
	"currency":                                  judged,
	"line_items.price":                          judged,
	"line_items.quantity":                       judged,
	"line_items.adjustable_quantity":            judged,
	"line_items.price_data.currency":            judged,
	"line_items.price_data.unit_amount":         judged,
	"line_items.price_data.product":             judged,
	"line_items.price_data.product_data":        judged,
	"line_items.price_data.recurring":           judged,
	"optional_items.price":                      judged,
	"optional_items.quantity":                   judged,
	"optional_items.adjustable_quantity":        judged,
	"shipping_options.shipping_rate":            judged,
	"line_items.price_data.tax_behavior":        free, // of tax that other parameters add
	"line_items.price_data.unit_amount_decimal": judged,

	"shipping_options.shipping_rate_data.fixed_amount.amount":           judged,
	"shipping_options.shipping_rate_data.fixed_amount.currency":         judged,
	"shipping_options.shipping_rate_data.fixed_amount.currency_options": judged,
	"shipping_options.shipping_rate_data.delivery_estimate":             free,
	"shipping_options.shipping_rate_data.display_name":                  free,
	"shipping_options.shipping_rate_data.metadata":                      free,
	"shipping_options.shipping_rate_data.tax_behavior":                  free,
	"shipping_options.shipping_rate_data.tax_code":                      free,
	"shipping_options.shipping_rate_data.type":                          free,

	// Where the customer and the goods go.
	"success_url":                  judged,
	"cancel_url":                   judged,
	"return_url":                   judged,
	"shipping_address_collection":  judged,
	"payment_intent_data.shipping": judged,
	"metadata":                     judged,
	"payment_method_options.acss_debit.mandate_options.custom_mandate_url": judged,

	// Less money.
	"discounts":             allowDiscounts,
	"allow_promotion_codes": allowPromotionCodes,
	"after_expiration.recovery.allow_promotion_codes": allowPromotionCodes,
	"subscription_data.trial_end":                     allowTrials,
	"subscription_data.trial_period_days":             allowTrials,
	"subscription_data.trial_settings":                allowTrials,
	// The time before the anchor is charged pro rata or, with
	// proration_behavior none, not at all.
	"subscription_data.billing_cycle_anchor": allowTrials,
	"subscription_data.proration_behavior":   allowTrials,

	// More money than the amounts show.
	"automatic_tax.enabled":                          allowTax,
	"line_items.tax_rates":                           allowTax,
	"line_items.dynamic_tax_rates":                   allowTax,
	"subscription_data.default_tax_rates":            allowTax,
	"payment_method_options.pix.amount_includes_iof": allowTax,

	// Other accounts' money, fees and liability.
	"payment_intent_data.application_fee_amount":      allowTransfers,
	"payment_intent_data.on_behalf_of":                allowTransfers,
	"payment_intent_data.transfer_data":               allowTransfers,
	"payment_intent_data.transfer_group":              allowTransfers,
	"setup_intent_data.on_behalf_of":                  allowTransfers,
	"subscription_data.application_fee_percent":       allowTransfers,
	"subscription_data.on_behalf_of":                  allowTransfers,
	"subscription_data.transfer_data":                 allowTransfers,
	"subscription_data.invoice_settings.issuer":       allowTransfers,
	"invoice_creation.invoice_data.issuer":            allowTransfers,
	"automatic_tax.liability":                         allowTransfers,
	"invoice_creation.enabled":                        allowInvoices,
	"invoice_creation.invoice_data.account_tax_ids":   free,
	"invoice_creation.invoice_data.custom_fields":     free,
	"invoice_creation.invoice_data.description":       free,
	"invoice_creation.invoice_data.footer":            free,
	"invoice_creation.invoice_data.metadata":          free,
	"invoice_creation.invoice_data.rendering_options": free,

	// How a payment is taken, not how much. With adaptive pricing, Stripe shows
	// the session's amount in the customer's currency; the session keeps its
	// own.
	"adaptive_pricing":                                free,
	"payment_method_collection":                       free,
	"payment_method_configuration":                    free,
	"payment_method_data":                             free,
	"payment_method_options":                          free,
	"payment_method_types":                            free,
	"saved_payment_method_options":                    free,
	"wallet_options":                                  free,
	"payment_intent_data.capture_method":              free,
	"payment_intent_data.description":                 free,
	"payment_intent_data.metadata":                    free,
	"payment_intent_data.receipt_email":               free,
	"payment_intent_data.setup_future_usage":          free,
	"payment_intent_data.statement_descriptor":        free,
	"payment_intent_data.statement_descriptor_suffix": free,
	"setup_intent_data.description":                   free,
	"setup_intent_data.metadata":                      free,
	"subscription_data.billing_mode":                  free,
	"subscription_data.description":                   free,
	"subscription_data.metadata":                      free,

	// The page, and what it asks the customer.
	"after_expiration.recovery.enabled": free,
	"billing_address_collection":        free,
	"client_reference_id":               free,
	"consent_collection":                free,
	"custom_fields":                     free,
	"custom_text":                       free,
	"customer":                          free,
	"customer_creation":                 free,
	"customer_email":                    free,
	"customer_update":                   free,
	"expand":                            free,
	"expires_at":                        free,
	"locale":                            free,
	"origin_context":                    free,
	"permissions":                       free,
	"phone_number_collection":           free,
	"redirect_on_completion":            free,
	"submit_type":                       free,
	"tax_id_collection":                 free,
	"ui_mode":                           free,
}

// ruleOf finds the rule for a parameter by its own name or the name of
// something around it; "" if there is none.
func ruleOf(name string) string {
	for {
		if rule, ok := parameters[name]; ok {
			return rule
		}
		i := strings.LastIndexByte(name, '.')
		if i < 0 {
			return ""
		}
		name = name[:i]
	}
}

// A sent parameter is one that would be sent to Stripe.
type sent struct {
	name  string // line_items.price_data.unit_amount
	path  string // line_items[0][price_data][unit_amount]
	value string
}

var index = regexp.MustCompile(`\[[0-9]+\]`)

// everySent lists exactly what stripe-go would send.
func everySent(params *stripe.CheckoutSessionCreateParams) []sent {
	var values form.Values
	form.AppendTo(&values, params)
	var all []sent
	for pair := range strings.SplitSeq(values.Encode(), "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		all = append(all, sent{path: unescape(name), value: unescape(value)})
	}
	for i := range all {
		all[i].name = index.ReplaceAllString(dotted(all[i].path), "")
	}
	return all
}

func unescape(s string) string {
	text, err := url.QueryUnescape(s)
	if err != nil {
		return s // unchanged, it has no rule
	}
	return text
}

// dotted writes a[0][b] as a[0].b.
func dotted(name string) string {
	head, rest, found := strings.Cut(name, "[")
	if !found {
		return name
	}
	var b strings.Builder
	b.WriteString(head)
	for part := range strings.SplitSeq("["+rest, "][") {
		part = strings.Trim(part, "[]")
		if index.MatchString("[" + part + "]") {
			b.WriteString("[" + part + "]")
		} else {
			b.WriteString("." + part)
		}
	}
	return b.String()
}

// harmless reports whether the value asks for nothing, so that the parameter
// doesn't matter.
func (s sent) harmless() bool {
	switch s.name {
	case "automatic_tax.liability.type", "invoice_creation.invoice_data.issuer.type", "subscription_data.invoice_settings.issuer.type":
		return s.value == "self"
	case "subscription_data.proration_behavior":
		return s.value == "create_prorations"
	case "payment_method_options.pix.amount_includes_iof":
		return s.value == "always"
	}
	return s.value == "false" && slices.Contains([]string{"automatic_tax.enabled", "allow_promotion_codes", "after_expiration.recovery.allow_promotion_codes", "invoice_creation.enabled"}, s.name)
}
