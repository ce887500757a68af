package httpserver

import (
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/propagation"
)

// handler gives requests to a listener a server span and measures them.
func (t *Telemetry) handler(l Listener, next http.Handler) http.Handler {
	if t == nil {
		return next
	}
	instrumented := otelhttp.NewHandler(next, l.Name,
		otelhttp.WithTracerProvider(t.tracers),
		otelhttp.WithMeterProvider(t.meters),
		otelhttp.WithPropagators(propagator),
	)
	routes, _ := l.Handler.(*http.ServeMux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		labels := new(otelhttp.Labeler)
		labels.Add(attrListener.String(l.Name))
		r = r.WithContext(otelhttp.ContextWithLabeler(r.Context(), labels))
		if routes != nil {
			// otelhttp takes the route from the request it passes on, and the
			// gates in between make copies: set it before the mux does.
			_, r.Pattern = routes.Handler(r)
		}
		instrumented.ServeHTTP(w, r)
	})
}

// transport gives calls to Stripe a client span and measures them. The trace
// context goes with them and baggage, which may say anything, does not.
func (t *Telemetry) transport(next http.RoundTripper) http.RoundTripper {
	if t == nil {
		return next
	}
	return otelhttp.NewTransport(next,
		otelhttp.WithTracerProvider(t.tracers),
		otelhttp.WithMeterProvider(t.meters),
		otelhttp.WithPropagators(propagation.TraceContext{}),
	)
}
