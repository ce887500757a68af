package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
)

const (
	cardDeclined     = "card=4000 0000 0000 0002"
	cardInsufficient = "card=4000000000009995"
	card3DS          = "card=4000002500003155"
	bankFails        = "bank_account=000222222227"
	byBank           = "&payment_method_types[0]=card&payment_method_types[1]=us_bank_account"
)

// expect compares values by path, numbers as text. "…" stands for any text that
// begins with what precedes it.
func (r result) expect(t *testing.T, want map[string]any) {
	t.Helper()
	for path, want := range want {
		got := r.at(path)
		if n, ok := got.(json.Number); ok {
			got = n.String()
		}
		text, _ := got.(string)
		if prefix, open := strings.CutSuffix(fmt.Sprint(want), "…"); open && text != "" && strings.HasPrefix(text, prefix) {
			continue
		}
		if got != want {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
}

// A paid session is what Stripe would answer: each mode and option has the same
// results as at Stripe.
func TestPay(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		create, pay string
		want        map[string]any
	}{
		"a payment": {payment, "", map[string]any{
			"status": "complete", "payment_status": "paid", "url": nil, "payment_intent": "pi_3…", "customer": nil, "invoice": nil, "subscription": nil, "setup_intent": nil,
			"customer_details.email": "jenny@example.com", "customer_details.name": "Jenny Rosen", "customer_details.phone": nil, "customer_details.address.country": "US",
			"customer_details.address.postal_code": "94103", "collected_information.shipping_details": nil, "amount_total": "2000", "consent": nil,
		}},
		"by somebody": {payment, "email=ada@example.org&name=Ada&address[country]=GB&address[postal_code]=N1", map[string]any{
			"customer_details.email": "ada@example.org", "customer_details.name": "Ada", "customer_details.address.country": "GB", "customer_details.address.postal_code": "N1",
		}},
		"the given email stays": {payment + "&customer_email=given@example.com", "email=other@example.com", map[string]any{"customer_details.email": "given@example.com"}},
		"a customer":            {payment + "&customer=" + sandbox.CustomerAda, "", map[string]any{"customer": sandbox.CustomerAda, "customer_details.email": "ada@example.com"}},
		"a new customer":        {payment + "&customer_creation=always", "", map[string]any{"customer": "cus_…"}},
		"with an invoice":       {payment + "&invoice_creation[enabled]=true", "", map[string]any{"invoice": "in_1…"}},
		"captured later":        {payment + "&payment_intent_data[capture_method]=manual", "", map[string]any{"status": "complete", "payment_status": "unpaid", "payment_intent": "pi_3…"}},
		"nothing to pay": {"mode=payment&" + success + "&" + strings.Replace(inline, "=2000", "=0", 1), "", map[string]any{
			"status": "complete", "payment_status": "no_payment_required", "payment_intent": nil,
		}},
		"a subscription": {subscribe, "", map[string]any{
			"status": "complete", "payment_status": "paid", "subscription": "sub_1…", "invoice": "in_1…", "customer": "cus_…", "payment_intent": nil,
		}},
		"a trial": {subscribe + "&subscription_data[trial_period_days]=7", "", map[string]any{
			"status": "complete", "payment_status": "no_payment_required", "subscription": "sub_1…", "amount_total": "0",
		}},
		"a setup": {setup, "", map[string]any{
			"status": "complete", "payment_status": "no_payment_required", "setup_intent": "seti_1…", "payment_intent": nil, "amount_total": nil,
		}},
		"embedded": {"mode=payment&" + tshirt + "&ui_mode=embedded&return_url=https://example.com/r", "", map[string]any{
			"status": "complete", "payment_status": "paid", "client_secret": nil,
		}},
		"shipping": {payment + "&shipping_address_collection[allowed_countries][0]=DE&shipping_options[0][shipping_rate]=" + sandbox.ShippingRateStandard, "shipping[name]=Ada&shipping[address][line2]=2nd floor", map[string]any{
			"collected_information.shipping_details.name": "Ada", "collected_information.shipping_details.address.country": "DE",
			"collected_information.shipping_details.address.line2": "2nd floor", "collected_information.shipping_details.address.state": nil,
			"shipping_cost.amount_total": "500", "amount_total": "2500",
		}},
		"a phone number": {payment + "&phone_number_collection[enabled]=true", "", map[string]any{"customer_details.phone": "+12015550123"}},
		"a tax id": {payment + "&tax_id_collection[enabled]=true", "tax_id[type]=eu_vat&tax_id[value]=DE123456789", map[string]any{
			"customer_details.tax_ids.0.type": "eu_vat", "customer_details.tax_ids.0.value": "DE123456789",
		}},
		"automatic tax": {payment + "&automatic_tax[enabled]=true", "", map[string]any{"automatic_tax.status": "complete"}},
		"consent": {payment + "&consent_collection[terms_of_service]=required&consent_collection[promotions]=auto", "consent[promotions]=true", map[string]any{
			"consent.terms_of_service": "accepted", "consent.promotions": "opt_in",
		}},
		"no consent to promotions":         {payment + "&consent_collection[promotions]=auto", "", map[string]any{"consent.promotions": "opt_out", "consent.terms_of_service": nil}},
		"a custom field":                   {payment + engraving, "custom_fields[text]=To Ada", map[string]any{"custom_fields.0.text.value": "To Ada"}},
		"a custom field that is left open": {payment + engraving, "", map[string]any{"custom_fields.0.text.value": "Sample"}},
		"a promotion code": {payment + "&allow_promotion_codes=true", "promotion_code=sandbox10", map[string]any{
			"amount_total": "1800", "total_details.amount_discount": "200", "discounts.0.promotion_code": sandbox.PromotionCodeTenPercent,
		}},
		"an optional item": {payment + "&optional_items[0][price]=" + sandbox.PriceTShirt + "&optional_items[0][quantity]=2", "optional_items[" + sandbox.PriceTShirt + "]=2", map[string]any{
			"amount_total": "6000",
		}},
		"an optional item that nobody took": {payment + "&optional_items[0][price]=" + sandbox.PriceTShirt + "&optional_items[0][quantity]=2", "", map[string]any{"amount_total": "2000"}},
		"3D Secure":                         {payment, card3DS, map[string]any{"payment_status": "paid"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t)
			id := c.create(tt.create).ok(t).id()
			c.pay(id, tt.pay).ok(t).expect(t, tt.want)
		})
	}
}

