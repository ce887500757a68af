package telemetry

import (
	"net/http"
	"strings"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Handler gives the requests to a listener a server span and measures them. The
// route is the request's Pattern. A nil Telemetry does nothing.
func (t *Telemetry) Handler(listener string, next http.Handler) http.Handler {
	if t == nil {
		return next
	}
	if t.off() { // the log has the trace's id all the same
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

// hidePath puts the route in the place of the path that otelhttp put on the
// span: what was meant for a session id may be a key, a client secret or an
// address.
func hidePath(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		trace.SpanFromContext(r.Context()).SetAttributes(attribute.String("url.path", Route(r)))
		next.ServeHTTP(w, r)
	})
}

// Route returns the path of the pattern that a request matched, such as
// /v1/checkout/sessions/{session}, or "none".
func Route(r *http.Request) string {
	if i := strings.IndexByte(r.Pattern, '/'); i >= 0 {
		return r.Pattern[i:]
	}
	return "none"
}
