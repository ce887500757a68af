package sandbox

import (
	"slices"
	"strings"
)

// maxExpandDepth is how deeply Stripe expands. https://docs.stripe.com/expand
const maxExpandDepth = 4

// expandable says, for each kind of object, which properties can be expanded,
// and to what kind. The sandbox has no objects of a kind without an entry.
var expandable = map[string]map[string]string{
	"checkout.session": {
		"customer": "customer", "discounts": "session_discount", "invoice": "invoice", "line_items": "line_items",
		"payment_intent": "payment_intent", "payment_link": "payment_link", "setup_intent": "setup_intent",
		"shipping_cost": "shipping", "shipping_options": "shipping", "subscription": "subscription",
		"total_details": "total_details",
	},
	"sessions":         {"data": "checkout.session"},
	"products":         {"data": "product"},
	"prices":           {"data": "price"},
	"coupons":          {"data": "coupon"},
	"promotion_codes":  {"data": "promotion_code"},
	"line_items":       {"data": "item"},
	"item":             {"discounts": "item_discount", "price": "price", "taxes": ""},
	"price":            {"currency_options": "", "product": "product", "tiers": ""},
	"product":          {"default_price": "price", "tax_code": ""},
	"item_discount":    {"discount": "discount"},
	"session_discount": {"coupon": "coupon", "promotion_code": "promotion_code"},
	"shipping":         {"shipping_rate": "shipping_rate", "taxes": ""},
	"total_details":    {"breakdown": "breakdown"},
	"breakdown":        {"discounts": "item_discount", "taxes": ""},
	"payment_intent":   {"application": "", "customer": "customer", "latest_charge": "", "on_behalf_of": "", "payment_method": "", "review": ""},
	"setup_intent":     {"application": "", "customer": "customer", "latest_attempt": "", "mandate": "", "on_behalf_of": "", "payment_method": "", "single_use_mandate": ""},
	"subscription": {
		"application": "", "customer": "customer", "default_payment_method": "", "default_source": "", "default_tax_rates": "",
		"discounts": "", "items": "subscription_items", "latest_invoice": "invoice", "on_behalf_of": "", "pending_setup_intent": "", "schedule": "", "test_clock": "",
	},
	"subscription_items": {"data": "subscription_item"},
	"subscription_item":  {"discounts": "", "price": "price", "tax_rates": ""},
	"customer":           {"cash_balance": "", "default_source": "", "discount": "", "invoice_credit_balance": "", "sources": "", "subscriptions": "", "tax": "", "tax_ids": "", "test_clock": ""},
	"invoice":            {"customer": "customer", "discounts": "", "payments": "", "subscription": "subscription"},
	"discount":           {"coupon": "coupon", "customer": "customer", "promotion_code": "promotion_code"},
	"coupon":             {"applies_to": "", "currency_options": ""},
	"promotion_code":     {"coupon": "coupon", "customer": "customer"},
	"shipping_rate":      {"fixed_amount": "fixed_amount", "tax_code": ""},
	"fixed_amount":       {"currency_options": ""},
}

// checkExpand refuses what Stripe would not expand in an answer of that kind.
// In a list, paths begin with data.
func checkExpand(p values, kind string) ([]string, *apiError) {
	var paths []string
	for _, one := range p.list("expand") {
		path := one.(string)
		segments := strings.Split(path, ".")
		if len(segments) > maxExpandDepth {
			e := invalidCode("property_expansion_max_depth", "", "You cannot expand more than %d levels of a property. Property: %s", maxExpandDepth, shorten(path))
			e.DocURL = ""
			return nil, e
		}
		at := kind
		for i, segment := range segments {
			next, ok := expandable[at][segment]
			if !ok {
				hint := ""
				if _, inside := expandable[expandable[kind]["data"]][segments[0]]; i == 0 && inside {
					hint = " You may want to try expanding 'data." + shorten(path) + "' instead."
				}
				return nil, invalidRequest("", "This property cannot be expanded (%s).%s", shorten(strings.Join(segments[:i+1], ".")), hint)
			}
			at = next
			if _, known := expandable[at]; !known {
				break // the sandbox has nothing there
			}
		}
		if !slices.Contains(paths, path) {
			paths = append(paths, path)
		}
	}
	// Shorter paths first, so that longer ones find their objects there.
	slices.SortStableFunc(paths, func(a, b string) int { return strings.Count(a, ".") - strings.Count(b, ".") })
	return paths, nil
}

