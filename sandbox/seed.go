package sandbox

import "fmt"

// seed is a session that every account has from the start.
type seed struct {
	age    int64 // seconds before the account was first used
	form   string
	status string // "" means open, or expired if it is old enough
	// What a customer who completed the checkout left behind.
	paid        bool
	customer    string
	buyer       *buyer
	paymentLink string
}

const (
	minute = 60
	hour   = 60 * minute
	day    = 24 * hour
)

// seedSessions have all statuses and modes, newest first: what an agent needs
// to list, filter, read and expire sessions without creating any first.
var seedSessions = []seed{
	{age: 20 * minute, form: "mode=payment&customer=" + CustomerAda + "&line_items[0][price]=" + PriceTShirt + "&line_items[0][quantity]=2&client_reference_id=order_1001&metadata[order]=1001&" + seedURLs},
	{age: 2 * hour, form: "mode=subscription&customer_email=grace@example.com&line_items[0][price]=" + PriceProMonthly + "&line_items[0][quantity]=1&subscription_data[trial_period_days]=14&" + seedURLs},
	{age: 5 * hour, form: "mode=setup&currency=usd&customer=" + CustomerAlan + "&" + seedURLs},
	{age: 9 * hour, form: "mode=payment&line_items[0][price]=" + PriceTShirt + "&line_items[0][quantity]=1&line_items[1][price_data][currency]=usd&line_items[1][price_data][unit_amount]=500&line_items[1][price_data][product_data][name]=Gift wrapping&line_items[1][quantity]=1&" + seedURLs,
		status: "complete", paid: true, buyer: &buyer{name: "Katherine Johnson", email: "katherine@example.com", address: values{"country": "US", "postal_code": "23669"}}},
	{age: 1 * day, form: "mode=payment&customer=" + CustomerAda + "&line_items[0][price]=" + PriceMug + "&line_items[0][quantity]=3&metadata[order]=1000&" + seedURLs,
		status: "complete", paid: true, buyer: &buyer{name: "Ada Lovelace", email: "ada@example.com", address: values{"country": "GB", "postal_code": "SW1Y 4JH"}}},
	{age: 2 * day, form: "mode=payment&customer_email=mary@example.com&line_items[0][price]=" + PriceMug + "&line_items[0][quantity]=1&after_expiration[recovery][enabled]=true&" + seedURLs},
	{age: 3 * day, form: "mode=subscription&line_items[0][price]=" + PriceProYearly + "&line_items[0][quantity]=1&" + seedURLs,
		status: "complete", paid: true, customer: CustomerGrace, buyer: &buyer{name: "Grace Hopper", email: "grace@example.com", address: values{"country": "US", "postal_code": "22201"}}},
	{age: 5 * day, form: "mode=payment&payment_method_types[0]=us_bank_account&line_items[0][price]=" + PriceTShirt + "&line_items[0][quantity]=10&" + seedURLs,
		status: "complete", buyer: &buyer{name: "Annie Easley", email: "annie@example.com", address: values{"country": "US", "postal_code": "44135"}}}, // the bank hasn't paid yet
	{age: 8 * day, form: "mode=subscription&customer=" + CustomerAlan + "&line_items[0][price]=" + PriceProMonthly + "&line_items[0][quantity]=5&" + seedURLs},
	{age: 13 * day, form: "mode=setup&currency=usd&customer=" + CustomerGrace + "&" + seedURLs,
		status: "complete", buyer: &buyer{name: "Grace Hopper", email: "grace@example.com", address: values{"country": "US", "postal_code": "22201"}}},
	{age: 21 * day, form: "mode=payment&discounts[0][coupon]=" + CouponTenPercent + "&line_items[0][price]=" + PriceTShirt + "&line_items[0][quantity]=1&" + seedURLs,
		status: "complete", paid: true, paymentLink: "plink_sandbox_tshirt", buyer: &buyer{name: "Alan Turing", email: "alan@example.com", address: values{"country": "GB", "postal_code": "M13 9PL"}}},
	{age: 34 * day, form: "mode=setup&currency=eur&customer_email=mary@example.com&" + seedURLs},
}

const seedURLs = "success_url=https://example.com/success?session_id={CHECKOUT_SESSION_ID}&cancel_url=https://example.com/cancel"

// seedSessions returns the sessions of a new account, oldest first.
func (a *account) seedSessions(now int64) []*session {
	sessions := make([]*session, len(seedSessions))
	for i, of := range seedSessions {
		s, err := of.session(i+1, creation{a, now})
		if err != nil {
			panic(fmt.Sprintf("sandbox: seed session %d: %s", i+1, err.Message))
		}
		sessions[len(sessions)-1-i] = s
	}
	return sessions
}

func (of seed) session(n int, in creation) (*session, *apiError) {
	form, err := parseForm(of.form)
	if err != nil {
		return nil, err
	}
	params, err := createParams().decodeParams(form)
	if err != nil {
		return nil, err
	}
	s, err := newSession(seedID(in.account.name, n), params, creation{in.account, in.now - of.age})
	if err != nil {
		return nil, err
	}
	s.size = sessionOverhead
	for i, line := range s.lines {
		name := fmt.Sprintf("seed %d line %d", n, i)
		line.id = fixedID("li_1", name, 23)
		if !line.price.active {
			line.price.id = fixedID("price_1", name, 23)
			line.price.product.id = fixedID("prod_", name, 14)
		}
	}
	if of.status == "" {
		s.status = s.statusAt(in.now)
		return s, nil
	}
	s.status, s.paid, s.buyer, s.paymentLink = of.status, of.paid, of.buyer, of.paymentLink
	if of.customer != "" {
		s.customer = of.customer
	}
	switch s.mode {
	case "payment":
		s.paymentIntent = fmt.Sprintf("pi_sandbox_%d", n)
	case "subscription":
		s.subscription, s.invoice = fmt.Sprintf("sub_sandbox_%d", n), fmt.Sprintf("in_sandbox_%d", n)
	case "setup":
		s.setupIntent = fmt.Sprintf("seti_sandbox_%d", n)
	}
	return s, nil
}
