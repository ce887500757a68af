package rest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"
	"github.com/pb33f/libopenapi-validator/content"
	"github.com/pb33f/libopenapi-validator/errors"
	"github.com/pb33f/libopenapi-validator/schema_validation"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/stripespec"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/rest"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

const (
	sessions       = "/v1/v1/checkout/sessions" // the capability's path
	stripeSessions = "/v1/checkout/sessions"    // Stripe's
	tshirt         = "mode=payment&line_items[0][price]=" + sandbox.PriceTShirt + "&line_items[0][quantity]=1&success_url=https%3A%2F%2Fexample.com%2Fthanks"
	tshirtJSON     = `{"mode":"payment","line_items":[{"price":"` + sandbox.PriceTShirt + `","quantity":1}],"success_url":"https://example.com/thanks"}`
)

// noon is when these tests' sandboxes begin.
var noon = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

// inSandbox is a transport to a new sandbox that checks every answer against
// Stripe's own OpenAPI document.
func inSandbox(t testing.TB) http.RoundTripper {
	return stripespec.Transport(t, sandbox.New(sandbox.Options{Now: func() time.Time { return noon }}))
}

// newClient returns a client for a transport. It never waits.
func newClient(t testing.TB, transport http.RoundTripper, adjust ...func(*stripeclient.Config)) *stripeclient.Client {
	t.Helper()
	c := stripeclient.Config{Key: parseKey(t, sandbox.Key), Transport: transport}
	for _, f := range adjust {
		f(&c)
	}
	client, err := stripeclient.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func parseKey(t testing.TB, key string) stripeclient.Key {
	t.Helper()
	k, err := stripeclient.ParseKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// api is a test's REST API. Every request and answer is checked against its
// OpenAPI document.
type api struct {
	t       testing.TB
	handler http.Handler
}

func newAPI(t testing.TB, client *stripeclient.Client, change ...func(*setup)) api {
	t.Helper()
	var o setup
	for _, f := range change {
		f(&o)
	}
	return api{t, rest.New(newService(t, client, o.operations), o.rest)}
}

// A setup says how a test's API differs from the usual one.
type setup struct {
	operations operations.Options
	rest       rest.Options
}

func newService(t testing.TB, client *stripeclient.Client, options operations.Options) *operations.Service {
	t.Helper()
	service, err := operations.New(client, options)
	if err != nil {
		t.Fatal(err)
	}
	return service
}

// sandboxed returns an API with a sandbox of its own.
func sandboxed(t testing.TB) api { return newAPI(t, newClient(t, inSandbox(t))) }

type answer struct {
	*http.Response
	text string
}

func (a answer) json(t testing.TB) map[string]any {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal([]byte(a.text), &object); err != nil {
		t.Fatalf("%v: %s", err, a.text)
	}
	return object
}

// failure returns the error of an answer with that status.
func (a answer) failure(t testing.TB, status int) stripeclient.Error {
	t.Helper()
	a.want(t, status)
	var body struct{ Error stripeclient.Error }
	if err := json.Unmarshal([]byte(a.text), &body); err != nil {
		t.Fatalf("%v: %s", err, a.text)
	}
	if body.Error.HTTPStatus != status || body.Error.Type == "" || body.Error.Message == "" || body.Error.Advice == "" {
		t.Errorf("an error lacks its facts: %s", a.text)
	}
	return body.Error
}

func (a answer) want(t testing.TB, status int) answer {
	t.Helper()
	if a.StatusCode != status {
		t.Fatalf("HTTP %d, want %d: %s", a.StatusCode, status, a.text)
	}
	if got := a.Header.Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type %q", got)
	}
	return a
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Add(name, value) }
}

func (a api) get(path string, adjust ...func(*http.Request)) answer {
	a.t.Helper()
	return a.send(httptest.NewRequest(http.MethodGet, path, nil), adjust...)
}

func (a api) form(path, form string, adjust ...func(*http.Request)) answer {
	a.t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form))
	r.Header.Set("Content-Type", formType)
	return a.send(r, adjust...)
}

func (a api) json(path, body string, adjust ...func(*http.Request)) answer {
	a.t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return a.send(r, adjust...)
}

func (a api) send(r *http.Request, adjust ...func(*http.Request)) answer {
	a.t.Helper()
	for _, f := range adjust {
		f(r)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	again := func() *http.Request {
		c := r.Clone(r.Context())
		c.Body = io.NopCloser(bytes.NewReader(body))
		return c
	}
	recorder := httptest.NewRecorder()
	a.handler.ServeHTTP(recorder, again())
	result := recorder.Result()
	checkDocument(a.t, again(), result, recorder.Body.Bytes())
	return answer{result, recorder.Body.String()}
}

// specification checks requests and answers against the OpenAPI document.
var specification = sync.OnceValues(func() (validator.Validator, error) {
	client, err := stripeclient.New(stripeclient.Config{})
	if err != nil {
		return nil, err
	}
	service, err := operations.New(client, operations.Options{})
	if err != nil {
		return nil, err
	}
	recorder := httptest.NewRecorder()
	rest.New(service, rest.Options{}).ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/openapi.json", nil))
	document, err := libopenapi.NewDocument(recorder.Body.Bytes())
	if err != nil {
		return nil, err
	}
	v, errs := validator.NewValidator(document, config.WithBodyDecoder(formType, content.DecoderFunc(decodeForm)), config.WithRejectUndeclaredRequestBody(), config.WithRejectUnsupportedBodyContent())
	if len(errs) > 0 {
		return nil, errs[0]
	}
	return v, nil
})

const formType = "application/x-www-form-urlencoded"

// decodeForm is the validator's own decoder without its check for reserved
// characters, which wrongly looks at the decoded text (v0.16.2).
func decodeForm(input *content.DecodeInput) (any, error) {
	body, err := io.ReadAll(input.Body)
	if err != nil {
		return nil, err
	}
	value, _ := schema_validation.TransformURLEncodedToSchemaJSON(string(body), input.Schema, nil)
	return value, nil
}

// checkDocument fails the test if the document doesn't allow the answer, or
// doesn't allow the request although it was carried out.
func checkDocument(t testing.TB, r *http.Request, result *http.Response, body []byte) {
	t.Helper()
	if !strings.Contains(r.URL.Path, "/checkout/sessions") || result.StatusCode == http.StatusMethodNotAllowed || result.StatusCode == http.StatusNotFound && !strings.HasPrefix(result.Header.Get("Request-Id"), "req_") {
		return // no path or method of the document's
	}
	v, err := specification()
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasPrefix(result.Header.Get("Request-Id"), "req_") { // Stripe was asked
		if ok, problems := v.ValidateHttpRequest(r); !ok {
			t.Errorf("the request was carried out, but the document refuses it: %s\n%s %s", explain(problems), r.Method, r.URL)
		}
	}
	copied := *result
	copied.Body = io.NopCloser(bytes.NewReader(body))
	if ok, problems := v.ValidateHttpResponse(r, &copied); !ok {
		t.Errorf("the document has no such answer: %s\n%s", explain(problems), body)
	}
}

func explain(problems []*errors.ValidationError) string {
	var b strings.Builder
	for _, p := range problems {
		b.WriteString(p.Message + " (" + p.Reason + ")")
		for _, s := range p.SchemaValidationErrors {
			b.WriteString("\n  " + s.FieldPath + ": " + s.Reason)
		}
	}
	return b.String()
}