const engraving = "&custom_fields[0][key]=text&custom_fields[0][type]=text&custom_fields[0][label][type]=custom&custom_fields[0][label][custom]=Engraving&custom_fields[0][text][minimum_length]=2"

func TestPayWithAnotherQuantity(t *testing.T) {
	t.Parallel()
	c := newClient(t)
	r := c.create(payment, "line_items[0][adjustable_quantity][enabled]=true", "line_items[0][adjustable_quantity][maximum]=5").ok(t)
	line := c.get(sessions+"/"+r.id()+"/line_items", "").ok(t).text("data.0.id")
	if e := c.pay(r.id(), "quantities["+line+"]=6").want(t, 400).error(); e["param"] != "quantities["+line+"]" {
		t.Errorf("more than allowed: %v", e)
	}
	c.pay(r.id(), "quantities["+line+"]=3").ok(t).expect(t, map[string]any{"amount_total": "6000"})
	if got := c.get(sessions+"/"+r.id()+"/line_items", "").ok(t).number(t, "data.0.quantity"); got != 3 {
		t.Errorf("the line item's quantity is %d", got)
	}
}

func TestPayWithAnotherShippingOption(t *testing.T) {
	t.Parallel()
	c := newClient(t)
	r := c.create(payment, "shipping_options[0][shipping_rate]="+sandbox.ShippingRateStandard,
		"shipping_options[1][shipping_rate_data][display_name]=Express&shipping_options[1][shipping_rate_data][type]=fixed_amount&shipping_options[1][shipping_rate_data][fixed_amount][amount]=1500&shipping_options[1][shipping_rate_data][fixed_amount][currency]=usd").ok(t)
	express := r.text("shipping_options.1.shipping_rate")
	c.pay(r.id(), "shipping_rate="+express).ok(t).expect(t, map[string]any{
		"amount_total": "3500", "shipping_cost.shipping_rate": express, "total_details.amount_shipping": "1500",
	})
}

