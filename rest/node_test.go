package rest_test

import (
	"testing"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/npm"
)

// nodeModules returns the folder with the packages of testdata/node installed.
// Without Node.js, it skips the test.
func nodeModules(t testing.TB) string {
	t.Helper()
	return npm.Install(t, "testdata/node")
}
