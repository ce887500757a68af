package sandbox

import (
	"fmt"
	"net/http"
)

// newSession creates a Checkout Session from create's parameters, or says why
// Stripe would not.
func newSession(id string, p values, in creation) (*session, *apiError) {
	for _, rule := range createRules {
		if err := rule(p, in); err != nil {
			return nil, err
		}
	}
	s := &session{
		id: id, params: p, account: in.account, created: in.now, expiresAt: in.now + longestLife,
		mode: p.text("mode"), uiMode: uiMode(p), status: "open",
		customer: p.text("customer"), currency: p.text("currency"),
	}
	if at, ok := p.integer("expires_at"); ok {
		s.expiresAt = at
	}
	if s.uiMode != "hosted" {
		s.clientSecret = s.id + newID("_secret_", 40)
	}
	if c, ok := in.account.customer(s.customer); ok {
		s.buyer = &buyer{name: c.name, email: c.email}
	} else if email := p.text("customer_email"); email != "" {
		s.buyer = &buyer{email: email}
	}

	lines, err := newLineItems(p, in)
	if err != nil {
		return nil, err
	}
	s.lines = lines
	if len(lines) > 0 {
		s.currency = lines[0].price.currency
	}
	if err := s.addDiscount(in.now); err != nil {
		return nil, err
	}
	if err := s.addShipping(); err != nil {
		return nil, err
	}
	if err := s.checkTotal(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *session) addDiscount(now int64) *apiError {
	for i, d := range s.params.list("discounts") {
		path := fmt.Sprintf("discounts[%d]", i)
		found, err := s.account.catalog.promotion(d.(values), path)
		if err != nil {
			return err
		}
		param := joinPath(path, "coupon")
		if found.code != nil {
			param = joinPath(path, "promotion_code")
		}
		if err := found.fits(s, now, param); err != nil {
			return err
		}
		s.promotion = found
	}
	s.discount()
	return nil
}

var standardShipping = shippingRate{id: ShippingRateStandard, name: "Standard shipping", amount: 500, currency: "usd", created: catalogCreated}

func (r *request) retrieveShippingRate([]string) (object, *apiError) {
	if r.object != ShippingRateStandard {
		return nil, missingResource(http.StatusNotFound, "shipping rate", r.object, "shipping_rate_token")
	}
	return standardShipping.object(), nil
}

func (s *session) addShipping() *apiError {
	for i, o := range s.params.list("shipping_options") {
		option := o.(values)
		rate := standardShipping
		param := "shipping_rate"
		if data := option.object("shipping_rate_data"); data != nil {
			fixed := data.object("fixed_amount")
			amount, _ := fixed.integer("amount")
			rate = shippingRate{
				id: newID("shr_1", 23), name: data.text("display_name"), amount: amount,
				currency: fixed.text("currency"), created: s.created, params: data,
			}
			param = "shipping_rate_data"
		}
		if rate.currency != s.currency {
			return invalidRequest(fmt.Sprintf("shipping_options[%d][%s]", i, param), "The shipping rate specified only supports `%s`. This doesn't match the expected currency: `%s`.", rate.currency, s.currency)
		}
		s.shipping = append(s.shipping, rate)
	}
	return nil
}

// checkTotal enforces Stripe's smallest and largest charge. A total of zero is
// allowed: that is a no-cost order.
func (s *session) checkTotal() *apiError {
	total := s.total()
	if least := minimumAmounts[s.currency]; s.mode == "payment" && total > 0 && total < least {
		return invalidCode("amount_too_small", "", "The Checkout Session's total amount due must add up to at least %s", money(least, s.currency))
	}
	if total > maximumAmount {
		return invalidCode("amount_too_large", "", "The Checkout Session's total amount due must be no more than %s", money(maximumAmount, s.currency))
	}
	return nil
}
