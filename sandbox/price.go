package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

const (
	productsPath = "/v1/products"
	pricesPath   = "/v1/prices"
)

// product is Stripe's Product. https://docs.stripe.com/api/products
type product struct {
	id, name     string
	description  any // string or nil
	images       []any
	metadata     values
	taxCode      any
	unitLabel    any
	url          any
	statement    any
	shippable    any // bool or nil
	features     []any
	defaultPrice string
	created      int64
	active       bool
}

// price is Stripe's Price. https://docs.stripe.com/api/prices
type price struct {
	id       string
	product  *product
	currency string
	// unitAmount is in the currency's smallest unit, as a decimal because it
	// may have a fraction. If customers choose the amount, it is the suggested
	// one.
	unitAmount          decimal
	custom              *customAmount // nil if the price is fixed
	recurring           *recurring    // nil if paid once
	created             int64
	active              bool // prices made from price_data are not
	tax                 string
	nickname, lookupKey string
	metadata            values
}

// customAmount bounds the amounts that customers can choose.
type customAmount struct {
	minimum, maximum, preset          int64
	hasMinimum, hasMaximum, hasPreset bool
}

type recurring struct {
	interval string
	count    int64
	metered  bool
}

func (p *price) object() object {
	recurrence, typ := any(nil), "one_time"
	if r := p.recurring; r != nil {
		typ = "recurring"
		usage := "licensed"
		if r.metered {
			usage = "metered"
		}
		recurrence = object{"interval": r.interval, "interval_count": r.count, "meter": nil, "usage_type": usage}
	}
	var whole, exact, custom any
	if c := p.custom; c != nil {
		custom = c.object()
	} else {
		exact = string(p.unitAmount)
		if n, ok := p.unitAmount.integer(); ok {
			whole = n
		}
	}
	return object{
		"id": p.id, "object": "price",
		"active":              p.active,
		"billing_scheme":      "per_unit",
		"created":             p.created,
		"currency":            p.currency,
		"custom_unit_amount":  custom,
		"livemode":            false,
		"lookup_key":          idOrNull(p.lookupKey),
		"metadata":            metadataObject(p.metadata),
		"nickname":            idOrNull(p.nickname),
		"product":             p.product.id,
		"recurring":           recurrence,
		"tax_behavior":        p.tax,
		"tiers_mode":          nil,
		"transform_quantity":  nil,
		"type":                typ,
		"unit_amount":         whole,
		"unit_amount_decimal": exact,
	}
}

func (c *customAmount) object() object {
	o := object{"maximum": nil, "minimum": nil, "preset": nil}
	for name, bound := range map[string]struct {
		n     int64
		given bool
	}{"maximum": {c.maximum, c.hasMaximum}, "minimum": {c.minimum, c.hasMinimum}, "preset": {c.preset, c.hasPreset}} {
		if bound.given {
			o[name] = bound.n
		}
	}
	return o
}

func (p *product) object() object {
	images, features := p.images, p.features
	if images == nil {
		images = []any{}
	}
	if features == nil {
		features = []any{}
	}
	return object{
		"id": p.id, "object": "product",
		"active":               p.active,
		"created":              p.created,
		"default_price":        idOrNull(p.defaultPrice),
		"description":          p.description,
		"images":               images,
		"livemode":             false,
		"marketing_features":   features,
		"metadata":             metadataObject(p.metadata),
		"name":                 p.name,
		"package_dimensions":   nil,
		"shippable":            p.shippable,
		"statement_descriptor": p.statement,
		"tax_code":             p.taxCode,
		"unit_label":           p.unitLabel,
		"updated":              p.created,
		"url":                  p.url,
	}
}

func (r *request) createProduct(expand []string) (object, *apiError) {
	p := r.params
	if err := unsupported(p, "package_dimensions", "type"); err != nil {
		return nil, err
	}
	made, err := newProduct(p, "", r.now)
	if err != nil {
		return nil, err
	}
	made.active = true
	if active, given := p["active"].(bool); given {
		made.active = active
	}
	var first *price
	if data := p.object("default_price_data"); data != nil {
		if err := unsupported(data, "currency_options"); err != nil {
			return nil, err
		}
		if first, err = r.account.catalog.newPrice(data, "default_price_data", made, r.now); err != nil {
			return nil, err
		}
		first.active, first.metadata, made.defaultPrice = true, data.object("metadata"), first.id
	}
	if !r.account.catalog.products.add(made) {
		return nil, alreadyExists("Product", "id", made.id)
	}
	if first != nil {
		r.account.catalog.prices.add(first)
	}
	return r.expanded(made.object(), "product", expand), nil
}

func alreadyExists(kind, param, id string) *apiError {
	return invalidCode("resource_already_exists", param, "%s already exists: %s.", kind, shorten(id))
}

