package sandbox

import (
	"net/http"

	"github.com/stripe/stripe-go/v82"
)

// customer is Stripe's Customer, as far as a Checkout sale needs it.
// https://docs.stripe.com/api/customers
type customer struct {
	id, name, email, phone string
	address                values
	created                int64
}

func (c *customer) object() object {
	var address any
	if len(c.address) > 0 {
		address = addressObject(c.address)
	}
	return object{
		"id": c.id, "object": "customer",
		"address":        address,
		"balance":        0,
		"created":        c.created,
		"currency":       nil,
		"default_source": nil,
		"delinquent":     false,
		"description":    nil,
		"discount":       nil,
		"email":          idOrNull(c.email),
		"invoice_prefix": "SANDBOX1",
		"invoice_settings": object{
			"custom_fields": nil, "default_payment_method": nil, "footer": nil, "rendering_options": nil,
		},
		"livemode":              false,
		"metadata":              object{},
		"name":                  idOrNull(c.name),
		"next_invoice_sequence": 1,
		"phone":                 idOrNull(c.phone),
		"preferred_locales":     []any{},
		"shipping":              nil,
		"tax_exempt":            "none",
		"test_clock":            nil,
	}
}

// customer finds an initial customer, or one that a Checkout Session has
// created.
func (a *account) customer(id string) (*customer, bool) {
	if c, ok := a.catalog.customers.get(id); ok {
		return c, true
	}
	return nil, false
}

func (r *request) retrieveCustomer([]string) (object, *apiError) {
	c, ok := r.account.customer(r.object)
	if !ok {
		return nil, missingResource(http.StatusNotFound, "customer", r.object, "id")
	}
	return c.object(), nil
}

// addCustomer keeps the customer that a paid session has created.
func (s *session) addCustomer() {
	c := &customer{id: newID("cus_", 14), name: s.buyer.name, email: s.buyer.email, phone: s.buyer.phone, address: s.buyer.address, created: s.created}
	s.account.catalog.customers.add(c)
	s.customer = c.id
}

var (
	customerParams      = describe(stripe.CustomerRetrieveParams{}, "")
	paymentIntentParams = describe(stripe.PaymentIntentRetrieveParams{}, "")
	setupIntentParams   = describe(stripe.SetupIntentRetrieveParams{}, "")
	subscriptionParams  = describe(stripe.SubscriptionRetrieveParams{}, "")
	invoiceParams       = describe(stripe.InvoiceRetrieveParams{}, "")
)
