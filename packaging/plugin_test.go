package packaging

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/clientconfig"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
)

// A pluginManifest is the part of a plugin's manifest that all programs share.
type pluginManifest struct {
	Name, Version, Description string
}

type servers struct {
	MCPServers map[string]struct {
		Command string
		Args    []string
	}
}

// All the plugin's manifests describe it in the same words and start the server
// the same way, whichever program reads them.
func TestThePluginsManifestsAgree(t *testing.T) {
	first := readJSON[pluginManifest](t, "plugin/.claude-plugin/plugin.json")
	if first.Name != clientconfig.Name {
		t.Errorf("the plugin is called %s, want %s, the name that `config` gives the server", first.Name, clientconfig.Name)
	}
	for _, path := range []string{"plugin/.codex-plugin/plugin.json", "plugin/.cursor-plugin/plugin.json", "plugin/gemini-extension.json"} {
		if m := readJSON[pluginManifest](t, path); m != first {
			t.Errorf("%s says %+v, but the first manifest says %+v", path, m, first)
		}
	}
	for _, path := range []string{"plugin/.mcp.json", "plugin/mcp.json", "plugin/codex.mcp.json", "plugin/gemini-extension.json"} {
		server := readJSON[servers](t, path).MCPServers[clientconfig.Name]
		if server.Command != "stripe-checkout-mcp" || !slices.Equal(server.Args, []string{"stdio"}) {
			t.Errorf("%s starts %+v", path, server)
		}
	}
	for _, path := range []string{"../.claude-plugin/marketplace.json", "../.agents/plugins/marketplace.json"} {
		var names []string
		for _, p := range readJSON[struct{ Plugins []pluginManifest }](t, path).Plugins {
			names = append(names, p.Name)
		}
		if !slices.Equal(names, []string{first.Name}) {
			t.Errorf("%s has the plugins %v", path, names)
		}
	}
}

// The skill names every tool and no others.
func TestTheSkillNamesTheTools(t *testing.T) {
	skill, err := os.ReadFile("plugin/skills/stripe-checkout/SKILL.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`(stripe-(?:get|post)-[a-z0-9-]+)`").FindAllStringSubmatch(string(skill), -1)
	var got []string
	for _, n := range named {
		got = append(got, n[1])
	}
	slices.Sort(got)
	if want := slices.Sorted(slices.Values(operations.Tools())); !slices.Equal(slices.Compact(got), want) {
		t.Errorf("the skill names %v, want %v", got, want)
	}
}

func readJSON[T any](t *testing.T, path string) (value T) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &value); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return value
}
