package sandbox

import (
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/currency"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/parameters"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/pattern"
)

// checkout is what the payment page shows for an open session; page_html.go
// says how.
type checkout struct {
	Title, Action, Shop, CancelURL string
	Amount, Per, Terms             string
	Lines, Offers                  []position
	Rows                           []row
	Promotion                      *field
	Notice                         string
	Problems                       []problem
	Sections, Last                 []section
	Methods                        []method
	SeveralMethods                 bool
	Button, SubmitText             string
}

// position is a line item, or an optional item that could become one.
type position struct {
	ID, Input, Initial, Name, Description, Unit string
	Quantity, Low, High                         int64
	Adjustable                                  bool
	Price, Error                                string
}

type section struct {
	Title, Text string
	Fields      []field
	Options     []option
}

type option struct {
	Name, Value, Label, Hint, Price string
	Selected                        bool
}

// field is one input. Type is an HTML input type, or select, checkbox or fixed.
type field struct {
	Name, Label, Type, Value                          string
	Autocomplete, InputMode, Placeholder, Hint, Error string
	Options                                           []option
	Half, Optional, Required                          bool
	Updates                                           bool // the totals depend on it
}

func (f field) ID() string { return fieldID(f.Name) }

// DescribedBy names what screen readers read with the field.
func (f field) DescribedBy() string {
	var ids []string
	if f.Hint != "" {
		ids = append(ids, f.ID()+"-hint")
	}
	if f.Error != "" {
		ids = append(ids, f.ID()+"-error")
	}
	return strings.Join(ids, " ")
}

type problem struct{ ID, Text string }

type method struct {
	Type, Label string
	Selected    bool
	Fields      []field
	Numbers     []testNumber
}

type testNumber struct{ Number, Shown, Does, For string }

var notInIDs = pattern.Lazy(`[^A-Za-z0-9]+`)

func fieldID(name string) string {
	return strings.Trim(notInIDs().ReplaceAllString(name, "-"), "-")
}

// checkout returns the page for a session with the customer's choices, what was
// entered, and what is wrong with it.
func (p *payPage) checkout(chosen *session, entered values, problems []*apiError) checkout {
	s := p.session
	v := &checkout{Action: p.url(), Shop: p.shop(), Button: "Save payment method"}
	f := fields{entered: entered, errors: map[string]string{}}
	for _, e := range problems {
		f.errors[e.Param] = e.Message
	}
	if back := s.params.text("cancel_url"); back != "" {
		v.CancelURL = s.fillURL(back)
	}
	if s.uiMode != "hosted" {
		v.Notice = fmt.Sprintf("This session has ui_mode %s: on a real site, Stripe.js would show the payment form inside the shop’s own page. The sandbox has no Stripe.js and shows this page instead.", s.uiMode)
	}
	v.head(chosen)
	v.Lines = p.lines(chosen, entered, f.errors)
	v.Offers = p.offers(entered)
	v.totals(chosen)
	if s.params.flag("allow_promotion_codes") {
		promotion := f.text("promotion_code", "Promotion code")
		promotion.Optional = true
		v.Promotion = &promotion
	}
	v.Sections = p.sections(chosen, &f)
	if chosen.needsPaymentMethod() {
		v.methods(chosen, &f)
	}
	v.Last = append(v.Last, p.last(&f)...)
	v.SubmitText = s.params.object("custom_text").object("submit").text("message")

	slices.SortStableFunc(problems, func(a, b *apiError) int {
		return slices.Index(f.names, a.Param) - slices.Index(f.names, b.Param)
	})
	for _, e := range problems {
		one := problem{Text: e.Message}
		if slices.Contains(f.names, e.Param) || strings.HasPrefix(e.Param, "quantities[") || strings.HasPrefix(e.Param, "optional_items[") {
			one.ID = fieldID(e.Param)
		}
		v.Problems = append(v.Problems, one)
	}
	return *v
}

