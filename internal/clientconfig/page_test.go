package clientconfig

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"strings"
	"testing"
)

//go:generate go test -run TestClientsPage -update .

// onPath is the server in an install link, which can't know where the program
// is.
func onPath(args ...string) Server {
	return Server{Command: "stripe-checkout-mcp", Args: append([]string{"stdio"}, args...), NeedsKey: len(args) == 0}
}

// notes are what a user should know about a client, beyond its entry.
var notes = map[string]string{
	"claude-desktop": "The easiest way needs no configuration file: open a release's bundle (`.mcpb`) with Claude Desktop, which asks for the key and keeps it in the system's keychain. Claude Desktop doesn't pass its environment on to servers, so an entry in the configuration file names a file that contains the key. To add a remote server, use Settings > Connectors in the application.",
	"claude-code":    "Claude Code fills in `${STRIPE_API_KEY}` when it starts the server. The file below applies to all your projects; the same entry works in a project's `.mcp.json`.",
	"vscode":         "VS Code asks for the key when it first starts the server, and keeps it encrypted. The same entry works in a workspace's `.vscode/mcp.json`.",
	"cursor":         "Cursor fills in `${env:STRIPE_API_KEY}`. If you start it from the desktop, it may not see your shell's variables; in that case, use `--key-file`.",
	"windsurf":       "Windsurf fills in `${env:STRIPE_API_KEY}`. If you start it from the desktop, it may not see your shell's variables; in that case, use `--key-file`.",
	"zed":            "The entry is part of Zed's settings. Comments and trailing commas in that file are kept.",
	"jetbrains":      "Junie, the agent of the JetBrains IDEs, reads this file. AI Assistant accepts the same JSON: paste it under Settings > Tools > AI Assistant > Model Context Protocol (MCP).",
	"gemini-cli":     "Gemini CLI fills in `${STRIPE_API_KEY}`. It starts servers only in folders that you trust.",
	"codex":          "Codex passes only a few variables on to servers. `env_vars` adds `STRIPE_API_KEY` to them.",
	"goose":          "Goose reads `STRIPE_API_KEY` from its environment, or from the system's keyring, where `goose configure` stores it.",
}

