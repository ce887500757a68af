package sandbox

import (
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
)

const (
	couponsPath        = "/v1/coupons"
	promotionCodesPath = "/v1/promotion_codes"
)

// coupon is Stripe's Coupon. https://docs.stripe.com/api/coupons
type coupon struct {
	id, name, currency string
	percentOff         decimal // "" for a fixed amount off
	amountOff          int64
	duration           string
	months             any   // int64 if it is repeating
	maxRedemptions     any   // int64 or nil
	redeemBy           any   // int64 or nil
	products           []any // those it applies to; if empty, all
	metadata           values
	created            int64
	redeemed           atomic.Int64
}

// promotionCode is Stripe's PromotionCode. https://docs.stripe.com/api/promotion_codes
type promotionCode struct {
	id, code, customer string
	coupon             *coupon
	active             bool
	expiresAt          any // int64 or nil
	maxRedemptions     any
	minimum            any // int64 or nil, in minimumCurrency
	minimumCurrency    string
	firstTime          bool
	metadata           values
	created            int64
	redeemed           atomic.Int64
}

// promotion is the discount on a session.
type promotion struct {
	coupon *coupon
	code   *promotionCode // nil for the coupon itself
}

func (c *coupon) object() object {
	o := object{
		"id": c.id, "object": "coupon",
		"amount_off":         nil,
		"created":            c.created,
		"currency":           idOrNull(c.currency),
		"duration":           c.duration,
		"duration_in_months": c.months,
		"livemode":           false,
		"max_redemptions":    c.maxRedemptions,
		"metadata":           metadataObject(c.metadata),
		"name":               idOrNull(c.name),
		"percent_off":        nil,
		"redeem_by":          c.redeemBy,
		"times_redeemed":     c.redeemed.Load(),
		"valid":              !usedUp(&c.redeemed, c.maxRedemptions),
	}
	if c.percentOff != "" {
		o["percent_off"] = json.Number(c.percentOff)
	} else {
		o["amount_off"] = c.amountOff
	}
	return o
}

func (p *promotionCode) object() object {
	return object{
		"id": p.id, "object": "promotion_code",
		"active":          p.active,
		"code":            p.code,
		"coupon":          p.coupon.object(),
		"created":         p.created,
		"customer":        idOrNull(p.customer),
		"expires_at":      p.expiresAt,
		"livemode":        false,
		"max_redemptions": p.maxRedemptions,
		"metadata":        metadataObject(p.metadata),
		"restrictions": object{
			"first_time_transaction": p.firstTime, "minimum_amount": p.minimum, "minimum_amount_currency": idOrNull(p.minimumCurrency),
		},
		"times_redeemed": p.redeemed.Load(),
	}
}

func (r *request) createCoupon([]string) (object, *apiError) {
	p := r.params
	if err := unsupported(p, "currency_options"); err != nil {
		return nil, err
	}
	if err := checkMetadata(p.object("metadata"), "metadata"); err != nil {
		return nil, err
	}
	made := &coupon{
		id: p.text("id"), name: p.text("name"), duration: "once", months: p["duration_in_months"],
		maxRedemptions: p["max_redemptions"], redeemBy: p["redeem_by"],
		products: p.object("applies_to").list("products"), metadata: p.object("metadata"), created: r.now,
	}
	if made.id == "" {
		made.id = newID("", 8)
	}
	if duration := p.text("duration"); duration != "" {
		made.duration = duration
	}
	if (made.duration == "repeating") != p.has("duration_in_months") {
		return nil, invalidRequest("duration_in_months", "`duration_in_months` is required with the duration `repeating` and not allowed with any other.")
	}
	for i, id := range made.products {
		if _, ok := r.account.catalog.products.get(id.(string)); !ok {
			return nil, missingResource(http.StatusBadRequest, "product", id.(string), fmt.Sprintf("applies_to[products][%d]", i))
		}
	}
	percent, amount := p.has("percent_off"), p.has("amount_off")
	switch {
	case percent && amount:
		return nil, onlyOneOf("", "percent_off", "amount_off")
	case percent:
		if made.percentOff = newDecimal(p.text("percent_off")); !between0And100(made.percentOff) {
			return nil, invalidRequest("percent_off", "Invalid percent_off: must be greater than 0 and at most 100.")
		}
	case amount:
		made.amountOff, _ = p.integer("amount_off")
		if made.currency = p.text("currency"); made.currency == "" {
			return nil, missingParameter("currency")
		}
		if err := within(made.amountOff, 1, maximumAmount, "amount_off"); err != nil {
			return nil, err
		}
	default:
		return nil, invalidRequest("percent_off", "You must pass either `percent_off` or `amount_off`.")
	}
	if !r.account.catalog.coupons.add(made) {
		return nil, alreadyExists("Coupon", "id", made.id)
	}
	return made.object(), nil
}