func (v *checkout) head(s *session) {
	names := ""
	if len(s.lines) > 0 {
		names = s.lines[0].price.product.name
	}
	switch s.mode {
	case "setup":
		v.Title, v.Amount = "Save a payment method for "+v.Shop, "Nothing is charged"
		return
	case "subscription":
		v.Title, v.Button = "Subscribe to "+names, "Subscribe"
	default:
		v.Title, v.Button = "Pay "+v.Shop, "Pay "+amountText(s.total(), s.currency)
		if s.total() == 0 {
			v.Button = "Complete order"
		}
		verbs := map[string]string{"book": "Book", "donate": "Donate", "subscribe": "Subscribe"}
		if verb, ok := verbs[s.params.text("submit_type")]; ok {
			v.Button = verb + " " + amountText(s.total(), s.currency)
		}
	}
	v.Amount = amountText(s.total(), s.currency)
	if s.mode != "subscription" {
		return
	}
	regular, interval := int64(0), (*recurring)(nil)
	for _, line := range s.lines {
		if r := line.price.recurring; r != nil {
			interval = r
			regular += line.price.unitAmount.times(line.quantity)
		}
	}
	each := amountText(regular, s.currency) + " " + interval.each()
	if trial := s.trial(); trial != "" {
		v.Button = "Start trial"
		v.Amount = trial + " free"
		v.Terms = "Then " + each
		if s.total() > 0 {
			v.Terms += ", and " + amountText(s.total(), s.currency) + " today"
		}
		return
	}
	if s.total() == regular {
		v.Per = interval.each()
	} else {
		v.Per, v.Terms = "due today", "Then "+each
	}
}

// trial says how long nothing is due: "14 days".
func (s *session) trial() string {
	data := s.params.object("subscription_data")
	days, given := data.integer("trial_period_days")
	if end, until := data.integer("trial_end"); until {
		days, given = (end-s.created+day-1)/day, true
	}
	switch {
	case !given:
		return ""
	case days == 1:
		return "1 day"
	}
	return fmt.Sprintf("%d days", days)
}

// each says how often something recurs: "per month", "every 3 months".
func (r *recurring) each() string {
	if r.count == 1 {
		return "per " + r.interval
	}
	return fmt.Sprintf("every %d %ss", r.count, r.interval)
}

func (p *payPage) lines(chosen *session, entered values, errors map[string]string) []position {
	var lines []position
	for i, line := range p.session.lines {
		low, high := quantityRange(p.session.params.list("line_items")[i].(values))
		l := newPosition(line.price, "quantities["+line.id+"]")
		l.Quantity, l.Low, l.High, l.Adjustable = line.quantity, low, high, low != high
		if quantity, given := entered.object("quantities").integer(line.id); given && l.Adjustable {
			l.Quantity = quantity
		}
		l.Error = errors[l.Input]
		l.Price = amountText(0, line.price.currency)
		for _, c := range chosen.lines {
			if c.id == line.id {
				l.Price = amountText(c.subtotal, c.price.currency)
			}
		}
		switch r := line.price.recurring; {
		case r != nil && r.metered:
			l.Price = "by use"
		case !l.Adjustable && line.quantity > 1:
			l.Unit = fmt.Sprintf("%d × %s", line.quantity, strings.TrimSuffix(l.Unit, " each"))
		case !l.Adjustable && r == nil:
			l.Unit = "" // the amount already says it
		}
		lines = append(lines, l)
	}
	return lines
}

func (p *payPage) offers(entered values) []position {
	var offers []position
	for _, o := range p.session.params.list("optional_items") {
		offer := o.(values)
		id := offer.text("price")
		of, err := p.session.account.catalog.price(id, http.StatusBadRequest, "")
		if err != nil {
			continue // no longer sold
		}
		l := newPosition(of, "optional_items["+id+"]")
		l.Low, l.High = quantityRange(offer)
		l.Adjustable = l.Low != l.High
		l.Quantity, _ = entered.object("optional_items").integer(id)
		if !l.Adjustable && l.Low > 1 {
			l.Name = fmt.Sprintf("%d × %s", l.Low, l.Name)
		}
		offers = append(offers, l)
	}
	return offers
}

func newPosition(of *price, input string) position {
	l := position{ID: fieldID(input), Input: input, Name: of.product.name, Unit: of.each()}
	l.Description, _ = of.product.description.(string)
	first, _ := utf8.DecodeRuneInString(l.Name)
	l.Initial = strings.ToUpper(string(first))
	return l
}

// each is the price of one unit: "$15.00 per month".
func (p *price) each() string {
	amount, ok := new(big.Rat).SetString(string(p.unitAmount))
	if !ok {
		return "" // the customer chooses
	}
	text := symbol(p.currency) + grouped(exactly(amount, p.currency))
	switch r := p.recurring; {
	case r == nil:
		return text + " each"
	case r.metered:
		return text + " per unit, billed " + r.each()
	default:
		return text + " " + r.each()
	}
}

