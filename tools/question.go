package tools

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/currency"
)

// The questions a person is asked hold no text that a model made up, such as a
// product's name: it could say anything there, also that this is only a test.

// askCreate asks whether to create a session.
func askCreate(p *stripe.CheckoutSessionCreateParams, livemode bool) string {
	mode := valueOr(p.Mode, "not given")
	amount, currencies := bill(p)
	switch {
	case len(p.LineItems) == 0 && mode == string(stripe.CheckoutSessionModeSetup):
		amount = "nothing, a payment method is saved"
	case len(p.LineItems) == 0:
		amount = "unknown, there are no line items"
	}
	if changes := changes(p); changes != "" {
		amount += ", before " + changes
	}
	if p.Currency != nil {
		currencies[strings.ToUpper(*p.Currency)] = true
	}
	currency := strings.Join(slices.Sorted(maps.Keys(currencies)), ", ")
	return ask("Create this Stripe Checkout Session?", amount, currency, mode, livemode)
}

// askExpire asks whether to expire a session, which is Stripe's JSON.
func askExpire(id string, session json.RawMessage) (string, error) {
	var s struct {
		AmountTotal *int64 `json:"amount_total"`
		Currency    string `json:"currency"`
		Mode        string `json:"mode"`
		Status      string `json:"status"`
		Livemode    bool   `json:"livemode"`
	}
	if err := json.Unmarshal(session, &s); err != nil {
		return "", fmt.Errorf("reading the session to be expired: %w", err)
	}
	amount := "nothing"
	if s.AmountTotal != nil && s.Currency != "" {
		amount = money(new(big.Rat).SetInt64(*s.AmountTotal), s.Currency)
	}
	question := ask("Expire the Stripe Checkout Session "+id+"? Nobody can pay on its page after that, and it can't be undone.",
		amount, strings.ToUpper(s.Currency), s.Mode, s.Livemode)
	return question + "\nStatus: " + s.Status, nil
}

func ask(question, amount, currency, mode string, livemode bool) string {
	if currency == "" {
		currency = "that of the prices"
		if mode == string(stripe.CheckoutSessionModeSetup) {
			currency = "none"
		}
	}
	money := "no, this is test mode"
	if livemode {
		money = "YES, this is real money"
	}
	return fmt.Sprintf("%s\n\nAmount: %s\nCurrency: %s\nMode: %s\nLivemode: %s", question, amount, currency, mode, money)
}

// bill adds up what the line items say of themselves, one-off and per interval.
// Of a price by id only Stripe knows the amount.
func bill(p *stripe.CheckoutSessionCreateParams) (total string, currencies map[string]bool) {
	sums := map[[2]string]*big.Rat{} // by currency and interval
	currencies = map[string]bool{}
	var unknown []string
	for _, item := range p.LineItems {
		quantity := int64(1)
		if item.Quantity != nil {
			quantity = *item.Quantity
		}
		price := item.PriceData
		unit, known := unitAmount(price)
		if !known {
			what := "a price only Stripe knows"
			if item.Price != nil {
				what = fmt.Sprintf("%.60q", *item.Price)
			}
			unknown = append(unknown, fmt.Sprintf("%d × %s", quantity, what))
			continue
		}
		currency := valueOr(price.Currency, "")
		currencies[strings.ToUpper(currency)] = true
		key := [2]string{currency, interval(price.Recurring)}
		if sums[key] == nil {
			sums[key] = new(big.Rat)
		}
		sums[key].Add(sums[key], unit.Mul(unit, new(big.Rat).SetInt64(quantity)))
	}

	var parts []string
	for _, key := range slices.SortedFunc(maps.Keys(sums), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) }) {
		parts = append(parts, money(sums[key], key[0])+key[1])
	}
	if len(unknown) > 0 {
		parts = append(parts, strings.Join(unknown, " + ")+" (prices by id: Stripe knows the amount)")
	}
	return strings.Join(parts, " + "), currencies
}

// unitAmount is in the currency's smallest unit.
func unitAmount(price *stripe.CheckoutSessionCreateLineItemPriceDataParams) (*big.Rat, bool) {
	switch {
	case price == nil:
		return nil, false
	case price.UnitAmount != nil:
		return new(big.Rat).SetInt64(*price.UnitAmount), true
	case price.UnitAmountDecimal != nil:
		// The shortest decimal is what was written; the binary value is not.
		return new(big.Rat).SetString(strconv.FormatFloat(*price.UnitAmountDecimal, 'f', -1, 64))
	default:
		return nil, false
	}
}

func interval(r *stripe.CheckoutSessionCreateLineItemPriceDataRecurringParams) string {
	switch {
	case r == nil:
		return ""
	case r.IntervalCount != nil && *r.IntervalCount != 1:
		return fmt.Sprintf(" every %d %ss", *r.IntervalCount, valueOr(r.Interval, "interval"))
	default:
		return " every " + valueOr(r.Interval, "interval")
	}
}

// changes lists what may make the customer pay another amount.
func changes(p *stripe.CheckoutSessionCreateParams) string {
	var list []string
	add := func(is bool, what string) {
		if is && !slices.Contains(list, what) {
			list = append(list, what)
		}
	}
	add(len(p.Discounts) > 0 || p.AllowPromotionCodes != nil && *p.AllowPromotionCodes, "discounts")
	add(p.AutomaticTax != nil && p.AutomaticTax.Enabled != nil && *p.AutomaticTax.Enabled, "tax")
	add(len(p.ShippingOptions) > 0, "shipping")
	add(len(p.OptionalItems) > 0, "optional items")
	add(p.SubscriptionData != nil && (p.SubscriptionData.TrialEnd != nil || p.SubscriptionData.TrialPeriodDays != nil), "a free trial")
	for _, item := range p.LineItems {
		add(len(item.TaxRates) > 0 || len(item.DynamicTaxRates) > 0, "tax")
		add(item.AdjustableQuantity != nil && item.AdjustableQuantity.Enabled != nil && *item.AdjustableQuantity.Enabled, "changes of quantity by the customer")
	}
	return strings.Join(list, ", ")
}

func valueOr(s *string, other string) string {
	if s == nil {
		return other
	}
	return *s
}

// money writes an amount in the smallest unit as people do: 20.00 USD.
func money(amount *big.Rat, code string) string {
	text, exact := currency.Format(amount, code)
	if !exact {
		text = "about " + text // a fraction of the smallest unit
	}
	return text + " " + strings.ToUpper(code)
}