// TestClientsPage keeps docs/clients.md in step with the code.
func TestClientsPage(t *testing.T) {
	var b strings.Builder
	b.WriteString("<!-- Generated from the code by `go generate ./internal/clientconfig`; a test keeps it so. -->\n" + `# Clients

` + "`stripe-checkout-mcp config CLIENT --write`" + ` adds the server to a client: it merges an entry into the client's own file,
keeps a backup next to it (` + "`.bak`" + `), and leaves everything else in the file as it is, including comments. Without ` + "`--write`" + ` it only
prints the entry. It doesn't touch a file that it can't parse.

Add ` + "`--sandbox`" + ` to try it without a Stripe account, ` + "`--read-only`" + ` to offer only the tools that can't change anything, and
any other flag of ` + "`stdio`" + ` to make it part of the entry. With ` + "`--http URL`" + ` the client connects to a running server instead
of starting one; ` + "`--token-env NAME`" + ` names the variable that contains the bearer token.

No entry ever contains a key. It refers to ` + "`STRIPE_API_KEY`" + ` in the client's environment, to the client's own secret input, or
to a file that contains the key. Create that file so that only you can read it (` + "`chmod 600`" + `); to use a different file, set
` + "`--key-file`" + `. [Security](security.md) explains which key to create. If something doesn't work, see
[troubleshooting](troubleshooting.md) or run ` + "`stripe-checkout-mcp doctor`" + `.

| client | name | stdio | HTTP | where the key comes from |
|---|---|---|---|---|
`)
	key := func(c *Client) string {
		switch {
		case c.keyByFile:
			return "a file"
		case c.inputs != nil:
			return "the client asks for it"
		default:
			return "the client's environment"
		}
	}
	for _, c := range Clients() {
		http := "yes"
		if c.noHTTP != "" {
			http = "in the application"
		}
		fmt.Fprintf(&b, "| [%s](#%s) | `%s` | yes | %s | %s |\n", c.Title, anchor(c.Title), c.ID, http, key(c))
	}
	for _, c := range Clients() {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n```sh\nstripe-checkout-mcp config %s --sandbox --write   # to try it\nstripe-checkout-mcp config %[3]s --write             # with your key\n```\n", c.Title, notes[c.ID], c.ID)
		if c.install != nil {
			for _, link := range []struct {
				text string
				Server
			}{{"Install", onPath()}, {"Install with the sandbox", onPath("--sandbox")}} {
				target, err := c.InstallLink(link.Server)
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(&b, "\n[%s](%s) (needs `stripe-checkout-mcp` on the PATH of %s)\n", link.text, target, c.Title)
			}
		}
		b.WriteString("\n")
		for _, sys := range systems {
			path, err := c.Path(sys.System)
			if err != nil {
				t.Fatal(err)
			}
			name := map[string]string{"linux": "Linux", "darwin": "macOS", "windows": "Windows"}[sys.OS]
			fmt.Fprintf(&b, "- %s: `%s`\n", name, strings.NewReplacer(sys.Getenv("APPDATA")+`\`, `%APPDATA%\`, sys.Home, map[bool]string{true: "%USERPROFILE%", false: "~"}[sys.OS == "windows"]).Replace(path))
		}
		server := Server{Command: systems[0].command, Args: []string{"stdio"}, NeedsKey: true}
		if c.NeedsKeyFile(server) {
			server.KeyFile = systems[0].keyFile
		}
		entry, err := c.Render(server)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "\n```%s\n%s```\n", language(c), entry)
		if c.noHTTP == "" {
			entry, err := c.Render(Server{URL: "http://127.0.0.1:9090/mcp"})
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "\nOr, with `--http http://127.0.0.1:9090/mcp`:\n\n```%s\n%s```\n", language(c), entry)
		}
		fmt.Fprintf(&b, "\nThe client's own documentation: <%s>\n", c.Source)
	}
	b.WriteString(asPlugin)
	golden(t, "../../docs/clients.md", b.String())
}

func language(c *Client) string {
	switch c.format {
	case toml:
		return "toml"
	case yaml:
		return "yaml"
	default:
		return "json"
	}
}

// anchor returns the anchor that GitHub gives a heading.
func anchor(title string) string {
	return strings.NewReplacer(" ", "-", "(", "", ")", "").Replace(strings.ToLower(title))
}

// A link offers the same entry that config writes.
func TestInstallLinks(t *testing.T) {
	server := onPath()
	for _, c := range Clients() {
		link, err := c.InstallLink(server)
		if err != nil || link == "" {
			continue
		}
		t.Run(c.ID, func(t *testing.T) {
			u, err := url.Parse(link)
			if err != nil || u.Scheme != "https" || u.Query().Get("name") != Name {
				t.Fatalf("link %q, %v", link, err)
			}
			config := []byte(u.Query().Get("config"))
			if c.ID == "cursor" {
				if config, err = base64.StdEncoding.DecodeString(string(config)); err != nil {
					t.Fatal(err)
				}
			}
			var got map[string]any
			if err := json.Unmarshal(config, &got); err != nil {
				t.Fatal(err)
			}
			if want := c.entry(c, server).plain(); !reflect.DeepEqual(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

const asPlugin = `
## As a plugin

The folder [packaging/plugin](../packaging/plugin/README.md) is a plugin for Claude Code, Codex and Cursor and an
extension for Gemini CLI. It includes a skill that says when to use which tool. The ` + "`stripe-checkout-mcp`" + ` program must be on
the ` + "`PATH`, and `STRIPE_API_KEY`" + ` must be set in the environment.
`
