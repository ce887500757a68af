package httpserver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/telemetry"
)

// Spans and labels must never contain these, wherever they were in a call.
var private = []string{"rk_test_secret", "jenny", "client_secret", "tool-somebody-made-up", "evil.example"}

// observed is a server whose only tool calls a fake Stripe, and everything an
// outsider can see of it.
type observed struct {
	*running
	spans  *tracetest.InMemoryExporter
	stripe *httptest.Server
	sent   []http.Header // to Stripe
}

func observe(t *testing.T, tool func(ctx context.Context, stripe *http.Client, url string) (*mcp.CallToolResult, error)) *observed {
	t.Helper()
	o := &observed{spans: tracetest.NewInMemoryExporter()}
	o.stripe = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.sent = append(o.sent, r.Header.Clone())
		w.Header().Set("Request-Id", "req_123")
		if r.URL.Query().Has("fail") {
			w.WriteHeader(http.StatusPaymentRequired)
		}
	}))
	t.Cleanup(o.stripe.Close)

	telemetry, err := telemetry.New(t.Context(), telemetry.Config{Name: "test", Prometheus: true, Spans: o.spans})
	if err != nil {
		t.Fatal(err)
	}
	stripe := &http.Client{Transport: telemetry.Transport(http.DefaultTransport)}
	handler := mcpHandler("stripe-tool", func(ctx context.Context) (*mcp.CallToolResult, error) {
		return tool(ctx, stripe, o.stripe.URL)
	}, telemetry.Middleware("stripe-tool"))
	routes := http.NewServeMux()
	routes.HandleFunc("GET /v1/sessions/{session}", ok)
	o.running = start(t, Config{
		Auth:        auth.Config{Mode: auth.StripeKey, CheckKey: anyKey},
		Telemetry:   telemetry,
		MetricsAddr: "127.0.0.1:0",
		Listeners: []Listener{
			MCP("127.0.0.1:0", handler, nil),
			{Name: "rest", Addr: "127.0.0.1:0", Handler: routes},
		},
	})
	return o
}

// ended returns the spans that have ended, by name.
func (o *observed) ended(t *testing.T) map[string]tracetest.SpanStub {
	t.Helper()
	byName := make(map[string]tracetest.SpanStub)
	for _, s := range o.spans.GetSpans() {
		byName[s.Name] = s
	}
	for _, s := range byName {
		if text := fmt.Sprintf("%+v", s); containsAny(text, private) {
			t.Errorf("a span contains private data: %s", text)
		}
	}
	return byName
}

