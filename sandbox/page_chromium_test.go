package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/chromium"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/npm"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
)

// everything is a session with everything that the page can ask for.
const everything = "mode=payment&cancel_url=https://example.com/cart" +
	"&line_items[0][price]=" + sandbox.PriceTShirt + "&line_items[0][quantity]=2&line_items[0][adjustable_quantity][enabled]=true" +
	"&line_items[1][quantity]=1&line_items[1][price_data][currency]=usd&line_items[1][price_data][unit_amount]=120050&line_items[1][price_data][product_data][name]=Walnut desk organizer" +
	"&optional_items[0][price]=" + sandbox.PriceTShirt + "&optional_items[0][quantity]=1&allow_promotion_codes=true" +
	"&shipping_address_collection[allowed_countries][0]=US&shipping_address_collection[allowed_countries][1]=DE" +
	"&shipping_options[0][shipping_rate]=" + sandbox.ShippingRateStandard +
	"&shipping_options[1][shipping_rate_data][display_name]=Express&shipping_options[1][shipping_rate_data][type]=fixed_amount&shipping_options[1][shipping_rate_data][fixed_amount][amount]=1500&shipping_options[1][shipping_rate_data][fixed_amount][currency]=usd" +
	"&phone_number_collection[enabled]=true&tax_id_collection[enabled]=true" + engraving + byBank +
	"&consent_collection[terms_of_service]=required&consent_collection[promotions]=auto&custom_text[submit][message]=We pack every order within a day."

