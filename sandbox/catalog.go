package sandbox

import (
	"cmp"
	"slices"
	"sync"
)

// What every account has from the start. It always stays.
const (
	PriceTShirt     = "price_sandbox_tshirt"
	PriceMug        = "price_sandbox_mug"
	PriceProMonthly = "price_sandbox_pro_monthly"
	PriceProYearly  = "price_sandbox_pro_yearly"
	PriceAPICalls   = "price_sandbox_api_calls"
	PriceDonation   = "price_sandbox_donation"

	CustomerAda   = "cus_sandbox_ada"
	CustomerGrace = "cus_sandbox_grace"
	CustomerAlan  = "cus_sandbox_alan"

	CouponTenPercent        = "SANDBOX10" // also the code that customers type
	PromotionCodeTenPercent = "promo_sandbox_10"
	ShippingRateStandard    = "shr_sandbox_standard"
	PaymentConfiguration    = "pmc_sandbox_default"
)

// A Seed is one thing that every account has from the start.
type Seed struct {
	Kind  string // as in the path of Stripe's API, such as prices
	ID    string
	About string
}

// Seeds lists what an account has at the start, besides some sessions.
func Seeds() []Seed {
	return []Seed{
		{"prices", PriceTShirt, "T-shirt, 20.00 USD"},
		{"prices", PriceMug, "Mug, 15.00 EUR"},
		{"prices", PriceProMonthly, "Pro plan, 15.00 USD per month"},
		{"prices", PriceProYearly, "Pro plan, 150.00 USD per year"},
		{"prices", PriceAPICalls, "API calls, 0.02 USD each, metered, billed per month"},
		{"prices", PriceDonation, "Donation, the customer chooses the amount in USD"},
		{"customers", CustomerAda, "Ada Lovelace, ada@example.com"},
		{"customers", CustomerGrace, "Grace Hopper, grace@example.com"},
		{"customers", CustomerAlan, "Alan Turing, alan@example.com"},
		{"coupons", CouponTenPercent, "10% off, once"},
		{"promotion_codes", PromotionCodeTenPercent, "the code SANDBOX10, for the coupon of that name"},
		{"shipping_rates", ShippingRateStandard, "Standard shipping, 5.00 USD"},
		{"payment_method_configurations", PaymentConfiguration, "cards"},
	}
}

// catalogCreated is when the seeds were created: 2025-01-01.
const catalogCreated = 1735689600

// catalog is what an account sells, and for how much.
type catalog struct {
	products       collection[*product]
	prices         collection[*price]
	coupons        collection[*coupon]
	promotionCodes collection[*promotionCode]
	customers      collection[*customer]
	paymentMethods collection[*paymentMethod]
}

func newCatalog() *catalog {
	seeded := func(name, description string, id string) *product {
		return &product{id: "prod_sandbox_" + id, name: name, description: idOrNull(description), created: catalogCreated, active: true}
	}
	tshirt := seeded("T-shirt", "Comfortable cotton t-shirt", "tshirt")
	mug, pro := seeded("Mug", "", "mug"), seeded("Pro plan", "", "pro")
	apiCalls, donation := seeded("API calls", "", "api_calls"), seeded("Donation", "", "donation")
	tenPercent := &coupon{id: CouponTenPercent, name: "10% off", percentOff: "10", duration: "once", created: catalogCreated}

	c := &catalog{}
	c.products.seed(tshirt, mug, pro, apiCalls, donation)
	for _, p := range []*price{
		{id: PriceTShirt, product: tshirt, currency: "usd", unitAmount: "2000"},
		{id: PriceMug, product: mug, currency: "eur", unitAmount: "1500"},
		{id: PriceProMonthly, product: pro, currency: "usd", unitAmount: "1500", recurring: &recurring{interval: "month", count: 1}},
		{id: PriceProYearly, product: pro, currency: "usd", unitAmount: "15000", recurring: &recurring{interval: "year", count: 1}},
		{id: PriceAPICalls, product: apiCalls, currency: "usd", unitAmount: "2", recurring: &recurring{interval: "month", count: 1, metered: true}},
		{id: PriceDonation, product: donation, currency: "usd", unitAmount: "1000", custom: &customAmount{preset: 1000, hasPreset: true}},
	} {
		p.created, p.active, p.tax = catalogCreated, true, "unspecified"
		c.prices.seed(p)
	}
	c.coupons.seed(tenPercent)
	c.promotionCodes.seed(&promotionCode{id: PromotionCodeTenPercent, code: CouponTenPercent, coupon: tenPercent, active: true, created: catalogCreated})
	c.customers.seed(
		&customer{id: CustomerAda, name: "Ada Lovelace", email: "ada@example.com", created: catalogCreated},
		&customer{id: CustomerGrace, name: "Grace Hopper", email: "grace@example.com", created: catalogCreated},
		&customer{id: CustomerAlan, name: "Alan Turing", email: "alan@example.com", created: catalogCreated},
	)
	return c
}

