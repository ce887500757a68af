package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/stripespec"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/tools"
)

// A step is one line of node/tools.mjs.
type step struct {
	Step       string         `json:"step"`
	Names      []string       `json:"names"`
	IsError    bool           `json:"isError"`
	Text       string         `json:"text"`
	Structured map[string]any `json:"structured"`
}

// The official TypeScript client takes the schemas as they are, and the results
// against them: those of errors too.
func TestTypeScriptClient(t *testing.T) {
	node, ok := nodeClient(t)
	if !ok {
		t.Skip("not run: needs the official TypeScript client")
	}
	for _, transport := range []struct {
		name string
		args func(t *testing.T) []string
	}{
		{"stdio", func(t *testing.T) []string { return []string{"stdio", binary, "stdio", "--sandbox"} }},
		{"http", func(t *testing.T) []string { return []string{"http", serve(t)} }},
	} {
		t.Run(transport.name, func(t *testing.T) {
			steps := map[string]step{}
			cmd := exec.Command("node", append([]string{"tools.mjs"}, transport.args(t)...)...)
			cmd.Dir = node
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v\n%s%s", err, out, &stderr)
			}
			for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
				var s step
				if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
					t.Fatalf("%s: %v", lines.Text(), err)
				}
				steps[s.Step] = s
			}

			if n := len(steps["tools"].Names); n != 5 {
				t.Errorf("sees %d tools, want 5", n)
			}
			if got := strings.Join(steps["prompts"].Names, " "); got != "sell-once start-subscription why-not-paid" {
				t.Errorf("sees the prompts %s", got)
			}
			for _, name := range []string{"create", "list", "retrieve", "line items", "expire"} {
				if s, ok := steps[name]; !ok || s.IsError || s.Structured == nil {
					t.Errorf("%s: isError %v, %s", name, s.IsError, s.Text)
				}
			}
			if status := steps["expire"].Structured["status"]; status != "expired" {
				t.Errorf("expired to %v", status)
			}
			for name, want := range map[string]string{
				"expire again": "Only Checkout Sessions with a status in",
				"mistake":      "limit must be between 1 and 100; got 500",
			} {
				if s := steps[name]; !s.IsError || !strings.Contains(s.Text, want) || s.Structured["error"] == nil {
					t.Errorf("%s: isError %v, %q, %v", name, s.IsError, s.Text, s.Structured)
				}
			}
		})
	}
}

// serve gives the URL of the tools over the sandbox, whose every answer is
// checked against Stripe's document.
func serve(t *testing.T) string {
	t.Helper()
	key, err := stripeclient.ParseKey(sandbox.Key)
	if err != nil {
		t.Fatal(err)
	}
	client, err := stripeclient.New(stripeclient.Config{Key: key, Transport: stripespec.Transport(t, sandbox.New(sandbox.Options{}))})
	if err != nil {
		t.Fatal(err)
	}
	service, err := operations.New(client, operations.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server, err := tools.NewServer(service, tools.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(mcp.NewStreamableHTTPHandler(
		func(*http.Request) *mcp.Server { return server },
		&mcp.StreamableHTTPOptions{Stateless: true, JSONResponse: true},
	))
	t.Cleanup(s.Close)
	return s.URL
}
