package sandbox

import (
	"net/http"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// A field that is not stored would be lost at a restart.
func TestEveryFieldIsStored(t *testing.T) {
	t.Parallel()
	for _, kept := range []stored{
		&session{}, &lineItem{}, &buyer{}, &debit{}, &shippingRate{}, &promotion{}, &product{}, &price{}, &customAmount{}, &recurring{},
		&coupon{}, &promotionCode{}, &customer{}, &paymentMethod{}, &event{}, &idempotentRequest{}, &answer{},
	} {
		var found []uintptr
		for _, field := range kept.fields() {
			found = append(found, reflect.ValueOf(field).Pointer())
		}
		v := reflect.ValueOf(kept).Elem()
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			if v.Type() == reflect.TypeFor[session]() && name == "account" {
				continue // whose file it is in
			}
			if !slices.Contains(found, v.Field(i).UnsafeAddr()) {
				t.Errorf("%v.%s isn't stored", v.Type(), name)
			}
		}
	}
}

// fileClient is an account of a sandbox that keeps its state in a file.
type fileClient struct {
	t      *testing.T
	file   string
	server *Server
}

func (c *fileClient) open() {
	c.t.Helper()
	server, err := Open(c.file, Options{Now: func() time.Time { return time.Unix(1_790_000_000, 0) }})
	if err != nil {
		c.t.Fatal(err)
	}
	c.server = server
}

func (c *fileClient) do(method, path, form string, headers ...string) *answer {
	c.t.Helper()
	r, err := http.NewRequest(method, "http://sandbox.test"+path, strings.NewReader(form))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+Key)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return c.server.answer(r, func() string { return "" })
}

// ok returns the id in the answer.
func (c *fileClient) ok(path, form string, headers ...string) (id string) {
	c.t.Helper()
	a := c.do("POST", path, form, headers...)
	if a.status != http.StatusOK {
		c.t.Fatalf("%s %s: %s", path, form, a.body)
	}
	_, rest, _ := strings.Cut(string(a.body), `"id": "`)
	id, _, _ = strings.Cut(rest, `"`)
	return id
}

