package policy

import (
	"context"
	"encoding/json"
	"math/big"
	"regexp"
	"strings"
)

// Lookup gets a Stripe object by its path (/v1/prices/price_1), with the fields
// to expand, as far as a policy has to know it. It fails if the key doesn't
// have permission to read it.
type Lookup func(ctx context.Context, path string, expand ...string) (json.RawMessage, error)

// A price is the part of a Price that is judged.
// https://docs.stripe.com/api/prices/object
type price struct {
	Currency string `json:"currency"`
	Product  string `json:"product"`
	option
	CurrencyOptions map[string]option `json:"currency_options"`
	// Transformed quantities can be rounded down to zero.
	TransformQuantity *struct{} `json:"transform_quantity"`
	Recurring         *struct {
		UsageType string `json:"usage_type"`
	} `json:"recurring"`
}

// An option is the amount of a price in one currency.
type option struct {
	UnitAmount        *int64       `json:"unit_amount"`
	UnitAmountDecimal *json.Number `json:"unit_amount_decimal"`
	CustomUnitAmount  *struct {
		Maximum *int64 `json:"maximum"`
		Minimum *int64 `json:"minimum"`
	} `json:"custom_unit_amount"`
}

func (p *price) metered() bool { return p.Recurring != nil && p.Recurring.UsageType == "metered" }

// amounts returns the least and the most that a unit can cost; high is nil if
// there is no upper bound.
func (o option) amounts() (low, high *big.Rat) {
	switch {
	case o.CustomUnitAmount != nil:
		low = new(big.Rat)
		if n := o.CustomUnitAmount.Minimum; n != nil {
			low.SetInt64(*n)
		}
		if n := o.CustomUnitAmount.Maximum; n != nil {
			high = new(big.Rat).SetInt64(*n)
		}
		return low, high
	case o.UnitAmount != nil:
		amount := new(big.Rat).SetInt64(*o.UnitAmount)
		return amount, amount
	case o.UnitAmountDecimal != nil:
		if amount, ok := new(big.Rat).SetString(o.UnitAmountDecimal.String()); ok {
			return amount, amount
		}
	}
	return new(big.Rat), nil // tiers, for example
}

// A coupon takes off a percentage or an amount.
// https://docs.stripe.com/api/coupons/object
type coupon struct {
	PercentOff      *json.Number `json:"percent_off"`
	AmountOff       *int64       `json:"amount_off"`
	CurrencyOptions map[string]struct {
		AmountOff int64 `json:"amount_off"`
	} `json:"currency_options"`
}

// amountOff returns the most that is taken off, in any currency.
func (c *coupon) amountOff() (most int64) {
	if c.AmountOff != nil {
		most = *c.AmountOff
	}
	for _, option := range c.CurrencyOptions {
		most = max(most, option.AmountOff)
	}
	return most
}

type promotionCode struct {
	Coupon *coupon `json:"coupon"`
}

// https://docs.stripe.com/api/shipping_rates/object
type shippingRate struct {
	FixedAmount *struct {
		Amount          int64  `json:"amount"`
		Currency        string `json:"currency"`
		CurrencyOptions map[string]struct {
			Amount int64 `json:"amount"`
		} `json:"currency_options"`
	} `json:"fixed_amount"`
}

// idForm matches ids that need no escaping in a path; no others are looked up.
var idForm = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// find looks an object up, at most once per check.
func find[T any](c *check, rule, param, kind, id string, expand ...string) (*T, error) {
	path := "/v1/" + kind + "/" + id
	if found, ok := c.found[path].(*T); ok {
		return found, nil
	}
	what := strings.ReplaceAll(strings.TrimSuffix(kind, "s"), "_", " ")
	if len(id) > 255 || !idForm.MatchString(id) || c.lookup == nil {
		return nil, c.refuse(rule, param, "The sales policy's rule %s needs to know the %s at %s, but it can't be looked up.", rule, what, param)
	}
	c.asked = true
	answer, err := c.lookup(c.ctx, path, expand...)
	var found T
	if err == nil {
		err = json.Unmarshal(answer, &found)
	}
	if err != nil {
		return nil, c.refuse(rule, param, "The sales policy's rule %s needs to know the %s at %s, but Stripe didn't show it: it may not exist, or the server's key lacks the permission to read it. Check the id; if it is right, tell the person.", rule, what, param)
	}
	if c.found == nil {
		c.found = map[string]any{}
	}
	c.found[path] = &found
	return &found, nil
}
