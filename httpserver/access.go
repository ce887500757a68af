package httpserver

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"regexp"
	"runtime"
	"runtime/debug"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/netaddr"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/telemetry"
)

const requestIDHeader = "X-Request-Id"

// A client's request ID ends up in logs. Letters, digits and hyphens allow
// every common form (UUID, ULID, trace ID) but no Stripe key, which has
// underscores.
var saneRequestID = regexp.MustCompile(`^[A-Za-z0-9-]+$`)

func requestID(header string) string {
	if len(header) <= 64 && saneRequestID.MatchString(header) {
		return header
	}
	return rand.Text()
}

// accessLog gives each request an ID and a record, logs one line when it is
// done, and answers 500 if the handler panics. It never logs paths, queries,
// headers or bodies, which may contain keys and customer data.
func accessLog(logger *slog.Logger, listener string, proxies []netip.Prefix, refuse refuser, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := requestID(r.Header.Get(requestIDHeader))
		w.Header().Set(requestIDHeader, id)
		ctx, rec := telemetry.WithRecord(r.Context(), id)
		r = r.WithContext(ctx)

		start, answer := time.Now(), &telemetry.Answer{ResponseWriter: w}
		defer func() {
			attrs := append(requestAttrs(r, listener, id, answer, time.Since(start)),
				slog.String("remote", netaddr.Client(r, proxies).String()))
			logger.LogAttrs(ctx, slog.LevelInfo, "request", rec.AppendAttrs(attrs)...)
		}()
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if p != http.ErrAbortHandler {
				logPanic(logger, id, p)
			}
			if answer.Begun() || p == http.ErrAbortHandler {
				panic(http.ErrAbortHandler) // break it off
			}
			refuse(answer, refusal{status: http.StatusInternalServerError, kind: "api_error",
				message: "The server failed to handle this request. Its log has the details under request ID " + id + "."})
		}()
		next.ServeHTTP(answer, r)
	})
}

func requestAttrs(r *http.Request, listener, id string, answer *telemetry.Answer, took time.Duration) []slog.Attr {
	attrs := append(make([]slog.Attr, 0, 16), // with room for the rest
		slog.String("listener", listener),
		slog.String("method", telemetry.Method(r)),
		slog.String("route", telemetry.Route(r)),
		slog.Int("status", answer.Status()),
		slog.Int64("bytes", answer.Bytes),
		slog.Duration("duration", took),
		slog.String("request_id", id),
	)
	if span := trace.SpanContextFromContext(r.Context()); span.HasTraceID() {
		attrs = append(attrs, slog.String("trace_id", span.TraceID().String()))
	}
	return attrs
}

// logPanic logs a panic's value only if it comes from the runtime: any other
// may contain anything. A stack trace is safe, as it shows addresses and no
// contents.
func logPanic(logger *slog.Logger, requestID string, p any) {
	value := fmt.Sprintf("%T", p)
	if err, ok := p.(runtime.Error); ok {
		value = err.Error()
	}
	logger.Error("handler panicked", "request_id", requestID, "panic", value, "stack", string(debug.Stack()))
}
