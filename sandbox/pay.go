package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/parameters"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/pattern"
)

// payInput is what a person enters on the payment page, under the names that
// the page and POST /sandbox/sessions/{id}/pay use.
type payInput struct {
	// PaymentMethod is the one of the session's payment_method_types that pays.
	PaymentMethod  *string `form:"payment_method"`
	Card           *string `form:"card"`
	Expiry         *string `form:"expiry"` // MM/YY
	CVC            *string `form:"cvc"`
	BankAccount    *string `form:"bank_account"`   // account number or IBAN
	Authentication *string `form:"authentication"` // the outcome of 3D Secure

	Email    *string               `form:"email"`
	Name     *string               `form:"name"`
	Phone    *string               `form:"phone"`
	Address  *stripe.AddressParams `form:"address"`
	Shipping *struct {
		Name    *string               `form:"name"`
		Address *stripe.AddressParams `form:"address"`
	} `form:"shipping"`
	TaxID *struct {
		Type  *string `form:"type"`
		Value *string `form:"value"`
	} `form:"tax_id"`
	CustomFields map[string]string `form:"custom_fields"` // by key
	Consent      *struct {
		Promotions     *bool `form:"promotions"`
		TermsOfService *bool `form:"terms_of_service"`
	} `form:"consent"`

	Quantities    map[string]int64 `form:"quantities"`     // by line item
	OptionalItems map[string]int64 `form:"optional_items"` // by price
	PromotionCode *string          `form:"promotion_code"` // as customers type it
	ShippingRate  *string          `form:"shipping_rate"`
	// Amount is what the customer chooses to pay, in the currency's smallest unit.
	Amount *int64 `form:"amount"`
}

var payParams = describeOwn(payInput{}, map[string]parameters.Fact{
	"authentication": {Enum: []string{"complete", "fail"}},
})

// paySession does what a person does on the payment page. It fills in whatever
// the session asks for and the request leaves out.
func (r *request) paySession(expand []string) (object, *apiError) {
	s, ok := r.account.session(r.object)
	if !ok {
		return nil, r.noSession()
	}
	paid, err := r.account.pay(s.id, s.fill(r.params), r.now, r)
	if err != nil {
		return nil, err
	}
	return r.show(paid, expand), nil
}

// pay completes a session with what was entered, or says why it can't.
func (a *account) pay(id string, p values, now int64, cause *request) (*session, *apiError) {
	return a.change(id, func(s *session) (*session, *apiError) {
		paid, err := s.pay(p, now)
		if err != nil {
			return nil, err
		}
		a.record(eventCompleted, paid, now, cause)
		return paid, nil
	})
}

func (s *session) pay(p values, now int64) (*session, *apiError) {
	if status := s.statusAt(now); status != "open" {
		return nil, invalidRequest("", "Only Checkout Sessions with a status in [\"open\"] can be paid. This Checkout Session has a status of `%s`.", status)
	}
	paid, err := s.choose(p, now)
	if err != nil {
		return nil, err
	}
	if problems := paid.problems(p); len(problems) > 0 {
		return nil, problems[0]
	}
	var method *testMethod
	if paid.needsPaymentMethod() {
		if method, err = paid.method(p); err != nil {
			return nil, err
		}
		if method.authenticate && p.text("authentication") != "complete" {
			return nil, notAuthenticated
		}
	}
	paid.complete(p, method, now)
	return paid, nil
}

