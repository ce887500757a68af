package stripeclient

import (
	"fmt"
	"strings"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/secrets"
)

const sessionIDLooks = "a session id looks like cs_test_a1b2c3 (test mode) or cs_live_a1b2c3 (live mode)"

// otherIDs are ids of other Stripe objects that callers pass as session ids,
// and how to get from each to its session.
var otherIDs = []struct{ prefix, what, instead string }{
	{"pi_", "a PaymentIntent", findBy("payment_intent")},
	{"sub_", "a Subscription", findBy("subscription")},
	{"cus_", "a Customer", findBy("customer")},
	{"plink_", "a Payment Link", findBy("payment_link")},
	{"in_", "an Invoice", "list the sessions with the invoice's customer=cus_… or subscription=sub_…"},
	{"seti_", "a SetupIntent", "list the sessions with the customer=cus_… it belongs to"},
	{"price_", "a Price, which many sessions can sell", "list the sessions to find one"},
	{"prod_", "a Product, which many sessions can sell", "list the sessions to find one"},
	{"evt_", "an Event", "use the id in the event's data.object.id, or list the sessions to find it"},
}

func findBy(param string) string {
	return "list the sessions with " + param + " set to this id"
}

// CheckSessionID refuses, before any request is made, an id that could leave
// its path segment or that cannot belong to a session. Its error repeats
// nothing of the id, because someone may have pasted a key.
func CheckSessionID(id string) *Error {
	const param = "session"
	invalid := func(message string) *Error { return NewInvalidRequest("parameter_invalid", param, message) }

	switch {
	case id == "":
		return NewInvalidRequest("parameter_missing", param, "The session id is empty: "+sessionIDLooks+".")
	case secrets.HasKey(id):
		return invalid("The session is an API key, not a session id: never pass a key as an argument; " + sessionIDLooks + ".")
	case strings.Contains(id, "_secret_"):
		return invalid("The session is a client secret, not a session id: pass only the part before _secret_; " + sessionIDLooks + ".")
	case len(id) > 255 || strings.ContainsFunc(id, needsEscape):
		return invalid("The session is not an id of 1 to 255 letters, digits and underscores: " + sessionIDLooks + "; from a URL, pass only that part.")
	}
	for _, o := range otherIDs {
		if strings.HasPrefix(id, o.prefix) {
			return invalid(fmt.Sprintf("The session starts with %s, so it is the id of %s, not of a Checkout Session: %s (%s).", o.prefix, o.what, o.instead, sessionIDLooks))
		}
	}
	return nil
}

// needsEscape reports whether a path segment may have to escape the character.
func needsEscape(r rune) bool {
	return r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
}
