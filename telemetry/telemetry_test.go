package telemetry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
)

// collector decodes what it receives with OpenTelemetry's own definitions.
func collector(t *testing.T) (url string, names func() []string) {
	t.Helper()
	requests := make(chan *collectortrace.ExportTraceServiceRequest, 10)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		req := new(collectortrace.ExportTraceServiceRequest)
		if err == nil {
			err = proto.Unmarshal(body, req)
		}
		if err != nil || r.URL.Path != "/v1/traces" {
			t.Errorf("%s: %v", r.URL.Path, err)
		}
		requests <- req
	}))
	t.Cleanup(s.Close)
	return s.URL, func() []string {
		close(requests)
		var names []string
		for req := range requests {
			for _, rs := range req.GetResourceSpans() {
				service := ""
				for _, a := range rs.GetResource().GetAttributes() {
					if a.GetKey() == "service.name" || a.GetKey() == "service.version" {
						service += a.GetValue().GetStringValue() + " "
					}
				}
				for _, ss := range rs.GetScopeSpans() {
					for _, span := range ss.GetSpans() {
						names = append(names, service+span.GetName())
					}
				}
			}
		}
		return names
	}
}

func TestTelemetryFromTheEnvironment(t *testing.T) {
	url, names := collector(t)
	t.Setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", url+"/v1/traces")
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "service.version=from-env")
	telemetry, err := New(t.Context(), Config{Name: "checkout", Version: "1"})
	if err != nil {
		t.Fatal(err)
	}
	_, span := telemetry.tracer().Start(t.Context(), "hello")
	span.End()
	if err := telemetry.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := names(); len(got) != 1 || got[0] != "checkout from-env hello" {
		t.Errorf("the collector got %q", got)
	}
}

func TestTelemetryEnvironment(t *testing.T) {
	const (
		traces   = "OTEL_TRACES_EXPORTER"
		metrics  = "OTEL_METRICS_EXPORTER"
		endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT"
		protocol = "OTEL_EXPORTER_OTLP_PROTOCOL"
		nobody   = "http://127.0.0.1:1"
	)
	for name, tc := range map[string]struct {
		env   map[string]string
		spans bool   // whether spans are exported
		err   string // part of the error, if one is wanted
	}{
		"nothing set":              {nil, false, ""},
		"endpoint":                 {map[string]string{endpoint: nobody}, true, ""},
		"endpoint, but none":       {map[string]string{endpoint: nobody, traces: "none", metrics: "none"}, false, ""},
		"endpoint of metrics":      {map[string]string{"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": nobody}, false, ""},
		"exporter":                 {map[string]string{traces: "otlp"}, true, ""},
		"exporter, but disabled":   {map[string]string{traces: "otlp", "OTEL_SDK_DISABLED": "true"}, false, ""},
		"unknown exporter":         {map[string]string{traces: "carrier-pigeon"}, false, traces},
		"unknown metrics exporter": {map[string]string{metrics: "carrier-pigeon"}, false, metrics},
		"console":                  {map[string]string{traces: "console"}, false, "JSON-RPC"},
		"metrics to the console":   {map[string]string{metrics: "console"}, false, "JSON-RPC"},
		"over HTTP":                {map[string]string{endpoint: nobody, protocol: "http/protobuf"}, true, ""},
		"over gRPC":                {map[string]string{endpoint: nobody, protocol: "grpc"}, false, ""},
		"traces over gRPC":         {map[string]string{endpoint: nobody, protocol: "http/protobuf", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "grpc"}, false, ""},
		"broken resource":          {map[string]string{"OTEL_RESOURCE_ATTRIBUTES": "nonsense"}, false, "telemetry"},
	} {
		t.Run(name, func(t *testing.T) {
			for k, v := range tc.env {
				t.Setenv(k, v)
			}
			telemetry, err := New(t.Context(), Config{Name: "x"})
			if (err != nil) != (tc.err != "") || err != nil && !strings.Contains(err.Error(), tc.err) {
				t.Fatalf("error %v, want it to contain %q", err, tc.err)
			}
			if err != nil {
				return
			}
			if _, got := telemetry.tracers.(*sdktrace.TracerProvider); got != tc.spans {
				t.Errorf("spans exported: %v, want %v", got, tc.spans)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			_ = telemetry.Shutdown(ctx) // nothing listens at the endpoint
		})
	}
}

// A span that ends while a handler panics would show the panic's value, if it
// were let to: it may be anybody's data.
func TestPanicsAreNotOnSpans(t *testing.T) {
	spans := tracetest.NewInMemoryExporter()
	telemetry, err := New(t.Context(), Config{Name: "test", Spans: spans})
	if err != nil {
		t.Fatal(err)
	}
	const secret = "of jenny@example.com"
	panicked := 0
	recovered := func() {
		if p := recover(); p == secret {
			panicked++
		}
	}

	func() {
		defer recovered()
		handler := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(secret) })
		telemetry.Handler("rest", nil, handler).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	}()
	func() {
		defer recovered()
		transport := telemetry.Transport(roundTripper(func(*http.Request) (*http.Response, error) { panic(secret) }))
		_, _ = transport.RoundTrip(httptest.NewRequest("GET", "https://api.stripe.com/v1/checkout/sessions", nil))
	}()
	server := mcp.NewServer(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	server.AddReceivingMiddleware(func(next mcp.MethodHandler) mcp.MethodHandler {
		return func(ctx context.Context, method string, req mcp.Request) (_ mcp.Result, err error) {
			err = errors.New("panicked")
			defer recovered()
			return next(ctx, method, req)
		}
	}, telemetry.Middleware(), func(mcp.MethodHandler) mcp.MethodHandler {
		return func(context.Context, string, mcp.Request) (mcp.Result, error) { panic(secret) }
	})
	near, far := mcp.NewInMemoryTransports()
	session, err := server.Connect(t.Context(), far, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	if _, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).Connect(t.Context(), near, nil); err == nil {
		t.Error("the client connected")
	}

	if got := spans.GetSpans(); panicked < 3 || len(got) < 2 {
		t.Errorf("%d panics and %d spans", panicked, len(got))
	} else if text := fmt.Sprintf("%+v", got); strings.Contains(text, "jenny") {
		t.Errorf("a span shows %s", text)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
