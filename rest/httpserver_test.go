package rest_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/httpserver"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/recording"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/rest"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// start runs the API behind the server it is made for, and returns its URL and
// its log.
func start(t *testing.T, transport http.RoundTripper, cfg httpserver.Config) (string, *recording.Buffer) {
	t.Helper()
	handler := rest.New(newService(t, newClient(t, transport), operations.Options{}), rest.Options{})
	log := new(recording.Buffer)
	cfg.Listeners = []httpserver.Listener{{Name: "rest", Addr: "127.0.0.1:0", Handler: handler}}
	cfg.Logger = slog.New(slog.NewJSONHandler(log, nil))
	server, err := httpserver.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- server.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return "http://" + server.Addr("rest").String(), log
}

func fetch(t *testing.T, method, url, body string, adjust ...func(*http.Request)) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	for _, f := range adjust {
		f(r)
	}
	result, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = result.Body.Close() }()
	text, err := io.ReadAll(result.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{result, string(text)}
}

func TestAPanicIsOneFailedRequest(t *testing.T) {
	base, log := start(t, panics{}, httpserver.Config{})
	got := fetch(t, http.MethodGet, base+sessions+"?customer_details[email]=jenny%40example.com", "")
	if e := got.failure(t, http.StatusInternalServerError); e.Type != "api_error" {
		t.Errorf("got %+v", e)
	}
	fetch(t, http.MethodGet, base+"/openapi.json", "").want(t, http.StatusOK)
	if !strings.Contains(log.String(), "panicked") || strings.Contains(log.String(), "jenny") {
		t.Errorf("the log says %s", log)
	}
}

type panics struct{}

func (panics) RoundTrip(*http.Request) (*http.Response, error) { panic("jenny@example.com") }

func TestABodyTooLongIsRefused(t *testing.T) {
	base, _ := start(t, unreachable{t}, httpserver.Config{Limits: httpserver.Limits{MaxBodyBytes: 100}})
	fetch(t, http.MethodPost, base+sessions, `{"client_reference_id":"`+strings.Repeat("x", 100)+`"}`).failure(t, http.StatusRequestEntityTooLarge)
}

// Only the server authenticates callers, and it doesn't pass their credential
// on.
func TestAuthenticationIsTheServers(t *testing.T) {
	const token = "aTokenOfTheOperator0123456789"
	u := &upstream{}
	base, log := start(t, u, httpserver.Config{Auth: auth.Config{Mode: auth.Token, Tokens: []string{token}}})
	fetch(t, http.MethodGet, base+sessions, "").failure(t, http.StatusUnauthorized)
	fetch(t, http.MethodGet, base+sessions, "", header("Authorization", "Bearer "+token)).want(t, http.StatusOK)
	if len(u.requests) != 1 || u.requests[0].authorization != "Bearer "+sandbox.Key {
		t.Errorf("Stripe was asked %+v", u.requests)
	}
	if strings.Contains(log.String(), token) || strings.Contains(log.String(), sandbox.Key) {
		t.Errorf("a secret is in the log: %s", log)
	}
}

// Refusals from in front of the API have the same shape as its own errors.
func TestRefusalsInFrontHaveTheSameShape(t *testing.T) {
	base, _ := start(t, unreachable{t}, httpserver.Config{AllowedHosts: []string{"example.com"}})
	got := fetch(t, http.MethodGet, base+sessions, "")
	got.failure(t, http.StatusForbidden)
	var own map[string]map[string]any
	if err := json.Unmarshal([]byte(got.text), &own); err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	data, err := json.Marshal(stripeclient.Error{Type: "a", Code: "a", Param: "a", Message: "a", Advice: "a", HTTPStatus: 1, RequestID: "a", DocURL: "a", DeclineCode: "a"})
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &fields); err != nil {
		t.Fatal(err)
	}
	for name := range own["error"] {
		if _, known := fields[name]; !known {
			t.Errorf("the refusal has %s, which no error of the API has", name)
		}
	}
}
