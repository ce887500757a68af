package policy

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/stripe/stripe-go/v82"
)

// An item is a line item or an optional item, as far as money is concerned.
type item struct {
	path      string // line_items[0]
	price     string // by id, or
	data      *stripe.CheckoutSessionCreateLineItemPriceDataParams
	low, high int64 // the quantities that the customer can choose
	optional  bool
}

// items lists what can be bought. Stripe allows an adjustable quantity of 0 to
// 99 unless the call says otherwise.
func items(p *stripe.CheckoutSessionCreateParams) (all []item) {
	for i, line := range p.LineItems {
		if line == nil {
			continue
		}
		it := item{path: fmt.Sprintf("line_items[%d]", i), price: text(line.Price), data: line.PriceData}
		it.low, it.high = quantities(line.Quantity, nil, nil, nil)
		if a := line.AdjustableQuantity; a != nil {
			it.low, it.high = quantities(line.Quantity, a.Enabled, a.Minimum, a.Maximum)
		}
		all = append(all, it)
	}
	for i, line := range p.OptionalItems {
		if line == nil {
			continue
		}
		it := item{path: fmt.Sprintf("optional_items[%d]", i), price: text(line.Price), optional: true}
		_, it.high = quantities(line.Quantity, nil, nil, nil)
		if a := line.AdjustableQuantity; a != nil {
			_, it.high = quantities(line.Quantity, a.Enabled, a.Minimum, a.Maximum)
		}
		all = append(all, it)
	}
	return all
}

func quantities(given *int64, adjustable *bool, minimum, maximum *int64) (low, high int64) {
	quantity := int64(1)
	if given != nil {
		quantity = max(*given, 0)
	}
	if adjustable == nil || !*adjustable {
		return quantity, quantity
	}
	low, high = 0, 99
	if minimum != nil {
		low = max(*minimum, 0)
	}
	if maximum != nil {
		high = *maximum
	}
	return min(low, quantity), max(high, quantity)
}

// A cost is what one unit of an item, or one shipping option, can cost, by
// currency.
type cost struct{ low, high map[string]*big.Rat } // high is nil where there is no bound

func (c *cost) set(currency string, low, high *big.Rat) {
	if c.low == nil {
		c.low, c.high = map[string]*big.Rat{}, map[string]*big.Rat{}
	}
	currency = strings.ToLower(currency)
	c.low[currency], c.high[currency] = atLeastZero(low), atLeastZero(high)
}

// atLeastZero keeps a negative amount, which Stripe refuses anyway, from
// offsetting a high one.
func atLeastZero(r *big.Rat) *big.Rat {
	if r != nil && r.Sign() < 0 {
		return new(big.Rat)
	}
	return r
}

// unit returns the cost of one unit.
func (c *check) unit(rule string, it item) (unit cost, metered bool, err error) {
	if it.data != nil {
		amount, ok := dataAmount(it.data)
		if !ok || it.price != "" {
			return unit, false, c.refuse(rule, it.path, "The sales policy's rule %s needs one price for %s: give its id in price, or price_data with a currency and unit_amount.", rule, it.path)
		}
		unit.set(text(it.data.Currency), amount, amount)
		return unit, false, nil
	}
	if it.price == "" {
		return unit, false, c.refuse(rule, it.path, "The sales policy's rule %s needs a price for %s.", rule, it.path)
	}
	p, err := find[price](c, rule, it.path+"[price]", "prices", it.price, "currency_options")
	if err != nil {
		return unit, false, err
	}
	for currency, o := range p.CurrencyOptions {
		low, high := o.amounts()
		unit.set(currency, low, high)
	}
	low, high := p.amounts()
	unit.set(p.Currency, low, high)
	if p.TransformQuantity != nil {
		for currency := range unit.low {
			unit.low[currency] = new(big.Rat)
		}
	}
	return unit, p.metered(), nil
}

