package telemetry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/metric"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/exemplar"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/secrets"
)

// Config holds what the standard OTEL_* variables leave open.
type Config struct {
	Name    string // service.name, unless OTEL_SERVICE_NAME says otherwise
	Version string // service.version
	// Prometheus collects metrics for [Telemetry.MetricsHandler] to serve.
	Prometheus bool
	// Spans receives every span as it ends, whatever the environment says. It
	// is for tests.
	Spans  sdktrace.SpanExporter
	Logger *slog.Logger // nil: slog.Default()
}

// Telemetry holds the tracer and the instruments. Traces and metrics go where
// the OTEL_EXPORTER_OTLP_* variables say, as OTLP over HTTP, or nowhere if none
// is set. OTLP over gRPC would make the program a quarter larger.
//
// Spans and labels never contain a key, a client_secret or customer data: only
// tool names, methods, status codes, error types and request IDs.
type Telemetry struct {
	tracers     trace.TracerProvider
	meters      metric.MeterProvider
	registry    *prometheus.Registry // nil: no Prometheus endpoint
	instruments instruments
	shutdown    []func(context.Context) error
}

// propagator reads the trace context and the baggage that callers send. Baggage
// goes no further than our own spans.
var propagator = masking{propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})}

// masking drops a tracestate that contains a secret, because it would go on
// spans and to Stripe.
type masking struct{ propagation.TextMapPropagator }

// Extract implements [propagation.TextMapPropagator].
func (m masking) Extract(ctx context.Context, carrier propagation.TextMapCarrier) context.Context {
	ctx = m.TextMapPropagator.Extract(ctx, carrier)
	span := trace.SpanContextFromContext(ctx)
	if state := span.TraceState().String(); state != "" && state != secrets.Scrub(state) {
		ctx = trace.ContextWithRemoteSpanContext(ctx, span.WithTraceState(trace.TraceState{}))
	}
	return ctx
}

// New sets up telemetry from the environment. Call Shutdown at the end to send
// what is still queued.
func New(ctx context.Context, cfg Config) (*Telemetry, error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		cfg.Logger.Warn("telemetry", "error", err)
	}))
	res, err := newResource(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("telemetry: %w", err)
	}

	var spans sdktrace.SpanProcessor
	if cfg.Spans != nil {
		spans = sdktrace.NewSimpleSpanProcessor(cfg.Spans)
	} else if wanted, err := exporting("TRACES", cfg.Logger); err != nil {
		return nil, fmt.Errorf("telemetry: %w", err)
	} else if wanted {
		exporter, err := otlptracehttp.New(ctx)
		if err != nil {
			return nil, fmt.Errorf("telemetry: exporting traces: %w", err)
		}
		spans = sdktrace.NewBatchSpanProcessor(exporter)
	}
	var readers []sdkmetric.Reader
	if wanted, err := exporting("METRICS", cfg.Logger); err != nil {
		return nil, fmt.Errorf("telemetry: %w", err)
	} else if wanted {
		exporter, err := otlpmetrichttp.New(ctx)
		if err != nil {
			return nil, fmt.Errorf("telemetry: exporting metrics: %w", err)
		}
		readers = append(readers, sdkmetric.NewPeriodicReader(exporter))
	}
	var registry *prometheus.Registry
	if cfg.Prometheus {
		var reader sdkmetric.Reader
		if registry, reader, err = newPrometheus(); err != nil {
			return nil, fmt.Errorf("telemetry: %w", err)
		}
		readers = append(readers, reader)
	}
	t, err := newProviders(res, spans, readers)
	if err != nil {
		return nil, fmt.Errorf("telemetry: %w", err)
	}
	t.registry = registry
	return t, nil
}

// newProviders makes the providers. Without a processor and readers, they do
// nothing and cost nothing.
func newProviders(res *resource.Resource, spans sdktrace.SpanProcessor, readers []sdkmetric.Reader) (*Telemetry, error) {
	t := &Telemetry{tracers: tracenoop.NewTracerProvider(), meters: metricnoop.NewMeterProvider()}
	if spans != nil {
		tracers := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans), sdktrace.WithResource(res))
		t.tracers, t.shutdown = tracers, append(t.shutdown, tracers.Shutdown)
	}
	if len(readers) > 0 {
		options := []sdkmetric.Option{
			sdkmetric.WithResource(res),
			sdkmetric.WithView(views...),
			// Exemplars would bring back the attributes that the views drop.
			sdkmetric.WithExemplarFilter(exemplar.AlwaysOffFilter),
		}
		for _, r := range readers {
			options = append(options, sdkmetric.WithReader(r))
		}
		meters := sdkmetric.NewMeterProvider(options...)
		t.meters, t.shutdown = meters, append(t.shutdown, meters.Shutdown)
	}
	var err error
	t.instruments, err = newInstruments(t.meters)
	return t, err
}

// off reports whether nothing is recorded, so that no spans need to be made.
func (t *Telemetry) off() bool { return len(t.shutdown) == 0 }

// Shutdown sends what is still queued, for as long as ctx allows.
func (t *Telemetry) Shutdown(ctx context.Context) error {
	var errs []error
	for _, f := range t.shutdown {
		errs = append(errs, f(ctx))
	}
	return errors.Join(errs...)
}

const scopeName = "github.com/stripe-checkout-mcp/stripe-checkout-mcp/telemetry"

func (t *Telemetry) tracer() trace.Tracer { return t.tracers.Tracer(scopeName) }

// exporting reports whether the environment asks for a signal, TRACES or
// METRICS. The specification exports to localhost by default. Most people who
// run this server have no collector there, so we export only if one of the
// variables is set.
// https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
func exporting(signal string, log *slog.Logger) (bool, error) {
	if strings.EqualFold(os.Getenv("OTEL_SDK_DISABLED"), "true") {
		return false, nil
	}
	variable := "OTEL_" + signal + "_EXPORTER"
	switch exporter := os.Getenv(variable); exporter {
	case "none":
		return false, nil
	case "":
		if os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") == "" && os.Getenv("OTEL_EXPORTER_OTLP_"+signal+"_ENDPOINT") == "" {
			return false, nil
		}
	case "otlp":
	case "console":
		return false, fmt.Errorf("%s=console would write to stdout, which carries JSON-RPC: use otlp or none", variable)
	default:
		return false, fmt.Errorf("%s is %q: use otlp or none", variable, exporter)
	}
	protocol := cmp.Or(os.Getenv("OTEL_EXPORTER_OTLP_"+signal+"_PROTOCOL"), os.Getenv("OTEL_EXPORTER_OTLP_PROTOCOL"), "http/protobuf")
	if protocol != "http/protobuf" {
		// This is often set for the agent, which passes its environment on, so
		// it mustn't stop the server.
		log.Warn("telemetry is not exported: only OTLP over http/protobuf is supported, which collectors accept on port 4318", "signal", strings.ToLower(signal), "protocol", protocol)
		return false, nil
	}
	return true, nil
}

func newResource(ctx context.Context, cfg Config) (*resource.Resource, error) {
	return resource.New(ctx,
		resource.WithTelemetrySDK(),
		resource.WithAttributes(
			attribute.String("service.name", cfg.Name),
			attribute.String("service.version", cfg.Version),
		),
		resource.WithFromEnv(), // last, so that it wins
	)
}
