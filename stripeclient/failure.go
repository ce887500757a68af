package stripeclient

import (
	"cmp"
	"compress/flate"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/requestid"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/secrets"
)

var (
	errNotObject   = errors.New("the answer is not a JSON object")
	errOtherObject = errors.New("the answer is not the JSON object that Stripe would send")
)

var word = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// failure describes an attempt that did not end in a JSON object. Stripe's
// errors are mapped here and nowhere else.
func (c *call) failure(ctx context.Context, x *exchange, err error) *Error {
	e := &Error{
		Sent:       x.sent,
		Header:     x.header,
		RequestID:  requestid.Stripe(x.header),
		RetryAfter: retryAfter(x.header),
	}
	switch {
	case x.status >= 400 && x.body != nil:
		e.fromStatus(x, err)
	case x.status >= 300 && x.body != nil:
		e.Type, e.Code = string(stripe.ErrorTypeAPI), "redirect_refused"
		e.Message = fmt.Sprintf("The Stripe base URL answered with a redirect (HTTP %d), which was not followed because it would pass on the API key", x.status)
	case errors.Is(err, errTooLarge):
		e.Type, e.Code = string(stripe.ErrorTypeAPI), "response_too_large"
		e.Message = "Stripe's answer is larger than 16 MiB"
	case errors.Is(err, errNotObject):
		e.Type, e.Code = string(stripe.ErrorTypeAPI), "invalid_response"
		e.Message = fmt.Sprintf("The answer (HTTP %d) is not a JSON object, so it was cut off on the way or does not come from Stripe", x.status)
		e.Retryable = true
	case errors.Is(err, errOtherObject):
		e.Type, e.Code = string(stripe.ErrorTypeAPI), "invalid_response"
		e.Message = fmt.Sprintf("The answer (HTTP %d) is a JSON object, but not the one that Stripe would send", x.status)
		e.Retryable = true
	default:
		e.fromConnection(ctx, x, err)
	}
	// Logs and metrics group by these fields, so they must not contain text
	// that a caller wrote.
	for _, s := range []*string{&e.Type, &e.Code, &e.DeclineCode} {
		if len(*s) > 100 || !word.MatchString(*s) || secrets.HasKey(*s) {
			*s = ""
		}
	}
	e.Type = cmp.Or(e.Type, string(stripe.ErrorTypeAPI))
	for _, s := range []*string{&e.Param, &e.Message, &e.DocURL} {
		*s = scrub(*s, c.key)
	}
	return e
}

// fromStatus describes an answer with an error status.
func (e *Error) fromStatus(x *exchange, err error) {
	e.HTTPStatus = x.status
	var s *stripe.Error
	if errors.As(err, &s) {
		e.Type, e.Code, e.Param = string(s.Type), string(s.Code), s.Param
		e.Message, e.DocURL, e.DeclineCode = s.Msg, s.DocURL, string(s.DeclineCode)
	} else {
		e.Code = "invalid_response"
	}
	if e.Message == "" {
		e.Message = fmt.Sprintf("Stripe, or something between here and Stripe, answered HTTP %d (%s) without a Stripe error", x.status, http.StatusText(x.status))
	}
	switch {
	case x.status == http.StatusUnauthorized:
		e.Type = "authentication_error"
	case x.status == http.StatusForbidden:
		e.Type = "permission_error"
	case x.status == http.StatusTooManyRequests && e.Code != string(stripe.ErrorCodeLockTimeout):
		e.Type = "rate_limit_error"
	case e.Type == "":
		e.Type = string(stripe.ErrorTypeAPI)
	}
	// Stripe says whether a retry can help. After a saved 500 it can't, because
	// the idempotency key replays it. A rate limit passes, whatever the header
	// says.
	switch x.header.Get("Stripe-Should-Retry") {
	case "true":
		e.Retryable = true
	case "false":
		e.Retryable = x.status == http.StatusTooManyRequests
	default:
		e.Retryable = x.status >= 500 || slices.Contains([]int{http.StatusRequestTimeout, http.StatusConflict, http.StatusTooManyRequests}, x.status)
	}
}