// dataAmount returns the unit amount in price_data. The shortest form of a
// decimal is what the caller wrote; its binary value is not.
func dataAmount(d *stripe.CheckoutSessionCreateLineItemPriceDataParams) (*big.Rat, bool) {
	switch {
	case d.UnitAmount != nil && d.UnitAmountDecimal == nil:
		return new(big.Rat).SetInt64(*d.UnitAmount), d.Currency != nil
	case d.UnitAmountDecimal != nil && d.UnitAmount == nil:
		amount, ok := new(big.Rat).SetString(strconv.FormatFloat(*d.UnitAmountDecimal, 'f', -1, 64))
		return amount, ok && d.Currency != nil
	}
	return nil, false
}

// shipping returns the cost of each shipping option.
func (c *check) shipping(rule string) ([]cost, error) {
	var all []cost
	for i, o := range c.params.ShippingOptions {
		if o == nil {
			continue
		}
		path := fmt.Sprintf("shipping_options[%d]", i)
		var way cost
		data := o.ShippingRateData
		switch {
		case o.ShippingRate != nil && data == nil:
			rate, err := find[shippingRate](c, rule, path+"[shipping_rate]", "shipping_rates", *o.ShippingRate, "fixed_amount.currency_options")
			if err != nil {
				return nil, err
			}
			if rate.FixedAmount == nil {
				return nil, c.refuse(rule, path, "The sales policy's rule %s needs a fixed amount for %s.", rule, path)
			}
			for currency, option := range rate.FixedAmount.CurrencyOptions {
				way.set(currency, whole(option.Amount), whole(option.Amount))
			}
			way.set(rate.FixedAmount.Currency, whole(rate.FixedAmount.Amount), whole(rate.FixedAmount.Amount))
		case o.ShippingRate == nil && data != nil && data.FixedAmount != nil && data.FixedAmount.Amount != nil && data.FixedAmount.Currency != nil:
			for currency, option := range data.FixedAmount.CurrencyOptions {
				if option != nil && option.Amount != nil {
					way.set(currency, whole(*option.Amount), whole(*option.Amount))
				}
			}
			way.set(*data.FixedAmount.Currency, whole(*data.FixedAmount.Amount), whole(*data.FixedAmount.Amount))
		default:
			return nil, c.refuse(rule, path, "The sales policy's rule %s needs the amount of %s: give shipping_rate, or shipping_rate_data with a fixed_amount.", rule, path)
		}
		all = append(all, way)
	}
	return all, nil
}

func whole(n int64) *big.Rat { return new(big.Rat).SetInt64(n) }

// A bill is what a session can come to, in each currency that it can be in.
// Stripe shows prices with several currencies in the customer's own if all of
// them have it and the call names no currency.
type bill struct {
	currencies []string
	low, high  map[string]*big.Rat // high is nil where there is no bound
	metered    bool                // billed later, by usage
}

func (c *check) bill(rule string) (*bill, error) {
	b := &bill{low: map[string]*big.Rat{}, high: map[string]*big.Rat{}}
	all := items(c.params)
	units := make([]cost, len(all))
	var costs []cost // these must have a currency in common
	for i, it := range all {
		unit, metered, err := c.unit(rule, it)
		if err != nil {
			return nil, err
		}
		b.metered = b.metered || metered
		units[i] = unit
		costs = append(costs, unit)
	}
	ways, err := c.shipping(rule)
	if err != nil {
		return nil, err
	}
	costs = append(costs, ways...)
	b.currencies = c.currencies(costs)
	if len(costs) > 0 && len(b.currencies) == 0 {
		return nil, c.refuse(rule, "line_items", "The sales policy's rule %s needs everything in this session in one currency, but the items have no currency in common.", rule)
	}
	for _, currency := range b.currencies {
		low, high := new(big.Rat), new(big.Rat)
		var least *big.Rat // the cheapest item, for one unit
		chosen := int64(0)
		for i, it := range all {
			unitLow, unitHigh := units[i].low[currency], units[i].high[currency]
			if unitHigh == nil {
				high = nil
			} else if high != nil {
				high.Add(high, ceil(new(big.Rat).Mul(unitHigh, whole(it.high))))
			}
			if it.optional {
				continue
			}
			low.Add(low, floor(new(big.Rat).Mul(unitLow, whole(it.low))))
			chosen += it.low
			if least == nil || unitLow.Cmp(least) < 0 {
				least = unitLow
			}
		}
		if chosen == 0 && least != nil { // the customer has to buy something
			low.Set(floor(least))
		}
		if low, err = c.discounted(rule, low); err != nil {
			return nil, err
		}
		cheapest, dearest := extremes(ways, currency)
		low.Add(low, cheapest)
		if high != nil {
			high.Add(high, dearest)
		}
		b.low[currency], b.high[currency] = low, high
	}
	return b, nil
}