// newProduct creates the product that create's parameters or product_data
// describe.
func newProduct(p values, path string, now int64) (*product, *apiError) {
	if err := checkMetadata(p.object("metadata"), joinPath(path, "metadata")); err != nil {
		return nil, err
	}
	if limit := 8; len(p.list("images")) > limit {
		return nil, tooMany(joinPath(path, "images"), limit)
	}
	made := &product{
		id: p.text("id"), name: p.text("name"), description: p["description"],
		images: p.list("images"), features: p.list("marketing_features"), metadata: p.object("metadata"),
		taxCode: p["tax_code"], unitLabel: p["unit_label"], url: p["url"], statement: p["statement_descriptor"], shippable: p["shippable"],
		created: now,
	}
	if made.id == "" {
		made.id = newID("prod_", 14)
	}
	return made, nil
}

func (r *request) listProducts(expand []string) (object, *apiError) {
	ids, p := r.params.list("ids"), r.params
	list, err := listCollection(r, &r.account.catalog.products, productsPath, "product", func(one *product) bool {
		return matches(p, "active", one.active) && (len(ids) == 0 || slices.Contains(ids, any(one.id))) &&
			(!p.has("shippable") || one.shippable == p["shippable"]) && (!p.has("url") || one.url == p["url"])
	})
	return r.expanded(list, "products", expand), err
}

func (r *request) retrieveProduct(expand []string) (object, *apiError) {
	one, ok := r.account.catalog.products.get(r.object)
	if !ok {
		return nil, missingResource(http.StatusNotFound, "product", r.object, "id")
	}
	return r.expanded(one.object(), "product", expand), nil
}

func (r *request) createPrice(expand []string) (object, *apiError) {
	p, c := r.params, r.account.catalog
	if err := unsupported(p, "currency_options", "tiers", "tiers_mode", "transform_quantity", "transfer_lookup_key"); err != nil {
		return nil, err
	}
	if p.text("billing_scheme") == "tiered" {
		return nil, invalidRequest("billing_scheme", "This sandbox has no tiered prices: use per_unit, or Stripe's test mode.")
	}
	if err := checkMetadata(p.object("metadata"), "metadata"); err != nil {
		return nil, err
	}
	made, err := c.newPrice(p, "", nil, r.now)
	if err != nil {
		return nil, err
	}
	made.active, made.nickname, made.lookupKey, made.metadata = true, p.text("nickname"), p.text("lookup_key"), p.object("metadata")
	if active, given := p["active"].(bool); given {
		made.active = active
	}
	if made.lookupKey != "" && slices.ContainsFunc(c.prices.newestFirst(), func(other *price) bool { return other.lookupKey == made.lookupKey }) {
		return nil, invalidRequest("lookup_key", "A price (`%s`) already uses that lookup key.", made.lookupKey)
	}
	if p.has("product_data") {
		made.product.active = true
		if active, given := p.object("product_data")["active"].(bool); given {
			made.product.active = active
		}
		if !c.products.add(made.product) {
			return nil, alreadyExists("Product", "product_data[id]", made.product.id)
		}
	}
	c.prices.add(made)
	return r.expanded(made.object(), "price", expand), nil
}

func (r *request) listPrices(expand []string) (object, *apiError) {
	p := r.params
	keys := p.list("lookup_keys")
	list, err := listCollection(r, &r.account.catalog.prices, pricesPath, "price", func(one *price) bool {
		typ, recurrence := "one_time", p.object("recurring")
		if one.recurring != nil {
			typ = "recurring"
		}
		usage := "licensed"
		if one.recurring != nil && one.recurring.metered {
			usage = "metered"
		}
		return matches(p, "active", one.active) && matches(p, "currency", one.currency) && matches(p, "product", one.product.id) &&
			matches(p, "type", typ) && (len(keys) == 0 || slices.Contains(keys, any(one.lookupKey))) &&
			(recurrence == nil || one.recurring != nil && matches(recurrence, "interval", one.recurring.interval) && matches(recurrence, "usage_type", usage) && !recurrence.has("meter"))
	})
	return r.expanded(list, "prices", expand), err
}

func (r *request) retrievePrice(expand []string) (object, *apiError) {
	one, err := r.account.catalog.price(r.object, http.StatusNotFound, "price")
	if err != nil {
		return nil, err
	}
	return r.expanded(one.object(), "price", expand), nil
}

// price finds a price. The error for a missing one says which prices exist.
func (c *catalog) price(id string, status int, param string) (*price, *apiError) {
	if one, ok := c.prices.get(id); ok {
		return one, nil
	}
	err := missingResource(status, "price", id, param)
	err.Message += ". This sandbox starts with " + seedIDs("prices") + "; POST " + pricesPath + " makes more."
	return nil, err
}

// seedIDs lists the seeds of a kind.
func seedIDs(kind string) string {
	var ids []string
	for _, s := range Seeds() {
		if s.Kind == kind {
			ids = append(ids, s.ID)
		}
	}
	return strings.Join(ids, ", ")
}

