package policy_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/policy"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// FuzzNothingBreaksThePolicy makes up policies and creates at random. If the
// sandbox creates the session, it is judged by what the sandbox says about it:
// as it was created, and after a customer has paid for the most expensive
// choice of quantities, optional items and shipping, and for the cheapest.
func FuzzNothingBreaksThePolicy(f *testing.F) {
	for i := range 40 {
		seed := make([]byte, 96)
		for j := range seed {
			seed[j] = byte((i*131 + j*j*17 + j*i*7) >> (j % 3))
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed []byte) { run(t, seed, true, &tally{}) })
}

// A tally counts the outcomes of random sales.
type tally struct {
	created, paid int
	broken        map[string]int // by rule
}

// run makes up a policy and a sale, tries to make the sale, and fails if the
// session breaks a policy that is in force.
func run(t *testing.T, seed []byte, inForce bool, sum *tally) {
	t.Helper()
	c := &chooser{seed: seed}
	rules, sale := c.rules(), c.sale()
	said, err := json.Marshal(rules)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := policy.Parse(said); err != nil {
		return // nothing is set, say
	}
	look := func(shop *shop, s *session) {
		for _, rule := range judge(rules, slices.Collect(maps.Values(shop.ids)), sale, s) {
			if sum.broken == nil {
				sum.broken = map[string]int{}
			}
			sum.broken[rule]++
			if inForce {
				body, _ := json.Marshal(sale)
				t.Errorf("the session breaks %s\npolicy  %s\nsale    %s\nsession %s", rule, said, body, s.raw)
			}
		}
	}
	for _, most := range []bool{true, false} {
		shop := newShop(t, rules, inForce)
		created, ok := shop.create(t, sale)
		if !ok {
			return
		}
		sum.created++
		look(shop, created)
		if paid, ok := shop.pay(t, sale, created, most); ok {
			sum.paid++
			look(shop, paid)
		}
	}
}

// TestRandomSales is the fuzz test with the same sales every time. It shows
// that sales are made and paid, and that the judge would notice a mistake:
// without the policy, the same sales break every rule.
func TestRandomSales(t *testing.T) {
	if testing.Short() {
		t.Skip("makes two thousand sales; skipped with -short")
	}
	t.Parallel()
	for _, inForce := range []bool{true, false} {
		var sum tally
		random := rand.New(rand.NewPCG(1, 2))
		for range 500 {
			seed := make([]byte, 96)
			for i := range seed {
				seed[i] = byte(random.Uint32())
			}
			run(t, seed, inForce, &sum)
		}
		t.Logf("policy in force %v: %d sessions created, %d paid, broken %v", inForce, sum.created, sum.paid, sum.broken)
		if sum.created < 100 || sum.paid < 50 {
			t.Errorf("policy in force %v: only %d sessions were created and %d paid", inForce, sum.created, sum.paid)
		}
		if rules := 12; !inForce && len(sum.broken) < rules {
			t.Errorf("without the policy, only %d of %d rules are broken: %v", len(sum.broken), rules, sum.broken)
		}
	}
}

