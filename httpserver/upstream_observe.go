package httpserver

import (
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// observer sees each call to Stripe as it is sent, inside its client span.
type observer struct {
	next      http.RoundTripper
	telemetry *Telemetry
}

// RoundTrip implements [http.RoundTripper].
func (o observer) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	span := trace.SpanFromContext(ctx)
	rec := recordFrom(ctx)

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
	if id := resp.Header.Get("Request-Id"); id != "" {
		span.SetAttributes(attribute.String("stripe.request_id", id))
		rec.set(func(r *record) { r.stripeRequestIDs = append(r.stripeRequestIDs, id) })
	}
	if resp.StatusCode == http.StatusUnauthorized {
		rec.set(func(r *record) {
			if r.keyRejected != nil {
				r.keyRejected()
			}
		})
	}
	return resp, nil
}