// A person buys in a browser, with a keyboard or a mouse, on a phone or at a
// desk. With -artifacts, the screenshots are kept.
func TestThePageInChromium(t *testing.T) {
	axe, err := os.ReadFile(filepath.Join(npm.Install(t, "testdata/node"), "node_modules/axe-core/axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	browser := chromium.New(t)
	v := newVisitor(t)
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, "<!doctype html><html lang=en><title>Shop</title><link rel=icon href=data:,><h1 id=thanks>Thanks for %s</h1>", r.URL.Query().Get("session"))
	}))
	t.Cleanup(shop.Close)
	back := "&success_url=" + shop.URL + "/thanks?session={CHECKOUT_SESSION_ID}"
	shots := t.ArtifactDir()

	show := func(path string) {
		t.Helper()
		chromium.Run(t, browser, chromedp.Navigate(v.server.URL+path))
	}
	click := func(selector string) {
		t.Helper()
		browser.Press(t, selector)
	}
	enter := func(name, text string) {
		t.Helper()
		browser.Type(t, `[name="`+name+`"]`, text)
	}
	await := func(condition string) {
		t.Helper()
		browser.Await(t, condition)
	}
	// look checks what the page looks like now at each width and in each color
	// scheme: nothing sticks out, and axe-core finds nothing.
	look := func(name string) {
		t.Helper()
		for _, width := range []int64{320, 390, 1280} {
			for _, scheme := range []string{"light", "dark"} {
				chromium.Run(t, browser, chromedp.EmulateViewport(width, 844))
				browser.ColorScheme(t, scheme)
				browser.See(t, shots, fmt.Sprintf("%s-%d-%s", name, width, scheme))
				if wide := chromium.Run(t, browser, chromedp.Evaluate[int64](`document.documentElement.scrollWidth`)); wide > width {
					t.Errorf("%s is %d pixels wide on a screen of %d", name, wide, width)
				}
				chromium.Run(t, browser, chromedp.Evaluate[any](string(axe)+"; null"))
				found := chromium.Run(t, browser, chromedp.Evaluate[string](`axe.run().then(r => JSON.stringify(r.violations.map(v => [v.id, v.help, v.nodes.map(n => n.html)])))`, chromedp.EvalAwaitPromise))
				var violations []any
				if err := json.Unmarshal([]byte(found), &violations); err != nil || len(violations) > 0 {
					t.Errorf("%s at %d, %s: axe-core finds %s (%v)", name, width, scheme, found, err)
				}
			}
		}
	}

	// Everything on one page: choices change the total, problems are named, and
	// the session has what was finally entered.
	id, path := v.session(everything + back)
	show(path)
	look("checkout")
	total := func(want string) {
		t.Helper()
		await(`document.getElementById("amount").textContent.trim() === "` + want + `"`)
	}
	total("$1,245.50")
	click(`input[name="optional_items[` + sandbox.PriceTShirt + `]"]`)
	total("$1,265.50")
	click(`.option:has([name=shipping_rate]) + .option`)
	total("$1,275.50")
	enter("promotion_code", "SANDBOX10")
	click(".promotion button")
	total("$1,149.45")
	click(".pay")
	await(`document.activeElement.classList.contains("problems")`)
	look("problems")
	click(".try button")
	await(`document.querySelector("[name=email]").value === "jenny@example.com"`)
	total("$1,149.45")
	chromium.Run(t, browser, chromedp.SetValue(chromedp.CSS(`[name="custom_fields[text]"]`), "To Ada"))
	look("filled")
	click(".pay")
	if got := browser.Text(t, "#thanks"); got != "Thanks for "+id {
		t.Errorf("the shop says %q", got)
	}
	v.client.retrieve(id).ok(t).expect(t, map[string]any{
		"status": "complete", "payment_status": "paid", "amount_total": "114945", "custom_fields.0.text.value": "To Ada",
		"shipping_cost.amount_total": "1500", "consent.terms_of_service": "accepted", "customer_details.phone": "+12015550123",
		"collected_information.shipping_details.address.city": "San Francisco",
	})
	show(path)
	look("paid")

	// By hand, with a card that is first declined and then asks for 3D Secure.
	id, path = v.session("mode=payment&" + tshirt + back)
	show(path)
	enter("email", "ada@example.com")
	click(`[data-number="4000000000000002"]`)
	enter("expiry", "1234")
	chromium.Run(t, browser, chromedp.SetValue(chromedp.CSS("[name=expiry]"), "12/34"))
	enter("cvc", "123")
	enter("name", "Ada Lovelace")
	enter("address[postal_code]", "94103")
	click(".pay")
	await(`document.querySelector(".problems")?.textContent.includes("Your card was declined.")`)
	look("declined")
	enter("cvc", "") // the page is still there, with what was entered
	click(`[data-number="4000002500003155"]`)
	click(".pay")
	await(`document.querySelector("[value=complete]")`)
	look("3d-secure")
	v.client.retrieve(id).ok(t).expect(t, map[string]any{"status": "open"})
	click("[value=complete]")
	browser.Text(t, "#thanks")
	v.client.retrieve(id).ok(t).expect(t, map[string]any{"payment_status": "paid", "customer_details.name": "Ada Lovelace"})

	// From a bank account; the Enter key works like the button.
	id, path = v.session("mode=payment&" + tshirt + byBank + back)
	show(path)
	click(".try button")
	await(`document.querySelector("[name=email]").value === "jenny@example.com"`)
	click(".method + .method .option")
	click(`[data-number="000222222227"]`)
	look("bank")
	enter("email", "\r")
	browser.Text(t, "#thanks")
	v.client.retrieve(id).ok(t).expect(t, map[string]any{"status": "complete", "payment_status": "unpaid"})
	show(path)
	look("on-its-way")

	// The other kinds of session.
	for name, form := range map[string]string{
		"trial":    subscribe + "&subscription_data[trial_period_days]=14&customer=" + sandbox.CustomerGrace,
		"setup":    setup,
		"embedded": "mode=payment&" + tshirt + "&ui_mode=embedded&return_url=https://example.com/r",
	} {
		_, path := v.session(form)
		show(path)
		look(name)
	}
	id, path = v.session(payment)
	v.client.expire(id).ok(t)
	show(path)
	look("expired")

	for _, host := range browser.Hosts() {
		if !strings.HasPrefix(host, "127.0.0.1:") {
			t.Errorf("a page asked %s for something", host)
		}
	}
	if problems := browser.Problems(); problems != "" {
		t.Errorf("a page complains: %s", problems)
	}
	t.Logf("screenshots in %s", shots)
}
