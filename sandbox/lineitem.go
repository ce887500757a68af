package sandbox

import (
	"fmt"
	"net/http"
)

// lineItem is one position of a Checkout Session.
type lineItem struct {
	id       string
	price    *price
	quantity int64 // 0: metered, billed later
	subtotal int64
	discount int64
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

// newLineItems makes the line items of create, or says what Stripe would say
// of them.
func newLineItems(p values, now int64) ([]*lineItem, *apiError) {
	mode := p.text("mode")
	items := p.list("line_items")
	if limit := 100; len(items) > limit {
		return nil, tooMany("line_items", limit)
	}
	lines := make([]*lineItem, 0, len(items))
	for i, item := range items {
		path := fmt.Sprintf("line_items[%d]", i)
		line, err := newLineItem(item.(values), path, now)
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

// count sets how many there are of a line, and with it what is due for it now:
// nothing before a trial ends.
func (l *lineItem) count(quantity int64, p values) {
	l.quantity = quantity
	l.subtotal = l.price.unitAmount.times(quantity)
	if l.price.recurring != nil && hasTrial(p) {
		l.subtotal = 0
	}
}

func hasTrial(p values) bool {
	data := p.object("subscription_data")
	return data.has("trial_end") || data.has("trial_period_days")
}

func newLineItem(p values, path string, now int64) (*lineItem, *apiError) {
	var of *price
	switch hasPrice, hasData := p.has("price"), p.has("price_data"); {
	case hasPrice && hasData:
		return nil, onlyOneOf(path, "price", "price_data")
	case hasPrice:
		known, ok := catalogPrices[p.text("price")]
		if !ok {
			return nil, missingResource(http.StatusBadRequest, "price", p.text("price"), joinPath(path, "price"))
		}
		of = known
	case hasData:
		made, err := newPrice(p.object("price_data"), joinPath(path, "price_data"), now)
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

// newPrice makes the one-off price that price_data describes.
func newPrice(p values, path string, now int64) (*price, *apiError) {
	made := &price{id: newID("price_1", 23), currency: p.text("currency"), created: now, tax: "unspecified"}
	if tax := p.text("tax_behavior"); tax != "" {
		made.tax = tax
	}

	switch hasProduct, hasData := p.has("product"), p.has("product_data"); {
	case hasProduct && hasData:
		return nil, onlyOneOf(path, "product", "product_data")
	case hasProduct:
		known, ok := catalogProducts[p.text("product")]
		if !ok {
			return nil, missingResource(http.StatusBadRequest, "product", p.text("product"), joinPath(path, "product"))
		}
		made.product = known
	case hasData:
		data := p.object("product_data")
		if err := checkMetadata(data.object("metadata"), joinPath(path, "product_data")+"[metadata]"); err != nil {
			return nil, err
		}
		if limit := 8; len(data.list("images")) > limit {
			return nil, tooMany(joinPath(path, "product_data")+"[images]", limit)
		}
		made.product = &product{
			id: newID("prod_", 14), name: data.text("name"), description: data["description"],
			images: data.list("images"), metadata: data.object("metadata"),
			taxCode: data["tax_code"], unitLabel: data["unit_label"], created: now,
		}
	default:
		return nil, invalidRequest(path, "You must specify either `product` or `product_data` when creating a price.")
	}

	amount, hasAmount := p.integer("unit_amount")
	switch hasDecimal := p.has("unit_amount_decimal"); {
	case hasAmount && hasDecimal:
		return nil, onlyOneOf(path, "unit_amount", "unit_amount_decimal")
	case hasAmount:
		if err := within(amount, 0, maximumAmount, joinPath(path, "unit_amount")); err != nil {
			return nil, err
		}
		made.unitAmount = newDecimal(fmt.Sprint(amount))
	case hasDecimal:
		d, err := unitAmountDecimal(p.text("unit_amount_decimal"), joinPath(path, "unit_amount_decimal"))
		if err != nil {
			return nil, err
		}
		made.unitAmount = d
	default:
		return nil, missingParameter(joinPath(path, "unit_amount"))
	}

	if p.has("recurring") {
		r, err := newRecurring(p.object("recurring"), joinPath(path, "recurring"))
		if err != nil {
			return nil, err
		}
		made.recurring = r
	}
	return made, nil
}

// maxIntervals are three years of each interval.
var maxIntervals = map[string]int64{"day": 1095, "week": 156, "month": 36, "year": 3}

func newRecurring(p values, path string) (*recurring, *apiError) {
	r := &recurring{interval: p.text("interval"), count: 1}
	if n, ok := p.integer("interval_count"); ok {
		if err := within(n, 1, maxIntervals[r.interval], joinPath(path, "interval_count")); err != nil {
			return nil, err
		}
		r.count = n
	}
	return r, nil
}

func fitsMode(p *price, mode, path string) *apiError {
	if mode == "payment" && p.recurring != nil {
		return invalidRequest(path, "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time prices.")
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
