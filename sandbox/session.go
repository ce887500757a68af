package sandbox

import "github.com/stripe/stripe-go/v82"

// session is a Checkout Session. It never changes once others can see it; every
// change makes a copy.
type session struct {
	id           string
	account      *account // the account it belongs to
	params       values   // create's parameters
	created      int64    // Unix seconds, as are all times here
	expiresAt    int64
	mode, uiMode string
	clientSecret string
	currency     string // "" if a setup session has none
	lines        []*lineItem
	promotion    *promotion // nil if there is no discount
	shipping     []shippingRate

	status  string // open, complete or expired; see statusAt
	expired int64  // when a request expired it

	// What it created and how it ended.
	customer, paymentIntent, subscription, setupIntent, invoice, paymentLink string
	paid                                                                     bool
	buyer                                                                    *buyer
	selected                                                                 int    // index of the shipping option
	shippedTo                                                                object // name and address
	answers                                                                  values // to custom fields, by key
	consent                                                                  object // nil if not asked for
	debit                                                                    *debit // a payment that the bank hasn't made yet

	seed bool // there from the start
	size int  // how many bytes it counts as
}

// buyer is what is known about the person at the checkout.
type buyer struct {
	name, email, phone string
	address            values
	taxIDs             []any
}

// debit is a payment that takes days, because the bank has yet to answer.
type debit struct {
	settlesAt int64
	fails     bool
}

type shippingRate struct {
	id, name string
	amount   int64
	currency string
	created  int64
	params   values
}

// statusAt returns the session's status: an open session past its time has
// expired.
func (s *session) statusAt(now int64) string {
	if s.status == "open" && now >= s.expiresAt {
		return "expired"
	}
	return s.status
}

func (s *session) subtotal() (sum int64) {
	for _, line := range s.lines {
		sum += line.subtotal
	}
	return sum
}

func (s *session) discounted() (sum int64) {
	for _, line := range s.lines {
		sum += line.discount
	}
	return sum
}

// shippingAmount returns the price of the selected shipping option, which is
// the first until the customer chooses another.
func (s *session) shippingAmount() int64 {
	if len(s.shipping) == 0 {
		return 0
	}
	return s.shipping[s.selected].amount
}

func (s *session) total() int64 { return s.subtotal() - s.discounted() + s.shippingAmount() }

func (s *session) paymentStatus() string {
	switch {
	case s.paid:
		return "paid"
	case s.mode == "setup" || s.total() == 0 && !s.amountToChoose():
		return "no_payment_required"
	}
	return "unpaid"
}

// amountToChoose reports whether the customer has yet to choose what to pay.
func (s *session) amountToChoose() bool {
	return len(s.lines) == 1 && s.lines[0].price.custom != nil && s.lines[0].chosen == 0
}

// object returns the session as Stripe sends it, with every key of the API
// version that stripe-go pins.
func (s *session) object(now int64) object {
	p, status := s.params, s.statusAt(now)
	o := echo(p)
	o["id"], o["object"] = s.id, "checkout.session"
	o["created"], o["expires_at"] = s.created, s.expiresAt
	o["livemode"] = false
	o["mode"], o["ui_mode"] = s.mode, s.uiMode
	o["status"], o["payment_status"] = status, s.paymentStatus()
	o["metadata"] = metadataObject(p.object("metadata"))

	o["customer"] = idOrNull(s.customer)
	o["invoice"] = idOrNull(s.invoice)
	o["payment_intent"] = idOrNull(s.paymentIntent)
	o["payment_link"] = idOrNull(s.paymentLink)
	o["setup_intent"] = idOrNull(s.setupIntent)
	o["subscription"] = idOrNull(s.subscription)
	o["currency"] = idOrNull(s.currency)

	if status == "open" && s.uiMode == "hosted" {
		o["url"] = "https://checkout.stripe.com" + pagePath + s.id
	}
	if status == "open" {
		o["client_secret"] = idOrNull(s.clientSecret)
	}
	if s.mode != "setup" {
		o["amount_subtotal"], o["amount_total"] = s.subtotal(), s.total()
		o["total_details"] = object{
			"amount_discount": s.discounted(), "amount_shipping": s.shippingAmount(), "amount_tax": 0,
		}
	}

	o["after_expiration"] = s.afterExpiration(status)
	o["automatic_tax"] = automaticTax(p.object("automatic_tax"), status)
	o["collected_information"] = object{"shipping_details": nil}
	if s.shippedTo != nil {
		o["collected_information"] = object{"shipping_details": s.shippedTo}
	}
	if s.consent != nil {
		o["consent"] = s.consent
	}
	s.addAnswers(o["custom_fields"].([]any))
	o["customer_creation"] = s.customerCreation()
	o["customer_details"] = s.customerDetails()
	o["discounts"] = s.discountObjects()
	o["payment_method_collection"] = s.paymentMethodCollection()
	o["payment_method_configuration_details"] = paymentConfiguration(p)
	o["payment_method_types"] = paymentMethodTypes(p)
	o["payment_method_options"] = paymentMethodOptions(o)
	o["shipping_cost"], o["shipping_options"] = s.shippingObjects()
	return o
}

