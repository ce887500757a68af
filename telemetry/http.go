package telemetry

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/propagation"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/netaddr"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/secrets"
)

// Handler traces and measures a listener's requests, naming each by its
// Pattern. Of X-Forwarded-For it believes what the proxies wrote. A nil
// Telemetry does nothing.
func (t *Telemetry) Handler(listener string, proxies []netip.Prefix, next http.Handler) http.Handler {
	if t == nil {
		return next
	}
	if t.off() { // the log still needs the trace ID
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r.WithContext(propagator.Extract(r.Context(), propagation.HeaderCarrier(r.Header))))
		})
	}
	instrumented := otelhttp.NewHandler(unmasked(next), listener,
		otelhttp.WithTracerProvider(t.tracers),
		otelhttp.WithMeterProvider(t.meters),
		otelhttp.WithPropagators(propagator),
	)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		labels := new(otelhttp.Labeler)
		labels.Add(attrListener.String(listener))
		ctx := context.WithValue(otelhttp.ContextWithLabeler(r.Context(), labels), originalKey{}, r)
		instrumented.ServeHTTP(w, masked(r.WithContext(ctx), proxies))
	})
}

type originalKey struct{}

// propagated are the headers of the trace context and the baggage.
var propagated = []string{"Traceparent", "Tracestate", "Baggage"}

// masked changes r to what may be on a span: otelhttp puts there whatever it
// finds. Someone may have pasted a key, a client secret or an email address
// where a session ID belongs, or anywhere else.
func masked(r *http.Request, proxies []netip.Prefix) *http.Request {
	header := http.Header{"X-Forwarded-For": {netaddr.Client(r, proxies).String()}}
	for _, name := range propagated {
		header[name] = r.Header[name] // the propagator masks them
	}
	if agent := r.UserAgent(); agent != "" {
		header.Set("User-Agent", maskedText(agent))
	}
	r.Method, r.URL, r.Host, r.Header = Method(r), &url.URL{Path: Route(r)}, maskedText(r.Host), header
	return r
}

// unmasked passes on the request as it came.
func unmasked(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		original := r.Context().Value(originalKey{}).(*http.Request).WithContext(r.Context())
		original.Body = r.Body // measured
		next.ServeHTTP(w, original)
	})
}

// maskedText returns text that a client chose without secrets, at most 200
// bytes of it.
func maskedText(s string) string {
	// A secret that a cut goes through can't be recognized: so there is a second
	// cut, far from the first.
	const first, second = 1000, 200
	s = secrets.Scrub(s[:min(len(s), first)])
	return strings.ToValidUTF8(s[:min(len(s), second)], "")
}

// Method returns the request's method if HTTP knows it, and otherwise _OTHER:
// a client may send anything as the method.
func Method(r *http.Request) string {
	switch r.Method {
	case http.MethodConnect, http.MethodDelete, http.MethodGet, http.MethodHead, http.MethodOptions,
		http.MethodPatch, http.MethodPost, http.MethodPut, http.MethodTrace:
		return r.Method
	}
	return other
}

// Route returns the path of the pattern that the request matched, such as
// /v1/checkout/sessions/{session}, or "none" if it matched none.
func Route(r *http.Request) string {
	if i := strings.IndexByte(r.Pattern, '/'); i >= 0 {
		return r.Pattern[i:]
	}
	return "none"
}
