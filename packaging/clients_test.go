//go:build packaging

package packaging

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestClients has real clients read what config writes for them. It uses those
// that come as packages and can list their servers without an account.
func TestClients(t *testing.T) {
	program := filepath.Join(t.TempDir(), "stripe-checkout-mcp")
	output(t, "go", "build", "-o", program, "../cmd/stripe-checkout-mcp")
	bin, err := filepath.Abs("clients/node_modules/.bin")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		config []string
		client []string
		want   []string
	}{
		{
			"codex stdio", []string{"codex"}, []string{"codex", "mcp", "get", "stripe-checkout"},
			[]string{"enabled: true", "transport: stdio", "command: " + program, "args: stdio", "env: STRIPE_API_KEY=*****"},
		},
		{
			"codex http", []string{"codex", "--http", "https://mcp.example.com/mcp", "--token-env", "CHECKOUT_TOKEN"}, []string{"codex", "mcp", "get", "stripe-checkout"},
			[]string{"transport: streamable_http", "url: https://mcp.example.com/mcp", "bearer_token_env_var: CHECKOUT_TOKEN"},
		},
		{
			"gemini-cli sandbox", []string{"gemini-cli", "--sandbox"}, []string{"gemini", "mcp", "list"},
			[]string{"stripe-checkout: " + program + " stdio --sandbox (stdio) - Connected"},
		},
		{
			"gemini-cli with the key of its environment", []string{"gemini-cli"}, []string{"gemini", "mcp", "list"},
			[]string{"stripe-checkout: " + program + " stdio (stdio) - Connected"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			home := t.TempDir()
			env := append(os.Environ(), "HOME="+home, "CODEX_HOME="+filepath.Join(home, ".codex"), "GEMINI_CLI_TRUST_WORKSPACE=true")
			config := exec.CommandContext(t.Context(), program, append([]string{"config", "--write"}, tt.config...)...)
			config.Env = env
			if out, err := config.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			client := exec.CommandContext(t.Context(), filepath.Join(bin, tt.client[0]), tt.client[1:]...)
			client.Dir = home
			client.Env = append(env, "STRIPE_API_KEY=rk_test_forthetest")
			out, err := client.CombinedOutput()
			if err != nil {
				t.Fatalf("%s: %v\n%s", client, err, out)
			}
			for _, want := range tt.want {
				if !strings.Contains(string(out), want) {
					t.Errorf("no %q in\n%s", want, out)
				}
			}
		})
	}
}