func between0And100(d decimal) bool {
	percent, ok := new(big.Rat).SetString(string(d))
	return ok && percent.Sign() > 0 && percent.Cmp(big.NewRat(100, 1)) <= 0
}

func (r *request) listCoupons([]string) (object, *apiError) {
	return listCollection(r, &r.account.catalog.coupons, couponsPath, "coupon", func(*coupon) bool { return true })
}

func (r *request) retrieveCoupon([]string) (object, *apiError) {
	one, ok := r.account.catalog.coupons.get(r.object)
	if !ok {
		return nil, missingResource(http.StatusNotFound, "coupon", r.object, "coupon")
	}
	return one.object(), nil
}

func (r *request) createPromotionCode(expand []string) (object, *apiError) {
	p, c := r.params, r.account.catalog
	if !p.has("coupon") {
		return nil, missingParameter("coupon")
	}
	of, ok := c.coupons.get(p.text("coupon"))
	if !ok {
		return nil, missingResource(http.StatusBadRequest, "coupon", p.text("coupon"), "coupon")
	}
	if err := checkMetadata(p.object("metadata"), "metadata"); err != nil {
		return nil, err
	}
	restrictions := p.object("restrictions")
	if err := unsupported(restrictions, "currency_options"); err != nil {
		return nil, err
	}
	if restrictions.has("minimum_amount") != restrictions.has("minimum_amount_currency") {
		return nil, missingParameter("restrictions[minimum_amount_currency]")
	}
	if id := p.text("customer"); id != "" {
		if _, ok := r.account.customer(id); !ok {
			return nil, missingResource(http.StatusBadRequest, "customer", id, "customer")
		}
	}
	made := &promotionCode{
		id: newID("promo_1", 23), code: p.text("code"), customer: p.text("customer"), coupon: of, active: true,
		expiresAt: p["expires_at"], maxRedemptions: p["max_redemptions"], metadata: p.object("metadata"), created: r.now,
		minimum: restrictions["minimum_amount"], minimumCurrency: restrictions.text("minimum_amount_currency"), firstTime: restrictions.flag("first_time_transaction"),
	}
	if made.code == "" {
		made.code = strings.ToUpper(newID("", 8))
	}
	if active, given := p["active"].(bool); given {
		made.active = active
	}
	if c.promotionByCode(made.code) != nil {
		return nil, invalidRequest("code", "An active promotion code with `code: %s` already exists.", shorten(made.code))
	}
	c.promotionCodes.add(made)
	return r.expanded(made.object(), "promotion_code", expand), nil
}

func (r *request) listPromotionCodes(expand []string) (object, *apiError) {
	p := r.params
	list, err := listCollection(r, &r.account.catalog.promotionCodes, promotionCodesPath, "promotion code", func(one *promotionCode) bool {
		return matches(p, "active", one.active) && matches(p, "coupon", one.coupon.id) && matches(p, "customer", one.customer) &&
			(!p.has("code") || strings.EqualFold(one.code, p.text("code")))
	})
	return r.expanded(list, "promotion_codes", expand), err
}

func (r *request) retrievePromotionCode(expand []string) (object, *apiError) {
	one, ok := r.account.catalog.promotionCodes.get(r.object)
	if !ok {
		return nil, missingResource(http.StatusNotFound, "promotion code", r.object, "promotion_code")
	}
	return r.expanded(one.object(), "promotion_code", expand), nil
}

