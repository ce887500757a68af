package sandbox_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
)

// A visitor opens the pages of a sandbox over HTTP, like a browser
// without scripts.
type visitor struct {
	t      *testing.T
	client *client
	server *httptest.Server
}

func newVisitor(t *testing.T) visitor {
	c := newClient(t)
	server := httptest.NewServer(c.server)
	t.Cleanup(server.Close)
	return visitor{t, c, server}
}

type shown struct {
	status int
	header http.Header
	html   string
}

func (v visitor) send(req *http.Request, err error) shown {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
	direct := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := direct.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return shown{resp.StatusCode, resp.Header, string(body)}
}

func (v visitor) open(path string) shown {
	v.t.Helper()
	return v.send(http.NewRequestWithContext(v.t.Context(), "GET", v.server.URL+path, nil))
}

// submit presses a button of the page.
func (v visitor) submit(path, action string, form ...string) shown {
	v.t.Helper()
	req, err := http.NewRequestWithContext(v.t.Context(), "POST", v.server.URL+path, strings.NewReader("action="+action+"&"+join(form)))
	if err == nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	return v.send(req, err)
}

// session creates a session and returns its id and the path of its page.
func (v visitor) session(form string) (id, path string) {
	v.t.Helper()
	id = v.client.create(form).ok(v.t).id()
	return id, "/c/pay/" + id
}

var tags = regexp.MustCompile(`<[^>]*>|\s+`)

// says checks for texts, with tags and line breaks as one space.
func (s shown) says(t *testing.T, status int, texts ...string) {
	t.Helper()
	text := regexp.MustCompile(`\s+`).ReplaceAllString(tags.ReplaceAllString(s.html, " "), " ")
	if s.status != status {
		t.Errorf("HTTP %d, want %d: %s", s.status, status, text)
	}
	for _, want := range texts {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q: %s", want, text)
		}
	}
}

// entered is what a person enters in most tests.
const entered = "email=jenny@example.com&name=Jenny Rosen&address[country]=US&address[postal_code]=94103&payment_method=card&card=4242 4242 4242 4242&expiry=12/34&cvc=123"

// The url of a session opens its page.
func TestSessionURL(t *testing.T) {
	t.Parallel()
	v := newVisitor(t)
	req, err := http.NewRequest("POST", v.server.URL+sessions, strings.NewReader(payment))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+sandbox.Key)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`"url": "([^"]*)"`).FindStringSubmatch(string(body))
	if link == nil || !strings.HasPrefix(link[1], v.server.URL+"/c/pay/cs_test_") {
		t.Fatalf("url is %v", link)
	}
	v.open(strings.TrimPrefix(link[1], v.server.URL)).says(t, 200, "Sandbox No real money.", "$20.00")

	// Without a listener, a program can say where its pages are.
	there := sandbox.New(sandbox.Options{PageURL: func() string { return "http://pay.test" }})
	c := newClient(t)
	c.via = there
	if got := c.create(payment).ok(t).text("url"); !strings.HasPrefix(got, "http://pay.test/c/pay/cs_test_") {
		t.Errorf("url is %s", got)
	}
}

