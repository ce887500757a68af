package sandbox

import (
	"fmt"
	"net/http"
)

// lineItem is one line of a Checkout Session.
type lineItem struct {
	id       string
	price    *price
	quantity int64 // 0 if metered and billed later
	subtotal int64
	discount int64
	chosen   int64 // what the customer chose to pay; 0 if not yet chosen or if the price is fixed
}

func (l *lineItem) total() int64 { return l.subtotal - l.discount }

func (l *lineItem) object() object {
	var quantity any
	if l.quantity > 0 {
		quantity = l.quantity
	}
	return object{
		"id": l.id, "object": "item",
		"amount_discount": l.discount,
		"amount_subtotal": l.subtotal,
		"amount_tax":      0,
		"amount_total":    l.total(),
		"currency":        l.price.currency,
		"description":     l.price.product.name,
		"price":           l.price.object(),
		"quantity":        quantity,
	}
}

// Bounds of quantity and of a line's amount keep every sum in an int64.
const maxQuantity = 999_999

// newLineItems makes create's line items, or returns Stripe's error about them.
func newLineItems(p values, in creation) ([]*lineItem, *apiError) {
	mode := p.text("mode")
	items := p.list("line_items")
	if limit := 100; len(items) > limit {
		return nil, tooMany("line_items", limit)
	}
	lines := make([]*lineItem, 0, len(items))
	for i, item := range items {
		path := fmt.Sprintf("line_items[%d]", i)
		line, err := newLineItem(item.(values), path, in)
		if err != nil {
			return nil, err
		}
		if err := fitsMode(line.price, mode, path); err != nil {
			return nil, err
		}
		currency := p.text("currency")
		if currency == "" && i > 0 {
			currency = lines[0].price.currency
		}
		if currency != "" && line.price.currency != currency {
			return nil, invalidRequest(path, "The price specified only supports `%s`. This doesn't match the expected currency: `%s`.", line.price.currency, currency)
		}
		lines = append(lines, line)
	}
	if err := fitsCustomAmount(lines, mode); err != nil {
		return nil, err
	}
	if mode == "subscription" {
		if err := fitsSubscription(lines); err != nil {
			return nil, err
		}
	}
	for _, line := range lines {
		line.count(line.quantity, p)
	}
	return lines, nil
}

// count sets the quantity of a line and, with it, what is due now: nothing
// before a trial ends.
func (l *lineItem) count(quantity int64, p values) {
	l.quantity = quantity
	l.subtotal = l.price.unitAmount.times(quantity)
	if l.price.custom != nil && l.chosen > 0 {
		l.subtotal = l.chosen
	}
	if l.price.recurring != nil && hasTrial(p) {
		l.subtotal = 0
	}
}

func hasTrial(p values) bool {
	data := p.object("subscription_data")
	return data.has("trial_end") || data.has("trial_period_days")
}

func newLineItem(p values, path string, in creation) (*lineItem, *apiError) {
	var of *price
	switch hasPrice, hasData := p.has("price"), p.has("price_data"); {
	case hasPrice && hasData:
		return nil, onlyOneOf(path, "price", "price_data")
	case hasPrice:
		known, err := in.account.catalog.price(p.text("price"), http.StatusBadRequest, joinPath(path, "price"))
		if err != nil {
			return nil, err
		}
		if !known.active {
			return nil, invalidRequest(joinPath(path, "price"), "The price specified is inactive. This field only accepts active prices.")
		}
		of = known
	case hasData:
		made, err := in.account.catalog.newPrice(p.object("price_data"), joinPath(path, "price_data"), nil, in.now)
		if err != nil {
			return nil, err
		}
		of = made
	default:
		return nil, invalidRequest(path, "You must provide one of `price` or `price_data` for each line item when using prices.")
	}

	quantity, err := lineQuantity(p, of, path)
	if err != nil {
		return nil, err
	}
	for _, list := range []string{"tax_rates", "dynamic_tax_rates"} {
		if err := checkTaxRates(p, path, list); err != nil {
			return nil, err
		}
	}
	return &lineItem{id: newID("li_1", 23), price: of, quantity: quantity}, nil
}

func lineQuantity(p values, of *price, path string) (int64, *apiError) {
	quantity, given := p.integer("quantity")
	if of.recurring != nil && of.recurring.metered {
		if given {
			return 0, invalidRequest(joinPath(path, "quantity"), "You cannot specify a quantity for metered prices: remove `quantity` from `%s`.", path)
		}
		return 0, nil
	}
	if !given {
		return 0, invalidRequest(path, "Quantity is required. Add `quantity` to `%s`", path)
	}
	if err := within(quantity, 1, maxQuantity, joinPath(path, "quantity")); err != nil {
		return 0, err
	}
	if adjustable := p.object("adjustable_quantity"); adjustable.flag("enabled") {
		low, high := int64(0), int64(99)
		if n, ok := adjustable.integer("minimum"); ok {
			low = n
		}
		if n, ok := adjustable.integer("maximum"); ok {
			high = n
		}
		if err := within(low, 0, maxQuantity, joinPath(path, "adjustable_quantity")+"[minimum]"); err != nil {
			return 0, err
		}
		if err := within(high, 1, maxQuantity, joinPath(path, "adjustable_quantity")+"[maximum]"); err != nil {
			return 0, err
		}
		if err := within(quantity, low, high, joinPath(path, "quantity")); err != nil {
			return 0, err
		}
	}
	return quantity, nil
}

func fitsMode(p *price, mode, path string) *apiError {
	if mode == "payment" && p.recurring != nil {
		return invalidRequest(path, "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time prices.")
	}
	return nil
}

// fitsCustomAmount applies Checkout's rules for amounts that customers choose.
// https://docs.stripe.com/payments/checkout/pay-what-you-want
func fitsCustomAmount(lines []*lineItem, mode string) *apiError {
	for i, line := range lines {
		if line.price.custom == nil {
			continue
		}
		path := fmt.Sprintf("line_items[%d]", i)
		switch {
		case mode != "payment":
			return invalidRequest(path, "Prices with `custom_unit_amount` can only be used in `payment` mode.")
		case len(lines) > 1:
			return invalidRequest("line_items", "A price with `custom_unit_amount` must be the only line item.")
		case line.quantity != 1:
			return invalidRequest(joinPath(path, "quantity"), "The quantity of a price with `custom_unit_amount` must be 1.")
		}
	}
	return nil
}

func fitsSubscription(lines []*lineItem) *apiError {
	const limit = 20
	var first *recurring
	recurrent := 0
	for _, line := range lines {
		r := line.price.recurring
		if r == nil {
			continue
		}
		recurrent++
		if first == nil {
			first = r
		}
		if r.interval != first.interval || r.count != first.count {
			return invalidRequest("line_items", "Checkout does not support multiple prices with different billing intervals.")
		}
	}
	if recurrent == 0 {
		return invalidRequest("line_items", "You must provide at least one recurring price in `subscription` mode when using prices.")
	}
	if recurrent > limit || len(lines)-recurrent > limit {
		return tooMany("line_items", limit)
	}
	return nil
}

func tooMany(param string, limit int) *apiError {
	return invalidRequest(param, "Array %s exceeded maximum %d allowed elements.", param, limit)
}

func within(n, low, high int64, param string) *apiError {
	if n < low {
		return invalidInteger(param, "This value must be greater than or equal to %d (it currently is '%d').", low, n)
	}
	if n > high {
		return invalidInteger(param, "This value must be less than or equal to %d (it currently is '%d').", high, n)
	}
	return nil
}
