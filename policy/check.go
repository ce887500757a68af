package policy

import (
	"context"
	"fmt"
	"maps"
	"math/big"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/currency"
)

// A check judges one session.
type check struct {
	ctx    context.Context
	rules  *Rules
	params *stripe.CheckoutSessionCreateParams
	lookup Lookup
	found  map[string]any // by path
	asked  bool           // whether lookup was called
}

// Check returns a *Refusal if a session created with params would break the
// rules, or could, depending on what a customer chooses on the page. It looks
// up what only Stripe knows; without a lookup, that stays unknown.
func (r *Rules) Check(ctx context.Context, params *stripe.CheckoutSessionCreateParams, lookup Lookup) error {
	c := &check{ctx: ctx, rules: r, params: params, lookup: lookup}
	// What the arguments show comes first, because it costs no request.
	for _, step := range []func() error{c.parameters, c.mode, c.urls, c.shippingCountries, c.metadata, c.catalog, c.amounts, c.free} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// parameters refuses parameters that no rule knows and those that allow doesn't
// name.
func (c *check) parameters() error {
	for _, s := range everySent(c.params) {
		rule := ruleOf(s.name)
		switch {
		case s.value == "" || rule == free || rule == judged || s.harmless() || c.rules.allows(rule):
		case rule == "":
			return c.refuse("parameters", s.path, "The sales policy doesn't know the parameter %s, so it is refused: leave it out.", s.name)
		default:
			return c.refuse(rule, s.path, "The sales policy does not allow %s: leave out %s.%s", spaced(rule), s.path, c.allowed())
		}
	}
	return nil
}

// allowed lists what the policy allows.
func (c *check) allowed() string {
	if len(c.rules.Allow) == 0 {
		return ""
	}
	return " It does allow " + spaced(strings.Join(c.rules.Allow, ", ")) + "."
}

func (c *check) mode() error {
	if modes := c.rules.Modes; len(modes) > 0 && !slices.Contains(modes, text(c.params.Mode)) {
		return c.refuse("modes", "mode", "The sales policy allows only the mode %s.", strings.Join(modes, " or "))
	}
	return nil
}

func (c *check) urls() error {
	if len(c.rules.ReturnHosts) == 0 {
		return nil
	}
	mandate := (*string)(nil)
	if o := c.params.PaymentMethodOptions; o != nil && o.ACSSDebit != nil && o.ACSSDebit.MandateOptions != nil {
		mandate = o.ACSSDebit.MandateOptions.CustomMandateURL
	}
	for _, u := range []struct {
		name  string
		value *string
	}{
		{"success_url", c.params.SuccessURL}, {"cancel_url", c.params.CancelURL}, {"return_url", c.params.ReturnURL},
		{"payment_method_options.acss_debit.mandate_options.custom_mandate_url", mandate},
	} {
		if u.value != nil && *u.value != "" && !leadsTo(*u.value, c.rules.ReturnHosts) {
			return c.refuse("return_hosts", u.name, "The sales policy allows %s to lead only to https://%s.", u.name, strings.Join(c.rules.ReturnHosts, " or https://"))
		}
	}
	return nil
}

// leadsTo reports whether every browser that follows the URL ends up at one of
// the hosts. A URL that programs parse differently leads nowhere.
func leadsTo(raw string, hosts []string) bool {
	if strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r > '~' || r == '\\' }) {
		return false
	}
	u, err := url.Parse(raw)
	if err != nil || u.User != nil || u.Opaque != "" || strings.ContainsAny(u.Host, "%@{}") {
		return false
	}
	host, name := strings.ToLower(u.Host), strings.ToLower(u.Hostname())
	if u.Scheme != "https" && (u.Scheme != "http" || name != "localhost" && name != "127.0.0.1") {
		return false
	}
	return slices.ContainsFunc(hosts, func(allowed string) bool {
		have := host
		if _, _, err := net.SplitHostPort(allowed); err != nil { // any port
			have = name
		}
		if domain, wild := strings.CutPrefix(allowed, "*"); wild {
			return strings.HasSuffix(have, domain) && len(have) > len(domain)
		}
		return have == allowed
	})
}

func (c *check) shippingCountries() error {
	if c.rules.ShippingCountries == nil {
		return nil
	}
	allowed := *c.rules.ShippingCountries
	only := "only to " + strings.Join(allowed, ", ")
	if len(allowed) == 0 {
		only = "nowhere"
	}
	if a := c.params.ShippingAddressCollection; a != nil {
		for i, country := range a.AllowedCountries {
			if !slices.Contains(allowed, strings.ToUpper(text(country))) {
				return c.refuse("shipping_countries", fmt.Sprintf("shipping_address_collection[allowed_countries][%d]", i), "The sales policy allows shipping %s.", only)
			}
		}
	}
	if d := c.params.PaymentIntentData; d != nil && d.Shipping != nil {
		if d.Shipping.Address == nil || !slices.Contains(allowed, strings.ToUpper(text(d.Shipping.Address.Country))) {
			return c.refuse("shipping_countries", "payment_intent_data[shipping][address][country]", "The sales policy allows shipping %s.", only)
		}
	}
	if len(allowed) == 0 && len(c.params.ShippingOptions) > 0 {
		return c.refuse("shipping_countries", "shipping_options", "The sales policy allows shipping %s.", only)
	}
	return nil
}

