package sandbox_test

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/npm"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
)

// Stripe's own command line plays its fixtures on the sandbox as it does on
// Stripe.
func TestStripeCLI(t *testing.T) {
	if testing.Short() {
		t.Skip("installs the Stripe CLI")
	}
	// npm's lock file can't name packages for platforms that its registry
	// lacks, so it names only this one.
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("SKIPPED, not tested: the Stripe CLI of testdata/stripecli is for linux/amd64")
	}
	stripe := filepath.Join(npm.Install(t, "testdata/stripecli"), "node_modules", "@stripe", "cli-linux-x64", "bin", "stripe")
	c := newClient(t)
	server := httptest.NewServer(c.server)
	defer server.Close()
	for _, event := range []string{"checkout.session.completed", "checkout.session.expired", "checkout.session.async_payment_succeeded"} {
		cmd := exec.CommandContext(t.Context(), stripe, "trigger", event, "--api-key", sandbox.Key, "--api-base", server.URL)
		// It would otherwise look for a newer version of itself and report its
		// use.
		cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "STRIPE_CLI_TELEMETRY_OPTOUT=1", "HTTPS_PROXY=http://127.0.0.1:1", "NO_PROXY=127.0.0.1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("stripe trigger %s: %v\n%s", event, err, out)
		}
	}
	c.post("/sandbox/advance", "seconds=259200").ok(t) // for the bank to pay
	var types []string
	for _, e := range c.get("/v1/events", "").ok(t).json["data"].([]any) {
		types = append(types, e.(map[string]any)["type"].(string))
	}
	slices.Reverse(types)
	want := []string{"checkout.session.completed", "checkout.session.expired", "checkout.session.completed", "checkout.session.async_payment_succeeded"}
	for _, one := range want {
		i := slices.Index(types, one)
		if i < 0 {
			t.Fatalf("the events are %v, want %v in them", types, want)
		}
		types = types[i+1:]
	}
}
