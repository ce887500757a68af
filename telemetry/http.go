package telemetry

import (
	"net/http"
	"strings"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Handler traces and measures a listener's requests, naming each by its
// Pattern. A nil Telemetry does nothing.
func (t *Telemetry) Handler(listener string, next http.Handler) http.Handler {
	if t == nil {
		return next
	}
	if t.off() { // the log still needs the trace ID
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r.WithContext(propagator.Extract(r.Context(), propagation.HeaderCarrier(r.Header))))
		})
	}
	instrumented := otelhttp.NewHandler(hidePath(next), listener,
		otelhttp.WithTracerProvider(t.tracers),
		otelhttp.WithMeterProvider(t.meters),
		otelhttp.WithPropagators(propagator),
	)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		labels := new(otelhttp.Labeler)
		labels.Add(attrListener.String(listener))
		r = r.WithContext(otelhttp.ContextWithLabeler(r.Context(), labels))
		instrumented.ServeHTTP(w, r)
	})
}

// hidePath replaces the path that otelhttp put on the span with the route:
// someone may have pasted a key, a client secret or an email address where a
// session ID belongs.
func hidePath(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		trace.SpanFromContext(r.Context()).SetAttributes(attribute.String("url.path", Route(r)))
		next.ServeHTTP(w, r)
	})
}

// Route returns the path of the pattern that the request matched, such as
// /v1/checkout/sessions/{session}, or "none" if it matched none.
func Route(r *http.Request) string {
	if i := strings.IndexByte(r.Pattern, '/'); i >= 0 {
		return r.Pattern[i:]
	}
	return "none"
}