func idOrNull(id string) any {
	if id == "" {
		return nil
	}
	return id
}

func (s *session) afterExpiration(status string) any {
	recovery := s.params.object("after_expiration").object("recovery")
	if recovery == nil {
		return nil
	}
	o := object{
		"allow_promotion_codes": recovery.flag("allow_promotion_codes"),
		"enabled":               recovery.flag("enabled"),
		"expires_at":            nil,
		"url":                   nil,
	}
	if status == "expired" && recovery.flag("enabled") {
		const lifetime = 30 * 24 * 60 * 60
		at := s.expired
		if at == 0 {
			at = s.expiresAt
		}
		o["expires_at"] = at + lifetime
		o["url"] = fixedID("https://buy.stripe.com/r/test_", s.id, 30)
	}
	return object{"recovery": o}
}

func automaticTax(p values, status string) object {
	o := object{"enabled": p.flag("enabled"), "liability": nil, "provider": nil, "status": nil}
	if p.flag("enabled") {
		o["provider"], o["status"] = "stripe", "requires_location_inputs"
		o["liability"] = object{"type": "self"}
		if status == "complete" {
			o["status"] = "complete"
		}
	}
	if liability := p.object("liability"); liability != nil {
		o["liability"] = liability
	}
	return o
}

func (s *session) customerCreation() any {
	switch {
	case s.params.has("customer"):
		return nil
	case s.params.has("customer_creation"):
		return s.params.text("customer_creation")
	case s.mode == "payment":
		return "if_required"
	}
	return "always"
}

func (s *session) customerDetails() any {
	if s.buyer == nil {
		return nil
	}
	o := object{
		"address": nil, "email": idOrNull(s.buyer.email), "name": idOrNull(s.buyer.name),
		"phone": idOrNull(s.buyer.phone), "tax_exempt": "none", "tax_ids": nil,
	}
	if s.status == "complete" {
		o["tax_ids"] = append([]any{}, s.buyer.taxIDs...)
		o["address"] = addressObject(s.buyer.address)
	}
	return o
}

// addressObject returns an address for an answer, where it has every key.
func addressObject(address values) object {
	return merge(object{"city": nil, "country": nil, "line1": nil, "line2": nil, "postal_code": nil, "state": nil}, object(address))
}

// addAnswers puts a person's answers into the custom fields.
func (s *session) addAnswers(fields []any) {
	for _, f := range fields {
		field := f.(object)
		if answer, given := s.answers[field["key"].(string)]; given {
			field[field["type"].(string)].(object)["value"] = answer
		}
	}
}

func (s *session) discountObjects() []any {
	if s.promotion == nil {
		return []any{}
	}
	if code := s.promotion.code; code != nil {
		return []any{object{"coupon": nil, "promotion_code": code.id}}
	}
	return []any{object{"coupon": s.promotion.coupon.id, "promotion_code": nil}}
}

func (s *session) paymentMethodCollection() string {
	switch {
	case s.params.has("payment_method_collection"):
		return s.params.text("payment_method_collection")
	case s.mode == "payment":
		return "if_required"
	}
	return "always"
}

func paymentConfiguration(p values) any {
	if id := p.text("payment_method_configuration"); id != "" {
		return object{"id": id, "parent": nil}
	}
	return nil
}

func paymentMethodTypes(p values) []any {
	if types := p.list("payment_method_types"); len(types) > 0 {
		return types
	}
	return []any{"card"}
}

// paymentMethodOptions adds what Stripe fills in for cards to the given
// options.
func paymentMethodOptions(o object) object {
	options, _ := o["payment_method_options"].(object)
	if options == nil {
		options = object{}
	}
	for _, typ := range o["payment_method_types"].([]any) {
		if typ != "card" {
			continue
		}
		card, _ := options["card"].(object)
		if card == nil {
			card = object{}
		}
		if _, given := card["request_three_d_secure"]; !given {
			card["request_three_d_secure"] = "automatic"
		}
		options["card"] = card
	}
	return options
}

func (s *session) shippingObjects() (cost any, options []any) {
	options = make([]any, len(s.shipping))
	for i, rate := range s.shipping {
		options[i] = object{"shipping_amount": rate.amount, "shipping_rate": rate.id}
	}
	if len(s.shipping) > 0 {
		selected := s.shipping[s.selected]
		cost = object{
			"amount_subtotal": selected.amount, "amount_tax": 0, "amount_total": selected.amount,
			"shipping_rate": selected.id,
		}
	}
	return cost, options
}

// pagePath is where payment pages are, as at Stripe.
const pagePath = "/c/pay/"

// apiVersion is the version of the sandbox, which is the one that stripe-go
// pins.
const apiVersion = stripe.APIVersion