// A refused payment leaves the session open for another try.
func TestPayIsRefused(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		create, pay string
		status      int
		want        map[string]any // of the error
	}{
		"declined":                            {payment, cardDeclined, 402, map[string]any{"type": "card_error", "code": "card_declined", "decline_code": "generic_decline", "message": "Your card was declined."}},
		"insufficient funds":                  {payment, cardInsufficient, 402, map[string]any{"code": "card_declined", "decline_code": "insufficient_funds", "message": "Your card has insufficient funds."}},
		"no 3D Secure":                        {payment, card3DS + "&authentication=fail", 402, map[string]any{"type": "card_error", "code": "payment_intent_authentication_failure"}},
		"a real card":                         {payment, "card=4111111111111111", 402, map[string]any{"decline_code": "test_mode_live_card"}},
		"another bank account":                {payment + byBank, "payment_method=us_bank_account&bank_account=1", 400, map[string]any{"param": "bank_account", "code": "bank_account_unusable"}},
		"a method it does not take":           {payment, "payment_method=us_bank_account", 400, map[string]any{"param": "payment_method"}},
		"no method that the sandbox supports": {payment + "&payment_method_types[0]=klarna", "", 400, map[string]any{"param": "payment_method"}},
		"an email":                            {payment, "email=jenny", 400, map[string]any{"param": "email"}},
		"a country":                           {payment + "&shipping_address_collection[allowed_countries][0]=DE", "shipping[address][country]=US", 400, map[string]any{"param": "shipping[address][country]"}},
		"terms":                               {payment + "&consent_collection[terms_of_service]=required", "consent[terms_of_service]=false", 400, map[string]any{"param": "consent[terms_of_service]"}},
		"a short answer":                      {payment + engraving, "custom_fields[text]=x", 400, map[string]any{"param": "custom_fields[text]"}},
		"a tax id":                            {payment, "tax_id[type]=eu_vat&tax_id[value]=1", 400, map[string]any{"param": "tax_id"}},
		"a code that doesn't exist":           {payment + "&allow_promotion_codes=true", "promotion_code=FREE", 400, map[string]any{"param": "promotion_code"}},
		"a code that isn't asked for":         {payment, "promotion_code=SANDBOX10", 400, map[string]any{"param": "promotion_code"}},
		"a quantity that is fixed":            {payment, "quantities[li_x]=2", 400, map[string]any{"param": "quantities[li_x]"}},
		"an item that is not offered":         {payment, "optional_items[" + sandbox.PriceTShirt + "]=1", 400, map[string]any{"param": "optional_items[" + sandbox.PriceTShirt + "]"}},
		"another shipping rate":               {payment, "shipping_rate=shr_x", 400, map[string]any{"param": "shipping_rate"}},
		"an unknown parameter":                {payment, "carrd=1", 400, map[string]any{"code": "parameter_unknown"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t)
			id := c.create(tt.create).ok(t).id()
			r := c.pay(id, tt.pay).want(t, tt.status)
			for key, want := range tt.want {
				if got := r.error()[key]; got != want {
					t.Errorf("%s is %v, want %v: %s", key, got, want, r.raw)
				}
			}
			if strings.Contains(r.raw, "4111") {
				t.Error("the answer repeats a card number")
			}
			if got := c.retrieve(id).ok(t); got.text("status") != "open" || len(c.get("/v1/events", "").ids(t)) > 0 {
				t.Errorf("the session changed: %s", got.raw)
			}
		})
	}
}

func TestOnlyOpenSessionsArePaid(t *testing.T) {
	t.Parallel()
	c := newClient(t)
	id := c.create(payment).ok(t).id()
	c.pay(id).ok(t)
	if e := c.pay(id).want(t, 400).error(); !strings.Contains(e["message"].(string), "has a status of `complete`") {
		t.Errorf("a second time: %v", e)
	}
	expired := c.create(payment).ok(t).id()
	c.expire(expired).ok(t)
	c.pay(expired).want(t, 400)
	if e := c.pay("cs_test_none").want(t, 404).error(); e["code"] != "resource_missing" {
		t.Errorf("a session that is not there: %v", e)
	}
	c.with("Authorization", "").pay(id).want(t, 401)
}

// A bank's answer takes three days; the clock can be moved to it.
func TestDelayedPayment(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		create, pay, payment, event string
	}{
		"succeeds":       {payment + byBank, "bank_account=000123456789", "paid", "checkout.session.async_payment_succeeded"},
		"fails":          {payment + byBank, bankFails, "unpaid", "checkout.session.async_payment_failed"},
		"SEPA":           {"mode=payment&line_items[0][price]=" + sandbox.PriceMug + "&line_items[0][quantity]=1&payment_method_types[0]=sepa_debit&" + success, "", "paid", "checkout.session.async_payment_succeeded"},
		"SEPA fails":     {"mode=payment&line_items[0][price]=" + sandbox.PriceMug + "&line_items[0][quantity]=1&payment_method_types[0]=sepa_debit&" + success, "bank_account=AT86 1904 3002 3547 3202", "unpaid", "checkout.session.async_payment_failed"},
		"a subscription": {subscribe + byBank, "bank_account=000123456789", "paid", "checkout.session.async_payment_succeeded"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t)
			id := c.create(tt.create).ok(t).id()
			c.pay(id, tt.pay).ok(t).expect(t, map[string]any{"status": "complete", "payment_status": "unpaid", "url": nil})
			c.post("/sandbox/advance", "seconds=259199").ok(t)
			c.retrieve(id).ok(t).expect(t, map[string]any{"payment_status": "unpaid"})
			c.post("/sandbox/advance", "seconds=1").ok(t)
			c.retrieve(id).ok(t).expect(t, map[string]any{"status": "complete", "payment_status": tt.payment})

			events := c.get("/v1/events", "types[]=checkout.session.completed&types[]=checkout.session.async_payment_*").ok(t)
			events.expect(t, map[string]any{
				"data.0.type": tt.event, "data.0.data.object.payment_status": tt.payment, "data.0.data.object.id": id,
				"data.1.type": "checkout.session.completed", "data.1.data.object.payment_status": "unpaid", "data.2": nil,
			})
		})
	}
}