// expander replaces ids with objects of an account.
type expander struct {
	account *account
	session *session // the session that the answer is about; nil if there is none
	now     int64
}

// expanded expands the paths in an answer that is not about a session.
func (r *request) expanded(o object, kind string, paths []string) object {
	expander{r.account, nil, r.now}.all(o, kind, paths)
	return o
}

func (s *session) expandAll(o object, kind string, paths []string, now int64) {
	expander{s.account, s, now}.all(o, kind, paths)
}

func (e expander) all(o object, kind string, paths []string) {
	for _, path := range paths {
		e.expand(o, kind, strings.Split(path, "."))
	}
}

func (e expander) expand(at any, kind string, path []string) {
	if len(path) == 0 {
		return
	}
	switch v := at.(type) {
	case []any:
		for _, item := range v {
			e.expand(item, kind, path)
		}
	case object:
		name := path[0]
		next := expandable[kind][name]
		switch value := v[name].(type) {
		case string:
			if o := e.lookUp(next, value); o != nil {
				v[name] = o
			}
		case nil:
			if o := e.include(kind, name, v); o != nil {
				v[name] = o
			}
		}
		e.expand(v[name], next, path[1:])
	}
}

// include returns a property that an object has only when it is asked for.
func (e expander) include(kind, name string, of object) any {
	if kind == "coupon" && name == "applies_to" {
		if c, ok := e.account.catalog.coupons.get(of["id"].(string)); ok && len(c.products) > 0 {
			return object{"products": c.products}
		}
		return nil
	}
	s := e.session
	if s == nil {
		return nil
	}
	switch {
	case kind == "checkout.session" && name == "line_items":
		return s.lineItemsObject()
	case kind == "item" && name == "discounts":
		for _, line := range s.lines {
			if line.id == of["id"] {
				return s.discountAmounts(line.discount)
			}
		}
	case kind == "total_details" && name == "breakdown":
		return object{"discounts": s.discountAmounts(s.discounted()), "taxes": []any{}}
	case name == "taxes" && (kind == "item" || kind == "shipping"):
		return []any{}
	}
	return nil
}

// lineItemsObject returns the first page of the line items.
func (s *session) lineItemsObject() object {
	first, more := s.lines, false
	if len(first) > defaultPage {
		first, more = first[:defaultPage], true
	}
	data := make([]any, len(first))
	for i, line := range first {
		data[i] = line.object()
	}
	return listObject("/v1/checkout/sessions/"+s.id+"/line_items", data, more)
}

// lookUp finds the object with that id, if the sandbox has it.
func (e expander) lookUp(kind, id string) object {
	c := e.account.catalog
	switch kind {
	case "customer":
		if one, ok := e.account.customer(id); ok {
			return one.object()
		}
	case "price":
		if one, ok := c.prices.get(id); ok {
			return one.object()
		}
	case "product":
		if one, ok := c.products.get(id); ok {
			return one.object()
		}
	case "coupon":
		if one, ok := c.coupons.get(id); ok {
			return one.object()
		}
	case "promotion_code":
		if one, ok := c.promotionCodes.get(id); ok {
			return one.object()
		}
	}
	if e.session != nil {
		return e.session.lookUp(kind, id)
	}
	return nil
}

// lookUp finds objects that exist only because of the session.
func (s *session) lookUp(kind, id string) object {
	switch kind {
	case "product":
		for _, line := range s.lines {
			if line.price.product.id == id {
				return line.price.product.object()
			}
		}
	case "shipping_rate":
		for _, rate := range s.shipping {
			if rate.id == id {
				return rate.object()
			}
		}
	case "payment_intent":
		return s.paymentIntentObject()
	case "setup_intent":
		return s.setupIntentObject()
	case "subscription":
		return s.subscriptionObject()
	case "invoice":
		return s.invoiceObject()
	}
	return nil
}