// The page shows what the session sells.
func TestPageShows(t *testing.T) {
	t.Parallel()
	priced := func(currency, amount string) string {
		return "mode=payment&" + success + "&line_items[0][quantity]=1&line_items[0][price_data][currency]=" + currency + "&line_items[0][price_data][unit_amount]=" + amount + "&line_items[0][price_data][product_data][name]=Thing"
	}
	for name, tt := range map[string]struct {
		form  string
		shows []string
	}{
		"a payment":              {payment, []string{"Pay example.com $20.00", "T-shirt", "Comfortable cotton t-shirt", "Total $20.00", "Pay $20.00"}},
		"several":                {strings.Replace(payment, "quantity]=1", "quantity]=3", 1), []string{"3 × $20.00", "$60.00"}},
		"thousands":              {priced("usd", "123456789"[:8]), []string{"$123,456.78"}},
		"no decimals":            {priced("jpy", "1500"), []string{"¥1,500"}},
		"three decimals":         {priced("kwd", "1250"), []string{"KWD\u00a01.250"}},
		"another dollar":         {priced("mxn", "1250"), []string{"MXN\u00a012.50"}},
		"a subscription":         {subscribe, []string{"Subscribe to Pro plan $15.00 per month", "Total due today $15.00", "Subscribe"}},
		"another interval":       {"mode=subscription&" + success + "&line_items[0][quantity]=1&line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=900&line_items[0][price_data][recurring][interval]=month&line_items[0][price_data][recurring][interval_count]=3&line_items[0][price_data][product_data][name]=Box", []string{"$9.00 every 3 months"}},
		"a trial":                {subscribe + "&subscription_data[trial_period_days]=14", []string{"14 days free", "Then $15.00 per month", "Total due today $0.00", "Start trial"}},
		"metered":                {"mode=subscription&" + success + "&" + item + "[price]=" + sandbox.PriceAPICalls, []string{"$0.02 per unit, billed per month", "by use"}},
		"one-time beside":        {subscribe + "&line_items[1][price]=" + sandbox.PriceTShirt + "&line_items[1][quantity]=1", []string{"$35.00 due today", "Then $15.00 per month"}},
		"a setup":                {setup, []string{"Save a payment method for example.com Nothing is charged", "Save payment method"}},
		"nothing to pay":         {priced("usd", "0"), []string{"$0.00", "Complete order"}},
		"a discount":             {payment + "&discounts[0][coupon]=" + sandbox.CouponTenPercent, []string{"Discount −$2.00", "Total $18.00"}},
		"shipping":               {payment + "&shipping_options[0][shipping_rate]=" + sandbox.ShippingRateStandard + "&shipping_address_collection[allowed_countries][0]=DE", []string{"Shipping: Standard shipping $5.00", "Shipping address", "Germany", "Total $25.00"}},
		"a phone":                {payment + "&phone_number_collection[enabled]=true", []string{"Phone number"}},
		"a tax id":               {payment + "&tax_id_collection[enabled]=true", []string{"Tax ID"}},
		"custom fields":          {payment + engraving, []string{"Engraving"}},
		"terms":                  {payment + "&consent_collection[terms_of_service]=required", []string{"I agree to the terms of service of example.com"}},
		"the seller's own words": {payment + "&custom_text[submit][message]=Ships on Monday.", []string{"Ships on Monday."}},
		"a verb":                 {payment + "&submit_type=donate", []string{"Donate $20.00"}},
		"a known customer":       {payment + "&customer=" + sandbox.CustomerAda, []string{}},
		"an optional item":       {payment + "&optional_items[0][price]=" + sandbox.PriceTShirt + "&optional_items[0][quantity]=2", []string{"Add to your order", "2 × T-shirt $20.00 each"}},
		"embedded":               {"mode=payment&" + tshirt + "&ui_mode=embedded&return_url=https://example.com/r", []string{"This session has ui_mode embedded: on a real site, Stripe.js would show the payment form inside the shop’s own page."}},
		"custom":                 {"mode=payment&" + tshirt + "&ui_mode=custom&return_url=https://example.com/r", []string{"This session has ui_mode custom"}},
		"no supported method":    {payment + "&payment_method_types[0]=klarna", []string{"this session allows none of them"}},
		"a way back":             {payment + "&cancel_url=https://example.com/cart", []string{"Back to example.com"}},
		"a script":               {payment + "&custom_text[submit][message]=<script>alert(1)</script>", []string{"&lt;script&gt;alert(1)&lt;/script&gt;"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVisitor(t)
			_, path := v.session(tt.form)
			page := v.open(path)
			page.says(t, 200, append(tt.shows, "Sandbox No real money.")...)
			if policy := page.header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none';") || strings.ContainsAny(policy, "*.") || strings.Contains(policy, "unsafe") {
				t.Errorf("Content-Security-Policy: %s", policy)
			}
			if regexp.MustCompile(`(src|action)="[^"/]|<style|style="| on[a-z]+="`).MatchString(page.html) {
				t.Error("the page loads something from elsewhere, or contains style or script")
			}
			if page.header.Get("Cache-Control") != "no-store" || page.header.Get("Referrer-Policy") != "no-referrer" {
				t.Errorf("headers: %v", page.header)
			}
		})
	}
}