// fromConnection describes an exchange without a complete answer.
func (e *Error) fromConnection(ctx context.Context, x *exchange, err error) {
	e.Type = "api_connection_error"
	e.Retryable = true
	var timeout net.Error
	var held interface{ NotSent() bool }
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		e.Code, e.cause = "canceled", context.Canceled
		e.Message = "The call was canceled before Stripe's answer was complete"
	case ctx.Err() != nil:
		e.Code, e.cause = "timeout", context.DeadlineExceeded
		e.Message = "The call timed out before Stripe's answer was complete"
	case errors.As(err, &held) && held.NotSent():
		e.Type, e.Code, e.RetryAfter = "rate_limit_error", "rate_limit", time.Second
		e.Message = "This server is at its limit of calls to Stripe; the call was not sent"
	case errors.As(err, &timeout) && timeout.Timeout():
		e.Code = "timeout"
		e.Message = "Stripe did not answer in time"
	case untrusted(err):
		e.Code, e.Retryable = "connection_failed", false
		e.Message = "The connection to Stripe failed: " + connectionProblem(err)
	case x.status != 0 && badCompression(err):
		e.Code = "connection_failed"
		e.Message = "Stripe's answer could not be read: its compression is broken"
	case x.status != 0:
		e.Code = "connection_failed"
		e.Message = "The connection broke before Stripe's answer was complete: " + connectionProblem(err)
	default:
		e.Code = "connection_failed"
		e.Message = "The connection to Stripe failed: " + connectionProblem(err)
	}
}

func badCompression(err error) bool {
	var corrupt flate.CorruptInputError
	return errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || errors.As(err, &corrupt)
}

func untrusted(err error) bool {
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	return errors.As(err, &certificate) || errors.As(err, &record)
}

// connectionProblem describes a transport error in its own words or in those of
// package net. Other texts are not repeated: those of net/http contain the URL
// with its query, or bytes that a server sent.
func connectionProblem(err error) string {
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var op *net.OpError
	switch {
	case errors.As(err, &dns):
		return "the host name " + dns.Name + " could not be resolved"
	case errors.As(err, &certificate):
		return "the server's TLS certificate is not trusted (" + certificate.Err.Error() + ")"
	case errors.As(err, &record):
		return "the server does not speak TLS"
	case errors.As(err, &op):
		return op.Error()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the other side closed it"
	default:
		return "the request could not be carried out"
	}
}

// notSent is the failure of a call whose context ended before it began.
func (c *call) notSent(ctx context.Context) *Error {
	e := c.failure(ctx, &exchange{}, ctx.Err())
	e.Message = "The call was canceled or timed out before it was sent to Stripe"
	e.Advice = "Nothing was sent to Stripe; call again if it is still needed."
	return e
}

// unsettled reports whether the attempt may have been carried out although it
// appears to have failed.
func (e *Error) unsettled() bool {
	return e.Sent && (e.Type == "api_connection_error" || e.HTTPStatus >= 500 || e.HTTPStatus == http.StatusRequestTimeout ||
		e.HTTPStatus == 0 && slices.Contains([]string{"invalid_response", "response_too_large", "redirect_refused"}, e.Code))
}

// settles reports whether the answer is Stripe's last word on the idempotency
// key, so that no earlier attempt with that key had another outcome.
func (e *Error) settles() bool {
	return slices.Contains([]int{http.StatusBadRequest, http.StatusPaymentRequired, http.StatusNotFound}, e.HTTPStatus) &&
		e.Code != "invalid_response"
}

// retryNow reports whether to retry without asking the caller. After a rate
// limit, that would make things worse. https://docs.stripe.com/rate-limits
func (e *Error) retryNow() bool {
	if e.Code == "rate_limit" && !e.Sent {
		return false // it has waited its turn long enough already
	}
	if e.HTTPStatus == http.StatusTooManyRequests {
		switch e.Header.Get("Stripe-Should-Retry") {
		case "true":
			return true
		case "false":
			return false
		}
		return e.Code == string(stripe.ErrorCodeLockTimeout)
	}
	return e.Retryable
}

