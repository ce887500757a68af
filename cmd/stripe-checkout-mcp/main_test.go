package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the tests run this very binary as stripe-checkout-mcp.
func TestMain(m *testing.M) {
	if os.Getenv("RUN_STRIPE_CHECKOUT_MCP") != "" {
		main()
		return
	}
	testscript.Main(m, map[string]func(){"stripe-checkout-mcp": main})
}

// The command line as a user types it: testdata/*.txtar.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata"})
}