// What people choose changes what they see, and nothing else.
func TestPageUpdates(t *testing.T) {
	t.Parallel()
	v := newVisitor(t)
	id, path := v.session(payment + "&line_items[0][adjustable_quantity][enabled]=true&allow_promotion_codes=true&optional_items[0][price]=" + sandbox.PriceTShirt + "&optional_items[0][quantity]=1&shipping_options[0][shipping_rate]=" + sandbox.ShippingRateStandard)
	line := v.client.get(sessions+"/"+id+"/line_items", "").ok(t).text("data.0.id")
	for form, want := range map[string]string{
		"":                           "Total $25.00",
		"quantities[" + line + "]=3": "Total $65.00",
		"promotion_code=SANDBOX10":   "Discount −$2.00",
		"optional_items[" + sandbox.PriceTShirt + "]=1": "Total $45.00",
	} {
		v.submit(path, "update", form).says(t, 200, want)
	}
	v.submit(path, "update", "promotion_code=NOPE").says(t, 422, "This code is invalid.")
	v.submit(path, "update", "quantities["+line+"]=100").says(t, 422, "less than or equal to 99")
	if page := v.submit(path, "fill"); !strings.Contains(page.html, `value="jenny@example.com"`) || !strings.Contains(page.html, `value="4242424242424242"`) {
		t.Error("test details are not filled in")
	}
	if got := v.client.retrieve(id).ok(t); got.text("status") != "open" || got.number(t, "amount_total") != 2500 {
		t.Errorf("looking changed the session: %s", got.raw)
	}
}

// Customers enter the amount they choose as people write money.
func TestPageTakesAnAmount(t *testing.T) {
	t.Parallel()
	for currency, tt := range map[string]struct{ entered, paid, hint, wrong string }{
		"usd": {"1,234.50", "123450", "From $5.00 to $5,000.00", "12.345"},
		"jpy": {"1500", "1500", "From ¥500 to ¥500,000", "1e9"},
	} {
		v := newVisitor(t)
		price := v.client.post("/v1/prices", "currency="+currency+"&custom_unit_amount[enabled]=true&custom_unit_amount[minimum]=500&custom_unit_amount[maximum]=500000&product_data[name]=Donation").ok(t).id()
		id, path := v.session("mode=payment&submit_type=donate&line_items[0][quantity]=1&line_items[0][price]=" + price + "&" + success)
		v.open(path).says(t, 200, "Your amount", "Amount in "+strings.ToUpper(currency), tt.hint)
		v.submit(path, "pay", entered, "amount="+tt.wrong).says(t, 422, "Invalid integer")
		v.submit(path, "pay", entered, "amount=1").says(t, 422, "greater than or equal to 500")
		v.submit(path, "pay", entered, "amount="+tt.entered).leadsTo(t, path+"/done")
		v.client.retrieve(id).ok(t).expect(t, map[string]any{"payment_status": "paid", "amount_total": tt.paid})
	}
}

// From the page to the shop: the session is paid, once.
func TestPagePays(t *testing.T) {
	t.Parallel()
	v := newVisitor(t)
	id, path := v.session("mode=payment&" + tshirt + "&success_url=https://example.com/thanks?session={CHECKOUT_SESSION_ID}%26from=pay")
	v.open(path+"/done").leadsTo(t, path)
	v.submit(path, "pay", entered).leadsTo(t, path+"/done")
	v.client.retrieve(id).ok(t).expect(t, map[string]any{"status": "complete", "payment_status": "paid", "customer_details.email": "jenny@example.com"})

	done := v.open(path + "/done")
	done.says(t, 200, "This has been paid")
	if want := `<meta http-equiv="refresh" content="0;url=https://example.com/thanks?session=` + id + `&amp;from=pay">`; !strings.Contains(done.html, want) {
		t.Errorf("the page doesn't lead back to the shop: %s", done.html)
	}
	again := v.open(path)
	again.says(t, 200, "This has been paid", "It can’t be paid a second time.", "Continue to example.com")
	if strings.Contains(again.html, "http-equiv") {
		t.Error("opening the link again redirects elsewhere")
	}
	v.submit(path, "pay", entered).leadsTo(t, path)
	if events := v.client.get("/v1/events", "type=checkout.session.completed").ids(t); len(events) != 1 {
		t.Errorf("it was paid %d times", len(events))
	}
}

