//go:build agents

package agents

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
)

// A conversion is a library's version of one tool.
type conversion struct {
	Converter, Tool, Name, Refused string
	Strict                         bool
	Schema                         map[string]any
}

// The libraries that people build agents with accept every schema, and drop
// only what docs/models.md says.
func TestConverters(t *testing.T) {
	var tools []map[string]any
	for _, op := range operations.All() {
		tools = append(tools, map[string]any{"name": op.Tool, "description": op.Title, "inputSchema": op.Input.Advertised(), "outputSchema": op.Output})
	}
	input := encode(t, tools)

	for _, run := range [][]string{
		{"node", "ai_sdk.mjs"},
		{"venvs/openai-google-pydantic/bin/python", "openai_agents.py"},
		{"venvs/openai-google-pydantic/bin/python", "google_genai.py"},
		{"venvs/openai-google-pydantic/bin/python", "pydantic_ai_models.py"},
		{"venvs/langchain/bin/python", "langchain_mcp.py"},
		{"venvs/llama-index/bin/python", "llama_index_mcp.py"},
	} {
		t.Run(run[1], func(t *testing.T) {
			program := run[0]
			if filepath.Base(program) != program {
				program, _ = filepath.Abs(filepath.Join("converters", program))
			}
			cmd := exec.CommandContext(t.Context(), program, run[1])
			cmd.Dir, cmd.Env, cmd.Stdin = "converters", append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1"), bytes.NewReader(input)
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v\n%s", err, &stderr)
			}
			var results []conversion
			if err := json.Unmarshal(out, &results); err != nil {
				t.Fatal(err)
			}
			dropped := map[string]map[string]bool{}
			for _, c := range results {
				if c.Refused != "" || c.Name != c.Tool {
					t.Errorf("%s: %s is %q: %s", c.Converter, c.Tool, c.Name, c.Refused)
					continue
				}
				if dropped[c.Converter] == nil {
					dropped[c.Converter] = map[string]bool{}
				}
				i := slices.IndexFunc(operations.All(), func(op *operations.Operation) bool { return op.Tool == c.Tool })
				for _, problem := range compare("", reread(t, operations.All()[i].Input.Advertised()), c.Schema, dropped[c.Converter]) {
					t.Errorf("%s: %s: %s", c.Converter, c.Tool, problem)
				}
			}
			if len(dropped) == 0 {
				t.Fatal("nothing was converted")
			}
			for converter, what := range dropped {
				documented(t, converter, what)
			}
		})
	}
}