// judge looks only at what the sandbox says about a session, and at nothing
// that the policy's own code worked out. Only the sale tells that a session
// begins with a trial.
func judge(rules *policy.Rules, stocked []string, sold *sale, s *session) (all []string) {
	broken := func(rule string) { all = append(all, rule) }
	if most, ok := rules.MaxAmount[s.Currency]; rules.MaxAmount != nil && s.AmountTotal != nil && (!ok || *s.AmountTotal > most) {
		broken("max_amount")
	}
	for _, line := range s.LineItems.Data {
		unit, _ := strconv.ParseFloat(line.Price.UnitAmountDecimal, 64)
		if most, ok := rules.MaxUnitAmount[line.Price.Currency]; rules.MaxUnitAmount != nil && (!ok || unit > float64(most)) {
			broken("max_unit_amount")
		}
		if rules.CatalogOnly && !strings.HasPrefix(line.Price.ID, "price_sandbox_") && !slices.Contains(stocked, line.Price.ID) {
			broken("catalog_only")
		}
		if (rules.Prices != nil || rules.Products != nil) && !slices.Contains(rules.Prices, line.Price.ID) && !slices.Contains(rules.Products, line.Price.Product) {
			broken("prices or products")
		}
	}
	if rules.Modes != nil && !slices.Contains(rules.Modes, s.Mode) {
		broken("modes")
	}
	for _, u := range []string{s.SuccessURL, s.CancelURL} {
		if parsed, err := url.Parse(u); u != "" && rules.ReturnHosts != nil && (err != nil || !slices.Contains(rules.ReturnHosts, parsed.Hostname())) {
			broken("return_hosts")
		}
	}
	if s.Shipping != nil && rules.ShippingCountries != nil {
		for _, country := range s.Shipping.AllowedCountries {
			if !slices.Contains(*rules.ShippingCountries, country) {
				broken("shipping_countries")
			}
		}
	}
	for key, value := range rules.Metadata {
		if s.Metadata[key] != value {
			broken("metadata")
		}
	}
	allows := func(what string) bool { return slices.Contains(rules.Allow, what) }
	metered := slices.ContainsFunc(s.LineItems.Data, func(l line) bool { return l.Price.ID == sandbox.PriceAPICalls })
	listed := !slices.ContainsFunc(s.LineItems.Data, func(l line) bool { return !slices.Contains(rules.Prices, l.Price.ID) })
	trial := sold.Subscription["trial_period_days"] != nil && allows("trials")
	unchosen := s.Status == "open" && slices.ContainsFunc(s.LineItems.Data, func(l line) bool { return l.Price.UnitAmountDecimal == "" })
	if s.AmountTotal != nil && *s.AmountTotal == 0 && !unchosen && s.Mode != "setup" && !metered && !listed && !allows("free_sessions") && !trial {
		broken("free_sessions")
	}
	if s.Details.AmountDiscount > 0 && !allows("discounts") && !allows("promotion_codes") {
		broken("discounts")
	}
	if s.PromotionCodes != nil && *s.PromotionCodes && !allows("promotion_codes") {
		broken("promotion_codes")
	}
	if s.AutomaticTax.Enabled && !allows("tax") {
		broken("tax")
	}
	if s.Invoices != nil && s.Invoices.Enabled && !allows("invoices") {
		broken("invoices")
	}
	return all
}

// A session is the part of Stripe's that is judged.
type session struct {
	raw         json.RawMessage
	ID          string
	Mode        string
	Currency    string
	Status      string
	AmountTotal *int64            `json:"amount_total"`
	SuccessURL  string            `json:"success_url"`
	CancelURL   string            `json:"cancel_url"`
	Metadata    map[string]string `json:"metadata"`
	Shipping    *struct {
		AllowedCountries []string `json:"allowed_countries"`
	} `json:"shipping_address_collection"`
	PromotionCodes *bool `json:"allow_promotion_codes"`
	AutomaticTax   struct {
		Enabled bool `json:"enabled"`
	} `json:"automatic_tax"`
	Invoices *struct {
		Enabled bool `json:"enabled"`
	} `json:"invoice_creation"`
	Details struct {
		AmountDiscount int64 `json:"amount_discount"`
	} `json:"total_details"`
	LineItems struct {
		Data []line `json:"data"`
	} `json:"line_items"`
	ShippingOptions []struct {
		ShippingRate string `json:"shipping_rate"`
		Amount       int64  `json:"shipping_amount"`
	} `json:"shipping_options"`
}

type line struct {
	ID       string
	Quantity int64
	Price    struct {
		ID                string
		Currency          string
		Product           string
		UnitAmountDecimal string `json:"unit_amount_decimal"` // "" if customers choose
	}
}

func read(t *testing.T, data json.RawMessage) *session {
	t.Helper()
	s := &session{raw: data}
	if err := json.Unmarshal(data, s); err != nil {
		t.Fatal(err)
	}
	return s
}

// A shop is a service with a sandbox of its own.
type shop struct {
	service *operations.Service
	sandbox http.RoundTripper
	// ids are the ids of the shop's objects, by the names that sales use for
	// them.
	ids map[string]string
}

// What a shop has besides the sandbox's initial objects.
const (
	priceBounded = "price_bounded" // customers choose from 1.00 to 50.00
	priceOpen    = "price_open"    // customers choose
	couponAll    = "ALL"           // 100 % off
	couponMuch   = "MUCH"          // 20.00 USD off
)

