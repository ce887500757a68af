//go:build agents

package agents

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
)

// Each agent program gets one prompt, and what arrives at its model's API is
// compared with tools/list: no type has changed, and the most common parameters
// have what they need. If docs/models.md says that an agent passes everything
// on, it must.
func TestWhatModelsSee(t *testing.T) {
	program := filepath.Join(t.TempDir(), "stripe-checkout-mcp")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "../../cmd/stripe-checkout-mcp").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, agent := range []struct {
		name    string
		files   map[string]string // in its home folder; $PROGRAM, $URL and $HOME are filled in
		command []string
		env     []string
	}{
		{
			"Codex",
			map[string]string{".codex/config.toml": `
model = "gpt-5"
model_provider = "standin"
[model_providers.standin]
name = "standin"
base_url = "$URL/v1"
wire_api = "responses"
env_key = "STANDIN_KEY"
[mcp_servers.stripe-checkout]
command = "$PROGRAM"
args = ["stdio", "--sandbox"]
`},
			[]string{"codex", "exec", "--skip-git-repo-check", "Say ok"},
			[]string{"CODEX_HOME=$HOME/.codex", "STANDIN_KEY=x"},
		},
		{
			"Gemini CLI",
			map[string]string{".gemini/settings.json": `{"security":{"auth":{"selectedType":"gemini-api-key"}},"mcpServers":{"stripe-checkout":{"command":"$PROGRAM","args":["stdio","--sandbox"],"trust":true}}}`},
			[]string{"gemini", "--prompt", "Say ok", "--model", "gemini-2.5-pro"},
			[]string{"GEMINI_API_KEY=x", "GOOGLE_GEMINI_BASE_URL=$URL", "GEMINI_CLI_TRUST_WORKSPACE=true"},
		},
		{
			"Claude Code",
			map[string]string{"mcp.json": `{"mcpServers":{"stripe-checkout":{"type":"stdio","command":"$PROGRAM","args":["stdio","--sandbox"]}}}`},
			[]string{"../@anthropic-ai/claude-code-linux-x64/claude", "--print", "Say ok", "--mcp-config", "mcp.json", "--strict-mcp-config"},
			[]string{"ANTHROPIC_API_KEY=sk-ant-standin", "ANTHROPIC_BASE_URL=$URL", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1", "ENABLE_TOOL_SEARCH=false"},
		},
		{
			"opencode",
			map[string]string{"opencode.json": `{"autoupdate":false,"share":"disabled","model":"standin/m",
				"provider":{"standin":{"npm":"@ai-sdk/openai-compatible","name":"standin","options":{"baseURL":"$URL/v1","apiKey":"x"},"models":{"m":{"name":"m","tool_call":true}}}},
				"mcp":{"stripe-checkout":{"type":"local","command":["$PROGRAM","stdio","--sandbox"],"enabled":true}}}`},
			[]string{"../opencode-linux-x64-baseline/bin/opencode", "run", "Say ok"},
			[]string{"XDG_DATA_HOME=$HOME/data", "XDG_CONFIG_HOME=$HOME/config", "XDG_CACHE_HOME=$HOME/cache", "XDG_STATE_HOME=$HOME/state", "OPENCODE_DISABLE_MODELS_FETCH=1"},
		},
	} {
		t.Run(agent.name, func(t *testing.T) {
			api, home := newStandin(t), t.TempDir()
			fill := strings.NewReplacer("$PROGRAM", program, "$URL", api.URL, "$HOME", home)
			for name, text := range agent.files {
				path := filepath.Join(home, name)
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(fill.Replace(text)), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			bin, err := filepath.Abs("node_modules/.bin/" + agent.command[0])
			if err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(bin); err != nil {
				t.Skipf("SKIPPED, not tested: %v; `make agents` installs it if there is a package for this machine", err)
			}
			cmd := exec.CommandContext(t.Context(), bin, agent.command[1:]...)
			cmd.Dir = home
			cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home}
			for _, e := range agent.env {
				cmd.Env = append(cmd.Env, fill.Replace(e))
			}
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}

			got := api.tools(operations.Tools())
			size, dropped := 0, map[string]bool{}
			for _, op := range operations.All() {
				tool, ok := got[op.Tool]
				if !ok {
					t.Errorf("%s did not arrive", op.Tool)
					continue
				}
				size += len(encode(t, tool.schema))
				want := reread(t, op.Input.Advertised())
				for _, problem := range compare("", want, tool.schema, dropped) {
					t.Errorf("%s: %s", op.Tool, problem)
				}
				if op == operations.Create {
					for _, missing := range commonMissing(tool.schema) {
						t.Errorf("%s arrives without %s", op.Tool, missing)
					}
				}
			}
			documented(t, agent.name, dropped)
			t.Logf("%d tools arrive in %d bytes of schema", len(got), size)
		})
	}
}

