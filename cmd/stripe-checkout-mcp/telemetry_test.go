package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
)

// A collector accepts OTLP like the OpenTelemetry Collector, with the
// Collector's own parser.
type collector struct {
	url string

	mu      sync.Mutex
	spans   map[string]ptrace.Span // by name
	metrics map[string]bool
	bytes   strings.Builder
}

func startCollector(t *testing.T) *collector {
	t.Helper()
	c := &collector{spans: map[string]ptrace.Span{}, metrics: map[string]bool{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/{signal}", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.bytes.Write(body)
		switch r.PathValue("signal") {
		case "traces":
			request := ptraceotlp.NewExportRequest()
			if err := request.UnmarshalProto(body); err != nil {
				t.Error(err)
			}
			for _, resource := range request.Traces().ResourceSpans().All() {
				for _, scope := range resource.ScopeSpans().All() {
					for _, span := range scope.Spans().All() {
						c.spans[span.Name()] = span
					}
				}
			}
		case "metrics":
			request := pmetricotlp.NewExportRequest()
			if err := request.UnmarshalProto(body); err != nil {
				t.Error(err)
			}
			for _, resource := range request.Metrics().ResourceMetrics().All() {
				for _, scope := range resource.ScopeMetrics().All() {
					for _, metric := range scope.Metrics().All() {
						c.metrics[metric.Name()] = true
					}
				}
			}
		}
		w.Header().Set("Content-Type", "application/x-protobuf")
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	c.url = server.URL
	return c
}

func (c *collector) check(t *testing.T) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if span, ok := c.spans["tools/call "+createTool]; !ok || span.TraceID().String() != callersTrace {
		t.Errorf("found a span of the tool call: %v; want one in trace %s", ok, callersTrace)
	}
	for _, name := range []string{"mcp.server.operation.duration", "mcp.server.active_operations", "http.client.request.duration"} {
		if !c.metrics[name] {
			t.Errorf("there is no metric %s in %v", name, c.metrics)
		}
	}
	for _, secret := range private {
		if strings.Contains(c.bytes.String(), secret) {
			t.Errorf("%q was sent to the collector", secret)
		}
	}
}

// upstreamTrace is a sandbox that notes the requests' trace context.
func upstreamTrace(t *testing.T) (url string, traceparent func() string) {
	t.Helper()
	var mu sync.Mutex
	var last string
	sandbox := sandbox.New(sandbox.Options{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		last = r.Header.Get("Traceparent")
		mu.Unlock()
		sandbox.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, func() string {
		mu.Lock()
		defer mu.Unlock()
		return last
	}
}

const callersTrace = "4bf92f3577b34da6a3ce929d0e0e4736"

func TestTelemetryOverHTTP(t *testing.T) {
	collector := startCollector(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
	t.Setenv("STRIPE_API_KEY", "rk_test_51DoNotLeak")
	upstream, traceparent := upstreamTrace(t)
	s := startService(t, "--stripe-api-base", upstream, "--metrics-addr", "127.0.0.1:0")

	session, err := s.connect(bearer{more: http.Header{"Traceparent": {"00-" + callersTrace + "-00f067aa0ba902b7-01"}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if content, failed := call(t, session, createTool, createArguments("order-of-jenny")); failed {
		t.Fatal(content)
	}
	if !strings.HasPrefix(traceparent(), "00-"+callersTrace+"-") {
		t.Errorf("Stripe got traceparent %q, want the caller's trace %s", traceparent(), callersTrace)
	}

	// Prometheus's own parser can read the endpoint.
	resp, err := http.Get("http://" + s.log.await(t, "metrics") + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	calls := uint64(0)
	for _, m := range families["mcp_server_operation_duration_seconds"].GetMetric() {
		for _, label := range m.GetLabel() {
			if label.GetName() == "gen_ai_tool_name" && label.GetValue() == createTool {
				calls += m.GetHistogram().GetSampleCount()
			}
		}
	}
	if calls != 1 {
		t.Errorf("Prometheus counts %d creates, want 1", calls)
	}
	for name, family := range families {
		for _, secret := range private {
			if strings.Contains(family.String(), secret) {
				t.Errorf("%q is in the metric %s", secret, name)
			}
		}
	}

	if err := s.stop(); err != nil { // flushes
		t.Fatal(err)
	}
	collector.check(t)
	checkNoSecrets(t, s.log)
}

// Over stdio, the trace context comes in params._meta, and stdout carries only
// JSON-RPC.
func TestTelemetryOverStdio(t *testing.T) {
	collector := startCollector(t)
	upstream, traceparent := upstreamTrace(t)
	cmd := self(t, "stdio", "--stripe-api-base", upstream)
	cmd.Env = append(cmd.Env, "STRIPE_API_KEY=rk_test_51DoNotLeak", "OTEL_EXPORTER_OTLP_ENDPOINT="+collector.url)
	session, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).Connect(t.Context(), &mcp.CommandTransport{Command: cmd}, nil)
	if err != nil {
		t.Fatal(err)
	}
	result, err := session.CallTool(t.Context(), &mcp.CallToolParams{
		Name: createTool, Arguments: json.RawMessage(createArguments("order-of-jenny")),
		Meta: mcp.Meta{"traceparent": "00-" + callersTrace + "-00f067aa0ba902b7-01"},
	})
	if err != nil || result.IsError {
		t.Fatal(result, err)
	}
	if err := session.Close(); err != nil {
		t.Error(err)
	}
	if !strings.HasPrefix(traceparent(), "00-"+callersTrace+"-") {
		t.Errorf("Stripe got traceparent %q", traceparent())
	}
	collector.check(t)
}

func TestTelemetryToStdoutIsRefused(t *testing.T) {
	cmd := self(t, "stdio", "--sandbox")
	cmd.Env = append(cmd.Env, "OTEL_TRACES_EXPORTER=console")
	out, err := cmd.Output()
	if err == nil || len(out) > 0 {
		t.Errorf("started (%v) and wrote %q to stdout", err, out)
	}
}