func (s *shop) stock(t *testing.T) {
	t.Helper()
	s.ids = map[string]string{}
	for name, form := range map[string]string{
		priceBounded: "currency=usd&product_data[name]=Gift&custom_unit_amount[enabled]=true&custom_unit_amount[minimum]=100&custom_unit_amount[maximum]=5000",
		priceOpen:    "currency=usd&product_data[name]=Gift&custom_unit_amount[enabled]=true",
		couponAll:    "id=ALL&percent_off=100&duration=once",
		couponMuch:   "id=MUCH&amount_off=2000&currency=usd&duration=once",
	} {
		path := "/v1/prices"
		if !strings.HasPrefix(name, "price_") {
			path = "/v1/coupons"
		}
		values, err := url.ParseQuery(form)
		if err != nil {
			t.Fatal(err)
		}
		made, ok := s.request(t, http.MethodPost, path, values)
		var object struct{ ID string }
		if err := json.Unmarshal(made, &object); err != nil || !ok {
			t.Fatalf("%s: %s", name, made)
		}
		s.ids[name] = object.ID
	}
}

func newShop(t *testing.T, rules *policy.Rules, inForce bool) *shop {
	t.Helper()
	p, err := policy.New("", rules, nil)
	if err != nil {
		t.Fatal(err)
	}
	key, err := stripeclient.ParseKey(sandbox.Key)
	if err != nil {
		t.Fatal(err)
	}
	stripes := sandbox.New(sandbox.Options{})
	client, err := stripeclient.New(stripeclient.Config{Key: key, Transport: stripes})
	if err != nil {
		t.Fatal(err)
	}
	service, err := operations.New(client, operations.Options{Policy: func(ctx context.Context, call *operations.Call) error {
		if !inForce {
			return nil
		}
		return p.Apply(ctx, call.Params.(*stripe.CheckoutSessionCreateParams), client.Lookup)
	}})
	if err != nil {
		t.Fatal(err)
	}
	s := &shop{service: service, sandbox: stripes}
	s.stock(t)
	return s
}

func (s *shop) create(t *testing.T, sale *sale) (*session, bool) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"body": sale})
	if err != nil {
		t.Fatal(err)
	}
	for name, id := range s.ids {
		body = bytes.ReplaceAll(body, []byte(`"`+name+`"`), []byte(`"`+id+`"`))
	}
	answer, err := s.service.Do(t.Context(), operations.Create, body)
	if err != nil {
		if _, ok := stripeclient.AsError(err); !ok {
			t.Fatalf("%s: %v", body, err)
		}
		return nil, false
	}
	return read(t, answer.JSON), true
}

// pay pays the session like a customer who chooses whatever costs the most, or
// the least.
func (s *shop) pay(t *testing.T, sale *sale, created *session, most bool) (*session, bool) {
	t.Helper()
	form := url.Values{}
	for _, line := range created.LineItems.Data {
		switch line.Price.ID {
		case s.ids[priceBounded]:
			form.Set("amount", map[bool]string{true: "5000", false: "100"}[most])
		case s.ids[priceOpen]:
			form.Set("amount", map[bool]string{true: "900000", false: "50"}[most])
		}
	}
	for i, line := range created.LineItems.Data {
		if q := sale.LineItems[i].Adjustable; q != nil && q.Enabled {
			form.Set("quantities["+line.ID+"]", fmt.Sprint(q.chosen(most)))
		}
	}
	for _, o := range sale.OptionalItems {
		n := o.Quantity
		if q := o.Adjustable; q != nil && q.Enabled {
			n = q.chosen(true)
		}
		if most {
			form.Set("optional_items["+o.Price+"]", fmt.Sprint(n))
		}
	}
	chosen := ""
	amount := int64(0)
	for _, o := range created.ShippingOptions {
		if chosen == "" || most == (o.Amount > amount) {
			chosen, amount = o.ShippingRate, o.Amount
		}
	}
	if chosen != "" {
		form.Set("shipping_rate", chosen)
	}
	if _, ok := s.request(t, http.MethodPost, "/sandbox/sessions/"+created.ID+"/pay", form); !ok {
		return nil, false
	}
	paid, ok := s.request(t, http.MethodGet, "/v1/checkout/sessions/"+created.ID+"?expand[]=line_items", nil)
	if !ok {
		t.Fatal("a paid session is gone")
	}
	return read(t, paid), true
}

func (s *shop) request(t *testing.T, method, path string, form url.Values) (json.RawMessage, bool) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://sandbox"+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+sandbox.Key)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := s.sandbox.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return data, answer.StatusCode == http.StatusOK
}

