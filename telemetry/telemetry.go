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
)

// Config is what the standard OTEL_* environment does not say.
type Config struct {
	Name    string // service.name, unless OTEL_SERVICE_NAME says otherwise
	Version string // service.version
	// Prometheus keeps metrics for the endpoint at [Telemetry.MetricsHandler].
	Prometheus bool
	// Spans is sent every span as it ends, instead of to where the environment
	// says: for tests.
	Spans  sdktrace.SpanExporter
	Logger *slog.Logger // nil: slog.Default()
}

// Telemetry holds the tracer and the instruments. Traces and metrics go where
// OTEL_EXPORTER_OTLP_* says, by OTLP over HTTP, and nowhere if none of these is
// set. OTLP over gRPC would make the program a quarter larger.
//
// No key, no client_secret and nothing of a customer gets into a span or a
// label: these hold tool names, methods, status codes, error types and ids of
// requests.
type Telemetry struct {
	tracers     trace.TracerProvider
	meters      metric.MeterProvider
	registry    *prometheus.Registry // nil: no Prometheus endpoint
	instruments instruments
	shutdown    []func(context.Context) error
}

// propagator takes the trace context, and baggage for the spans' own use, from
// callers.
var propagator = propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})

// New sets telemetry up from the environment. Call Shutdown to send
// what was not sent yet.
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

// newProviders makes the providers; no processor and no readers cost nothing.
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
			// Exemplars carry the attributes that the views keep out.
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

// off reports whether nothing is recorded: a span for each request would be made
// for nobody.
func (t *Telemetry) off() bool { return len(t.shutdown) == 0 }

// Shutdown sends what was not exported yet, within ctx.
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
// METRICS. The specification's default is to export to localhost; most who run
// this server have nothing there, so one of these variables must be set.
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
		return false, fmt.Errorf("%s=console writes to stdout, which is for JSON-RPC: use otlp or none", variable)
	default:
		return false, fmt.Errorf("%s is %q: use otlp or none", variable, exporter)
	}
	protocol := cmp.Or(os.Getenv("OTEL_EXPORTER_OTLP_"+signal+"_PROTOCOL"), os.Getenv("OTEL_EXPORTER_OTLP_PROTOCOL"), "http/protobuf")
	if protocol != "http/protobuf" {
		// Often set for the agent, which passes its environment on: no reason
		// not to start.
		log.Warn("telemetry is not exported: OTLP is supported over http/protobuf only, which collectors take on port 4318", "signal", strings.ToLower(signal), "protocol", protocol)
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
