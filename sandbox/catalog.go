package sandbox

import "maps"

// What every account of the sandbox has from the start, to be used in create:
// the sandbox cannot make prices or customers of its own.
const (
	PriceTShirt     = "price_sandbox_tshirt"      // 20.00 usd, once
	PriceMug        = "price_sandbox_mug"         // 15.00 eur, once
	PriceProMonthly = "price_sandbox_pro_monthly" // 15.00 usd a month
	PriceProYearly  = "price_sandbox_pro_yearly"  // 150.00 usd a year
	PriceAPICalls   = "price_sandbox_api_calls"   // 0.02 usd a call, metered, billed each month

	CustomerAda   = "cus_sandbox_ada"   // ada@example.com
	CustomerGrace = "cus_sandbox_grace" // grace@example.com
	CustomerAlan  = "cus_sandbox_alan"  // alan@example.com

	CouponTenPercent        = "SANDBOX10"            // 10 % off
	PromotionCodeTenPercent = "promo_sandbox_10"     // the coupon SANDBOX10
	ShippingRateStandard    = "shr_sandbox_standard" // 5.00 usd
	PaymentConfiguration    = "pmc_sandbox_default"  // cards
)

// catalogCreated is when the catalogue came to be: 2025-01-01.
const catalogCreated = 1735689600

// price is Stripe's Price as far as a Checkout Session needs it.
type price struct {
	id       string
	product  *product
	currency string
	// unitAmount is in the currency's smallest unit, as a decimal: it may have
	// a fraction.
	unitAmount decimal
	recurring  *recurring // nil: paid once
	created    int64
	active     bool // prices made from price_data are not
	tax        string
}

type recurring struct {
	interval string
	count    int64
	metered  bool
}

type product struct {
	id, name    string
	description any // string or nil
	images      []any
	metadata    values
	taxCode     any
	unitLabel   any
	created     int64
	active      bool
}

var (
	tshirt   = &product{id: "prod_sandbox_tshirt", name: "T-shirt", description: "Comfortable cotton t-shirt", created: catalogCreated, active: true}
	mug      = &product{id: "prod_sandbox_mug", name: "Mug", created: catalogCreated, active: true}
	pro      = &product{id: "prod_sandbox_pro", name: "Pro plan", created: catalogCreated, active: true}
	apiCalls = &product{id: "prod_sandbox_api_calls", name: "API calls", created: catalogCreated, active: true}

	catalogProducts = indexed(func(p *product) string { return p.id }, tshirt, mug, pro, apiCalls)

	catalogPrices = indexed(func(p *price) string { return p.id },
		&price{id: PriceTShirt, product: tshirt, currency: "usd", unitAmount: "2000"},
		&price{id: PriceMug, product: mug, currency: "eur", unitAmount: "1500"},
		&price{id: PriceProMonthly, product: pro, currency: "usd", unitAmount: "1500", recurring: &recurring{interval: "month", count: 1}},
		&price{id: PriceProYearly, product: pro, currency: "usd", unitAmount: "15000", recurring: &recurring{interval: "year", count: 1}},
		&price{id: PriceAPICalls, product: apiCalls, currency: "usd", unitAmount: "2", recurring: &recurring{interval: "month", count: 1, metered: true}},
	)

	catalogCustomers = map[string]customer{
		CustomerAda:   {CustomerAda, "Ada Lovelace", "ada@example.com"},
		CustomerGrace: {CustomerGrace, "Grace Hopper", "grace@example.com"},
		CustomerAlan:  {CustomerAlan, "Alan Turing", "alan@example.com"},
	}
)

func init() {
	for p := range maps.Values(catalogPrices) {
		p.created, p.active, p.tax = catalogCreated, true, "unspecified"
	}
}

func indexed[T any](id func(T) string, all ...T) map[string]T {
	byID := make(map[string]T, len(all))
	for _, one := range all {
		byID[id(one)] = one
	}
	return byID
}

type customer struct{ id, name, email string }

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
	var whole any
	if n, ok := p.unitAmount.integer(); ok {
		whole = n
	}
	return object{
		"id": p.id, "object": "price",
		"active":              p.active,
		"billing_scheme":      "per_unit",
		"created":             p.created,
		"currency":            p.currency,
		"custom_unit_amount":  nil,
		"livemode":            false,
		"lookup_key":          nil,
		"metadata":            object{},
		"nickname":            nil,
		"product":             p.product.id,
		"recurring":           recurrence,
		"tax_behavior":        p.tax,
		"tiers_mode":          nil,
		"transform_quantity":  nil,
		"type":                typ,
		"unit_amount":         whole,
		"unit_amount_decimal": string(p.unitAmount),
	}
}

func (p *product) object() object {
	images := p.images
	if images == nil {
		images = []any{}
	}
	return object{
		"id": p.id, "object": "product",
		"active":               p.active,
		"created":              p.created,
		"default_price":        nil,
		"description":          p.description,
		"images":               images,
		"livemode":             false,
		"marketing_features":   []any{},
		"metadata":             metadataObject(p.metadata),
		"name":                 p.name,
		"package_dimensions":   nil,
		"shippable":            nil,
		"statement_descriptor": nil,
		"tax_code":             p.taxCode,
		"unit_label":           p.unitLabel,
		"updated":              p.created,
		"url":                  nil,
	}
}

func (c customer) object() object {
	return object{
		"id": c.id, "object": "customer",
		"address":        nil,
		"balance":        0,
		"created":        catalogCreated,
		"currency":       nil,
		"default_source": nil,
		"delinquent":     false,
		"description":    nil,
		"discount":       nil,
		"email":          c.email,
		"invoice_prefix": "SANDBOX1",
		"invoice_settings": object{
			"custom_fields": nil, "default_payment_method": nil, "footer": nil, "rendering_options": nil,
		},
		"livemode":              false,
		"metadata":              object{},
		"name":                  c.name,
		"next_invoice_sequence": 1,
		"phone":                 nil,
		"preferred_locales":     []any{},
		"shipping":              nil,
		"tax_exempt":            "none",
		"test_clock":            nil,
	}
}

func couponObject() object {
	return object{
		"id": CouponTenPercent, "object": "coupon",
		"amount_off":         nil,
		"created":            catalogCreated,
		"currency":           nil,
		"duration":           "once",
		"duration_in_months": nil,
		"livemode":           false,
		"max_redemptions":    nil,
		"metadata":           object{},
		"name":               "10% off",
		"percent_off":        10,
		"redeem_by":          nil,
		"times_redeemed":     0,
		"valid":              true,
	}
}
