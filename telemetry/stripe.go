package telemetry

import (
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Transport wraps base, the transport of the calls to Stripe: each call gets a
// client span and is measured and put on the [Record]. The trace context goes
// with the calls and baggage, which may say anything, does not. A nil Telemetry
// only writes the record.
func (t *Telemetry) Transport(base http.RoundTripper) http.RoundTripper {
	if t == nil {
		return observer{base, nil}
	}
	return otelhttp.NewTransport(observer{base, t},
		otelhttp.WithTracerProvider(t.tracers),
		otelhttp.WithMeterProvider(t.meters),
		otelhttp.WithPropagators(propagation.TraceContext{}),
	)
}

// observer sees each call to Stripe as it is sent, inside its client span.
type observer struct {
	next      http.RoundTripper
	telemetry *Telemetry
}

// RoundTrip implements [http.RoundTripper].
func (o observer) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	span := trace.SpanFromContext(ctx)
	rec := RecordFrom(ctx)

	// otelhttp puts the whole URL on the span, and a list's query has customers'
	// addresses in it.
	safe := *req.URL
	safe.RawQuery, safe.Fragment, safe.User = "", "", nil
	span.SetAttributes(attribute.String("url.full", safe.String()))

	if rec.sending(req.Method + " " + req.URL.String() + " " + req.Header.Get("Idempotency-Key")) {
		o.telemetry.countRetry(ctx, req.Method)
	}
	resp, err := o.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	id := resp.Header.Get("Request-Id")
	if id != "" {
		span.SetAttributes(attribute.String("stripe.request_id", id))
	}
	rec.answered(id, resp.StatusCode == http.StatusUnauthorized)
	return resp, nil
}
