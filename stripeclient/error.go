package stripeclient

import (
	"errors"
	"net/http"
	"strings"
	"time"
)

// Error is a failed operation, as an agent (in a tool result) or a REST caller
// (in an error body) sees it. Neither its text nor its JSON contains a key, a
// client secret or an email address.
type Error struct {
	// Type is Stripe's (card_error, invalid_request_error, idempotency_error,
	// api_error), with two exceptions. As in Stripe's client libraries, some
	// statuses have a type of their own: authentication_error (401),
	// permission_error (403) and rate_limit_error (429). And
	// api_connection_error means that no complete answer came.
	// https://docs.stripe.com/api/errors
	Type string `json:"type,omitempty"`

	// Code is Stripe's (https://docs.stripe.com/error-codes) or one of this
	// package's: timeout, canceled, connection_failed, redirect_refused,
	// response_too_large, invalid_response (not JSON where JSON was expected),
	// rate_limit (also for a call that was held back here), api_key_missing,
	// parameter_missing, parameter_invalid.
	Code string `json:"code,omitempty"`

	// Param is the parameter at fault, in Stripe's form notation
	// (line_items[0][price]).
	Param string `json:"param,omitempty"`

	// Message says what was wrong, in Stripe's own words if there are any.
	Message string `json:"message,omitempty"`

	// Advice says what to do about it, in a sentence or two. It is part of the
	// JSON, too, because some clients show a model only that.
	Advice string `json:"advice,omitempty"`

	// HTTPStatus is the status of Stripe's answer if that was an error (400 to
	// 599), otherwise 0.
	HTTPStatus int `json:"http_status,omitempty"`

	RequestID   string `json:"request_id,omitempty"`   // req_…, of Stripe's answer
	DocURL      string `json:"doc_url,omitempty"`      // Stripe's page about Code
	DeclineCode string `json:"decline_code,omitempty"` // why a card was declined

	// Retryable says that the same call, with the same arguments and
	// idempotency key, may succeed later.
	Retryable bool `json:"retryable"`

	// Sent says that at least one attempt was sent to Stripe. It is false only
	// if nothing can have reached Stripe.
	Sent bool `json:"-"`

	// InDoubt says that a write may or may not have been carried out.
	InDoubt bool `json:"-"`

	// RetryAfter is how long Stripe, or the limit that held the call back, asks
	// callers to wait before the next call; 0 if it did not say.
	RetryAfter time.Duration `json:"-"`

	// Header holds the headers of Stripe's answer, if one came.
	Header http.Header `json:"-"`

	cause error // context.Canceled, context.DeadlineExceeded or nil
}

// NewInvalidRequest returns the error for an argument that was refused before
// any request was made. The message says what is wrong with it and what would
// be right.
func NewInvalidRequest(code, param, message string) *Error {
	return &Error{
		Type:    "invalid_request_error",
		Code:    code,
		Param:   scrub(param, Key{}),
		Message: scrub(message, Key{}),
		Advice:  "Nothing was sent to Stripe.",
	}
}

// AsError returns err as callers see it if it is about their call: an *Error,
// or a refusal from the code that decoded the arguments. It reports false for
// any other error, which is a bug of ours.
func AsError(err error) (*Error, bool) {
	var failed *Error
	if errors.As(err, &failed) {
		return failed, true
	}
	var refused refusal
	if !errors.As(err, &refused) {
		return nil, false
	}
	code, param, message, answered := refused.Refusal()
	failed = NewInvalidRequest(code, param, message)
	if answered {
		failed.Sent, failed.Advice = true, correct(param) // refused on the basis of Stripe's answer
	}
	return failed, true
}

// A refusal is an error from a package that knows about arguments but not about
// this package.
type refusal interface {
	error
	Refusal() (code, param, message string, answered bool)
}

// Error returns the text for a model: the message and the advice.
func (e *Error) Error() string {
	return strings.TrimSuffix(asSentence(e.Message)+" "+e.Advice, " ")
}

// asSentence adds a full stop to a message that does not already end a
// sentence.
func asSentence(message string) string {
	if last := strings.TrimRight(message, `"'`+"`)]"); last != "" && !strings.ContainsAny(last[len(last)-1:], ".!?") {
		return message + "."
	}
	return message
}

// Replayed reports whether Stripe repeated the error of an earlier request with
// the same idempotency key.
func (e *Error) Replayed() bool { return replayed(e.Header) }

// Unwrap returns context.Canceled or context.DeadlineExceeded if the caller's
// context ended the call. No other cause is exposed, because errors of net/http
// contain the URL and thus a list's filters.
func (e *Error) Unwrap() error { return e.cause }
