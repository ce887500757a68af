package clientconfig

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

var testServer = Server{Command: "/bin/stripe-checkout-mcp", Args: []string{"stdio"}, NeedsKey: true, KeyFile: "/keys/stripe"}

// TestMerge runs testdata/merge/CLIENT_*.txtar. Each has a file before and
// after, or the reason why it is left alone, and shows what a merge must
// preserve.
func TestMerge(t *testing.T) {
	names, err := filepath.Glob("testdata/merge/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("no test data", err)
	}
	for _, name := range names {
		base := strings.TrimSuffix(filepath.Base(name), ".txtar")
		t.Run(base, func(t *testing.T) {
			id, _, _ := strings.Cut(base, "_")
			c, ok := Lookup(id)
			if !ok {
				t.Fatalf("no client %q", id)
			}
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files := map[string]string{}
			for _, f := range archive.Files {
				files[f.Name] = string(f.Data)
			}
			server := testServer
			if c.ID == "vscode" || strings.Contains(base, "env") {
				server.KeyFile = ""
			}
			got, err := c.Merge([]byte(files["before"]), server)
			if want, ok := files["error"]; ok {
				if err == nil || !strings.Contains(err.Error(), strings.TrimSpace(want)) {
					t.Fatalf("error = %v; want it to contain %q; result:\n%s", err, want, got)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if *update {
				golden(t, name, string(txtar.Format(&txtar.Archive{Comment: archive.Comment, Files: []txtar.File{
					{Name: "before", Data: []byte(files["before"])}, {Name: "after", Data: got},
				}})))
			} else if string(got) != files["after"] {
				t.Errorf("got:\n%s\nwant:\n%s", got, files["after"])
			}
			again, err := c.Merge(got, server)
			if err != nil || string(again) != string(got) {
				t.Errorf("merging again changed it (%v):\n%s", err, again)
			}
		})
	}
}

// Line endings and a byte order mark stay as they were.
func TestMergeKeepsEncoding(t *testing.T) {
	for _, tt := range []struct{ client, before, after string }{
		{"cursor", "\ufeff{\r\n  \"mcpServers\": {}\r\n}\r\n", "\ufeff{\r\n  \"mcpServers\": {\r\n    \"stripe-checkout\": {\r\n"},
		{"codex", "model = \"x\"\r\n", "model = \"x\"\r\n\r\n[mcp_servers.stripe-checkout]\r\ncommand"},
		{"goose", "a: 1\r\n", "a: 1\r\nextensions:\r\n  stripe-checkout:\r\n    enabled: true\r\n"},
	} {
		t.Run(tt.client, func(t *testing.T) {
			c, _ := Lookup(tt.client)
			got, err := c.Merge([]byte(tt.before), testServer)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(string(got), tt.after) {
				t.Errorf("got %q, want it to start with %q", got, tt.after)
			}
			if strings.Contains(strings.ReplaceAll(string(got), "\r\n", ""), "\n") {
				t.Errorf("mixed line endings in %q", got)
			}
		})
	}
}

// Whatever is in a file, Merge either fails or returns a file that contains the
// entry, with nothing else changed (Merge itself compares), which a second
// Merge leaves alone.
func fuzzMerge(f *testing.F, clientID string, seeds ...string) {
	c, ok := Lookup(clientID)
	if !ok {
		f.Fatal("no such client")
	}
	archives, err := filepath.Glob("testdata/merge/" + clientID + "_*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range archives {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(archive.Files[0].Data)
	}
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	server := testServer
	if clientID == "vscode" {
		server.KeyFile = ""
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		once, err := c.Merge(file, server)
		if err != nil {
			return
		}
		twice, err := c.Merge(once, server)
		if err != nil {
			t.Fatalf("it refuses its own result: %v\n%q\n%q", err, file, once)
		}
		if string(twice) != string(once) {
			t.Fatalf("not idempotent:\n%q\n%q\n%q", file, once, twice)
		}
	})
}

func FuzzMergeJSON(f *testing.F) { fuzzMerge(f, "vscode", `{"servers":null,"inputs":[]}`, `{}//`) }
func FuzzMergeTOML(f *testing.F) { fuzzMerge(f, "codex", "[a]\nb=1", "mcp_servers={}") }
func FuzzMergeYAML(f *testing.F) { fuzzMerge(f, "goose", "a: &x 1\nextensions: {}", "extensions:\n") }
