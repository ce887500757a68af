package telemetry

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/requestid"
)

// Transport wraps base, which sends calls to Stripe: it traces and measures
// each call and notes it in the [Record]. It passes the trace context on to
// Stripe but not the baggage, which may hold anything. A nil Telemetry only
// writes the record.
func (t *Telemetry) Transport(base http.RoundTripper) http.RoundTripper {
	if t == nil {
		return observer{base, nil}
	}
	if t.off() {
		return carrier{observer{base, nil}}
	}
	return revealing{otelhttp.NewTransport(hiding{observer{base, t}},
		otelhttp.WithTracerProvider(t.tracers),
		otelhttp.WithMeterProvider(t.meters),
		otelhttp.WithPropagators(propagation.TraceContext{}),
	)}
}

// carrier passes the trace context on when nothing is recorded.
type carrier struct{ next http.RoundTripper }

// RoundTrip implements [http.RoundTripper].
func (c carrier) RoundTrip(req *http.Request) (*http.Response, error) {
	if trace.SpanContextFromContext(req.Context()).IsValid() {
		req = req.Clone(req.Context())
		propagation.TraceContext{}.Inject(req.Context(), propagation.HeaderCarrier(req.Header))
	}
	return c.next.RoundTrip(req)
}

// observer sees each call to Stripe as it is sent, inside its client span.
type observer struct {
	next      http.RoundTripper
	telemetry *Telemetry // nil: nothing counts retries
}

// RoundTrip implements [http.RoundTripper].
func (o observer) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	span := trace.SpanFromContext(ctx)
	rec := RecordFrom(ctx)

	// otelhttp puts the whole URL on the span, and the query of a list call
	// contains customers' email addresses.
	if span.IsRecording() {
		safe := url.URL{Scheme: req.URL.Scheme, Host: req.URL.Host, Path: safePath(req.URL.Path)}
		span.SetAttributes(attribute.String("url.full", safe.String()))
	}

	if o.telemetry != nil && rec.sending(req.Method+" "+req.URL.String()+" "+req.Header.Get("Idempotency-Key")) {
		o.telemetry.countRetry(ctx, req.Method)
	}
	resp, err := o.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	id := requestid.Stripe(resp.Header)
	if id != "" && span.IsRecording() {
		span.SetAttributes(attribute.String("stripe.request_id", id))
	}
	rec.answered(id, resp.StatusCode == http.StatusUnauthorized)
	return resp, nil
}

// A word, or an id such as cs_test_a1b2.
var safeSegment = regexp.MustCompile(`^(v1|[a-z]+(_[a-z]+)*|[a-z]+(_test|_live)?_[A-Za-z0-9]+)$`)

// safePath masks every segment of a path that is a key, or neither a word nor
// an ID.
func safePath(path string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		key := len(s) > 3 && s[1:3] == "k_"
		if s != "" && (key || !safeSegment.MatchString(s)) {
			segments[i] = other
		}
	}
	return strings.Join(segments, "/")
}

// A hidden error shows only its type on a span: net/http quotes malformed
// responses in its messages.
type hidden struct{ error }

// Error implements error.
func (h hidden) Error() string {
	err := h.error
	for errors.Unwrap(err) != nil {
		err = errors.Unwrap(err)
	}
	return fmt.Sprintf("%T", err)
}

// ErrorType is the method that otelhttp prefers to looking at the Go type.
func (h hidden) ErrorType() string { return h.Error() }

// Unwrap returns the original error.
func (h hidden) Unwrap() error { return h.error }

func hide(err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	return hidden{err}
}

// reveal undoes hide, outside otelhttp.
func reveal(err error) error {
	if h, ok := err.(hidden); ok {
		return h.error
	}
	return err
}

// hiding hides errors from otelhttp.
type hiding struct{ next http.RoundTripper }

// RoundTrip implements [http.RoundTripper].
func (t hiding) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		return nil, hidden{err}
	}
	resp.Body = hidingBody{resp.Body}
	return resp, nil
}

type hidingBody struct{ io.ReadCloser }

// Read implements [io.Reader].
func (b hidingBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	return n, hide(err)
}

// revealing restores the errors that hiding hid from otelhttp.
type revealing struct{ next http.RoundTripper }

// RoundTrip implements [http.RoundTripper].
func (t revealing) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		return nil, reveal(err)
	}
	resp.Body = revealingBody{resp.Body}
	return resp, nil
}

type revealingBody struct{ io.ReadCloser }

// Read implements [io.Reader].
func (b revealingBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	return n, reveal(err)
}
