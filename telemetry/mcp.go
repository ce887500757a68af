package telemetry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/rpc"
)

// other is what the semantic conventions call a value that isn't on a known
// list. Clients choose names freely, and labels must stay few.
const other = "_OTHER"

// Middleware traces and measures every MCP request, following the semantic
// conventions for MCP. Only the given tool names appear in telemetry; any other
// becomes _OTHER.
func (t *Telemetry) Middleware(tools ...string) mcp.Middleware {
	return func(next mcp.MethodHandler) mcp.MethodHandler {
		return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
			tool := ""
			if method == rpc.MethodCallTool {
				if tool = toolName(req); !slices.Contains(tools, tool) {
					tool = other
				}
				if _, ok := ctx.Value(recordKey{}).(*Record); !ok {
					ctx, _ = WithRecord(ctx, "") // over stdio, no HTTP request has made one
				}
				rec := RecordFrom(ctx)
				rec.set(func() { rec.tool = tool })
			}
			ctx, links := withCallersTrace(ctx, req)
			if t.off() { // nobody would see the rest
				result, err := next(ctx, method, req)
				noteOutcome(ctx, outcomeOf(result, err))
				return result, err
			}

			labels := []attribute.KeyValue{attrMethod.String(method), attrTransport.String("pipe")}
			if overHTTP(req) {
				labels = []attribute.KeyValue{attrMethod.String(method), attrTransport.String("tcp"), attrNetProtocol.String("http")}
			}
			name := method
			if tool != "" {
				name += " " + tool
				labels = append(labels, attrTool.String(tool), attrOperation.String("execute_tool"))
			}
			parent := ctx
			ctx, span := t.tracer().Start(ctx, name, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(labels...), trace.WithLinks(links...))
			defer func() { span.End() }() // deferred itself, it would put a panic's value on the span
			if span.IsRecording() {
				span.SetAttributes(requestAttributes(parent, req)...)
			}
			running := metric.WithAttributes(labels...)
			t.instruments.active.Add(ctx, 1, running)
			defer t.instruments.active.Add(ctx, -1, running)
			start := time.Now()

			result, err := next(ctx, method, req)

			outcome := outcomeOf(result, err)
			noteOutcome(ctx, outcome)
			span.SetAttributes(outcome.attributes...)
			if outcome.attributes != nil {
				span.SetStatus(codes.Error, "") // the message may hold customer data
			}
			t.instruments.duration.Record(ctx, time.Since(start).Seconds(),
				metric.WithAttributes(append(labels, outcome.attributes...)...))
			return result, err
		}
	}
}

// noteOutcome notes the error's type, if any, for the log.
func noteOutcome(ctx context.Context, o outcome) {
	if o.errorType != "" {
		rec := RecordFrom(ctx)
		rec.set(func() { rec.errorType = o.errorType })
	}
}

// withCallersTrace takes the trace context in params._meta as the parent and
// returns a link to the HTTP request's span, as the conventions ask. Without one,
// the HTTP request's span is the parent.
func withCallersTrace(ctx context.Context, req mcp.Request) (context.Context, []trace.Link) {
	meta := metaOf(req)
	if len(meta) == 0 {
		return ctx, nil
	}
	carrier := propagation.MapCarrier{}
	for _, key := range propagator.Fields() {
		if s, ok := meta[key].(string); ok {
			carrier[key] = s
		}
	}
	caller := propagator.Extract(context.Background(), carrier)
	if !trace.SpanContextFromContext(caller).IsValid() {
		return ctx, nil
	}
	var links []trace.Link
	if ambient := trace.SpanContextFromContext(ctx); ambient.IsValid() {
		links = []trace.Link{{SpanContext: ambient}}
	}
	return propagator.Extract(ctx, carrier), links
}

// requestAttributes returns the attributes with too many values to be labels.
func requestAttributes(ctx context.Context, req mcp.Request) []attribute.KeyValue {
	var attrs []attribute.KeyValue
	// The SDK doesn't tell middleware the ID. Over HTTP it is the ID of the
	// request's only message; over stdio there is no way to know it.
	if id := RecordFrom(ctx).rpcID; id != "" {
		attrs = append(attrs, attrRequestID.String(maskedText(id)))
	}
	if r, ok := req.(interface{ ProtocolVersion() string }); ok {
		if v := r.ProtocolVersion(); v != "" {
			attrs = append(attrs, attrProtocol.String(maskedText(v)))
		}
	}
	if s := req.GetSession(); s != nil && s.ID() != "" {
		attrs = append(attrs, attrSession.String(maskedText(s.ID())))
	}
	return attrs
}

// toolName returns the tool that a tools/call request names.
func toolName(req mcp.Request) string {
	if params, ok := req.GetParams().(*mcp.CallToolParamsRaw); ok {
		return params.Name
	}
	return ""
}

func overHTTP(req mcp.Request) bool {
	extra := req.GetExtra()
	return extra != nil && extra.Header != nil
}

func metaOf(req mcp.Request) map[string]any {
	// A message that came without params has a nil pointer here, whose GetMeta
	// panics.
	if p := req.GetParams(); p != nil && !reflect.ValueOf(p).IsNil() {
		return p.GetMeta()
	}
	return nil
}

// An outcome is how a request ended, as telemetry reports it. The zero value
// means success.
type outcome struct {
	attributes []attribute.KeyValue
	errorType  string // for the log; Stripe's own type if there is one
}

func outcomeOf(result mcp.Result, err error) outcome {
	var protocol *jsonrpc.Error
	switch r, _ := result.(*mcp.CallToolResult); {
	case errors.As(err, &protocol):
		code := fmt.Sprint(protocol.Code)
		return outcome{[]attribute.KeyValue{attrErrorType.String(code), attrRPCStatus.String(code)}, code}
	case err != nil:
		return outcome{[]attribute.KeyValue{attrErrorType.String(other)}, other}
	case r != nil && r.IsError:
		kind := stripeErrorType(r)
		return outcome{[]attribute.KeyValue{attrErrorType.String("tool_error"), attrStripeError.String(kind)}, kind}
	}
	return outcome{}
}

// Stripe may add error types, but they will look like this.
var errorTypeShape = regexp.MustCompile(`^[a-z][a-z_]*$`)

// stripeErrorType reads the type from {"error":{"type":…}}.
func stripeErrorType(r *mcp.CallToolResult) string {
	data, ok := r.StructuredContent.(json.RawMessage)
	if !ok {
		data, _ = json.Marshal(r.StructuredContent)
	}
	var content struct {
		Error struct {
			Type string `json:"type"`
		} `json:"error"`
	}
	if json.Unmarshal(data, &content) != nil || len(content.Error.Type) > 40 || !errorTypeShape.MatchString(content.Error.Type) {
		return other
	}
	return content.Error.Type
}
