package faults

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/recording"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/telemetry"
)

const (
	// key is the idempotency key that writes use.
	key = "order-1001"
	// stripeKey and email are marked. They must never come out.
	stripeKey = "rk_test_51MarkedKey"
	email     = "marked.customer@example.org"
	// patience is how long an attempt may take when it is meant to time out.
	patience = 3 * time.Second
)

// A stage is one Stripe, one fault in front of it, and one client.
type stage struct {
	t        *testing.T
	stripe   *sandbox.Server
	session  string // an open session
	service  *operations.Service
	logs     recording.Buffer
	spans    *tracetest.InMemoryExporter
	attempts atomic.Int64
	healed   atomic.Bool // the fault is over

	direct string // Stripe's address

	nobody, stranger, plain string // addresses: one where nobody listens, another TLS server, and a server without TLS
}

// newStage builds a stage. A fault that should happen once is over by the
// second attempt.
func newStage(t *testing.T, f fault, once bool) *stage {
	t.Helper()
	s := &stage{t: t, stripe: sandbox.New(sandbox.Options{}), spans: tracetest.NewInMemoryExporter()}
	s.session = s.ask(http.MethodPost, "/v1/checkout/sessions", "mode=setup&currency=usd&success_url=https%3A%2F%2Fexample.com")["id"].(string)

	front := http.Handler(s.stripe)
	if f.answer != nil {
		faulty := f.answer(s.stripe)
		front = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if s.healed.Load() {
				s.stripe.ServeHTTP(w, r)
			} else {
				faulty(w, r)
			}
		})
	}
	server := httptest.NewUnstartedServer(front)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // failed TLS handshakes are part of the test
	transport := &http.Transport{DialContext: f.dialing(s)}
	if f.dial != nil {
		server.StartTLS()
		transport.TLSClientConfig = server.Client().Transport.(*http.Transport).TLSClientConfig
		s.otherServers()
	} else {
		server.Start()
	}
	base := server.URL
	s.direct = server.Listener.Addr().String()
	if f.toxic != "" {
		proxy, err := newProxy(s.direct, f.toxic)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(proxy.Stop)
		base = "http://" + proxy.Listen
	}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		server.CloseClientConnections()
		server.Close()
	})

	parsed, err := stripeclient.ParseKey(stripeKey)
	if err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.NewTextHandler(&s.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	traced, err := telemetry.New(t.Context(), telemetry.Config{Name: "faults", Spans: s.spans, Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	config := stripeclient.Config{Key: parsed, BaseURL: base, Timeout: 30 * time.Second, MaxRetries: 2, Logger: logger, Transport: traced.Transport(counting(func(r *http.Request) (*http.Response, error) {
		if s.attempts.Add(1) > 1 && once {
			s.healed.Store(true)
		}
		return transport.RoundTrip(r)
	}))}
	if f.timeout {
		config.Timeout = patience
	}
	client, err := stripeclient.New(config)
	if err != nil {
		t.Fatal(err)
	}
	if s.service, err = operations.New(client, operations.Options{Logger: logger}); err != nil {
		t.Fatal(err)
	}
	return s
}

type counting func(*http.Request) (*http.Response, error)

func (f counting) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// otherServers starts the servers that a connection may reach by mistake.
func (s *stage) otherServers() {
	// By now, another stage could be using the port of a closed server.
	s.nobody = "127.0.0.1:1"
	plain := httptest.NewServer(http.NotFoundHandler())
	s.t.Cleanup(plain.Close)
	s.plain = plain.Listener.Addr().String()

	// All of httptest's servers share one certificate. This one's is for
	// another name.
	stranger, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	server := &http.Server{TLSConfig: strangersCertificate(s.t), ErrorLog: log.New(io.Discard, "", 0)}
	go func() { _ = server.ServeTLS(stranger, "", "") }()
	s.t.Cleanup(func() { _ = server.Close() })
	s.stranger = stranger.Addr().String()
}

// arguments returns the arguments of the operation under test.
func (s *stage) arguments(op *operations.Operation) json.RawMessage {
	switch op {
	case operations.List:
		return json.RawMessage(`{"limit":3,"customer_details":{"email":"` + email + `"}}`)
	case operations.Create:
		return json.RawMessage(`{"idempotency_key":"` + key + `","body":{"customer_email":"` + email + `","mode":"setup","currency":"usd","client_reference_id":"the-order","success_url":"https://example.com"}}`)
	case operations.Expire:
		return json.RawMessage(`{"idempotency_key":"` + key + `","session":"` + s.session + `"}`)
	default:
		return json.RawMessage(`{"session":"` + s.session + `"}`)
	}
}

// call makes the call and returns its result.
func (s *stage) call(op *operations.Operation) error {
	_, err := s.service.Do(s.t.Context(), op, s.arguments(op))
	spans := s.spans.GetSpans()
	if s.logs.String() == "" || len(spans) == 0 {
		s.t.Errorf("%s left no log or no span to search", op.Name)
	}
	for what, text := range map[string]string{
		"error":  fmt.Sprintf("%+v %#v", err, err),
		"log":    s.logs.String(),
		"traces": fmt.Sprintf("%+v", spans),
	} {
		if strings.Contains(text, "MarkedKey") || strings.Contains(text, "marked.customer") {
			s.t.Errorf("a mark is in the %s: %s", what, text)
		}
	}
	return err
}

// done returns how often Stripe has carried out the write: 0 for reads.
func (s *stage) done(op *operations.Operation) (n int) {
	switch op {
	case operations.Create:
		for _, session := range s.ask(http.MethodGet, "/v1/checkout/sessions?limit=100", "")["data"].([]any) {
			if session.(map[string]any)["client_reference_id"] == "the-order" {
				n++
			}
		}
	case operations.Expire:
		if s.ask(http.MethodGet, "/v1/checkout/sessions/"+s.session, "")["status"] == "expired" {
			n++
		}
	}
	return n
}

// ask asks Stripe directly, bypassing the fault.
func (s *stage) ask(method, path, form string) map[string]any {
	s.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(form))
	r.Header.Set("Authorization", "Bearer "+stripeKey)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	s.stripe.ServeHTTP(w, r)
	var object map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &object); err != nil || w.Code != http.StatusOK {
		s.t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	return object
}

// steady removes from a text whatever differs from run to run.
func (s *stage) steady(text string) string {
	text = strings.ReplaceAll(text, s.session, "cs_test_…")
	return addresses.ReplaceAllString(text, "[address]")
}

var addresses = regexp.MustCompile(`127\.0\.0\.1:\d+(->127\.0\.0\.1:\d+)?`)
