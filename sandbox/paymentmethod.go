package sandbox

import (
	"net/http"

	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/parameters"
)

// Stripe's own command line pays a session as Stripe's payment page does: it
// creates a payment method and confirms the page with it. The page has its own
// API, which Stripe doesn't document.
// https://github.com/stripe/stripe-cli/tree/master/pkg/fixtures/triggers

const (
	paymentMethodsPath = "/v1/payment_methods"
	paymentPagesPath   = "/v1/payment_pages"
)

// paymentMethod is Stripe's PaymentMethod. https://docs.stripe.com/api/payment_methods
type paymentMethod struct {
	id, typ string
	number  string // the test method's number
	billing values
	created int64
}

// testTokens are what Stripe's libraries send instead of a number.
// https://docs.stripe.com/testing#cards
var testTokens = map[string]string{
	"tok_visa":                            CardPays,
	"tok_visa_chargeDeclined":             "4000000000000002",
	"tok_chargeDeclined":                  "4000000000000002",
	"tok_chargeDeclinedInsufficientFunds": "4000000000009995",
}

var (
	paymentMethodParams         = describe(stripe.PaymentMethodCreateParams{}, "")
	retrievePaymentMethodParams = describe(stripe.PaymentMethodRetrieveParams{}, "")
	paymentPageParams           = describeOwn(struct{}{}, nil)
	confirmPageParams           = describeOwn(struct {
		PaymentMethod  *string `form:"payment_method"`
		ExpectedAmount *int64  `form:"expected_amount"`
		ReturnURL      *string `form:"return_url"`
	}{}, map[string]parameters.Fact{"payment_method": {Required: true}})
)

func (r *request) createPaymentMethod([]string) (object, *apiError) {
	p := r.params
	typ := p.text("type")
	made := &paymentMethod{id: newID("pm_1", 23), typ: typ, billing: p.object("billing_details"), created: r.now}
	details, param := p.object(typ), ""
	switch typ {
	case "":
		return nil, missingParameter("type")
	case "card":
		param = "card[number]"
		made.number = details.text("number")
		if token := details.text("token"); token != "" {
			var known bool
			if made.number, known = testTokens[token]; !known {
				return nil, missingResource(http.StatusBadRequest, "token", token, "card[token]")
			}
		}
	case "sepa_debit":
		param, made.number = "sepa_debit[iban]", details.text("iban")
	case "us_bank_account":
		param, made.number = "us_bank_account[account_number]", details.text("account_number")
	default:
		return nil, invalidRequest("type", "This sandbox takes the types card, us_bank_account and sepa_debit.")
	}
	if made.number == "" {
		return nil, missingParameter(param)
	}
	method := findMethod(typ, made.number)
	if method == nil {
		return nil, notATestCard
	}
	made.number = method.number
	r.account.catalog.paymentMethods.add(made)
	return made.object(), nil
}

func (r *request) retrievePaymentMethod([]string) (object, *apiError) {
	one, ok := r.account.catalog.paymentMethods.get(r.object)
	if !ok {
		return nil, missingResource(http.StatusNotFound, "PaymentMethod", r.object, "payment_method")
	}
	return one.object(), nil
}

func (m *paymentMethod) object() object {
	billing := merge(object{"address": nil, "email": nil, "name": nil, "phone": nil, "tax_id": nil}, object(m.billing))
	billing["address"] = addressObject(m.billing.object("address"))
	o := object{
		"id": m.id, "object": "payment_method",
		"allow_redisplay": "unspecified",
		"billing_details": billing,
		"created":         m.created,
		"customer":        nil,
		"livemode":        false,
		"metadata":        object{},
		"type":            m.typ,
	}
	last4 := m.number[len(m.number)-4:]
	fingerprint := fixedID("", m.number, 16)
	switch m.typ {
	case "card":
		o["card"] = object{
			"brand":                "visa",
			"checks":               object{"address_line1_check": nil, "address_postal_code_check": nil, "cvc_check": "unchecked"},
			"country":              "US",
			"display_brand":        "visa",
			"exp_month":            12,
			"exp_year":             2034,
			"fingerprint":          fingerprint,
			"funding":              "credit",
			"generated_from":       nil,
			"last4":                last4,
			"networks":             object{"available": []any{"visa"}, "preferred": nil},
			"regulated_status":     "unregulated",
			"three_d_secure_usage": object{"supported": true},
			"wallet":               nil,
		}
	case "sepa_debit":
		o["sepa_debit"] = object{
			"bank_code": "19043", "branch_code": "", "country": m.number[:2], "fingerprint": fingerprint,
			"generated_from": object{"charge": nil, "setup_attempt": nil}, "last4": last4,
		}
	case "us_bank_account":
		o["us_bank_account"] = object{
			"account_holder_type": "individual", "account_type": "checking", "bank_name": "STRIPE TEST BANK", "financial_connections_account": nil,
			"fingerprint": fingerprint, "last4": last4, "networks": object{"preferred": "ach", "supported": []any{"ach"}},
			"routing_number": "110000000", "status_details": nil,
		}
	}
	return o
}

func (r *request) retrievePaymentPage([]string) (object, *apiError) {
	s, ok := r.account.session(r.object)
	if !ok {
		return nil, missingResource(http.StatusNotFound, "payment_page", r.object, "id")
	}
	return s.paymentPageObject(r), nil
}

func (s *session) paymentPageObject(r *request) object {
	return object{
		"id": fixedID("ppage_1", s.id, 23), "object": "checkout.session",
		"currency": idOrNull(s.currency), "livemode": false, "mode": s.mode,
		"payment_status": s.paymentStatus(), "session_id": s.id, "state": s.statusAt(r.now), "total_summary": object{"due": s.total()},
	}
}

func (r *request) confirmPaymentPage([]string) (object, *apiError) {
	s, ok := r.account.session(r.object)
	if !ok {
		return nil, missingResource(http.StatusNotFound, "payment_page", r.object, "id")
	}
	method, ok := r.account.catalog.paymentMethods.get(r.params.text("payment_method"))
	if !ok {
		return nil, missingResource(http.StatusBadRequest, "PaymentMethod", r.params.text("payment_method"), "payment_method")
	}
	if expected, given := r.params.integer("expected_amount"); given && expected != s.total() {
		return nil, invalidRequest("expected_amount", "The amount due is %d (expected_amount is %d).", s.total(), expected)
	}
	entered := values{"payment_method": method.typ, methodParam(method.typ): method.number, "authentication": "complete"}
	for _, name := range []string{"email", "name", "phone", "address"} {
		if method.billing.has(name) {
			entered[name] = method.billing[name]
		}
	}
	paid, err := r.account.pay(s.id, s.fill(entered), r.now, r)
	if err != nil {
		return nil, err
	}
	return paid.paymentPageObject(r), nil
}