// The account has its own clock, which otherwise moves with time.
func TestAdvance(t *testing.T) {
	t.Parallel()
	c := newClient(t)
	id := c.create(payment).ok(t).id()
	other := c.with("Authorization", "Bearer sk_test_other")
	theirs := other.create(payment).ok(t).id()

	before := c.clock.Unix()
	if got := c.post("/sandbox/advance", "seconds=86399").ok(t).number(t, "now"); got != before+86399 {
		t.Errorf("now is %d seconds later", got-before)
	}
	c.retrieve(id).ok(t).expect(t, map[string]any{"status": "open"})
	c.clock.Advance(time.Second)
	c.retrieve(id).ok(t).expect(t, map[string]any{"status": "expired", "url": nil})
	other.retrieve(theirs).ok(t).expect(t, map[string]any{"status": "open"})
	if later := c.create(payment).ok(t).number(t, "created"); later != before+86400 {
		t.Errorf("a session created then is %d seconds later", later-before)
	}
	for form, param := range map[string]string{"": "seconds", "seconds=0": "seconds", "seconds=-1": "seconds", "seconds=99999999999": "seconds", "by=1": "by"} {
		if e := c.post("/sandbox/advance", form).want(t, 400).error(); e["param"] != param {
			t.Errorf("%q: %v", form, e)
		}
	}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	c := newClient(t)
	if ids := c.get("/v1/events", "").ids(t); len(ids) > 0 {
		t.Fatalf("an account starts with events: %v", ids)
	}
	paid, expired, late := c.create(payment).ok(t).id(), c.create(payment).ok(t).id(), c.create(payment).ok(t).id()
	c.pay(paid).ok(t)
	c.with("Idempotency-Key", "k1").expire(expired).ok(t)
	c.post("/sandbox/advance", "seconds=100000").ok(t)

	all := c.get("/v1/events", "").ok(t)
	created := c.clock.Unix()
	// Three of the seeds are open when an account starts.
	all.expect(t, map[string]any{"has_more": false, "url": "/v1/events"})
	byType := c.get("/v1/events", "type=checkout.session.completed").ok(t)
	byType.expect(t, map[string]any{
		"data.0.type": "checkout.session.completed", "data.0.object": "event", "data.0.livemode": false, "data.0.data.object.id": paid,
		"data.0.data.object.status": "complete", "data.0.pending_webhooks": "0", "data.0.api_version": "2025-08-27.basil", "data.0.created": fmt.Sprint(created),
		"data.0.request.id": "req_…", "data.0.request.idempotency_key": nil, "data.1": nil,
	})
	byRequest := c.get("/v1/events", fmt.Sprint("type=checkout.session.expired&created=", created)).ok(t)
	byRequest.expect(t, map[string]any{"data.0.data.object.id": expired, "data.0.request.idempotency_key": "k1", "data.0.data.object.url": nil, "data.1": nil})
	byClock := c.get("/v1/events", fmt.Sprint("types[]=checkout.session.expired&created=", created+86400)).ok(t)
	byClock.expect(t, map[string]any{"data.0.data.object.id": late, "data.0.request.id": nil})

	ids := all.ids(t)
	if got := c.get("/v1/events", "type=checkout.*").ids(t); len(got) != len(ids) {
		t.Errorf("a wildcard finds %d, not %d", len(got), len(ids))
	}
	if got := c.get("/v1/events", "limit=1").ids(t); len(got) != 1 || got[0] != ids[0] {
		t.Errorf("the newest is %v, want %s", got, ids[0])
	}
	if got := c.get("/v1/events", "limit=1&starting_after="+ids[0]).ids(t); got[0] != ids[1] {
		t.Errorf("after the newest comes %v, want %s", got, ids[1])
	}
	if got := c.get("/v1/events", "delivery_success=false").ids(t); len(got) > 0 {
		t.Errorf("without a webhook, these were not delivered: %v", got)
	}
	one := c.get("/v1/events/"+ids[0], "").ok(t)
	if one.id() != ids[0] {
		t.Errorf("one event: %s", one.raw)
	}
	if e := c.get("/v1/events/evt_none", "").want(t, 404).error(); e["message"] != "No such event: 'evt_none'" {
		t.Errorf("an event that is not there: %v", e)
	}
	c.with("Authorization", "Bearer sk_test_other").get("/v1/events/"+ids[0], "").want(t, 404)
	c.get("/v1/events", "type=a&types[]=b").want(t, 400)
	connected := c.with("Stripe-Account", "acct_1")
	connected.pay(connected.create(payment).ok(t).id()).ok(t)
	connected.get("/v1/events", "").ok(t).expect(t, map[string]any{"data.0.account": "acct_1"})
}

