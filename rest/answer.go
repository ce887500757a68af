package rest

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// succeed passes on Stripe's answer.
func succeed(w http.ResponseWriter, answer *stripeclient.Response) {
	passOn(w.Header(), answer.Header)
	write(w, answer.StatusCode, answer.JSON)
}

// refuse answers with an operation's error or a *refusal.
func refuse(w http.ResponseWriter, err error) {
	failed, known := stripeclient.AsError(err)
	var refusal *refusal
	status := 0
	switch {
	case errors.As(err, &refusal):
		failed, status = refusal.shown, refusal.status
	case known:
		status = statusOf(failed)
		passOn(w.Header(), failed.Header)
		if failed.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(failed.RetryAfter/time.Second)))
		}
	default:
		failed = &stripeclient.Error{Type: "api_error", Message: operations.ErrInternal.Error(), Advice: "Tell whoever runs this server."} // a bug of ours
		status = http.StatusInternalServerError
	}
	shown := *failed
	shown.HTTPStatus = status
	if h := w.Header(); h.Get("Request-Id") == "" {
		// Stripe's SDKs look here. The id is also in this server's log.
		h.Set("Request-Id", cmp.Or(h.Get("X-Request-Id"), rand.Text()))
	}
	body, err := json.Marshal(map[string]any{"error": &shown})
	if err != nil {
		panic(err) // strings, a number and a boolean always marshal
	}
	write(w, status, body)
}

// statusOf returns Stripe's own status, or one that says why there is none.
func statusOf(e *stripeclient.Error) int {
	switch {
	case e.HTTPStatus != 0:
		return e.HTTPStatus
	case e.Type == "invalid_request_error":
		return http.StatusBadRequest
	case e.Type == "authentication_error":
		return http.StatusUnauthorized
	case e.Type == "rate_limit_error":
		return http.StatusTooManyRequests
	case e.Code == "timeout":
		return http.StatusGatewayTimeout
	default:
		return http.StatusBadGateway
	}
}

// A refusal is an error that is not about an operation's arguments, or about
// arguments in a form that makes them unreadable.
type refusal struct {
	status int
	shown  *stripeclient.Error
}

func (r *refusal) Error() string { return r.shown.Error() }

func (r *refusal) Unwrap() error { return r.shown }

// forbidden turns an error that asks a person for approval into a 403.
func forbidden(err error) error {
	if failed, ok := stripeclient.AsError(err); ok && !failed.Sent {
		return &refusal{http.StatusForbidden, failed}
	}
	return err
}

func refused(status int, code, param, format string, args ...any) error {
	shown := stripeclient.NewInvalidRequest(code, param, fmt.Sprintf(format, args...))
	if status == http.StatusForbidden {
		shown.Type = "permission_error" // Stripe's name for it
	}
	return &refusal{status, shown}
}

// passedOn are the headers of Stripe's that mean something to a caller. The
// prefixes are those of rate limits.
var (
	passedOn = []string{
		"Request-Id", "Stripe-Version", "Stripe-Account",
		idempotencyHeader, "Idempotent-Replayed", "Original-Request",
		"Retry-After", "Stripe-Should-Retry", "Stripe-Rate-Limited-Reason",
	}
	passedOnPrefixes = []string{"Ratelimit", "X-Ratelimit", "X-Rate-Limit"}
)

func passOn(to, from http.Header) {
	for name, values := range from {
		if slices.Contains(passedOn, name) || slices.ContainsFunc(passedOnPrefixes, func(p string) bool { return strings.HasPrefix(name, p) }) {
			to[name] = values
		}
	}
}

func write(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", jsonType)
	w.Header().Set("Cache-Control", "no-store") // customers' data, and payment pages
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client is gone if this fails
}
