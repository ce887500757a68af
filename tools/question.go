package tools

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/approval"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/currency"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
)

// A question is what a person is asked: a sentence, and lines with the facts.
// Anything a model wrote is quoted unless it is one of a few known words,
// because it could say anything, even that this is only a test. A product's
// name is not shown at all.
type question struct {
	text  string
	lines []line
}

type line struct{ label, value string }

// line adds a line. The value must be plain, quoted or ours.
func (q *question) line(label, value string) {
	q.lines = append(q.lines, line{label, value})
}

func (q *question) livemode(livemode bool) {
	if livemode {
		q.line("Livemode", "YES, this is real money")
	} else {
		q.line("Livemode", "no, this is test mode")
	}
}

func (q *question) String() string {
	text := q.text + "\n"
	for _, l := range q.lines {
		text += "\n" + l.label + ": " + l.value
	}
	return text
}

// word matches text that can't be mistaken for a line of ours: an id, a mode, a
// status.
var word = regexp.MustCompile(`^[A-Za-z0-9_]+$`)

// plain returns a word as it is, and any other text quoted on one line.
func plain(s string) string {
	if len(s) <= 255 && word.MatchString(s) {
		return s
	}
	return fmt.Sprintf("%.60q", s)
}

// Approval returns the question that a call's tool asks, for a page that asks
// it when the client can't.
func Approval(ctx context.Context, service *operations.Service, call *operations.Call) (approval.Question, error) {
	i := slices.IndexFunc(all, func(t tool) bool { return t.Operation == call.Operation })
	q, err := all[i].question(ctx, service, call)
	if err != nil {
		return approval.Question{}, err
	}
	asked := approval.Question{Title: q.text, Livemode: service.Client().Key(ctx).Livemode()}
	account := "the account of this server's key"
	for _, l := range q.lines {
		switch l.label {
		case "Livemode": // the page shows this at the top
		case "Account":
			account = l.value
		default:
			asked.Facts = append(asked.Facts, approval.Fact{Name: l.label, Value: l.value})
		}
	}
	asked.Facts = append(asked.Facts, approval.Fact{Name: "On the account", Value: account})
	return asked, nil
}

// askCreate asks whether to create a session in live or test mode, on an
// account; "" means the key's own.
func askCreate(p *stripe.CheckoutSessionCreateParams, livemode bool, account string) *question {
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
		currencies[code(*p.Currency)] = true
	}
	currency := strings.Join(slices.Sorted(maps.Keys(currencies)), ", ")
	switch {
	case currency != "":
	case mode == string(stripe.CheckoutSessionModeSetup):
		currency = "none"
	default:
		currency = "the currency of the prices"
	}
	q := &question{text: "Create this Stripe Checkout Session?"}
	q.line("Amount", amount)
	q.line("Currency", currency)
	q.line("Mode", mode)
	q.livemode(livemode)
	if account != "" {
		q.line("Account", account)
	}
	q.recipients(p, currencies)
	return q
}

// recipients names whoever else gets money, or is the one that the customer
// pays. https://docs.stripe.com/connect/charges
func (q *question) recipients(p *stripe.CheckoutSessionCreateParams, currencies map[string]bool) {
	in := func(amount int64) string {
		codes := slices.Collect(maps.Keys(currencies))
		if len(codes) != 1 || !currency.Known(codes[0]) {
			return fmt.Sprintf("%d of the currency's smallest unit", amount)
		}
		return money(new(big.Rat).SetInt64(amount), codes[0])
	}
	if d := p.PaymentIntentData; d != nil {
		if t := d.TransferData; t != nil {
			share := "all of it"
			if t.Amount != nil {
				share = in(*t.Amount)
			}
			q.line("Goes to", plain(valueOr(t.Destination, ""))+", "+share)
		}
		if d.ApplicationFeeAmount != nil {
			q.line("Application fee", in(*d.ApplicationFeeAmount))
		}
		if d.OnBehalfOf != nil {
			q.line("On behalf of", plain(*d.OnBehalfOf))
		}
	}
	if d := p.SubscriptionData; d != nil {
		if t := d.TransferData; t != nil {
			share := "all of it"
			if t.AmountPercent != nil {
				share = percent(*t.AmountPercent)
			}
			q.line("Goes to", plain(valueOr(t.Destination, ""))+", "+share)
		}
		if d.ApplicationFeePercent != nil {
			q.line("Application fee", percent(*d.ApplicationFeePercent))
		}
		if d.OnBehalfOf != nil {
			q.line("On behalf of", plain(*d.OnBehalfOf))
		}
	}
	if d := p.SetupIntentData; d != nil && d.OnBehalfOf != nil {
		q.line("On behalf of", plain(*d.OnBehalfOf))
	}
}

func percent(p float64) string { return strconv.FormatFloat(p, 'f', -1, 64) + " %" }

// askExpire asks whether to expire a session, given as Stripe's JSON.
func askExpire(id string, session json.RawMessage) (*question, error) {
	var s struct {
		AmountTotal *int64 `json:"amount_total"`
		Currency    string `json:"currency"`
		Mode        string `json:"mode"`
		Status      string `json:"status"`
		Livemode    bool   `json:"livemode"`
	}
	if err := json.Unmarshal(session, &s); err != nil {
		return nil, fmt.Errorf("reading the session to be expired: %w", err)
	}
	amount, currency := "nothing", "none"
	if s.Currency != "" {
		currency = code(s.Currency)
		if s.AmountTotal != nil {
			amount = money(new(big.Rat).SetInt64(*s.AmountTotal), s.Currency)
		}
	}
	q := &question{text: "Expire the Stripe Checkout Session " + plain(id) + "? Nobody can pay on its page after that, and it can't be undone."}
	q.line("Amount", amount)
	q.line("Currency", currency)
	q.line("Mode", plain(s.Mode))
	q.livemode(s.Livemode)
	q.line("Status", plain(s.Status))
	return q, nil
}

// bill adds up what the line items cost according to the call, one-off and per
// interval. For a price given by id, only Stripe knows the amount.
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
		currencies[code(currency)] = true
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
		// The shortest decimal is what the caller wrote; the binary value is
		// not.
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

// changes lists what could make the customer pay a different amount.
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
		add(item.AdjustableQuantity != nil && item.AdjustableQuantity.Enabled != nil && *item.AdjustableQuantity.Enabled, "quantity changes by the customer")
	}
	return strings.Join(list, ", ")
}

func valueOr(s *string, other string) string {
	if s == nil {
		return other
	}
	return *s
}

// code writes a currency as people do. Anything that is not one of Stripe's
// currencies is quoted.
func code(text string) string {
	if currency.Known(text) {
		return strings.ToUpper(text)
	}
	return fmt.Sprintf("%.60q", text)
}

// money writes an amount in the smallest unit as people do: 20.00 USD.
func money(amount *big.Rat, of string) string {
	text, exact := currency.Format(amount, of)
	if !exact {
		text = "about " + text // a fraction of the smallest unit
	}
	return text + " " + code(of)
}