// A fault affects only the next call of its operation.
func TestFaults(t *testing.T) {
	t.Parallel()
	c := newClient(t)
	id := c.create(payment).ok(t).id()
	calls := map[string]func() result{
		"list": func() result { return c.list() }, "create": func() result { return c.create(payment) }, "retrieve": func() result { return c.retrieve(id) },
		"line_items": func() result { return c.get(sessions+"/"+id+"/line_items", "") }, "expire": func() result { return c.expire(c.create(payment).id()) },
	}
	for operation, call := range calls {
		for fault, want := range map[string]struct {
			status int
			code   any
		}{"429": {429, "rate_limit"}, "500": {500, nil}, "409": {409, "idempotency_key_in_use"}} {
			c.post("/sandbox/faults", "operation="+operation+"&fault="+fault).ok(t)
			if e := call().want(t, want.status).error(); e["code"] != want.code {
				t.Errorf("%s %s: %v", operation, fault, e)
			}
			call().ok(t)
		}
	}
	c.post("/sandbox/faults", "operation=list&fault=500&times=2").ok(t)
	c.with("Authorization", "Bearer sk_test_other").list().ok(t)
	c.list().want(t, 500)
	c.list().want(t, 500)
	c.list().ok(t)
	for form, param := range map[string]string{"operation=list": "fault", "operation=x&fault=500": "operation", "operation=list&fault=1": "fault", "operation=list&fault=500&times=0": "times"} {
		if e := c.post("/sandbox/faults", form).want(t, 400).error(); e["param"] != param {
			t.Errorf("%q: %v", form, e)
		}
	}
}

// After a lost answer, a client must not create a second session: the same
// idempotency key gets the session that was created.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	c := newClient(t).with("Idempotency-Key", "k")
	before := len(c.list("limit=100").ids(t))
	c.with("Idempotency-Key", "").post("/sandbox/faults", "operation=create&fault=lost").ok(t)
	req, err := http.NewRequest("POST", "http://sandbox.test"+sessions, strings.NewReader(payment))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range c.headers {
		req.Header.Set(name, value)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if resp, err := c.server.RoundTrip(req); err == nil {
		t.Fatalf("it was answered: %s", resp.Status)
	}
	r := c.create(payment).ok(t)
	if r.header.Get("Idempotent-Replayed") != "true" {
		t.Error("the retry was not answered with the first request's result")
	}
	if after := len(c.list("limit=100").ids(t)); after != before+1 {
		t.Errorf("%d sessions were created", after-before)
	}
}

// If many people pay at once, only one payment goes through.
func TestSessionsArePaidOnce(t *testing.T) {
	t.Parallel()
	c := newClient(t)
	id := c.create(payment).ok(t).id()
	var paid atomic.Int64
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			req, err := http.NewRequest("POST", "http://sandbox.test/sandbox/sessions/"+id+"/pay", nil)
			if err != nil {
				t.Error(err)
				return
			}
			req.Header.Set("Authorization", c.headers["Authorization"])
			resp, err := c.server.RoundTrip(req)
			if err != nil {
				t.Error(err)
				return
			}
			if resp.StatusCode == http.StatusOK {
				paid.Add(1)
			}
		})
	}
	all.Wait()
	if events := c.get("/v1/events", "").ids(t); paid.Load() != 1 || len(events) != 1 {
		t.Errorf("paid %d times, with %d events", paid.Load(), len(events))
	}
}
