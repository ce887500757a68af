package rest_test

import (
	"testing"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/npm"
)

// nodeModules returns the folder with the packages of testdata/node installed.
// It skips the test where there is no Node.js.
func nodeModules(t testing.TB) string {
	t.Helper()
	return npm.Install(t, "testdata/node")
}