func (v *checkout) totals(s *session) {
	if s.mode == "setup" {
		return
	}
	add := func(label string, amount int64, sign string) {
		v.Rows = append(v.Rows, row{Label: label, Text: sign + amountText(amount, s.currency)})
	}
	if s.promotion != nil || len(s.shipping) > 0 || s.mode == "subscription" || s.params.object("automatic_tax").flag("enabled") {
		add("Subtotal", s.subtotal(), "")
	}
	if s.promotion != nil {
		add("Discount", s.discounted(), "−")
	}
	if len(s.shipping) > 0 {
		add("Shipping: "+s.shipping[s.selected].name, s.shippingAmount(), "")
	}
	if s.params.object("automatic_tax").flag("enabled") {
		v.Rows = append(v.Rows, row{Label: "Tax (the sandbox has none)", Text: amountText(0, s.currency)})
	}
	label := "Total"
	if s.mode == "subscription" {
		label = "Total due today"
	}
	v.Rows = append(v.Rows, row{Label: label, Text: amountText(s.total(), s.currency), Strong: true})
}

// fields creates inputs and keeps track of them.
type fields struct {
	entered values
	errors  map[string]string
	names   []string
}

// text returns an input with what was entered under its name: a[b][c].
func (f *fields) text(name, label string) field {
	f.names = append(f.names, name)
	return field{Name: name, Label: label, Type: "text", Value: f.value(name), Error: f.errors[name], Required: true}
}

func (f *fields) value(name string) string {
	at := any(f.entered)
	for part := range strings.SplitSeq(strings.ReplaceAll(name, "]", ""), "[") {
		v, _ := at.(values)
		at = v[part]
	}
	switch v := at.(type) {
	case string:
		return v
	case bool:
		return fmt.Sprint(v)
	}
	return ""
}

func (f *fields) choice(name, label string, options []option) field {
	one := f.text(name, label)
	one.Type, one.Options = "select", options
	for i := range options {
		options[i].Selected = options[i].Value == one.Value
	}
	return one
}

func (f *fields) address(path, autocomplete string, countries []any, whole bool) []field {
	with := func(one field, token string) field {
		one.Autocomplete = autocomplete + token
		return one
	}
	country := with(f.choice(path+"[country]", "Country", countryOptions(countries)), "country")
	if country.Value == "" && (len(countries) == 0 || slices.Contains(countries, any("US"))) {
		for i := range country.Options { // some country has to be selected at first
			country.Options[i].Selected = country.Options[i].Value == "US"
		}
	}
	if !whole {
		code := with(f.text(path+"[postal_code]", "Postal code"), "postal-code")
		code.Half, country.Half = true, true
		return []field{country, code}
	}
	line1 := with(f.text(path+"[line1]", "Address"), "address-line1")
	line2 := with(f.text(path+"[line2]", "Address, second line"), "address-line2")
	city := with(f.text(path+"[city]", "City"), "address-level2")
	state := with(f.text(path+"[state]", "State or region"), "address-level1")
	code := with(f.text(path+"[postal_code]", "Postal code"), "postal-code")
	line2.Optional, line2.Required = true, false
	state.Optional, state.Required = true, false
	city.Half, code.Half = true, true
	return []field{country, line1, line2, code, city, state}
}

// countryOptions lists the given countries or, if there are none, all that
// Stripe ships to.
func countryOptions(codes []any) []option {
	var options []option
	for _, code := range codes {
		options = append(options, option{Value: code.(string), Label: countryName(code.(string))})
	}
	if len(codes) == 0 {
		for _, code := range parameters.Of("create")["shipping_address_collection.allowed_countries"].Enum {
			if code != "ZZ" {
				options = append(options, option{Value: code, Label: countryName(code)})
			}
		}
	}
	slices.SortFunc(options, func(a, b option) int { return strings.Compare(a.Label, b.Label) })
	return options
}