// maxCollection is how many objects of a kind an account keeps, besides the
// seeds, before it forgets the oldest.
const maxCollection = 1000

// collection keeps objects of one kind, which never change.
type collection[T interface {
	comparable
	stored
	key() (id string, created int64)
}] struct {
	journal *journal
	kind    string // as the journal calls it

	mu    sync.Mutex
	all   []T // the seeds, then the others in order of creation
	seeds int
}

func (c *collection[T]) seed(all ...T) {
	c.all, c.seeds = append(c.all, all...), c.seeds+len(all)
}

// add reports whether the object was added; its id may be taken.
func (c *collection[T]) add(one T) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	id, _ := one.key()
	if _, taken := c.find(id); taken {
		return false
	}
	c.journal.put(c.kind, id, one)
	c.all = append(c.all, one)
	if len(c.all)-c.seeds > maxCollection {
		oldest, _ := c.all[c.seeds].key()
		c.journal.remove(c.kind, oldest)
		c.all = slices.Delete(c.all, c.seeds, c.seeds+1)
	}
	return true
}

func (c *collection[T]) get(id string) (one T, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.find(id)
}

func (c *collection[T]) find(id string) (one T, ok bool) {
	for _, one := range c.all {
		if key, _ := one.key(); key == id {
			return one, true
		}
	}
	return one, false
}

// newestFirst returns the objects as Stripe lists them.
func (c *collection[T]) newestFirst() []T {
	c.mu.Lock()
	all := slices.Clone(c.all)
	c.mu.Unlock()
	slices.Reverse(all)
	slices.SortStableFunc(all, func(a, b T) int {
		_, one := a.key()
		_, other := b.key()
		return cmp.Compare(other, one)
	})
	return all
}

func (p *product) key() (string, int64)       { return p.id, p.created }
func (p *price) key() (string, int64)         { return p.id, p.created }
func (c *coupon) key() (string, int64)        { return c.id, c.created }
func (p *promotionCode) key() (string, int64) { return p.id, p.created }
func (c *customer) key() (string, int64)      { return c.id, c.created }
func (m *paymentMethod) key() (string, int64) { return m.id, m.created }

// listCollection returns a page of a collection.
func listCollection[T interface {
	comparable
	stored
	key() (string, int64)
	object() object
}](r *request, c *collection[T], url, kind string, match func(T) bool) (object, *apiError) {
	cursor, err := newPage(r.params)
	if err != nil {
		return nil, err
	}
	all, more, err := paginate(c.newestFirst(), cursor, kind, func(one T) string { id, _ := one.key(); return id }, func(one T) bool {
		_, created := one.key()
		return inRange(r.params["created"], created) && match(one)
	})
	if err != nil {
		return nil, err
	}
	data := make([]any, len(all))
	for i, one := range all {
		data[i] = one.object()
	}
	return listObject(url, data, more), nil
}

// matches compares a value with a list parameter, if that is given.
func matches[V comparable](p values, param string, value V) bool {
	given, ok := p[param]
	return !ok || given == any(value)
}

// unsupported refuses Stripe parameters that the sandbox doesn't have.
func unsupported(p values, names ...string) *apiError {
	for _, name := range names {
		if p.has(name) {
			return invalidRequest(name, "This sandbox has no %s. Leave it out, or use Stripe's test mode.", name)
		}
	}
	return nil
}