// complete turns an open session into what it is after the payment.
func (s *session) complete(p values, method *testMethod, now int64) {
	s.status = "complete"
	s.promotion.redeem(s.account.journal)
	s.buyer = &buyer{email: s.email(p), name: p.text("name"), phone: p.text("phone"), address: p.object("address")}
	if id := p.object("tax_id"); id != nil {
		s.buyer.taxIDs = []any{object{"type": id.text("type"), "value": id.text("value")}}
	}
	if shipping := p.object("shipping"); shipping != nil && s.params.has("shipping_address_collection") {
		s.shippedTo = object{"name": shipping.text("name"), "address": addressObject(shipping.object("address"))}
	}
	s.answers = p.object("custom_fields")
	s.consent = s.consentOf(p.object("consent"))
	// An invoice always has a customer.
	if s.customer == "" && (s.customerCreation() == "always" || s.params.object("invoice_creation").flag("enabled")) {
		s.addCustomer()
	}

	due := s.mode != "setup" && s.total() > 0
	switch s.mode {
	case "payment":
		if due {
			s.paymentIntent = newID("pi_3", 23)
		}
		if s.params.object("invoice_creation").flag("enabled") {
			s.invoice = newID("in_1", 23)
		}
	case "subscription":
		s.subscription, s.invoice = newID("sub_1", 23), newID("in_1", 23)
	case "setup":
		s.setupIntent = newID("seti_1", 23)
	}
	switch {
	case !due:
	case method.delayed:
		s.debit = &debit{settlesAt: now + debitLife, fails: method.fails}
	default:
		s.paid = !s.capturedLater()
	}
}

// capturedLater reports whether the card is charged only when the seller
// captures the payment, which is done with Stripe's API and not in Checkout.
func (s *session) capturedLater() bool {
	return s.params.object("payment_intent_data").text("capture_method") == "manual"
}

func (s *session) email(p values) string {
	if s.buyer != nil && s.buyer.email != "" {
		return s.buyer.email // set by create; the page doesn't let people change it
	}
	return p.text("email")
}

func (s *session) consentOf(p values) object {
	collection := s.params.object("consent_collection")
	if collection == nil {
		return nil
	}
	consent := object{"promotions": nil, "terms_of_service": nil}
	if collection.text("promotions") == "auto" {
		consent["promotions"] = "opt_out"
		if p.flag("promotions") {
			consent["promotions"] = "opt_in"
		}
	}
	if collection.text("terms_of_service") == "required" {
		consent["terms_of_service"] = "accepted"
	}
	return consent
}

// choose returns the session with the quantities, optional items, promotion
// code and shipping that a person chose.
func (s *session) choose(p values, now int64) (*session, *apiError) {
	chosen := *s
	chosen.lines = nil
	quantities := p.object("quantities")
	for id := range quantities {
		if !slices.ContainsFunc(s.lines, func(l *lineItem) bool { return l.id == id }) {
			return nil, missingResource(http.StatusBadRequest, "line item", id, joinPath("quantities", id))
		}
	}
	for i, line := range s.lines {
		if quantity, given := quantities.integer(line.id); given && quantity != line.quantity {
			low, high := quantityRange(s.params.list("line_items")[i].(values))
			if err := within(quantity, low, high, joinPath("quantities", line.id)); err != nil {
				return nil, err
			}
			copied := *line
			copied.count(quantity, s.params)
			line = &copied
			if quantity == 0 {
				continue
			}
		} else {
			copied := *line
			line = &copied
		}
		chosen.lines = append(chosen.lines, line)
	}
	if len(chosen.lines) == 0 && len(s.lines) > 0 {
		return nil, invalidRequest("quantities", "At least one item must remain.")
	}
	if err := chosen.addOptionalItems(p.object("optional_items")); err != nil {
		return nil, err
	}
	if code := p.text("promotion_code"); code != "" {
		found := s.account.catalog.promotionByCode(code)
		if !s.params.flag("allow_promotion_codes") || found == nil {
			return nil, invalidRequest("promotion_code", "This code is invalid.")
		}
		chosen.promotion = &promotion{found.coupon, found}
		if err := chosen.promotion.fits(&chosen, now, "promotion_code"); err != nil {
			return nil, err
		}
	}
	if err := chosen.chooseAmount(p); err != nil {
		return nil, err
	}
	chosen.discount()
	if id := p.text("shipping_rate"); id != "" {
		chosen.selected = slices.IndexFunc(s.shipping, func(r shippingRate) bool { return r.id == id })
		if chosen.selected < 0 {
			return nil, missingResource(http.StatusBadRequest, "shipping rate", id, "shipping_rate")
		}
	}
	if err := chosen.checkTotal(); err != nil {
		return nil, err
	}
	return &chosen, nil
}