// sections returns the sections that come before the payment.
func (p *payPage) sections(chosen *session, f *fields) []section {
	s := p.session
	email := f.text("email", "Email")
	email.Type, email.Autocomplete = "email", "email"
	if given := s.email(values{}); given != "" {
		email.Type, email.Value = "fixed", given
	}
	contact := section{Title: "Contact", Fields: []field{email}}
	if s.params.object("phone_number_collection").flag("enabled") {
		phone := f.text("phone", "Phone number")
		phone.Type, phone.Autocomplete = "tel", "tel"
		contact.Fields = append(contact.Fields, phone)
	}
	if s.params.object("tax_id_collection").flag("enabled") {
		var types []option
		for _, t := range [][2]string{{"us_ein", "US EIN"}, {"eu_vat", "EU VAT"}, {"gb_vat", "GB VAT"}, {"au_abn", "AU ABN"}, {"ca_bn", "CA BN"}, {"ch_vat", "CH VAT"}, {"in_gst", "IN GST"}, {"jp_cn", "JP CN"}, {"no_vat", "NO VAT"}, {"nz_gst", "NZ GST"}} {
			types = append(types, option{Value: t[0], Label: t[1]})
		}
		typ, value := f.choice("tax_id[type]", "Type of tax ID", types), f.text("tax_id[value]", "Tax ID")
		typ.Half, value.Half, value.Optional, value.Required = true, true, true, false
		contact.Fields = append(contact.Fields, typ, value)
	}
	sections := []section{contact}
	if s.amountToChoose() {
		sections = []section{{Title: "Your amount", Fields: []field{f.amount(chosen)}}, contact}
	}

	if collection := s.params.object("shipping_address_collection"); collection != nil {
		name := f.text("shipping[name]", "Full name")
		name.Autocomplete = "shipping name"
		sections = append(sections, section{
			Title: "Shipping address", Text: s.params.object("custom_text").object("shipping_address").text("message"),
			Fields: append([]field{name}, f.address("shipping[address]", "shipping ", collection.list("allowed_countries"), true)...),
		})
	}
	if len(s.shipping) > 0 {
		options := make([]option, len(s.shipping))
		for i, rate := range s.shipping {
			options[i] = option{
				Name: "shipping_rate", Value: rate.id, Label: rate.name, Hint: rate.estimate(),
				Price: amountText(rate.amount, rate.currency), Selected: i == chosen.selected,
			}
			if rate.amount == 0 {
				options[i].Price = "Free"
			}
		}
		sections = append(sections, section{Title: "Shipping method", Options: options})
	}
	if !chosen.needsPaymentMethod() && s.params.text("billing_address_collection") == "required" {
		sections = append(sections, section{Title: "Billing address", Fields: f.address("address", "billing ", nil, true)})
	}

	custom := section{Title: "Additional information"}
	for _, c := range s.params.list("custom_fields") {
		custom.Fields = append(custom.Fields, f.custom(c.(values)))
	}
	if len(custom.Fields) > 0 {
		sections = append(sections, custom)
	}
	return sections
}

// amount is the input for what a customer chooses to pay, in whole units of the
// currency rather than in the API's unit.
func (f *fields) amount(s *session) field {
	one := f.text("amount", "Amount in "+strings.ToUpper(s.currency))
	one.InputMode, one.Updates = "decimal", true
	custom := s.lines[0].price.custom
	if amount, given := f.entered.integer("amount"); given {
		one.Value = currency.FormatUnits(amount, s.currency)
	} else if custom.hasPreset {
		one.Value = currency.FormatUnits(custom.preset, s.currency)
	}
	low, high := custom.bounds(s.currency)
	one.Hint = "From " + amountText(max(low, 1), s.currency) + " to " + amountText(high, s.currency)
	return one
}

// custom returns the input for a custom field.
func (f *fields) custom(of values) field {
	typ := of.text("type")
	content := of.object(typ)
	name, label := joinPath("custom_fields", of.text("key")), of.object("label").text("custom")
	var options []option
	for _, o := range content.list("options") {
		options = append(options, option{Value: o.(values).text("value"), Label: o.(values).text("label")})
	}
	one := f.text(name, label)
	if one.Value == "" {
		one.Value = content.text("default_value")
	}
	if typ == "dropdown" {
		one.Type, one.Options = "select", append([]option{{Label: "Choose…"}}, options...)
		for i := range one.Options {
			one.Options[i].Selected = one.Options[i].Value == one.Value
		}
	}
	if typ == "numeric" {
		one.InputMode = "numeric"
	}
	one.Optional = of.flag("optional")
	one.Required = !one.Optional
	return one
}

