package stripespec

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stripe/stripe-mock/embedded"
	"github.com/stripe/stripe-mock/server"
)

// Mock starts Stripe's own mock, which checks requests against Stripe's
// document and takes its answers from it. It keeps no state:
// https://github.com/stripe/stripe-mock. Mock returns the base URL of a server
// that ends with the test.
func Mock(t testing.TB) string {
	t.Helper()
	spec, err := server.LoadSpec(embedded.OpenAPISpec, "")
	if err != nil {
		t.Fatal(err)
	}
	fixtures, err := server.LoadFixtures(embedded.OpenAPIFixtures, "")
	if err != nil {
		t.Fatal(err)
	}
	mock, err := server.NewStubServer(fixtures, spec, false, false)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(http.HandlerFunc(mock.HandleRequest))
	t.Cleanup(s.Close)
	return s.URL
}
