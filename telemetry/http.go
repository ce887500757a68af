package telemetry

import (
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
)

// Handler gives the requests to a listener a server span and measures them. A
// nil Telemetry does nothing.
func (t *Telemetry) Handler(listener string, routes *http.ServeMux, next http.Handler) http.Handler {
	if t == nil {
		return next
	}
	instrumented := otelhttp.NewHandler(next, listener,
		otelhttp.WithTracerProvider(t.tracers),
		otelhttp.WithMeterProvider(t.meters),
		otelhttp.WithPropagators(propagator),
	)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		labels := new(otelhttp.Labeler)
		labels.Add(attrListener.String(listener))
		r = r.WithContext(otelhttp.ContextWithLabeler(r.Context(), labels))
		if routes != nil {
			// otelhttp takes the route from the request it passes on, and the
			// gates in between make copies: set it before the mux does.
			_, r.Pattern = routes.Handler(r)
		}
		instrumented.ServeHTTP(w, r)
	})
}
