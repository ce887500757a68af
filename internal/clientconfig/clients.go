package clientconfig

import (
	"cmp"
	"path"
	"strings"
)

// clients are all the clients, each with the page that documents its format, as
// of November 2026.
var clients = []*Client{
	{
		ID:        "claude-desktop",
		Title:     "Claude Desktop",
		Source:    "https://modelcontextprotocol.io/docs/develop/connect-local-servers",
		path:      inConfigDir("Claude/claude_desktop_config.json"),
		format:    jsonc,
		section:   "mcpServers",
		entry:     commandArgsEnv(""),
		keyByFile: true,
		noHTTP:    "add it in the application, under Settings > Connectors > Add custom connector",
	},
	{
		ID:        "claude-code",
		Title:     "Claude Code",
		Source:    "https://code.claude.com/docs/en/mcp",
		path:      claudeCode,
		format:    jsonc,
		section:   "mcpServers",
		reference: "${%s}",
		entry:     either(commandArgsEnv("stdio"), urlHeaders("http", "url")),
	},
	{
		ID:        "vscode",
		Title:     "VS Code",
		Source:    "https://code.visualstudio.com/docs/copilot/reference/mcp-configuration",
		path:      inConfigDir("Code/User/mcp.json"),
		format:    jsonc,
		section:   "servers",
		reference: "${input:%s}",
		entry:     either(commandArgsEnv("stdio"), urlHeaders("http", "url")),
		inputs:    vscodeInputs,
		install:   vscodeLink,
	},
	{
		ID:        "cursor",
		Title:     "Cursor",
		Source:    "https://cursor.com/docs/context/mcp",
		path:      inHome(".cursor/mcp.json"),
		format:    jsonc,
		section:   "mcpServers",
		reference: "${env:%s}",
		install:   cursorLink,
		entry:     either(commandArgsEnv("stdio"), urlHeaders("", "url")),
	},
	{
		ID:        "windsurf",
		Title:     "Windsurf",
		Source:    "https://docs.windsurf.com/windsurf/cascade/mcp",
		path:      inHome(".codeium/windsurf/mcp_config.json"),
		format:    jsonc,
		section:   "mcpServers",
		reference: "${env:%s}",
		entry:     either(commandArgsEnv(""), urlHeaders("", "serverUrl")),
	},
	{
		ID:        "zed",
		Title:     "Zed",
		Source:    "https://zed.dev/docs/ai/mcp",
		path:      zed,
		format:    jsonc,
		section:   "context_servers",
		entry:     either(commandArgsEnv(""), urlHeaders("", "url")),
		keyByFile: true,
		noToken:   "leave --token-env out, and add the Authorization header to the entry in Zed's settings by hand",
	},
	{
		// Junie is the JetBrains IDEs' agent. AI Assistant accepts the same
		// JSON, pasted under Settings > Tools > AI Assistant > MCP.
		ID:        "jetbrains",
		Title:     "JetBrains IDEs (Junie)",
		Source:    "https://junie.jetbrains.com/docs/junie-cli-mcp-configuration.html",
		path:      inHome(".junie/mcp/mcp.json"),
		format:    jsonc,
		section:   "mcpServers",
		entry:     either(commandArgsEnv(""), urlHeaders("", "url")),
		keyByFile: true,
		noToken:   "leave --token-env out, and add the Authorization header to the entry by hand",
	},
	{
		ID:        "gemini-cli",
		Title:     "Gemini CLI",
		Source:    "https://geminicli.com/docs/tools/mcp-server",
		path:      inHome(".gemini/settings.json"),
		format:    jsonc,
		section:   "mcpServers",
		reference: "${%s}",
		entry:     either(commandArgsEnv(""), urlHeaders("", "httpUrl")),
	},
	{
		ID:      "codex",
		Title:   "Codex",
		Source:  "https://developers.openai.com/codex/mcp",
		path:    codex,
		format:  toml,
		section: "mcp_servers",
		entry:   codexEntry,
	},
	{
		ID:      "goose",
		Title:   "Goose",
		Source:  "https://block.github.io/goose/docs/guides/config-files",
		path:    goose,
		format:  yaml,
		section: "extensions",
		entry:   gooseEntry,
		noToken: "leave --token-env out, and add the Authorization header with `goose configure`, which keeps it in the system's keyring",
	},
}

// either is for clients that accept both a command and a URL.
func either(stdio, http func(*Client, Server) object) func(*Client, Server) object {
	return func(c *Client, s Server) object {
		if s.URL != "" {
			return http(c, s)
		}
		return stdio(c, s)
	}
}

// commandArgsEnv makes a stdio entry in the form that most clients share.
func commandArgsEnv(kind string) func(*Client, Server) object {
	return func(c *Client, s Server) object {
		return object{{"type", kind}, {"command", s.Command}, {"args", s.Args}, {"env", c.env(s)}}.withoutEmpty()
	}
}