// currencies returns the currencies that everything is in, or only the one that
// the call names.
func (c *check) currencies(costs []cost) []string {
	if len(costs) == 0 {
		return nil
	}
	common := slices.Sorted(maps.Keys(costs[0].high))
	for _, other := range costs[1:] {
		common = slices.DeleteFunc(common, func(currency string) bool {
			_, has := other.high[currency]
			return !has
		})
	}
	if c.params.Currency != nil {
		named := strings.ToLower(*c.params.Currency)
		common = slices.DeleteFunc(common, func(currency string) bool { return currency != named })
	}
	return common
}

func extremes(ways []cost, currency string) (cheapest, dearest *big.Rat) {
	cheapest, dearest = new(big.Rat), new(big.Rat)
	for i, way := range ways {
		if i == 0 || way.low[currency].Cmp(cheapest) < 0 {
			cheapest = way.low[currency]
		}
		if way.high[currency].Cmp(dearest) > 0 {
			dearest = way.high[currency]
		}
	}
	return cheapest, dearest
}

// discounted subtracts the discounts that the call applies.
func (c *check) discounted(rule string, amount *big.Rat) (*big.Rat, error) {
	for i, d := range c.params.Discounts {
		if d == nil {
			continue
		}
		off, err := c.coupon(rule, fmt.Sprintf("discounts[%d]", i), d)
		if err != nil {
			return nil, err
		}
		if off.PercentOff != nil {
			percent, ok := new(big.Rat).SetString(off.PercentOff.String())
			if !ok {
				percent = whole(100)
			}
			amount.Mul(amount, percent.Sub(whole(1), percent.Quo(percent, whole(100))))
		}
		amount.Sub(amount, whole(off.amountOff()))
		if amount.Cmp(big.NewRat(1, 2)) < 0 { // rounds to nothing
			amount = new(big.Rat)
		}
	}
	return amount, nil
}

func (c *check) coupon(rule, path string, d *stripe.CheckoutSessionCreateDiscountParams) (*coupon, error) {
	switch {
	case d.Coupon != nil && d.PromotionCode == nil:
		return find[coupon](c, rule, path+"[coupon]", "coupons", *d.Coupon, "currency_options")
	case d.PromotionCode != nil && d.Coupon == nil:
		code, err := find[promotionCode](c, rule, path+"[promotion_code]", "promotion_codes", *d.PromotionCode, "coupon.currency_options")
		if err != nil {
			return nil, err
		}
		if code.Coupon != nil {
			return code.Coupon, nil
		}
	}
	return nil, c.refuse(rule, path, "The sales policy's rule %s needs one coupon or promotion_code in %s.", rule, path)
}

// floor and ceil round to whole units, each to the safe side; Stripe rounds
// each line to the nearest unit.
func floor(r *big.Rat) *big.Rat {
	return new(big.Rat).SetInt(new(big.Int).Div(r.Num(), r.Denom()))
}

func ceil(r *big.Rat) *big.Rat {
	down := floor(r)
	if down.Cmp(r) < 0 {
		down.Add(down, whole(1))
	}
	return down
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