// After a restart, everything is as it was and goes on from there.
func TestKeptInAFile(t *testing.T) {
	t.Parallel()
	c := &fileClient{t: t, file: filepath.Join(t.TempDir(), "sandbox.db")}
	c.open()
	const urls = "&success_url=https://example.com"
	c.ok("/v1/products", "id=hat&name=Hat&metadata[k]=v&images[]=https://example.com/hat.png&shippable=true&default_price_data[currency]=usd&default_price_data[unit_amount]=990")
	price := c.ok("/v1/prices", "product=hat&currency=usd&unit_amount_decimal=1999.5&nickname=n&lookup_key=k")
	donation := c.ok("/v1/prices", "product=hat&currency=usd&custom_unit_amount[enabled]=true&custom_unit_amount[maximum]=9000")
	coupon := c.ok("/v1/coupons", "percent_off=12.5&max_redemptions=5&applies_to[products][]=hat")
	code := c.ok("/v1/promotion_codes", "coupon="+coupon+"&code=HELLO&expires_at=1890000000")
	card := c.ok("/v1/payment_methods", "type=card&card[token]=tok_visa&billing_details[email]=jenny@example.com")
	open := c.ok(sessionsPath, testPayment+"&metadata[k]=v&shipping_options[0][shipping_rate_data][display_name]=Fast&shipping_options[0][shipping_rate_data][type]=fixed_amount&shipping_options[0][shipping_rate_data][fixed_amount][amount]=700&shipping_options[0][shipping_rate_data][fixed_amount][currency]=usd&shipping_address_collection[allowed_countries][]=DE&custom_fields[0][key]=size&custom_fields[0][type]=text&custom_fields[0][label][type]=custom&custom_fields[0][label][custom]=Size&consent_collection[promotions]=auto&automatic_tax[enabled]=false")
	paid := c.ok(sessionsPath, "mode=payment&line_items[0][quantity]=3&line_items[0][price]="+price+"&discounts[0][promotion_code]="+code+urls)
	c.ok("/sandbox/sessions/"+paid+"/pay", "email=ada@example.com&name=Ada", "Idempotency-Key", "pay")
	subscribed := c.ok(sessionsPath, "mode=subscription&line_items[0][quantity]=1&line_items[0][price]="+PriceProMonthly+"&discounts[0][coupon]="+CouponTenPercent+urls)
	c.ok("/sandbox/sessions/"+subscribed+"/pay", "")
	given := c.ok(sessionsPath, "mode=payment&line_items[0][quantity]=1&line_items[0][price]="+donation+urls)
	c.ok("/sandbox/sessions/"+given+"/pay", "amount=2500")
	pending := c.ok(sessionsPath, testPayment+"&payment_method_types[]=us_bank_account&customer_creation=always&tax_id_collection[enabled]=true&phone_number_collection[enabled]=true")
	c.ok("/sandbox/sessions/"+pending+"/pay", "bank_account=000123456789&tax_id[type]=eu_vat&tax_id[value]=DE123456789")
	expired := c.ok(sessionsPath, testPayment, "Idempotency-Key", "once")
	c.ok(sessionsPath+"/"+expired+"/expire", "")
	c.ok("/sandbox/advance", "seconds=3600")
	c.ok(sessionsPath, testPayment, "Stripe-Account", "acct_1")

	everything := func() map[string]string {
		all := map[string]string{}
		for _, path := range []string{
			sessionsPath + "?limit=100", sessionsPath + "?limit=100&expand[]=data.line_items&expand[]=data.customer&expand[]=data.payment_intent&expand[]=data.invoice&expand[]=data.subscription",
			sessionsPath + "/" + open + "?expand[]=shipping_options.shipping_rate", sessionsPath + "/" + paid + "?expand[]=total_details.breakdown",
			"/v1/products", "/v1/prices", "/v1/coupons?expand[]=data.applies_to", "/v1/promotion_codes", "/v1/payment_methods/" + card, "/v1/events",
		} {
			a := c.do("GET", path, "")
			if a.status != http.StatusOK {
				t.Fatalf("%s: %s", path, a.body)
			}
			all[path] = string(a.body)
		}
		all["connected"] = string(c.do("GET", sessionsPath, "", "Stripe-Account", "acct_1").body)
		return all
	}
	before := everything()
	if err := c.server.Close(); err != nil {
		t.Fatal(err)
	}
	c.open()
	for path, after := range everything() {
		if after != before[path] {
			t.Errorf("%s was\n%s\nbut now is\n%s", path, before[path], after)
		}
	}
	if again := c.ok(sessionsPath, testPayment, "Idempotency-Key", "once"); again != expired {
		t.Errorf("the retry created %s, want %s", again, expired)
	}
	if a := c.do("GET", sessionsPath+"/"+pending, ""); !strings.Contains(string(a.body), `"payment_status": "unpaid"`) {
		t.Errorf("before the bank paid: %s", a.body)
	}
	c.ok("/sandbox/advance", "seconds=259200")
	if a := c.do("GET", sessionsPath+"/"+pending, ""); !strings.Contains(string(a.body), `"payment_status": "paid"`) {
		t.Errorf("after the bank paid: %s", a.body)
	}
	if err := c.server.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestOneProcessUsesTheFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "sandbox.db")
	s, err := Open(file, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := Open(file, Options{}); err == nil || !strings.Contains(err.Error(), "is in use by another process") {
		t.Errorf("a second one: %v", err)
	}
}

// If the file can't be written, the request fails.
func TestAWriteThatFails(t *testing.T) {
	t.Parallel()
	c := &fileClient{t: t, file: filepath.Join(t.TempDir(), "sandbox.db")}
	c.open()
	c.ok(sessionsPath, testPayment)
	if err := c.server.Close(); err != nil {
		t.Fatal(err)
	}
	if a := c.do("POST", sessionsPath, testPayment); a.status != http.StatusInternalServerError {
		t.Errorf("with the file closed: HTTP %d", a.status)
	}
}
