// Package requestid recognizes the IDs that Stripe gives to requests.
package requestid

import (
	"net/http"
	"strings"
)

// Stripe returns the ID in the header of an answer from Stripe, such as
// req_a1B2c3. It returns "" for text of any other form, which something between
// here and Stripe may have written.
// https://docs.stripe.com/api/request_ids
func Stripe(h http.Header) string {
	id := h.Get("Request-Id")
	rest, ok := strings.CutPrefix(id, "req_")
	if !ok || rest == "" || len(id) > 104 || strings.ContainsFunc(rest, odd) {
		return ""
	}
	return id
}

func odd(r rune) bool {
	return r != '_' && r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
}