// methods adds the ways to pay.
func (v *checkout) methods(s *session, f *fields) {
	types := s.methodTypes()
	selected := f.entered.text("payment_method")
	if !slices.Contains(types, selected) && len(types) > 0 {
		selected = types[0]
	}
	for _, typ := range types {
		m := method{Type: typ, Label: methodLabels[typ], Selected: typ == selected}
		number := f.text(methodParam(typ), "Account number")
		number.Name = methodParam(typ)
		switch typ {
		case "card":
			number.Label, number.Autocomplete, number.InputMode, number.Placeholder = "Card number", "cc-number", "numeric", "4242 4242 4242 4242"
			expiry, cvc := f.text("expiry", "Expiry"), f.text("cvc", "Security code")
			expiry.Autocomplete, expiry.InputMode, expiry.Placeholder, expiry.Half = "cc-exp", "numeric", "MM/YY", true
			cvc.Autocomplete, cvc.InputMode, cvc.Placeholder, cvc.Half = "cc-csc", "numeric", "CVC", true
			m.Fields = []field{number, expiry, cvc}
			if findMethod("card", number.Value) == nil {
				m.Fields[0].Value, m.Fields[2].Value = "", "" // never show it again
			}
		case "sepa_debit":
			number.Label = "IBAN"
			fallthrough
		default:
			number.Hint = "The bank answers after three days by the sandbox’s clock."
			m.Fields = []field{number}
		}
		for _, t := range testMethods {
			if t.typ == typ {
				m.Numbers = append(m.Numbers, testNumber{t.number, spaced(t.number), t.Does, number.ID()})
			}
		}
		v.Methods = append(v.Methods, m)
	}
	v.SeveralMethods = len(types) > 1
	if len(types) == 0 {
		v.Notice = strings.TrimSpace(v.Notice + " The sandbox takes cards, us_bank_account and sepa_debit; this session allows none of them, so it can’t be paid here.")
	}
	name := f.text("name", "Name of the payer")
	name.Autocomplete = "cc-name"
	whole := s.params.text("billing_address_collection") == "required"
	v.Last = append(v.Last, section{Title: "Billing", Fields: append([]field{name}, f.address("address", "billing ", nil, whole)...)})
}

var methodLabels = map[string]string{"card": "Card", "us_bank_account": "US bank account", "sepa_debit": "SEPA debit"}

// last returns the sections that come after the payment: consent.
func (p *payPage) last(f *fields) []section {
	collection := p.session.params.object("consent_collection")
	consent := section{Title: "Before you go"}
	if collection.text("promotions") == "auto" {
		box := f.text("consent[promotions]", "Send me offers and news from "+p.shop())
		box.Type = "checkbox"
		consent.Fields = append(consent.Fields, box)
	}
	if collection.text("terms_of_service") == "required" {
		label := p.session.params.object("custom_text").object("terms_of_service_acceptance").text("message")
		if label == "" {
			label = "I agree to the terms of service of " + p.shop()
		}
		box := f.text("consent[terms_of_service]", label)
		box.Type = "checkbox"
		consent.Fields = append(consent.Fields, box)
	}
	if len(consent.Fields) == 0 {
		return nil
	}
	return []section{consent}
}

// estimate says when a delivery arrives: "2 to 5 business days".
func (r shippingRate) estimate() string {
	e := r.params.object("delivery_estimate")
	least, most := e.object("minimum"), e.object("maximum")
	part := func(of values) string {
		n, _ := of.integer("value")
		unit := strings.ReplaceAll(of.text("unit"), "_", " ")
		if n != 1 {
			unit += "s"
		}
		return fmt.Sprintf("%d %s", n, unit)
	}
	switch {
	case least != nil && most != nil && least.text("unit") == most.text("unit"):
		n, _ := least.integer("value")
		return fmt.Sprintf("%d to %s", n, part(most))
	case least != nil && most != nil:
		return part(least) + " to " + part(most)
	case least != nil:
		return "At least " + part(least)
	case most != nil:
		return "Up to " + part(most)
	}
	return ""
}

// amountText writes an amount as people do: "$1,200.00", "¥500", "KWD 1.250".
func amountText(amount int64, code string) string {
	return symbol(code) + grouped(currency.FormatUnits(amount, code))
}

func symbol(code string) string {
	if s, ok := currencySymbols[code]; ok && code != "mxn" {
		return s
	}
	return strings.ToUpper(code) + "\u00a0"
}

// exactly writes an amount with all of its decimals: prices that are a fraction
// of a cent aren't rounded.
func exactly(amount *big.Rat, code string) string {
	text, exact := currency.Format(amount, code)
	if exact {
		return text
	}
	places := currency.Decimals(code)
	unit := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places)), nil))
	return strings.TrimRight(new(big.Rat).Quo(amount, unit).FloatString(places+maxDecimalPlaces), "0")
}

// grouped puts commas between thousands.
func grouped(number string) string {
	whole, rest := number, ""
	if dot := strings.IndexByte(number, '.'); dot >= 0 {
		whole, rest = number[:dot], number[dot:]
	}
	for at := len(whole) - 3; at > 0; at -= 3 {
		whole = whole[:at] + "," + whole[at:]
	}
	return whole + rest
}

// spaced writes a card number in groups of four.
func spaced(number string) string {
	var groups []string
	for len(number) > 4 {
		groups, number = append(groups, number[:4]), number[4:]
	}
	return strings.Join(append(groups, number), " ")
}