// metadata refuses values other than those that the policy puts on every
// session.
func (c *check) metadata() error {
	for _, key := range slices.Sorted(maps.Keys(c.rules.Metadata)) {
		fixed := c.rules.Metadata[key]
		if value, given := c.params.Metadata[key]; given && value != fixed {
			return c.refuse("metadata", "metadata["+key+"]", "The sales policy puts %q on every session as metadata[%s]: leave it out.", fixed, key)
		}
	}
	return nil
}

func (c *check) catalog() error {
	r := c.rules
	if !r.CatalogOnly && len(r.Prices) == 0 && len(r.Products) == 0 {
		return nil
	}
	for _, it := range items(c.params) {
		if it.data != nil && (r.CatalogOnly || len(r.Products) == 0) {
			rule := "catalog_only"
			if !r.CatalogOnly {
				rule = "prices"
			}
			return c.refuse(rule, it.path+"[price_data]", "The sales policy allows only prices that exist at Stripe: give the id of one as %s[price]%s.", it.path, list(": ", r.Prices))
		}
		if len(r.Prices) == 0 && len(r.Products) == 0 || it.price != "" && it.data == nil && slices.Contains(r.Prices, it.price) {
			continue
		}
		product, param := "", it.path+"[price]"
		switch {
		case len(r.Products) == 0:
		case it.data != nil:
			product, param = text(it.data.Product), it.path+"[price_data][product]"
		case it.price != "":
			p, err := find[price](c, "products", param, "prices", it.price, "currency_options")
			if err != nil {
				return err
			}
			product = p.Product
		}
		if product == "" || !slices.Contains(r.Products, product) {
			rule := "products"
			if len(r.Products) == 0 {
				rule = "prices"
			}
			return c.refuse(rule, param, "The sales policy doesn't allow selling this. It allows%s%s.", list(" the prices ", r.Prices), list(" the products ", r.Products))
		}
	}
	return nil
}

// list names what is allowed, up to a limit.
func list(before string, all []string) string {
	const most = 20
	switch {
	case len(all) == 0:
		return ""
	case len(all) > most:
		return fmt.Sprintf("%s%s and %d more", before, strings.Join(all[:most], ", "), len(all)-most)
	}
	return before + strings.Join(all, ", ")
}

// amounts checks the highest price of a unit and the most that the session can
// come to.
func (c *check) amounts() error {
	if c.rules.MaxUnitAmount != nil {
		for _, it := range items(c.params) {
			unit, _, err := c.unit("max_unit_amount", it)
			if err != nil {
				return err
			}
			for _, currency := range c.currencies([]cost{unit}) {
				if err := c.within("max_unit_amount", c.rules.MaxUnitAmount, it.path, "one unit of "+it.path, currency, unit.high[currency]); err != nil {
					return err
				}
			}
			if len(c.currencies([]cost{unit})) == 0 {
				return c.refuse("max_unit_amount", it.path, "The sales policy's rule max_unit_amount needs a price for %s in the session's currency, but it has none.", it.path)
			}
		}
	}
	if c.rules.MaxAmount != nil {
		b, err := c.bill("max_amount")
		if err != nil {
			return err
		}
		if b.metered {
			return c.refuse("max_amount", "line_items", "The sales policy limits what a session can come to, but a metered price has no limit: sell a price that isn't metered.")
		}
		if len(b.currencies) == 0 && c.params.Currency != nil { // nothing is sold: mode setup
			return c.within("max_amount", c.rules.MaxAmount, "currency", "this session", strings.ToLower(*c.params.Currency), new(big.Rat))
		}
		for _, currency := range b.currencies {
			if err := c.within("max_amount", c.rules.MaxAmount, "line_items", "this session", currency, b.high[currency]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *check) within(rule string, allowed map[string]int64, param, what, code string, high *big.Rat) error {
	most, ok := allowed[code]
	switch {
	case !ok:
		return c.refuse(rule, param, "The sales policy's rule %s allows %s, but %s can be in %s.", rule, or(limits(allowed)), what, code)
	case high == nil:
		return c.refuse(rule, param, "The sales policy's rule %s allows at most %s, but nothing limits what %s can come to.", rule, money(whole(most), code), what)
	case high.Cmp(whole(most)) > 0:
		return c.refuse(rule, param, "The sales policy's rule %s allows at most %s, but %s can come to %s with the quantities, optional items and shipping that a customer can choose.", rule, money(whole(most), code), what, money(high, code))
	}
	return nil
}

// free refuses a session with nothing to pay. A session that saves a payment
// method is subject to modes instead, and a price that the policy names may be
// free.
func (c *check) free() error {
	if c.rules.allows(allowFree) || text(c.params.Mode) == string(stripe.CheckoutSessionModeSetup) && len(items(c.params)) == 0 {
		return nil
	}
	if len(c.params.Discounts) == 0 && !slices.ContainsFunc(items(c.params), func(it item) bool {
		return it.data != nil || !slices.Contains(c.rules.Prices, it.price)
	}) {
		return nil
	}
	b, err := c.bill(allowFree)
	if err != nil {
		return err
	}
	for _, currency := range b.currencies {
		if b.low[currency].Cmp(big.NewRat(1, 2)) < 0 && !b.metered {
			return c.refuse(allowFree, "line_items", "The sales policy does not allow free sessions, but this one can come to nothing: set prices, quantities and discounts so that there is something to pay.")
		}
	}
	return nil
}

// money writes an amount as people do and, in parentheses, as arguments have
// it.
func money(amount *big.Rat, code string) string {
	text, _ := currency.Format(amount, code)
	return fmt.Sprintf("%s %s (%s)", text, strings.ToUpper(code), amount.FloatString(0))
}