// promotion finds what an item in create's discounts names.
func (c *catalog) promotion(discount values, path string) (*promotion, *apiError) {
	if id := discount.text("promotion_code"); id != "" {
		code, ok := c.promotionCodes.get(id)
		if !ok {
			return nil, missingResource(http.StatusBadRequest, "promotion code", id, joinPath(path, "promotion_code"))
		}
		return &promotion{code.coupon, code}, nil
	}
	id := discount.text("coupon")
	found, ok := c.coupons.get(id)
	if !ok {
		return nil, missingResource(http.StatusBadRequest, "coupon", id, joinPath(path, "coupon"))
	}
	return &promotion{coupon: found}, nil
}

// promotionByCode returns the promotion for a code that a customer types; nil
// if there is none.
func (c *catalog) promotionByCode(code string) *promotionCode {
	for _, one := range c.promotionCodes.newestFirst() {
		if one.active && strings.EqualFold(one.code, strings.TrimSpace(code)) {
			return one
		}
	}
	return nil
}

func usedUp(redeemed *atomic.Int64, most any) bool {
	limit, given := most.(int64)
	return given && redeemed.Load() >= limit
}

// redeem counts a completed session with the promotion.
func (p *promotion) redeem(j *journal) {
	if p == nil {
		return
	}
	p.coupon.redeemed.Add(1)
	j.put(keptCoupon, p.coupon.id, p.coupon)
	if p.code != nil {
		p.code.redeemed.Add(1)
		j.put(keptPromotionCode, p.code.id, p.code)
	}
}

// fits says why a session can't have this discount.
func (p *promotion) fits(s *session, now int64, param string) *apiError {
	if p.coupon.currency != "" && p.coupon.currency != s.currency {
		return invalidRequest(param, "The coupon only supports `%s`. This doesn't match the expected currency: `%s`.", p.coupon.currency, s.currency)
	}
	if by, given := p.coupon.redeemBy.(int64); given && now > by {
		return invalidCode("coupon_expired", param, "This coupon has expired.")
	}
	if usedUp(&p.coupon.redeemed, p.coupon.maxRedemptions) || p.code != nil && usedUp(&p.code.redeemed, p.code.maxRedemptions) {
		return invalidCode("coupon_expired", param, "This promotion has reached its redemption limit.")
	}
	if p.code == nil {
		return nil
	}
	if !p.code.active {
		return invalidRequest(param, "This promotion code is inactive.")
	}
	if at, given := p.code.expiresAt.(int64); given && now >= at {
		return invalidCode("coupon_expired", param, "This promotion code has expired.")
	}
	if p.code.customer != "" && p.code.customer != s.customer {
		return invalidRequest(param, "This promotion code is for another customer.")
	}
	if least, given := p.code.minimum.(int64); given && (p.code.minimumCurrency != s.currency || s.subtotal() < least) {
		return invalidRequest(param, "This promotion code needs an order of at least %s.", money(least, p.code.minimumCurrency))
	}
	return nil
}

// discount applies the promotion to the lines that it covers.
func (s *session) discount() {
	var lines []*lineItem
	var sum int64
	for _, line := range s.lines {
		line.discount = 0
		if s.promotion != nil && s.promotion.coupon.covers(line) {
			lines, sum = append(lines, line), sum+line.subtotal
		}
	}
	if sum == 0 {
		return
	}
	if percent := s.promotion.coupon.percentOff; percent != "" {
		for _, line := range lines {
			line.discount = percent.of(line.subtotal)
		}
		return
	}
	// An amount is divided in proportion to the lines' prices; the last line
	// gets the rest.
	left := min(s.promotion.coupon.amountOff, sum)
	for i, line := range lines {
		line.discount = left
		if i < len(lines)-1 {
			line.discount = new(big.Int).Div(new(big.Int).Mul(big.NewInt(left), big.NewInt(line.subtotal)), big.NewInt(sum)).Int64()
		}
		left, sum = left-line.discount, sum-line.subtotal
	}
}

func (c *coupon) covers(line *lineItem) bool {
	return len(c.products) == 0 || slices.Contains(c.products, any(line.price.product.id))
}