func containsAny(s string, words []string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

func (o *observed) metrics(t *testing.T) map[string]*dto.MetricFamily {
	t.Helper()
	resp, err := http.Get(o.url("metrics") + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	body := readAll(t, resp)
	if containsAny(body, private) {
		t.Errorf("the metrics contain private data:\n%s", body)
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// with returns the metric in a family that has just the given labels, apart
// from those that all the family's metrics share.
func with(t *testing.T, f *dto.MetricFamily, labels map[string]string) *dto.Metric {
	t.Helper()
	for _, m := range f.GetMetric() {
		got := make(map[string]string)
		for _, l := range m.GetLabel() {
			got[l.GetName()] = l.GetValue()
		}
		if fmt.Sprint(got) == fmt.Sprint(labels) {
			return m
		}
	}
	t.Errorf("%s has no metric with labels %v, only %v", f.GetName(), labels, f.GetMetric())
	return nil
}

func get(ctx context.Context, c *http.Client, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

const (
	metaTrace   = "4bf92f3577b34da6a3ce929d0e0e4736"
	headerTrace = "0af7651916cd43dd8448eb211c80319c"
)

func traceparent(traceID string) string { return "00-" + traceID + "-00f067aa0ba902b7-01" }

// A span shows what a client chooses, but not the secrets in it.
func TestSpansOfAStrangeRequest(t *testing.T) {
	o := observe(t, nil)
	req, err := http.NewRequest("FROBNICATE", o.url("rest")+"/v1/sessions/jenny@example.com", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("User-Agent", "agent/1 (jenny@example.com, rk_test_secret) "+strings.Repeat("x", 300))
	req.Header.Set("X-Forwarded-For", "jenny")
	req.Header.Set("Traceparent", traceparent(headerTrace))
	req.Header.Set("Tracestate", "vendor=rk_test_secret")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	readAll(t, resp)
	_ = o.end()
	o.ended(t) // finds nothing private
	spans := o.spans.GetSpans()
	if len(spans) != 1 || spans[0].SpanContext.TraceID().String() != headerTrace {
		t.Fatalf("spans %v", spans)
	}
	wantAttrs(t, spans[0], map[attribute.Key]string{
		"http.request.method": "_OTHER", "url.path": "none", "client.address": "127.0.0.1",
	})
	const agent = "agent/1 ([email address], rk_test_…) "
	if got := attr(spans[0], "user_agent.original"); !strings.HasPrefix(got, agent) || len(got) > 200 {
		t.Errorf("the user agent is %q", got)
	}
	if !strings.Contains(o.log.String(), `"method":"_OTHER"`) {
		t.Errorf("the log says %s", o.log)
	}
}

func TestSpansOfAToolCall(t *testing.T) {
	o := observe(t, func(ctx context.Context, stripe *http.Client, url string) (*mcp.CallToolResult, error) {
		return text("done"), get(ctx, stripe, url+"/v1/checkout/sessions?customer_details[email]=jenny@example.com")
	})
	session := connect(t, o.url("mcp")+"/mcp", map[string]string{
		"Authorization": "Bearer rk_test_secret",
		"Traceparent":   traceparent(headerTrace),
		"Baggage":       "customer=jenny",
	})
	if _, err := session.CallTool(t.Context(), &mcp.CallToolParams{
		Name: "stripe-tool",
		Meta: mcp.Meta{"traceparent": traceparent(metaTrace), "baggage": "customer=jenny"},
	}); err != nil {
		t.Fatal(err)
	}
	_ = o.end()
	spans := o.ended(t)
	web, tool, stripe := spans["POST /mcp"], spans["tools/call stripe-tool"], spans["GET"]
	if stripe.Name == "" {
		stripe = spans["HTTP GET"]
	}
	if web.Name == "" || tool.Name == "" || stripe.Name == "" {
		t.Fatalf("spans %v", spans)
	}

	if got := web.SpanContext.TraceID().String(); got != headerTrace {
		t.Errorf("the HTTP span is in trace %s, want the header's", got)
	}
	if got := tool.Parent; got.TraceID().String() != metaTrace || got.SpanID().String() != "00f067aa0ba902b7" {
		t.Errorf("the tool span's parent is %v, want that of params._meta", got)
	}
	if len(tool.Links) != 1 || tool.Links[0].SpanContext.TraceID() != web.SpanContext.TraceID() {
		t.Errorf("the tool span's links are %v, want one to the HTTP request", tool.Links)
	}
	if stripe.Parent.SpanID() != tool.SpanContext.SpanID() {
		t.Errorf("the parent of the call to Stripe is %v, want the tool span", stripe.Parent)
	}
	if tool.SpanKind != trace.SpanKindServer || stripe.SpanKind != trace.SpanKindClient {
		t.Errorf("kinds %v and %v", tool.SpanKind, stripe.SpanKind)
	}
	wantAttrs(t, tool, map[attribute.Key]string{
		"mcp.method.name": "tools/call", "gen_ai.tool.name": "stripe-tool", "gen_ai.operation.name": "execute_tool",
		"network.transport": "tcp", "network.protocol.name": "http",
	})
	for _, key := range []attribute.Key{"jsonrpc.request.id", "mcp.protocol.version"} {
		if attr(tool, key) == "" {
			t.Errorf("the tool span has no %s", key)
		}
	}
	wantAttrs(t, stripe, map[attribute.Key]string{
		"url.full": o.stripe.URL + "/v1/checkout/sessions", "stripe.request_id": "req_123",
	})

	if len(o.sent) != 1 {
		t.Fatalf("%d requests to Stripe", len(o.sent))
	}
	if got, want := o.sent[0].Get("Traceparent"), metaTrace+"-"+stripe.SpanContext.SpanID().String(); !strings.Contains(got, want) {
		t.Errorf("Stripe got traceparent %q, want %q in it", got, want)
	}
	if got := o.sent[0].Get("Baggage"); got != "" {
		t.Errorf("Stripe got the caller's baggage %q", got)
	}
}

func attr(s tracetest.SpanStub, key attribute.Key) string {
	for _, a := range s.Attributes {
		if a.Key == key {
			return a.Value.String()
		}
	}
	return ""
}

func wantAttrs(t *testing.T, s tracetest.SpanStub, want map[attribute.Key]string) {
	t.Helper()
	for key, value := range want {
		if got := attr(s, key); got != value {
			t.Errorf("span %q: %s is %q, want %q", s.Name, key, got, value)
		}
	}
}

// Without a trace context in params._meta, the one in the HTTP headers reaches
// Stripe.
func TestTraceContextOfTheHeaders(t *testing.T) {
	o := observe(t, func(ctx context.Context, stripe *http.Client, url string) (*mcp.CallToolResult, error) {
		return text("done"), get(ctx, stripe, url)
	})
	_, body := call(t, o.url("mcp"), "rk_test_secret", toolCall("stripe-tool", "2025-06-18"), func(r *http.Request) {
		r.Header.Set("Traceparent", traceparent(headerTrace))
	})
	if !strings.Contains(body, "done") {
		t.Fatal(body)
	}
	_ = o.end()
	tool := o.ended(t)["tools/call stripe-tool"]
	if tool.SpanContext.TraceID().String() != headerTrace || len(tool.Links) != 0 {
		t.Errorf("the tool span is in trace %v with links %v", tool.SpanContext.TraceID(), tool.Links)
	}
	wantAttrs(t, tool, map[attribute.Key]string{"jsonrpc.request.id": "7", "mcp.protocol.version": "2025-06-18"})
	if got := o.sent[0].Get("Traceparent"); !strings.Contains(got, headerTrace) {
		t.Errorf("Stripe got traceparent %q", got)
	}
	if got := lines(t, o.log.String(), "request"); got[len(got)-1]["trace_id"] != headerTrace {
		t.Errorf("log line %v doesn't have the trace", got[len(got)-1])
	}
}

func toolError(structured any) *mcp.CallToolResult {
	return &mcp.CallToolResult{IsError: true, StructuredContent: structured, Content: []mcp.Content{&mcp.TextContent{Text: "jenny's card was declined"}}}
}

func TestFailuresInTelemetry(t *testing.T) {
	for name, tc := range map[string]struct {
		result *mcp.CallToolResult
		err    error
		want   map[attribute.Key]string
		kind   string
	}{
		"success":             {text("done"), nil, map[attribute.Key]string{"error.type": "", "stripe.error.type": ""}, ""},
		"Stripe's error":      {toolError(json.RawMessage(`{"error":{"type":"card_error","message":"jenny"}}`)), nil, map[attribute.Key]string{"error.type": "tool_error", "stripe.error.type": "card_error"}, "card_error"},
		"as a map":            {toolError(map[string]any{"error": map[string]any{"type": "api_error"}}), nil, map[attribute.Key]string{"error.type": "tool_error", "stripe.error.type": "api_error"}, "api_error"},
		"no structure":        {toolError(nil), nil, map[attribute.Key]string{"error.type": "tool_error", "stripe.error.type": "_OTHER"}, "_OTHER"},
		"no type, but a name": {toolError(json.RawMessage(`{"error":{"type":"jenny@example.com"}}`)), nil, map[attribute.Key]string{"error.type": "tool_error", "stripe.error.type": "_OTHER"}, "_OTHER"},
		"an error of Go":      {nil, errors.New("jenny"), map[attribute.Key]string{"error.type": "tool_error", "stripe.error.type": "_OTHER"}, "_OTHER"},
	} {
		t.Run(name, func(t *testing.T) {
			o := observe(t, func(context.Context, *http.Client, string) (*mcp.CallToolResult, error) { return tc.result, tc.err })
			call(t, o.url("mcp"), "rk_test_secret", toolCall("stripe-tool", "2025-06-18"))
			_ = o.end()
			wantAttrs(t, o.ended(t)["tools/call stripe-tool"], tc.want)
			got := lines(t, o.log.String(), "request")
			line := got[len(got)-1]
			if line["tool"] != "stripe-tool" || fmt.Sprint(line["error_type"]) != fmt.Sprint(any(orNil(tc.kind))) {
				t.Errorf("log line %v, want error_type %q", line, tc.kind)
			}
		})
	}
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// toolLabels returns the labels of a call to the tool, plus the given ones.
func toolLabels(labels ...string) map[string]string {
	m := map[string]string{
		"mcp_method_name": "tools/call", "gen_ai_operation_name": "execute_tool", "gen_ai_tool_name": "stripe-tool",
		"network_transport": "tcp", "network_protocol_name": "http",
	}
	for i := 0; i < len(labels); i += 2 {
		m[labels[i]] = labels[i+1]
	}
	return m
}

func TestPrometheusMetrics(t *testing.T) {
	kinds := make(chan string, 1)
	o := observe(t, func(ctx context.Context, stripe *http.Client, url string) (*mcp.CallToolResult, error) {
		switch kind := <-kinds; kind {
		case "declined":
			if err := get(ctx, stripe, url+"?fail&email=jenny"); err != nil {
				return nil, err
			}
			return toolError(json.RawMessage(`{"error":{"type":"card_error"}}`)), nil
		case "retried":
			for range 3 {
				if err := get(ctx, stripe, url+"?email=jenny"); err != nil {
					return nil, err
				}
			}
		}
		return text("done"), nil
	})
	for _, kind := range []string{"plain", "plain", "declined", "retried"} {
		kinds <- kind
		if resp, body := call(t, o.url("mcp")+"/mcp", "rk_test_secret", toolCall("stripe-tool", "2025-06-18")); resp.StatusCode != 200 {
			t.Fatal(body)
		}
	}
	call(t, o.url("mcp")+"/mcp", "rk_test_secret", toolCall("tool-somebody-made-up", "2025-06-18"))
	call(t, o.url("mcp")+"/mcp", "")
	call(t, o.url("mcp")+"/mcp", "rk_test_secret", func(r *http.Request) { r.Host = "evil.example" })
	call(t, o.url("mcp")+"/nowhere/jenny", "rk_test_secret")
	call(t, o.url("rest")+"/v1/sessions/cs_test_jenny", "rk_test_secret", func(r *http.Request) { r.Method = http.MethodGet })

	// A call counts once its response is written, which is after the client has
	// it.
	families := o.metrics(t)
	for len(families["http_server_request_duration_seconds"].GetMetric()) < 5 || len(families["mcp_server_operation_duration_seconds"].GetMetric()) < 3 {
		families = o.metrics(t)
	}
	duration := families["mcp_server_operation_duration_seconds"]
	for _, tc := range []struct {
		labels map[string]string
		count  uint64
	}{
		{toolLabels(), 3},
		{toolLabels("error_type", "tool_error", "stripe_error_type", "card_error"), 1},
		{toolLabels("gen_ai_tool_name", "_OTHER", "error_type", "-32602", "rpc_response_status_code", "-32602"), 1},
	} {
		if m := with(t, duration, tc.labels); m.GetHistogram().GetSampleCount() != tc.count {
			t.Errorf("%d calls %v, want %d", m.GetHistogram().GetSampleCount(), tc.labels, tc.count)
		}
	}
	if m := with(t, families["mcp_server_active_operations"], toolLabels()); m.GetGauge().GetValue() != 0 {
		t.Errorf("%v operations are running", m.GetGauge().GetValue())
	}
	if m := with(t, families["stripe_client_retries_total"], map[string]string{"http_request_method": "GET"}); m.GetCounter().GetValue() != 2 {
		t.Errorf("%v retries, want 2", m.GetCounter().GetValue())
	}
	upstream := families["http_client_request_duration_seconds"]
	for status, count := range map[string]uint64{"200": 3, "402": 1} {
		labels := map[string]string{"http_request_method": "GET", "http_response_status_code": status, "server_address": "127.0.0.1"}
		if m := with(t, upstream, labels); m.GetHistogram().GetSampleCount() != count {
			t.Errorf("%d calls to Stripe with status %s, want %d", m.GetHistogram().GetSampleCount(), status, count)
		}
	}
	server := families["http_server_request_duration_seconds"]
	for _, labels := range []map[string]string{
		{"listener": "mcp", "http_request_method": "POST", "http_route": "/mcp", "http_response_status_code": "200"},
		{"listener": "mcp", "http_request_method": "POST", "http_route": "/mcp", "http_response_status_code": "401"},
		{"listener": "mcp", "http_request_method": "POST", "http_route": "/mcp", "http_response_status_code": "403"},
		{"listener": "mcp", "http_request_method": "POST", "http_response_status_code": "404"},
		{"listener": "rest", "http_request_method": "GET", "http_route": "/v1/sessions/{session}", "http_response_status_code": "200"},
	} {
		with(t, server, labels)
	}
	for _, name := range []string{"go_goroutines", "process_open_fds"} {
		if families[name] == nil {
			t.Errorf("no metric %s", name)
		}
	}
}

func TestRunningCallsAreCounted(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	o := observe(t, func(context.Context, *http.Client, string) (*mcp.CallToolResult, error) {
		entered <- struct{}{}
		<-release
		return text("done"), nil
	})
	session := connect(t, o.url("mcp"), map[string]string{"Authorization": "Bearer rk_test_secret"})
	go func() { _, _ = session.CallTool(t.Context(), &mcp.CallToolParams{Name: "stripe-tool"}) }()
	<-entered
	families := o.metrics(t)
	close(release)
	m := with(t, families["mcp_server_active_operations"], toolLabels())
	if m.GetGauge().GetValue() != 1 {
		t.Errorf("running: %v, want 1", m)
	}
}

func TestNoMetricsWithoutPrometheus(t *testing.T) {
	telemetry, err := telemetry.New(t.Context(), telemetry.Config{Name: "x"})
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, Config{Listeners: []Listener{rest(ok)}, MetricsAddr: "127.0.0.1:0", Telemetry: telemetry})
	if got := status(t, s.url("metrics")+"/metrics"); got != 404 {
		t.Errorf("/metrics: %d, want 404", got)
	}
	if got := status(t, s.url("rest")+"/metrics"); got != 200 {
		t.Errorf("/metrics of another listener: %d, want what its handler says", got)
	}
}

// Anything may have been pasted where a session ID belongs.
func TestPathsAreNeverShown(t *testing.T) {
	o := observe(t, func(context.Context, *http.Client, string) (*mcp.CallToolResult, error) { return text("done"), nil })
	get := func(r *http.Request) { r.Method = http.MethodGet }
	for _, path := range []string{"/v1/sessions/rk_test_secret", "/v1/sessions/jenny@example.com", "/nowhere/cs_test_1_client_secret_2"} {
		call(t, o.url("rest")+path, "rk_test_secret", get)
		call(t, o.url("mcp")+path, "rk_test_secret", get)
	}
	_ = o.end()
	wantAttrs(t, o.ended(t)["GET /v1/sessions/{session}"], map[attribute.Key]string{"url.path": "/v1/sessions/{session}"})
	if containsAny(o.log.String(), private) {
		t.Errorf("the log contains private data:\n%s", o.log)
	}
}