func (s shown) leadsTo(t *testing.T, path string) {
	t.Helper()
	if got := s.header.Get("Location"); s.status != http.StatusSeeOther || got != path {
		t.Errorf("HTTP %d to %q, want %s: %s", s.status, got, path, s.html)
	}
}

func TestPageSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ create, entered, says string }{
		"nothing entered": {payment, "", "Enter your email address."},
		"no card":         {payment, strings.Replace(entered, "card=4242 4242 4242 4242", "", 1), "Enter the card number."},
		"no expiry":       {payment, strings.Replace(entered, "12/34", "", 1), "Enter the expiry date as MM/YY."},
		"expired":         {payment, strings.Replace(entered, "12/34", "01/20", 1), "Your card’s expiration date is in the past."},
		"no code":         {payment, strings.Replace(entered, "cvc=123", "cvc=12", 1), "Enter the security code: three or four digits."},
		"declined":        {payment, strings.Replace(entered, "4242 4242 4242 4242", "4000 0000 0000 0002", 1), "Your card was declined."},
		"no funds":        {payment, strings.Replace(entered, "4242 4242 4242 4242", "4000000000009995", 1), "Your card has insufficient funds."},
		"a real card":     {payment, strings.Replace(entered, "4242 4242 4242 4242", "4111111111111111", 1), "Your request was in test mode, but used a non test card."},
		"no terms":        {payment + "&consent_collection[terms_of_service]=required", entered, "Agree to the terms of service to continue."},
		"no 3D Secure":    {payment, strings.Replace(entered, "4242 4242 4242 4242", "4000002500003155", 1) + "&authentication=fail", "We are unable to authenticate your payment method."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVisitor(t)
			id, path := v.session(tt.create)
			page := v.submit(path, "pay", tt.entered)
			page.says(t, 422, tt.says)
			if strings.Contains(page.html, "4111") {
				t.Error("the page repeats a card number that isn't one of Stripe's test numbers")
			}
			if tt.entered != "" && !strings.Contains(page.html, `value="jenny@example.com"`) {
				t.Error("what was entered is lost")
			}
			v.client.retrieve(id).ok(t).expect(t, map[string]any{"status": "open"})
		})
	}
}

// A card that asks for 3D Secure gets a step of its own.
func TestPageAuthenticates(t *testing.T) {
	t.Parallel()
	v := newVisitor(t)
	id, path := v.session(payment)
	form := strings.Replace(entered, "4242 4242 4242 4242", "4000 0025 0000 3155", 1)
	step := v.submit(path, "pay", form)
	step.says(t, 200, "Confirm it’s you", "There is no bank here", "Complete authentication", "Fail authentication", "$20.00", "•••• 3155")
	carried := url.Values{}
	for _, hidden := range regexp.MustCompile(`type="hidden" name="([^"]*)" value="([^"]*)"`).FindAllStringSubmatch(step.html, -1) {
		carried.Add(hidden[1], hidden[2])
	}
	carried.Del("action")
	v.client.retrieve(id).ok(t).expect(t, map[string]any{"status": "open"})
	v.submit(path, "pay", carried.Encode(), "authentication=complete").leadsTo(t, path+"/done")
	v.client.retrieve(id).ok(t).expect(t, map[string]any{"payment_status": "paid"})
}