// A sale is the body of a create.
type sale struct {
	Mode            string            `json:"mode"`
	Currency        string            `json:"currency,omitempty"`
	SuccessURL      string            `json:"success_url"`
	CancelURL       string            `json:"cancel_url,omitempty"`
	LineItems       []item            `json:"line_items,omitempty"`
	OptionalItems   []item            `json:"optional_items,omitempty"`
	ShippingOptions []map[string]any  `json:"shipping_options,omitempty"`
	Shipping        map[string]any    `json:"shipping_address_collection,omitempty"`
	Discounts       []map[string]any  `json:"discounts,omitempty"`
	PromotionCodes  *bool             `json:"allow_promotion_codes,omitempty"`
	AutomaticTax    map[string]any    `json:"automatic_tax,omitempty"`
	Subscription    map[string]any    `json:"subscription_data,omitempty"`
	Invoices        map[string]any    `json:"invoice_creation,omitempty"`
	Metadata        map[string]string `json:"metadata,omitempty"`
	Expand          []string          `json:"expand"`
}

type item struct {
	Price      string         `json:"price,omitempty"`
	PriceData  map[string]any `json:"price_data,omitempty"`
	Quantity   int64          `json:"quantity,omitempty"`
	Adjustable *adjustable    `json:"adjustable_quantity,omitempty"`
}

type adjustable struct {
	Enabled bool   `json:"enabled"`
	Minimum *int64 `json:"minimum,omitempty"`
	Maximum *int64 `json:"maximum,omitempty"`
}

func (q *adjustable) chosen(most bool) int64 {
	switch {
	case most && q.Maximum != nil:
		return *q.Maximum
	case most:
		return 99
	case q.Minimum != nil:
		return *q.Minimum
	}
	return 0
}

// A chooser turns bytes into choices; when it runs out of bytes, it chooses the
// first.
type chooser struct {
	seed     []byte
	currency string // of most things in a sale
}

func (c *chooser) below(n int) int {
	if len(c.seed) == 0 {
		return 0
	}
	b := c.seed[0]
	c.seed = c.seed[1:]
	return int(b) % n
}

func (c *chooser) maybe() bool { return c.below(3) == 2 }

func (c *chooser) seldom() bool { return c.below(8) == 7 }

func pick[T any](c *chooser, of ...T) T { return of[c.below(len(of))] }

func (c *chooser) rules() *policy.Rules {
	r := &policy.Rules{}
	amount := func() map[string]int64 {
		limits := map[string]int64{"usd": pick(c, int64(2500), 2000, 5000, 150000, 1)}
		if c.maybe() {
			limits["eur"] = pick(c, int64(5000), 1500, 150000)
		}
		return limits
	}
	if !c.maybe() {
		r.MaxAmount = amount()
	}
	if c.maybe() {
		r.MaxUnitAmount = amount()
	}
	if c.seldom() {
		r.Modes = []string{pick(c, "payment", "subscription", "setup")}
	}
	r.CatalogOnly = c.seldom()
	if c.seldom() {
		r.Prices = []string{pick(c, sandbox.PriceTShirt, sandbox.PriceMug, sandbox.PriceProMonthly)}
	}
	if c.seldom() {
		r.Products = []string{pick(c, "prod_sandbox_tshirt", "prod_sandbox_pro")}
	}
	if c.maybe() {
		r.ReturnHosts = []string{"shop.example.com"}
	}
	if c.maybe() {
		countries := pick(c, []string{"US"}, []string{"US", "DE"}, []string{})
		r.ShippingCountries = &countries
	}
	for _, what := range []string{"discounts", "promotion_codes", "trials", "free_sessions", "tax", "invoices"} {
		if c.maybe() {
			r.Allow = append(r.Allow, what)
		}
	}
	if c.maybe() {
		r.Metadata = map[string]string{"channel": "agent"}
	}
	return r
}