// compare returns the places where the schema that arrived contradicts the one
// that was sent. It adds what is missing to dropped.
func compare(at string, want, got map[string]any, dropped map[string]bool) []string {
	var all []string
	got = withoutNull(got)
	for _, keyword := range slices.Sorted(maps.Keys(want)) {
		w, g := want[keyword], got[keyword]
		switch {
		case keyword == "description":
			if g == nil {
				dropped["descriptions"] = true
			} else if plain(g) != plain(w) {
				all = append(all, fmt.Sprintf("%s is described as %q", at, g))
			}
		case keyword == "properties":
			properties, _ := g.(map[string]any)
			for name, child := range w.(map[string]any) {
				path := strings.TrimPrefix(at+"."+name, ".")
				if arrived, ok := properties[name].(map[string]any); ok {
					all = append(all, compare(path, child.(map[string]any), arrived, dropped)...)
				} else {
					dropped[path] = true
				}
			}
		case keyword == "items" || keyword == "additionalProperties":
			path := at + map[string]string{"items": "[]", "additionalProperties": ".*"}[keyword]
			if arrived, ok := g.(map[string]any); ok {
				all = append(all, compare(path, w.(map[string]any), arrived, dropped)...)
			} else {
				dropped[path] = true
			}
		case keyword == "required":
			arrived, _ := g.([]any)
			for _, name := range w.([]any) {
				if !slices.Contains(arrived, name) && got["properties"] != nil {
					all = append(all, fmt.Sprintf("%s doesn't require %v", at, name))
				}
			}
		case keyword == "type" && strings.EqualFold(fmt.Sprint(g), w.(string)): // Google's are in upper case
		case keyword == "enum" && sameValues(w.([]any), g):
		default:
			all = append(all, fmt.Sprintf("%s has the %s %v, want %v", at, keyword, g, w))
		}
	}
	if arrived, _ := got["required"].([]any); len(arrived) > 0 {
		if w, _ := want["required"].([]any); len(arrived) > len(w) {
			dropped["which arguments are optional"] = true
		}
	}
	return all
}

// sameValues compares enumerations, ignoring their order.
func sameValues(want []any, got any) bool {
	arrived, _ := got.([]any)
	return len(arrived) == len(want) && !slices.ContainsFunc(want, func(v any) bool { return !slices.Contains(arrived, v) })
}

// withoutNull returns a schema without the null that strict converters add to
// optional values.
func withoutNull(schema map[string]any) map[string]any {
	if types, ok := schema["type"].([]any); ok && len(types) == 2 && slices.Contains(types, any("null")) {
		schema = maps.Clone(schema)
		schema["type"] = types[1-slices.Index(types, any("null"))]
	}
	alternatives, _ := schema["anyOf"].([]any)
	if len(alternatives) != 2 {
		return schema
	}
	for i, a := range alternatives {
		other, _ := alternatives[1-i].(map[string]any)
		if a, ok := a.(map[string]any); ok && a["type"] == "null" && other != nil {
			merged := maps.Clone(other)
			if merged["description"] == nil && schema["description"] != nil {
				merged["description"] = schema["description"]
			}
			return merged
		}
	}
	return schema
}

// plain returns a description without the characters that some agents replace.
func plain(description any) string {
	text, _ := description.(string)
	return strings.ReplaceAll(text, "…", "...")
}

// documented checks that docs/models.md says what an agent or library drops.
func documented(t *testing.T, who string, dropped map[string]bool) {
	t.Helper()
	what := "nothing"
	if len(dropped) > 0 {
		what = strings.Join(summary(dropped), ", ")
	}
	page, err := os.ReadFile("../../docs/models.md")
	if err != nil {
		t.Fatal(err)
	}
	if row := fmt.Sprintf("| %s | %s |", who, what); !strings.Contains(string(page), row) {
		t.Errorf("docs/models.md lacks the row %s …", row)
	}
}

// summary names a parent instead of its members if most of them are dropped.
func summary(dropped map[string]bool) []string {
	siblings := map[string]int{}
	parent := func(path string) string {
		if i := strings.LastIndex(path, "."); i >= 0 {
			return path[:i] + ".*"
		}
		return path
	}
	for path := range dropped {
		siblings[parent(path)]++
	}
	short := map[string]bool{}
	for path := range dropped {
		if p := parent(path); siblings[p] > 3 {
			path = p
		}
		if strings.ContainsAny(path, ".[") || !strings.Contains(path, " ") && path != "descriptions" {
			path = "`" + path + "`"
		}
		short[path] = true
	}
	return slices.Sorted(maps.Keys(short))
}

// common are the parameters that most sessions need, with what each needs.
var common = []string{
	"mode", "success_url", "cancel_url", "return_url", "ui_mode",
	"line_items.price", "line_items.quantity", "line_items.price_data.currency", "line_items.price_data.unit_amount",
	"line_items.price_data.product_data.name", "line_items.price_data.recurring.interval", "line_items.adjustable_quantity.enabled",
	"customer", "customer_email", "client_reference_id", "metadata.*", "allow_promotion_codes",
	"discounts.coupon", "discounts.promotion_code", "automatic_tax.enabled",
	"shipping_address_collection.allowed_countries", "shipping_options.shipping_rate", "shipping_options.shipping_rate_data.fixed_amount.amount",
	"subscription_data.trial_period_days", "payment_intent_data.capture_method", "expires_at", "payment_method_types",
	"phone_number_collection.enabled", "billing_address_collection", "custom_fields.key", "custom_fields.label.custom",
}

// commonMissing returns those of them that a create tool's schema lacks.
func commonMissing(schema map[string]any) []string {
	var all []string
	for _, path := range common {
		at := schema
		for _, step := range append([]string{"body"}, strings.Split(path, ".")...) {
			if items, ok := at["items"].(map[string]any); ok {
				at = items
			}
			properties, _ := at["properties"].(map[string]any)
			next, _ := properties[step].(map[string]any)
			if step == "*" {
				next, _ = at["additionalProperties"].(map[string]any)
			}
			at = next
		}
		if at["type"] == nil {
			all = append(all, path)
		}
	}
	return all
}

func encode(t *testing.T, value any) []byte {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func reread(t *testing.T, schema any) map[string]any {
	t.Helper()
	var read map[string]any
	if err := json.Unmarshal(encode(t, schema), &read); err != nil {
		t.Fatal(err)
	}
	return read
}
