package telemetry

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
)

// instruments are our own metrics. Beside them otelhttp has
// http.server.request.duration (every listener) and
// http.client.request.duration (Stripe).
type instruments struct {
	duration metric.Float64Histogram   // its count is the number of calls
	active   metric.Int64UpDownCounter // running now
	retries  metric.Int64Counter       // calls to Stripe sent again
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
	attrStripeError   = attribute.Key("stripe.error.type") // ours: what Stripe said
	attrListener      = attribute.Key("listener")          // ours
	attrRoute         = attribute.Key("http.route")
	attrHTTPMethod    = attribute.Key("http.request.method")
	attrHTTPStatus    = attribute.Key("http.response.status_code")
	attrServerAddress = attribute.Key("server.address")
)

func newInstruments(meters metric.MeterProvider) (in instruments, err error) {
	meter := meters.Meter(scopeName)
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
	if t != nil {
		t.instruments.retries.Add(ctx, 1, metric.WithAttributes(attrHTTPMethod.String(method)))
	}
}

// views keep labels whose values clients choose, such as the host name, out of
// the metrics: each new value would be a new time series for ever.
var views = []sdkmetric.View{
	only("http.server.*", attrListener, attrRoute, attrHTTPMethod, attrHTTPStatus, attrErrorType),
	only("http.client.*", attrServerAddress, attrHTTPMethod, attrHTTPStatus, attrErrorType),
}

func only(instrument string, keys ...attribute.Key) sdkmetric.View {
	return sdkmetric.NewView(
		sdkmetric.Instrument{Name: instrument},
		sdkmetric.Stream{AttributeFilter: attribute.NewAllowKeysFilter(keys...)},
	)
}