func (c *chooser) sale() *sale {
	c.currency = pick(c, "usd", "usd", "eur")
	s := &sale{
		Mode:       pick(c, "payment", "payment", "payment", "subscription", "setup"),
		SuccessURL: pick(c, "https://shop.example.com/thanks", "https://shop.example.com/", "https://shop.example.com/a", "https://shop.example.com@evil.example/", "https://evil.example/"),
		Expand:     []string{"line_items"},
	}
	if c.seldom() {
		s.CancelURL = pick(c, "https://shop.example.com/", "https://evil.example/")
	}
	if s.Mode == "setup" {
		s.Currency = c.currency
	} else {
		for range 1 + c.below(3) {
			s.LineItems = append(s.LineItems, c.item(s.Mode))
		}
		if s.Mode == "payment" && c.seldom() {
			s.LineItems = []item{{Price: pick(c, priceBounded, priceOpen), Quantity: 1}}
		}
		for range c.below(5) / 3 {
			s.OptionalItems = append(s.OptionalItems, c.catalogItem(s.Mode))
		}
		if c.seldom() {
			s.Currency = pick(c, "usd", "eur")
		}
	}
	if s.Mode == "payment" {
		for range c.below(6) / 3 {
			s.ShippingOptions = append(s.ShippingOptions, c.shipping())
		}
		if c.maybe() {
			s.Shipping = map[string]any{"allowed_countries": pick(c, []string{"US"}, []string{"US", "DE"}, []string{"FR"})}
		}
		if c.seldom() {
			s.Invoices = map[string]any{"enabled": pick(c, true, false)}
		}
	}
	if c.seldom() {
		s.Discounts = []map[string]any{pick(c, map[string]any{"coupon": sandbox.CouponTenPercent}, map[string]any{"coupon": couponAll}, map[string]any{"coupon": couponMuch}, map[string]any{"promotion_code": sandbox.PromotionCodeTenPercent})}
	} else if c.seldom() {
		s.PromotionCodes = stripe.Bool(pick(c, true, false))
	}
	if c.seldom() {
		s.AutomaticTax = map[string]any{"enabled": pick(c, true, false)}
	}
	if s.Mode == "subscription" && c.maybe() {
		s.Subscription = pick(c, map[string]any{"trial_period_days": 7}, map[string]any{"description": "d"})
	}
	if c.seldom() {
		s.Metadata = pick(c, map[string]string{"channel": "web"}, map[string]string{"order": "1"})
	}
	return s
}

func (c *chooser) shipping() map[string]any {
	if c.currency == "usd" && c.maybe() {
		return map[string]any{"shipping_rate": sandbox.ShippingRateStandard}
	}
	return map[string]any{"shipping_rate_data": map[string]any{"type": "fixed_amount", "display_name": "Post",
		"fixed_amount": map[string]any{"amount": pick(c, 0, 300, 1999, 99999), "currency": c.currency}}}
}

func (c *chooser) item(mode string) item {
	if c.maybe() {
		return c.catalogItem(mode)
	}
	it := item{Quantity: pick(c, int64(1), 1, 2, 3), PriceData: map[string]any{"currency": c.currency}}
	if c.seldom() {
		it.PriceData["currency"] = pick(c, "USD", "eur")
	}
	if c.maybe() {
		it.PriceData["unit_amount_decimal"] = pick(c, "0.4", "99.5", "1999.999999", "2000.5")
	} else {
		it.PriceData["unit_amount"] = pick(c, 2000, 0, 1, 500, 99999999)
	}
	if c.maybe() {
		it.PriceData["product"] = pick(c, "prod_sandbox_tshirt", "prod_sandbox_mug")
	} else {
		it.PriceData["product_data"] = map[string]any{"name": "Thing"}
	}
	if mode == "subscription" && !c.maybe() {
		it.PriceData["recurring"] = map[string]any{"interval": "month"}
	}
	it.Adjustable = c.adjustable()
	return it
}

func (c *chooser) catalogItem(mode string) item {
	it := item{Price: sandbox.PriceTShirt, Quantity: pick(c, int64(1), 2, 3)}
	switch {
	case c.seldom():
		it.Price = pick(c, "price_unknown", sandbox.PriceMug, sandbox.PriceAPICalls)
	case c.currency == "eur":
		it.Price = sandbox.PriceMug
	case mode == "subscription":
		it.Price = pick(c, sandbox.PriceProMonthly, sandbox.PriceAPICalls)
	}
	if it.Price == sandbox.PriceAPICalls {
		it.Quantity = 0 // metered
	} else {
		it.Adjustable = c.adjustable()
	}
	return it
}

func (c *chooser) adjustable() *adjustable {
	if !c.maybe() {
		return nil
	}
	a := &adjustable{Enabled: pick(c, true, true, false)}
	if c.maybe() {
		a.Minimum = stripe.Int64(pick(c, int64(0), 1))
	}
	if c.maybe() {
		a.Maximum = stripe.Int64(pick(c, int64(5), 50, 999))
	}
	return a
}
