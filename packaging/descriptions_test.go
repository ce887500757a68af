//go:build packaging

package packaging

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/tools"
)

type serverEntry struct {
	Schema   string `json:"$schema"`
	Name     string
	Version  string
	Packages []struct{ RegistryType, Identifier, FileSHA256 string }
}

type manifest struct {
	Name, Version string
	Tools         []struct{ Name string }
	UserConfig    map[string]struct {
		Type      string
		Sensitive bool
	} `json:"user_config"`
	Server struct {
		EntryPoint string `json:"entry_point"`
		Config     struct {
			Command string
			Args    []string
			Env     map[string]string
		} `json:"mcp_config"`
	}
}

// TestServerJSON checks the registry's entry against the schema in the
// registry's own module.
func TestServerJSON(t *testing.T) {
	var registry struct{ Dir string } // downloaded if necessary, as in a fresh clone
	if err := json.Unmarshal([]byte(output(t, "go", "mod", "download", "-modfile=tools/mcp-publisher.mod", "-json", "github.com/modelcontextprotocol/registry")), &registry); err != nil {
		t.Fatal(err)
	}
	schemas := filepath.Join(registry.Dir, "internal", "validators", "schemas")
	validateServerJSON(t, schemas, "server.json")
	if made := filepath.Join(dist, "server.json"); exists(made) {
		validateServerJSON(t, schemas, made)
	}
}

func validateServerJSON(t *testing.T, schemas, name string) {
	t.Helper()
	var entry serverEntry
	decode(t, name, &entry)
	newest, err := filepath.Glob(filepath.Join(schemas, "*.json"))
	if err != nil || len(newest) == 0 {
		t.Fatal("no schemas: ", err)
	}
	slices.Sort(newest)
	file := newest[len(newest)-1]
	if want := "/schemas/" + strings.TrimSuffix(filepath.Base(file), ".json") + "/server.schema.json"; !strings.HasSuffix(entry.Schema, want) {
		t.Errorf("%s follows %s, but the registry's newest schema is …%s", name, entry.Schema, want)
	}
	schema, err := jsonschema.NewCompiler().Compile(file)
	if err != nil {
		t.Fatal(err)
	}
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(readFile(t, name)))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(instance); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

// TestNames checks that what several files say is the same in all of them.
func TestNames(t *testing.T) {
	var entry serverEntry
	decode(t, "server.json", &entry)
	var bundle manifest
	decode(t, "mcpb/manifest.json", &bundle)

	label := regexp.MustCompile(`LABEL io\.modelcontextprotocol\.server\.name="([^"]*)"`).FindSubmatch(readFile(t, "Dockerfile"))
	if label == nil || string(label[1]) != entry.Name {
		t.Errorf("the image is labeled %q, but the registry's entry is %q", label, entry.Name)
	}
	for _, p := range entry.Packages {
		if p.RegistryType != "oci" {
			continue
		}
		image, _, _ := strings.Cut(p.Identifier, ":")
		if !bytes.Contains(readFile(t, "../.goreleaser.yaml"), []byte("images: ["+image+"]")) {
			t.Errorf("goreleaser builds no image %s", image)
		}
	}
	var listed []string
	for _, tool := range bundle.Tools {
		listed = append(listed, tool.Name)
	}
	slices.Sort(listed)
	if real := realTools(t); !slices.Equal(listed, real) {
		t.Errorf("the bundle lists the tools %v, but the server has %v", listed, real)
	}
	if key := bundle.UserConfig["stripe_api_key"]; !key.Sensitive || key.Type != "string" {
		t.Error("the bundle doesn't treat the key as a secret")
	}
	configuration := readFile(t, "../docs/configuration.md")
	for name := range bundle.Server.Config.Env {
		if !bytes.Contains(configuration, []byte("`"+name+"`")) {
			t.Errorf("the bundle sets %s, which nothing reads", name)
		}
	}
}

// realTools returns the names of the server's tools.
func realTools(t *testing.T) []string {
	t.Helper()
	key, err := stripeclient.ParseKey(sandbox.Key)
	if err != nil {
		t.Fatal(err)
	}
	client, err := stripeclient.New(stripeclient.Config{Key: key, Transport: sandbox.New(sandbox.Options{})})
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
	ours, theirs := mcp.NewInMemoryTransports()
	if _, err := server.Connect(t.Context(), theirs, nil); err != nil {
		t.Fatal(err)
	}
	return toolsOf(t, ours)
}

// toolsOf returns the sorted names of the tools of the server behind a
// transport. It also calls one of them, so the server must be on the sandbox.
func toolsOf(t *testing.T, transport mcp.Transport) []string {
	t.Helper()
	session, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).Connect(t.Context(), transport, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	var names []string
	for tool, err := range session.Tools(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, tool.Name)
	}
	result, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "stripe-get-checkout-sessions", Arguments: map[string]any{"limit": 1}})
	if err != nil || result.IsError {
		t.Fatalf("listing sessions: %v, %+v", err, result)
	}
	slices.Sort(names)
	return names
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func decode(t *testing.T, name string, v any) {
	t.Helper()
	if err := json.Unmarshal(readFile(t, name), v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// output runs a program and returns what it prints.
func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", cmd, err, out, &stderr)
	}
	return strings.TrimSpace(string(out))
}