// chooseAmount sets what is paid for a price whose amount the customer chooses.
func (s *session) chooseAmount(p values) *apiError {
	amount, given := p.integer("amount")
	if len(s.lines) == 0 || s.lines[0].price.custom == nil {
		if given {
			return invalidRequest("amount", "This Checkout Session has a fixed amount.")
		}
		return nil
	}
	line := s.lines[0]
	if c := line.price.custom; !given && c.hasPreset {
		amount = c.preset
	} else if !given {
		return missingParameter("amount")
	}
	low, high := line.price.custom.bounds(s.currency)
	if err := within(amount, max(low, 1), high, "amount"); err != nil {
		return err
	}
	line.chosen = amount
	line.count(1, s.params)
	return nil
}

func (s *session) addOptionalItems(quantities values) *apiError {
	offered := s.params.list("optional_items")
	for id := range quantities {
		if !slices.ContainsFunc(offered, func(o any) bool { return o.(values).text("price") == id }) {
			return missingResource(http.StatusBadRequest, "optional item", id, joinPath("optional_items", id))
		}
	}
	for _, o := range offered {
		offer := o.(values)
		id := offer.text("price")
		quantity, _ := quantities.integer(id)
		if quantity == 0 {
			continue
		}
		low, high := quantityRange(offer)
		if err := within(quantity, low, high, joinPath("optional_items", id)); err != nil {
			return err
		}
		price, err := s.account.catalog.price(id, http.StatusBadRequest, joinPath("optional_items", id))
		if err != nil {
			return err
		}
		line := &lineItem{id: newID("li_1", 23), price: price}
		line.count(quantity, s.params)
		s.lines = append(s.lines, line)
	}
	return nil
}

// quantityRange returns the bounds within which a person can change an item's
// quantity.
func quantityRange(item values) (low, high int64) {
	quantity, _ := item.integer("quantity")
	adjustable := item.object("adjustable_quantity")
	if !adjustable.flag("enabled") {
		return quantity, quantity
	}
	low, high = 0, 99
	if n, ok := adjustable.integer("minimum"); ok {
		low = n
	}
	if n, ok := adjustable.integer("maximum"); ok {
		high = n
	}
	return low, high
}

// needsPaymentMethod reports whether a payment method is collected.
func (s *session) needsPaymentMethod() bool {
	return s.mode == "setup" || s.total() > 0 || s.mode == "subscription" && s.paymentMethodCollection() == "always"
}

// methodTypes returns the session's payment method types that the sandbox
// supports.
func (s *session) methodTypes() []string {
	var types []string
	for _, t := range paymentMethodTypes(s.params) {
		if typ := t.(string); slices.ContainsFunc(testMethods, func(m testMethod) bool { return m.typ == typ }) {
			types = append(types, typ)
		}
	}
	return types
}

// method returns the test method that was entered, unless it is refused.
func (s *session) method(p values) (*testMethod, *apiError) {
	types := s.methodTypes()
	if len(types) == 0 {
		return nil, invalidRequest("payment_method", "The sandbox takes cards, us_bank_account and sepa_debit; this Checkout Session allows none of them.")
	}
	typ := p.text("payment_method")
	if typ == "" {
		typ = types[0]
	}
	if !slices.Contains(types, typ) {
		return nil, invalidRequest("payment_method", "Invalid payment_method: must be one of %s", orList(types))
	}
	param := methodParam(typ)
	number := p.text(param)
	if number == "" {
		return nil, missingParameter(param)
	}
	method := findMethod(typ, number)
	switch {
	case method == nil && typ == "card":
		return nil, notATestCard
	case method == nil:
		return nil, invalidCode("bank_account_unusable", param, "The sandbox accepts only Stripe's test account numbers, such as %s.", firstMethod(typ).number)
	}
	return method, method.refusal
}

func methodParam(typ string) string {
	if typ == "card" {
		return "card"
	}
	return "bank_account"
}

func firstMethod(typ string) *testMethod {
	i := slices.IndexFunc(testMethods, func(m testMethod) bool { return m.typ == typ })
	return &testMethods[i]
}

var (
	phonePattern  = pattern.Lazy(`^\+?[0-9][0-9 ().-]{5,24}$`)
	taxIDPattern  = pattern.Lazy(`^[a-z]{2,3}_[a-z_]{1,20}$`)
	digitsPattern = pattern.Lazy(`^[0-9]+$`)
)