// newPrice creates the price that create's parameters or price_data describe,
// for the given product or, if that is nil, for the one in the parameters.
func (c *catalog) newPrice(p values, path string, of *product, now int64) (*price, *apiError) {
	made := &price{id: newID("price_1", 23), product: of, currency: p.text("currency"), created: now, tax: "unspecified"}
	if tax := p.text("tax_behavior"); tax != "" {
		made.tax = tax
	}

	switch hasProduct, hasData := p.has("product"), p.has("product_data"); {
	case of != nil:
	case hasProduct && hasData:
		return nil, onlyOneOf(path, "product", "product_data")
	case hasProduct:
		known, ok := c.products.get(p.text("product"))
		if !ok {
			return nil, missingResource(http.StatusBadRequest, "product", p.text("product"), joinPath(path, "product"))
		}
		made.product = known
	case hasData:
		described, err := newProduct(p.object("product_data"), joinPath(path, "product_data"), now)
		if err != nil {
			return nil, err
		}
		made.product = described
	default:
		return nil, invalidRequest(path, "You must specify either `product` or `product_data` when creating a price.")
	}

	if p.has("recurring") {
		r, err := newRecurring(p.object("recurring"), joinPath(path, "recurring"))
		if err != nil {
			return nil, err
		}
		made.recurring = r
	}
	return made, made.setAmount(p, path)
}

func (p *price) setAmount(params values, path string) *apiError {
	var given []string
	for _, name := range []string{"unit_amount", "unit_amount_decimal", "custom_unit_amount"} {
		if params.has(name) {
			given = append(given, name)
		}
	}
	switch {
	case len(given) == 0:
		return missingParameter(joinPath(path, "unit_amount"))
	case len(given) > 1:
		return onlyOneOf(path, given...)
	case given[0] == "unit_amount":
		amount, _ := params.integer("unit_amount")
		p.unitAmount = newDecimal(fmt.Sprint(amount))
		return within(amount, 0, maximumAmount, joinPath(path, "unit_amount"))
	case given[0] == "unit_amount_decimal":
		d, err := unitAmountDecimal(params.text("unit_amount_decimal"), joinPath(path, "unit_amount_decimal"))
		p.unitAmount = d
		return err
	}
	return p.setCustomAmount(params.object("custom_unit_amount"), joinPath(path, "custom_unit_amount"))
}

func (p *price) setCustomAmount(params values, path string) *apiError {
	if p.recurring != nil {
		return invalidRequest(path, "You can't use `custom_unit_amount` with `recurring`.")
	}
	if !params.flag("enabled") {
		return invalidRequest(joinPath(path, "enabled"), "`custom_unit_amount[enabled]` must be true.")
	}
	c := &customAmount{}
	c.minimum, c.hasMinimum = params.integer("minimum")
	c.maximum, c.hasMaximum = params.integer("maximum")
	c.preset, c.hasPreset = params.integer("preset")
	low, high := c.bounds(p.currency)
	for _, bound := range []struct {
		name  string
		n     int64
		given bool
	}{{"minimum", c.minimum, c.hasMinimum}, {"maximum", c.maximum, c.hasMaximum}} {
		if bound.given {
			if err := within(bound.n, minimumAmounts[p.currency], maximumAmount, joinPath(path, bound.name)); err != nil {
				return err
			}
		}
	}
	if low > high {
		return invalidRequest(joinPath(path, "maximum"), "The maximum must be at least the minimum, %d.", low)
	}
	if c.hasPreset {
		if err := within(c.preset, low, high, joinPath(path, "preset")); err != nil {
			return err
		}
	}
	p.custom, p.unitAmount = c, newDecimal(fmt.Sprint(c.preset))
	return nil
}

// bounds returns the least and the most that customers can choose.
func (c *customAmount) bounds(currency string) (low, high int64) {
	low, high = minimumAmounts[currency], maximumAmount
	if c.hasMinimum {
		low = c.minimum
	}
	if c.hasMaximum {
		high = c.maximum
	}
	return low, high
}

// maxIntervals is three years in each interval.
var maxIntervals = map[string]int64{"day": 1095, "week": 156, "month": 36, "year": 3}

func newRecurring(p values, path string) (*recurring, *apiError) {
	if err := unsupported(p, "meter", "trial_period_days"); err != nil {
		err.Param = joinPath(path, err.Param)
		return nil, err
	}
	if p.text("usage_type") == "metered" {
		return nil, invalidRequest(joinPath(path, "usage_type"), "This sandbox has no meters: its one metered price is %s.", PriceAPICalls)
	}
	r := &recurring{interval: p.text("interval"), count: 1}
	if n, ok := p.integer("interval_count"); ok {
		if err := within(n, 1, maxIntervals[r.interval], joinPath(path, "interval_count")); err != nil {
			return nil, err
		}
		r.count = n
	}
	return r, nil
}
