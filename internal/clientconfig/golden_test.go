package clientconfig

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// systems has one of each kind, as they come out of the box.
var systems = []struct {
	System
	command, keyFile string
}{
	{System{"linux", "/home/jenny", getenv(nil)}, "/usr/local/bin/stripe-checkout-mcp", "/home/jenny/.config/stripe-checkout-mcp/stripe-api-key"},
	{System{"darwin", "/Users/jenny", getenv(nil)}, "/opt/homebrew/bin/stripe-checkout-mcp", "/Users/jenny/Library/Application Support/stripe-checkout-mcp/stripe-api-key"},
	{System{"windows", `C:\Users\jenny`, getenv(map[string]string{"APPDATA": `C:\Users\jenny\AppData\Roaming`})}, `C:\Users\jenny\scoop\shims\stripe-checkout-mcp.exe`, `C:\Users\jenny\AppData\Roaming\stripe-checkout-mcp\stripe-api-key`},
}

func getenv(variables map[string]string) func(string) string {
	return func(name string) string { return variables[name] }
}

// TestGolden pins every client's file and entry on every system.
func TestGolden(t *testing.T) {
	for _, c := range Clients() {
		t.Run(c.ID, func(t *testing.T) {
			var b strings.Builder
			for _, sys := range systems {
				path, err := c.Path(sys.System)
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(&b, "=== %s: %s\n", sys.OS, path)
				stdio := Server{Command: sys.command, Args: []string{"stdio"}, NeedsKey: true}
				if c.NeedsKeyFile(stdio) {
					stdio.KeyFile = sys.keyFile
				}
				byFile := stdio
				byFile.KeyFile = sys.keyFile
				for _, variant := range []struct {
					name string
					Server
				}{
					{"stdio", stdio},
					{"stdio, key in a file", byFile},
					{"stdio --sandbox --read-only", Server{Command: sys.command, Args: []string{"stdio", "--sandbox", "--read-only"}}},
					{"http", Server{URL: "http://127.0.0.1:9090/mcp"}},
					{"http with a token", Server{URL: "https://mcp.example.com/mcp", TokenVariable: "CHECKOUT_TOKEN"}},
				} {
					fmt.Fprintf(&b, "\n--- %s\n", variant.name)
					entry, err := c.Render(variant.Server)
					if err != nil {
						fmt.Fprintf(&b, "error: %v\n", err)
						continue
					}
					b.Write(entry)
				}
				b.WriteString("\n")
			}
			golden(t, filepath.Join("testdata", "golden", c.ID+".txt"), b.String())
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (go test -update rewrites it):\n%s", name, got)
	}
}

// TestPathFollowsEnvironment covers the variables that move a client's files.
func TestPathFollowsEnvironment(t *testing.T) {
	for _, tt := range []struct {
		client, os, variable, value, want string
	}{
		{"claude-desktop", "linux", "XDG_CONFIG_HOME", "/cfg", "/cfg/Claude/claude_desktop_config.json"},
		{"claude-desktop", "windows", "APPDATA", `D:\Roaming`, `D:\Roaming\Claude\claude_desktop_config.json`},
		{"claude-code", "linux", "CLAUDE_CONFIG_DIR", "/cfg", "/cfg/.claude.json"},
		{"vscode", "linux", "XDG_CONFIG_HOME", "/cfg", "/cfg/Code/User/mcp.json"},
		{"zed", "linux", "XDG_CONFIG_HOME", "/cfg", "/cfg/zed/settings.json"},
		{"zed", "windows", "APPDATA", "", `C:\Users\jenny\AppData\Roaming\Zed\settings.json`},
		{"codex", "darwin", "CODEX_HOME", "/cfg", "/cfg/config.toml"},
		{"goose", "linux", "XDG_CONFIG_HOME", "/cfg", "/cfg/goose/config.yaml"},
	} {
		t.Run(tt.client+" "+tt.os+" "+tt.variable, func(t *testing.T) {
			c, ok := Lookup(tt.client)
			if !ok {
				t.Fatal("no such client")
			}
			home := "/home/jenny"
			if tt.os == "windows" {
				home = `C:\Users\jenny`
			}
			got, err := c.Path(System{tt.os, home, getenv(map[string]string{tt.variable: tt.value})})
			if err != nil || got != tt.want {
				t.Errorf("Path = %q, %v; want %q", got, err, tt.want)
			}
		})
	}
	if _, err := clients[0].Path(System{OS: "linux", Getenv: getenv(nil)}); err == nil {
		t.Error("a path without a home directory was made up")
	}
	if _, err := clients[0].Path(System{OS: "plan9", Home: "/usr/glenda", Getenv: getenv(nil)}); err == nil {
		t.Error("a path on an unknown system was made up")
	}
}