// problems says what is missing or wrong in what was entered, in the order of
// the page.
func (s *session) problems(p values) []*apiError {
	var problems []*apiError
	add := func(param, format string, args ...any) {
		problems = append(problems, invalidRequest(param, format, args...))
	}
	need := func(param, value, what string) {
		if strings.TrimSpace(value) == "" {
			problems = append(problems, invalidCode("parameter_missing", param, "Enter %s.", what))
		}
	}
	if email := s.email(p); email == "" {
		need("email", "", "your email address")
	} else if !isEmail(email) {
		add("email", "Enter an email address such as jenny@example.com.")
	}
	if s.params.object("phone_number_collection").flag("enabled") && !phonePattern().MatchString(p.text("phone")) {
		add("phone", "Enter a phone number such as +12015550123.")
	}

	if collection := s.params.object("shipping_address_collection"); collection != nil {
		shipping := p.object("shipping")
		need("shipping[name]", shipping.text("name"), "the name to ship to")
		address := shipping.object("address")
		needAddress(need, "shipping[address]", address)
		if country := address.text("country"); country != "" && !slices.Contains(collection.list("allowed_countries"), any(country)) {
			add("shipping[address][country]", "This can't be shipped to %s.", shorten(country))
		}
	}

	if s.needsPaymentMethod() {
		need("name", p.text("name"), "the name of the payer")
	}
	switch address := p.object("address"); {
	case s.params.text("billing_address_collection") == "required":
		needAddress(need, "address", address)
	case s.needsPaymentMethod():
		need("address[country]", address.text("country"), "the country")
		if hasPostalCodes(address.text("country")) {
			need("address[postal_code]", address.text("postal_code"), "the postal code")
		}
	}

	if id := p.object("tax_id"); id != nil {
		if !s.params.object("tax_id_collection").flag("enabled") {
			add("tax_id", "This Checkout Session doesn't collect tax IDs.")
		} else if !taxIDPattern().MatchString(id.text("type")) {
			add("tax_id[type]", "Choose the type of the tax ID, such as eu_vat.")
		} else {
			need("tax_id[value]", id.text("value"), "the tax ID")
		}
	}
	for _, f := range s.params.list("custom_fields") {
		field := f.(values)
		param := joinPath("custom_fields", field.text("key"))
		if problem := checkAnswer(field, p.object("custom_fields").text(field.text("key"))); problem != "" {
			add(param, "%s", problem)
		}
	}
	if s.params.object("consent_collection").text("terms_of_service") == "required" && !p.object("consent").flag("terms_of_service") {
		add("consent[terms_of_service]", "Agree to the terms of service to continue.")
	}
	return problems
}

func needAddress(need func(param, value, what string), path string, address values) {
	need(path+"[line1]", address.text("line1"), "the street")
	need(path+"[city]", address.text("city"), "the city")
	if hasPostalCodes(address.text("country")) {
		need(path+"[postal_code]", address.text("postal_code"), "the postal code")
	}
	need(path+"[country]", address.text("country"), "the country")
}

// hasPostalCodes reports whether Checkout asks for a postal code to check a
// card from that country.
func hasPostalCodes(country string) bool {
	return country == "US" || country == "GB" || country == "CA"
}

// checkAnswer says what is wrong with the answer to a custom field.
func checkAnswer(field values, answer string) string {
	typ := field.text("type")
	content := field.object(typ)
	if answer == "" {
		if field.flag("optional") {
			return ""
		}
		return fmt.Sprintf("Fill in “%s”.", field.object("label").text("custom"))
	}
	if typ == "dropdown" {
		for _, o := range content.list("options") {
			if o.(values).text("value") == answer {
				return ""
			}
		}
		return "Choose one of the options."
	}
	if typ == "numeric" && !digitsPattern().MatchString(answer) {
		return "Enter digits only."
	}
	length := int64(utf8.RuneCountInString(answer))
	if least, given := content.integer("minimum_length"); given && length < least {
		return fmt.Sprintf("Enter at least %d characters.", least)
	}
	most, given := content.integer("maximum_length")
	if !given {
		most = 255
	}
	if length > most {
		return fmt.Sprintf("Enter at most %d characters.", most)
	}
	return ""
}
