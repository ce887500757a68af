//go:build agents

package agents

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The programs that the plugin is for can validate and install it.
func TestThePluginInstalls(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	bin, err := filepath.Abs("node_modules/.bin")
	if err != nil {
		t.Fatal(err)
	}
	for _, program := range []struct {
		name  string
		calls [][]string
		want  string // in the last command's output
	}{
		{"Claude Code", [][]string{
			{"../@anthropic-ai/claude-code-linux-x64/claude", "plugin", "validate", root},
			{"../@anthropic-ai/claude-code-linux-x64/claude", "plugin", "validate", root + "/packaging/plugin"},
			{"../@anthropic-ai/claude-code-linux-x64/claude", "plugin", "marketplace", "add", root},
			{"../@anthropic-ai/claude-code-linux-x64/claude", "plugin", "install", "stripe-checkout@stripe-checkout-mcp"},
			{"../@anthropic-ai/claude-code-linux-x64/claude", "plugin", "list"},
		}, "enabled"},
		{"Codex", [][]string{
			{"codex", "plugin", "marketplace", "add", root},
			{"codex", "plugin", "add", "stripe-checkout@stripe-checkout-mcp"},
			{"codex", "mcp", "get", "stripe-checkout"},
		}, "STRIPE_API_KEY"},
		{"Gemini CLI", [][]string{
			{"gemini", "extensions", "validate", root + "/packaging/plugin"},
		}, "successfully validated"},
	} {
		t.Run(program.name, func(t *testing.T) {
			home := t.TempDir()
			if err := os.Mkdir(filepath.Join(home, ".codex"), 0o700); err != nil {
				t.Fatal(err)
			}
			var said string
			for _, call := range program.calls {
				cmd := exec.CommandContext(t.Context(), filepath.Join(bin, call[0]), call[1:]...)
				cmd.Dir = home
				cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "CODEX_HOME=" + home + "/.codex", "GEMINI_CLI_TRUST_WORKSPACE=true"}
				out, err := cmd.CombinedOutput()
				if err != nil {
					t.Fatalf("%s: %v\n%s", strings.Join(call, " "), err, out)
				}
				said = string(out)
			}
			if !strings.Contains(said, program.want) {
				t.Errorf("no %q in\n%s", program.want, said)
			}
		})
	}
}