// Pages of sessions that can no longer be paid say why.
func TestPageOfAClosedSession(t *testing.T) {
	t.Parallel()
	v := newVisitor(t)
	id, path := v.session(payment + "&cancel_url=https://example.com/cart")
	v.client.expire(id).ok(t)
	v.open(path).says(t, 200, "This session has expired", "Back to example.com")
	v.submit(path, "pay", entered).leadsTo(t, path)
	v.client.retrieve(id).ok(t).expect(t, map[string]any{"status": "expired"})

	for create, want := range map[string]string{
		subscribe + "&subscription_data[trial_period_days]=7": "All done Nothing was due today.",
		setup: "The payment method is saved",
		payment + "&payment_intent_data[capture_method]=manual":       "The payment is authorized",
		payment + "&custom_text[after_submit][message]=See you soon.": "See you soon.",
	} {
		id, path := v.session(create)
		v.client.pay(id).ok(t)
		v.open(path).says(t, 200, want)
	}
	late, latePath := v.session(payment + byBank)
	v.client.pay(late, bankFails).ok(t)
	v.open(latePath).says(t, 200, "The payment is on its way", "by the sandbox’s clock")
	v.client.post("/sandbox/advance", "seconds=300000").ok(t)
	v.open(latePath).says(t, 200, "The payment failed")

	v.open("/c/pay/cs_test_none").says(t, 404, "There is no such session")
	v.open("/c/other").says(t, 404)
	if got := v.send(http.NewRequest("DELETE", v.server.URL+latePath, nil)); got.status != http.StatusMethodNotAllowed {
		t.Errorf("DELETE: HTTP %d", got.status)
	}
}

// An embedded session that doesn't redirect ends on the page.
func TestPageThatStays(t *testing.T) {
	t.Parallel()
	v := newVisitor(t)
	_, path := v.session("mode=payment&" + tshirt + "&ui_mode=embedded&redirect_on_completion=never")
	v.submit(path, "pay", entered).leadsTo(t, path+"/done")
	done := v.open(path + "/done")
	done.says(t, 200, "This has been paid")
	if strings.Contains(done.html, "http-equiv") || strings.Contains(done.html, "Continue to") {
		t.Errorf("it leads somewhere: %s", done.html)
	}
}

// Another site can't press the button on a person's behalf.
func TestPageTakesNoOtherSitesForm(t *testing.T) {
	t.Parallel()
	v := newVisitor(t)
	id, path := v.session(payment)
	for _, header := range [][2]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example"}} {
		req, err := http.NewRequest("POST", v.server.URL+path, strings.NewReader("action=pay&"+entered))
		if err == nil {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.Header.Set(header[0], header[1])
		}
		if got := v.send(req, err); got.status != http.StatusForbidden {
			t.Errorf("%s: HTTP %d", header, got.status)
		}
	}
	v.client.retrieve(id).ok(t).expect(t, map[string]any{"status": "open"})
}

func TestPageFiles(t *testing.T) {
	t.Parallel()
	v := newVisitor(t)
	for path, contentType := range map[string]string{"/c/assets/page.css": "text/css; charset=utf-8", "/c/assets/page.js": "text/javascript; charset=utf-8", "/c/assets/icon.svg": "image/svg+xml"} {
		got := v.open(path)
		if got.status != 200 || got.header.Get("Content-Type") != contentType || got.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: HTTP %d %v", path, got.status, got.header)
		}
		if strings.Contains(strings.ReplaceAll(got.html, "http://www.w3.org/2000/svg", ""), "://") {
			t.Errorf("%s names another host", path)
		}
	}
	if got := v.submit("/c/pay/"+v.client.create(payment).id(), "pay", "card="+strings.Repeat("4", 100_000)); got.status != http.StatusRequestEntityTooLarge {
		t.Errorf("a form of 100 KB: HTTP %d", got.status)
	}
}

// Two accounts have separate pages, even for the sessions that both start with.
func TestPageIsOfOneAccount(t *testing.T) {
	t.Parallel()
	v := newVisitor(t)
	accounts := []*client{v.client, v.client.with("Authorization", "Bearer sk_test_other"), v.client.with("Stripe-Account", "acct_1")}
	var open []string
	for _, c := range accounts {
		open = append(open, c.list("status=open", "limit=1").ids(t)[0])
	}
	for i, c := range accounts {
		v.submit("/c/pay/"+open[i], "pay", entered).leadsTo(t, "/c/pay/"+open[i]+"/done")
		c.retrieve(open[i]).ok(t).expect(t, map[string]any{"status": "complete"})
		for _, other := range accounts[i+1:] {
			if n := len(other.get("/v1/events", "").ids(t)); n > 0 {
				t.Errorf("paying a session in one account caused %d events in another", n)
			}
		}
	}
}
