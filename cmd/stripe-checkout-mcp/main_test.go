package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the tests run the test binary itself as stripe-checkout-mcp.
func TestMain(m *testing.M) {
	if os.Getenv("RUN_STRIPE_CHECKOUT_MCP") != "" {
		main()
		return
	}
	testscript.Main(m, map[string]func(){"stripe-checkout-mcp": main})
}

// The command line as a user types it: testdata/script/*.txtar.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir+"/home")
			env.Setenv("XDG_CONFIG_HOME", "")
			env.Setenv("NO_COLOR", "")
			return nil
		},
	})
}

// execute runs a command line in this process.
func execute(t *testing.T, stdin string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	errOut := newJSONLog() // two loggers write to it
	stdout, code = executeWith(context.Background(), stdin, errOut, args...)
	return stdout, errOut.String(), code
}

func executeWith(ctx context.Context, stdin string, stderr io.Writer, args ...string) (stdout string, code int) {
	var out bytes.Buffer
	root := rootCommand()
	root.SetIn(strings.NewReader(stdin))
	root.SetOut(&out)
	root.SetErr(stderr)
	code = run(ctx, root, args)
	return out.String(), code
}