// urlHeaders does the same for a URL.
func urlHeaders(kind, url string) func(*Client, Server) object {
	return func(c *Client, s Server) object {
		return object{{"type", kind}, {url, s.URL}, {"headers", c.headers(s)}}.withoutEmpty()
	}
}

// vscodeInputs makes VS Code ask for each secret once and store it encrypted.
func vscodeInputs(s Server) []object {
	var id, description string
	switch {
	case s.URL == "" && s.NeedsKey && s.KeyFile == "":
		id, description = KeyVariable, "Stripe API key, preferably a restricted one (rk_test_… or rk_live_…)"
	case s.URL != "" && s.TokenVariable != "":
		id, description = s.TokenVariable, "Bearer token for the Stripe Checkout MCP server"
	default:
		return nil
	}
	return []object{{{"type", "promptString"}, {"id", id}, {"description", description}, {"password", true}}}
}

// codexEntry makes an entry for Codex, which passes only a few of its
// environment variables on to servers. env_vars adds more.
func codexEntry(_ *Client, s Server) object {
	if s.URL != "" {
		return object{{"url", s.URL}, {"bearer_token_env_var", s.TokenVariable}}.withoutEmpty()
	}
	entry := object{{"command", s.Command}, {"args", s.Args}}
	switch {
	case !s.NeedsKey:
	case s.KeyFile != "":
		entry = append(entry, member{"env", object{{KeyFileVariable, s.KeyFile}}})
	default:
		entry = append(entry, member{"env_vars", []string{KeyVariable}})
	}
	return entry
}

// gooseEntry makes an entry for Goose, which reads the variables in env_keys
// from the environment or from its secrets in the system's keyring.
func gooseEntry(_ *Client, s Server) object {
	entry := object{
		{"enabled", true},
		{"type", "stdio"},
		{"name", Name},
		{"description", "Stripe Checkout Sessions"},
	}
	if s.URL != "" {
		entry[1].value = "streamable_http"
		return append(entry, member{"uri", s.URL}, member{"timeout", 300})
	}
	entry = append(entry, member{"cmd", s.Command}, member{"args", s.Args})
	switch {
	case !s.NeedsKey:
	case s.KeyFile != "":
		entry = append(entry, member{"envs", object{{KeyFileVariable, s.KeyFile}}})
	default:
		entry = append(entry, member{"env_keys", []string{KeyVariable}})
	}
	return append(entry, member{"timeout", 300})
}

// The functions below build paths by hand, because a System may not be the one
// that this program runs on.

func join(sys System, elem ...string) string {
	if sys.OS == "windows" {
		for i := range elem {
			elem[i] = strings.ReplaceAll(elem[i], `\`, "/")
		}
		return strings.ReplaceAll(path.Join(elem...), "/", `\`)
	}
	return path.Join(elem...)
}

func inHome(name string) func(System) string {
	return func(sys System) string { return join(sys, sys.Home, name) }
}

// inConfigDir returns the path of a file in ConfigDir, where desktop
// applications keep their settings.
func inConfigDir(name string) func(System) string {
	return func(sys System) string { return join(sys, ConfigDir(sys), name) }
}

// ConfigDir returns the system's folder for the user's settings, as
// os.UserConfigDir does.
func ConfigDir(sys System) string {
	switch sys.OS {
	case "windows":
		return cmp.Or(sys.Getenv("APPDATA"), join(sys, sys.Home, "AppData/Roaming"))
	case "darwin":
		return join(sys, sys.Home, "Library/Application Support")
	default:
		return xdgConfigHome(sys)
	}
}

func xdgConfigHome(sys System) string {
	return cmp.Or(sys.Getenv("XDG_CONFIG_HOME"), join(sys, sys.Home, ".config"))
}

func claudeCode(sys System) string {
	return join(sys, cmp.Or(sys.Getenv("CLAUDE_CONFIG_DIR"), sys.Home), ".claude.json")
}

func codex(sys System) string {
	return join(sys, cmp.Or(sys.Getenv("CODEX_HOME"), join(sys, sys.Home, ".codex")), "config.toml")
}

// On macOS, Zed and Goose use the same folders as on Linux.

func zed(sys System) string {
	switch sys.OS {
	case "windows":
		return join(sys, ConfigDir(sys), "Zed/settings.json")
	case "darwin":
		return join(sys, sys.Home, ".config/zed/settings.json")
	default:
		return join(sys, xdgConfigHome(sys), "zed/settings.json")
	}
}

func goose(sys System) string {
	if sys.OS == "windows" {
		return join(sys, ConfigDir(sys), "Block/goose/config/config.yaml")
	}
	return join(sys, xdgConfigHome(sys), "goose/config.yaml")
}