// advice says what to do about e: for a write with an unknown outcome, how to
// find out without doing it twice; otherwise whatever the error calls for.
func (c *call) advice(e *Error) string {
	if e.InDoubt && e.Code == "redirect_refused" {
		return "The base URL or a proxy is misconfigured: whoever runs this server has to fix it. " + c.unknownOutcome(e)
	}
	if e.InDoubt {
		return c.unknownOutcome(e)
	}
	switch {
	case e.Code == "redirect_refused", e.HTTPStatus != 0 && e.Code == "invalid_response" && !e.Retryable:
		return "The base URL or a proxy is misconfigured. Whoever runs this server has to fix it; changing the arguments will not help."
	case e.HTTPStatus == http.StatusUnauthorized:
		return "The API key (" + c.key.String() + ") was not accepted: it is wrong, expired or revoked. " + upper(c.keeper()) + " has to replace it; changing the arguments will not help."
	case e.HTTPStatus == http.StatusForbidden:
		return c.permissionAdvice(e)
	case e.Type == "rate_limit_error":
		return "Too many calls were made at once. " + c.againIn(e)
	case e.Retryable && e.HTTPStatus == http.StatusConflict, e.Code == string(stripe.ErrorCodeLockTimeout):
		return "Another call is working on the same thing. " + c.againIn(e)
	case e.Type == string(stripe.ErrorTypeIdempotency):
		return "This idempotency_key was used before with other arguments: repeat the call with the first arguments to get that answer again, or use a new idempotency_key for a new request."
	case e.Type == string(stripe.ErrorTypeCard):
		if e.DeclineCode != "" {
			return "The card was declined (" + e.DeclineCode + "). The customer has to use another card or ask the bank; do not repeat the call unchanged."
		}
		return "The card was declined. The customer has to use another card or ask the bank; do not repeat the call unchanged."
	case e.HTTPStatus == http.StatusNotFound:
		return c.notFoundAdvice()
	case e.Code == "response_too_large":
		return "Ask for less: use a smaller limit or fewer expand paths."
	case e.Type == "api_connection_error" && !e.Retryable:
		return "Nothing was sent to Stripe. The base URL, a proxy or the certificates of this machine are misconfigured. Whoever runs this server has to fix it; changing the arguments will not help."
	case e.Retryable && c.op.Writes() && !e.Sent:
		return "Nothing was sent to Stripe. " + c.againIn(e)
	case e.Retryable:
		return c.againIn(e)
	case e.HTTPStatus >= 500:
		return "Stripe says that repeating the call will not help now; see https://status.stripe.com."
	case e.Param == "" && c.op.Refused != "":
		return c.op.Refused
	default:
		return correct(e.Param)
	}
}

// correct is the advice for a mistake in the arguments.
func correct(param string) string {
	return "Correct " + cmp.Or(param, "the arguments") + " and call again."
}

func (c *call) unknownOutcome(e *Error) string {
	again := fmt.Sprintf("repeat this call with exactly idempotency_key %q and the same arguments", *c.params.IdempotencyKey)
	if e.RetryAfter > 0 {
		again = fmt.Sprintf("in %d s, %s", e.RetryAfter/time.Second, again)
	}
	return cmp.Or(c.op.InDoubt, "It may or may not have been carried out") + ": " + again + cmp.Or(c.op.FindOut, ".")
}

func (c *call) againIn(e *Error) string {
	when := "in a few seconds"
	if e.RetryAfter > 0 {
		when = fmt.Sprintf("in %d s", e.RetryAfter/time.Second)
	}
	if c.op.Writes() {
		return fmt.Sprintf("Call again %s with the same arguments and idempotency_key %q.", when, *c.params.IdempotencyKey)
	}
	return "Call again " + when + " with the same arguments."
}

// keeper names whoever can change the key.
func (c *call) keeper() string {
	if c.brought {
		return "whoever set up this client"
	}
	return "whoever runs this server"
}

// upper returns s with a capital letter, to begin a sentence.
func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func (c *call) permissionAdvice(e *Error) string {
	if c.params.StripeAccount != nil && (e.Code == string(stripe.ErrorCodeAccountInvalid) || c.key.reveal() != "" && !c.key.Restricted()) {
		return "The API key (" + c.key.String() + ") has no access to the connected account " + *c.params.StripeAccount + ". " + upper(c.keeper()) + " has to fix the key or the account; changing the arguments will not help."
	}
	permission := "read"
	if c.op.Writes() {
		permission = "write"
	}
	return fmt.Sprintf(`The API key (%s) may not do this: a restricted key needs the "Checkout Sessions" %s permission, which %s can give it at https://dashboard.stripe.com/apikeys; changing the arguments will not help.`, c.key, permission, c.keeper())
}

func (c *call) notFoundAdvice() string {
	keyMode, idMode := "test", ""
	if c.key.Livemode() {
		keyMode = "live"
	}
	for _, mode := range []string{"test", "live"} {
		if strings.HasPrefix(c.session, "cs_"+mode+"_") {
			idMode = mode
		}
	}
	switch {
	case c.session == "":
		return "The id may belong to another account or to the other mode: the API key here is a " + keyMode + " mode key."
	case idMode != "" && idMode != keyMode:
		return fmt.Sprintf("The id belongs to a %s mode session (cs_%s_…), but the API key here is a %s mode key (%s), which cannot see it. List the sessions to get an id that this key can see, or have %s set a %s mode key.", idMode, idMode, keyMode, c.key, c.keeper(), idMode)
	default:
		return "List the sessions to check the id; it may be mistyped, or belong to an account other than this " + keyMode + " mode key's."
	}
}
