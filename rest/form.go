package rest

import (
	"errors"
	"net/http"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/form"
)

// parseForm parses a URL's query or a body in Stripe's form encoding. Errors
// call it what.
func parseForm(encoded, what string) (*form.Node, error) {
	parsed, err := form.Parse(encoded)
	refusal, ok := errors.AsType[*form.Error](err)
	if !ok {
		return parsed, nil
	}
	switch refusal.Reason {
	case form.BadEscape:
		return nil, refused(http.StatusBadRequest, "", "", "The %s contains a %% that is not followed by two hexadecimal digits; write a percent sign as %%25.", what)
	case form.NotUTF8:
		return nil, refused(http.StatusBadRequest, "", "", "The %s is not UTF-8 text.", what)
	case form.TooMany:
		return nil, refused(http.StatusBadRequest, "", "", "The %s has more than %d parameters.", what, form.MaxPairs)
	default:
		return nil, refused(http.StatusBadRequest, "", refusal.Name, "%.100s is nested more than %d levels deep, which no parameter needs.", refusal.Name, form.MaxDepth)
	}
}
