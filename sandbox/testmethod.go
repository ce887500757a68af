package sandbox

import (
	"net/http"
	"strings"
)

// testMethod is one of the numbers that Stripe documents for testing; no other
// number can pay here. https://docs.stripe.com/testing
type testMethod struct {
	typ, number string
	Does        string // what it does, as the page says it

	refusal      *apiError // why it is declined
	authenticate bool      // it asks for 3D Secure
	delayed      bool      // the bank's answer takes days
	fails        bool      // and the answer is no
}

// The numbers of the methods that pay.
const (
	CardPays = "4242424242424242"
	bankPays = "000123456789"
	ibanPays = "AT611904300234573201"
)

var testMethods = []testMethod{
	{typ: "card", number: CardPays, Does: "pays"},
	{typ: "card", number: "4000000000000002", Does: "is declined",
		refusal: declined("generic_decline", "Your card was declined.")},
	{typ: "card", number: "4000000000009995", Does: "has insufficient funds",
		refusal: declined("insufficient_funds", "Your card has insufficient funds.")},
	{typ: "card", number: "4000002500003155", Does: "asks for 3D Secure", authenticate: true},
	{typ: "us_bank_account", number: bankPays, Does: "pays after three days", delayed: true},
	{typ: "us_bank_account", number: "000222222227", Does: "fails after three days", delayed: true, fails: true},
	{typ: "sepa_debit", number: ibanPays, Does: "pays after three days", delayed: true},
	{typ: "sepa_debit", number: "AT861904300235473202", Does: "fails after three days", delayed: true, fails: true},
}

// debitLife is how long a bank takes to answer.
const debitLife = 3 * day

func declined(reason, message string) *apiError {
	e := newError(http.StatusPaymentRequired, typeCard, "card_declined", "", message)
	e.DeclineCode = reason
	return e
}

// notATestCard is Stripe's answer to a real card in test mode. It repeats
// nothing of the number.
var notATestCard = declined("test_mode_live_card", "Your card was declined. Your request was in test mode, but used a non test card. For a list of valid test cards, visit: https://stripe.com/docs/testing.")

var notAuthenticated = newError(http.StatusPaymentRequired, typeCard, "payment_intent_authentication_failure", "",
	"We are unable to authenticate your payment method. Please choose a different payment method and try again.")

// findMethod returns the test method with that number, however it is spaced.
func findMethod(typ, number string) *testMethod {
	number = strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(number))
	for i, m := range testMethods {
		if m.typ == typ && m.number == number {
			return &testMethods[i]
		}
	}
	return nil
}
