package faults

import (
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

const (
	// key is the idempotency key of the writes.
	key = "order-1001"
	// patience is how long an attempt may take where it is to run out of time.
	patience = 3 * time.Second
)

// A stage is one Stripe, one fault in front of it and one client of it.
type stage struct {
	t        *testing.T
	stripe   *sandbox.Server
	session  string // an open one
	service  *operations.Service
	attempts atomic.Int64
	healed   atomic.Bool // the fault is over

	direct string // the address of Stripe

	nobody, stranger, plain string // addresses: where nobody listens, of another TLS server, of one without TLS
}

// newStage builds a stage. Where the fault is to happen once, it is over when
// the second attempt is made.
func newStage(t *testing.T, f fault, once bool) *stage {
	t.Helper()
	s := &stage{t: t, stripe: sandbox.New(sandbox.Options{})}
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
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // TLS handshakes that fail are what is tested
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

	parsed, err := stripeclient.ParseKey(sandbox.Key)
	if err != nil {
		t.Fatal(err)
	}
	config := stripeclient.Config{Key: parsed, BaseURL: base, Timeout: 30 * time.Second, MaxRetries: 2, Transport: counting(func(r *http.Request) (*http.Response, error) {
		if s.attempts.Add(1) > 1 && once {
			s.healed.Store(true)
		}
		return transport.RoundTrip(r)
	})}
	if f.timeout {
		config.Timeout = patience
	}
	client, err := stripeclient.New(config)
	if err != nil {
		t.Fatal(err)
	}
	if s.service, err = operations.New(client, operations.Options{}); err != nil {
		t.Fatal(err)
	}
	return s
}

type counting func(*http.Request) (*http.Response, error)

func (f counting) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// otherServers are those that a connection may end up at by mistake.
func (s *stage) otherServers() {
	// The port of a server that was closed could be another stage's by now.
	s.nobody = "127.0.0.1:1"
	plain := httptest.NewServer(http.NotFoundHandler())
	s.t.Cleanup(plain.Close)
	s.plain = plain.Listener.Addr().String()

	// httptest's certificate is the same for all of its servers: this one's is
	// for another name.
	stranger, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	server := &http.Server{TLSConfig: strangersCertificate(s.t), ErrorLog: log.New(io.Discard, "", 0)}
	go func() { _ = server.ServeTLS(stranger, "", "") }()
	s.t.Cleanup(func() { _ = server.Close() })
	s.stranger = stranger.Addr().String()
}

// arguments are those of the operation under test.
func (s *stage) arguments(op *operations.Operation) json.RawMessage {
	switch op {
	case operations.List:
		return json.RawMessage(`{"limit":3}`)
	case operations.Create:
		return json.RawMessage(`{"idempotency_key":"` + key + `","body":{"mode":"setup","currency":"usd","client_reference_id":"the-order","success_url":"https://example.com"}}`)
	case operations.Expire:
		return json.RawMessage(`{"idempotency_key":"` + key + `","session":"` + s.session + `"}`)
	default:
		return json.RawMessage(`{"session":"` + s.session + `"}`)
	}
}

// call makes the call and returns what came of it.
func (s *stage) call(op *operations.Operation) error {
	_, err := s.service.Do(s.t.Context(), op, s.arguments(op))
	return err
}

// done is how often Stripe has carried out what the operation does: reads do
// nothing.
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

// ask asks Stripe past the fault.
func (s *stage) ask(method, path, form string) map[string]any {
	s.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(form))
	r.Header.Set("Authorization", "Bearer "+sandbox.Key)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	s.stripe.ServeHTTP(w, r)
	var object map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &object); err != nil || w.Code != http.StatusOK {
		s.t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	return object
}

// steady is a text without what differs in every run.
func (s *stage) steady(text string) string {
	text = strings.ReplaceAll(text, s.session, "cs_test_…")
	return addresses.ReplaceAllString(text, "[address]")
}

var addresses = regexp.MustCompile(`127\.0\.0\.1:\d+(->127\.0\.0\.1:\d+)?`)
