package telemetry

import (
	"cmp"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/netaddr"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/secrets"
)

// Handler traces and measures a listener's requests, naming each by its
// Pattern. It trusts only what the proxies added to X-Forwarded-For. A nil
// Telemetry does nothing.
//
// It doesn't use otelhttp's handler, which puts whatever it finds in a request
// on spans. That handler's httpsnoop, with a type for every set of interfaces
// that a ResponseWriter can have, is also 1.5 MB of code.
func (t *Telemetry) Handler(listener string, proxies []netip.Prefix, next http.Handler) http.Handler {
	if t == nil {
		return next
	}
	if t.off() { // the log still needs the trace ID
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Traceparent") != "" {
				r = r.WithContext(propagator.Extract(r.Context(), propagation.HeaderCarrier(r.Header)))
			}
			next.ServeHTTP(w, r)
		})
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		name, attrs := Method(r), []attribute.KeyValue{attrHTTPMethod.String(Method(r))}
		if name == other {
			name = "HTTP"
		}
		if r.Pattern != "" {
			name += " " + Route(r)
			attrs = append(attrs, attrRoute.String(Route(r)))
		}
		ctx, span := t.tracer().Start(propagator.Extract(r.Context(), propagation.HeaderCarrier(r.Header)), name,
			trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(attrs...))
		if span.IsRecording() {
			span.SetAttributes(spanAttributes(r, proxies)...)
		}
		answer := &Answer{ResponseWriter: w}
		defer func() { // also where the handler panics, to break the answer off
			status := attrHTTPStatus.Int(answer.Status())
			span.SetAttributes(status)
			if answer.Status() >= 500 {
				span.SetStatus(codes.Error, "")
			}
			span.End()
			t.instruments.requests.Record(ctx, time.Since(start).Seconds(),
				metric.WithAttributes(append(attrs, status, attrListener.String(listener))...))
		}()
		next.ServeHTTP(answer, r.WithContext(ctx))
	})
}

// spanAttributes returns the request's attributes with too many values to be
// labels. They show a path as its route, and mask secrets in what the client
// wrote: someone may have pasted a key, a client secret or an email address
// where a session ID belongs, or anywhere else.
func spanAttributes(r *http.Request, proxies []netip.Prefix) []attribute.KeyValue {
	scheme, host := "http", r.Host
	if r.TLS != nil {
		scheme = "https"
	}
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	attrs := []attribute.KeyValue{
		semconv.URLScheme(scheme),
		semconv.URLPath(Route(r)),
		attrServerAddress.String(maskedText(host)),
		semconv.ClientAddress(netaddr.Client(r, proxies).String()),
		semconv.NetworkProtocolVersion(strings.TrimPrefix(r.Proto, "HTTP/")),
	}
	if peer, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		attrs = append(attrs, semconv.NetworkPeerAddress(peer.Addr().String()), semconv.NetworkPeerPort(int(peer.Port())))
	}
	if agent := r.UserAgent(); agent != "" {
		attrs = append(attrs, semconv.UserAgentOriginal(maskedText(agent)))
	}
	return attrs
}

// An Answer notes the status and the size of what a handler answers. Whatever
// else a [http.ResponseController] does, the writer below does.
type Answer struct {
	http.ResponseWriter
	status int
	Bytes  int64 // of the body
}

// Begun reports whether a part of the answer is written.
func (a *Answer) Begun() bool { return a.status != 0 }

// Status is 200 until a handler says otherwise, as in net/http.
func (a *Answer) Status() int { return cmp.Or(a.status, http.StatusOK) }

// WriteHeader implements [http.ResponseWriter].
func (a *Answer) WriteHeader(status int) {
	if a.status == 0 && status >= 200 { // those below only announce
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (a *Answer) Write(p []byte) (int, error) {
	a.status = a.Status()
	n, err := a.ResponseWriter.Write(p)
	a.Bytes += int64(n)
	return n, err
}

// Unwrap lets [http.ResponseController] reach the writer below.
func (a *Answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// maskedText returns at most 200 bytes of a text that a client chose, without
// secrets.
func maskedText(s string) string {
	// A secret that is cut in two can't be recognized, so the text is cut
	// again, well before the first cut.
	const first, second = 1000, 200
	s = secrets.Scrub(s[:min(len(s), first)])
	return strings.ToValidUTF8(s[:min(len(s), second)], "")
}

// Method returns the request's method if it is a standard one, and otherwise
// _OTHER: a client may send anything as the method.
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
