package telemetry

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
)

// instruments are our own metrics. otelhttp adds http.client.request.duration
// (Stripe).
type instruments struct {
	requests metric.Float64Histogram   // over HTTP, of every listener
	duration metric.Float64Histogram   // its count is the number of calls
	active   metric.Int64UpDownCounter // calls in progress
	retries  metric.Int64Counter       // repeated calls to Stripe
}

// The attributes of the semantic conventions for MCP:
// https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/mcp.md
const (
	attrMethod        = attribute.Key("mcp.method.name")
	attrProtocol      = attribute.Key("mcp.protocol.version")
	attrSession       = attribute.Key("mcp.session.id")
	attrTool          = attribute.Key("gen_ai.tool.name")
	attrOperation     = attribute.Key("gen_ai.operation.name")
	attrErrorType     = attribute.Key("error.type")
	attrRequestID     = attribute.Key("jsonrpc.request.id")
	attrRPCStatus     = attribute.Key("rpc.response.status_code")
	attrTransport     = attribute.Key("network.transport")
	attrNetProtocol   = attribute.Key("network.protocol.name")
	attrStripeError   = attribute.Key("stripe.error.type") // ours: from Stripe's error
	attrListener      = attribute.Key("listener")          // ours
	attrRoute         = attribute.Key("http.route")
	attrHTTPMethod    = attribute.Key("http.request.method")
	attrHTTPStatus    = attribute.Key("http.response.status_code")
	attrServerAddress = attribute.Key("server.address")
)

func newInstruments(meters metric.MeterProvider) (in instruments, err error) {
	meter := meters.Meter(scopeName)
	if in.requests, err = meter.Float64Histogram("http.server.request.duration", metric.WithUnit("s"),
		metric.WithDescription("Duration of HTTP server requests."),
		metric.WithExplicitBucketBoundaries(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)); err != nil {
		return in, err
	}
	if in.duration, err = meter.Float64Histogram("mcp.server.operation.duration", metric.WithUnit("s"),
		metric.WithDescription("Duration of MCP requests as the server sees it."),
		metric.WithExplicitBucketBoundaries(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300)); err != nil {
		return in, err
	}
	if in.active, err = meter.Int64UpDownCounter("mcp.server.active_operations", metric.WithUnit("{operation}"),
		metric.WithDescription("MCP requests running now.")); err != nil {
		return in, err
	}
	in.retries, err = meter.Int64Counter("stripe.client.retries", metric.WithUnit("{request}"),
		metric.WithDescription("Requests to Stripe that were sent again within one call."))
	return in, err
}

func (t *Telemetry) countRetry(ctx context.Context, method string) {
	t.instruments.retries.Add(ctx, 1, metric.WithAttributes(attrHTTPMethod.String(method)))
}

// views drop labels whose values clients choose, such as the host name: each
// new value would start another time series, for good.
var views = []sdkmetric.View{
	only("http.client.*", attrServerAddress, attrHTTPMethod, attrHTTPStatus, attrErrorType),
}

func only(instrument string, keys ...attribute.Key) sdkmetric.View {
	return sdkmetric.NewView(
		sdkmetric.Instrument{Name: instrument},
		sdkmetric.Stream{AttributeFilter: attribute.NewAllowKeysFilter(keys...)},
	)
}
