package tools

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/tiktoken-go/tokenizer"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
)

var update = flag.Bool("update", false, "write the golden files anew")

func listTools(t *testing.T, s *mcp.ClientSession) []*mcp.Tool {
	t.Helper()
	tools, err := s.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return tools.Tools
}

// The names, titles and hints are those of the contract, shared/DESIGN.md.
func TestToolsAreTheContracts(t *testing.T) {
	type hints struct{ readOnly, destructive, idempotent, openWorld bool }
	type tool struct {
		title string
		hints hints
	}
	want := map[string]tool{
		listTool:      {"List Checkout Sessions", hints{true, false, true, true}},
		createTool:    {"Create Checkout Session", hints{false, false, false, true}},
		retrieveTool:  {"Retrieve Checkout Session", hints{true, false, true, true}},
		expireTool:    {"Expire Checkout Session", hints{false, false, false, true}},
		lineItemsTool: {"List Checkout Session Line Items", hints{true, false, true, true}},
	}
	got := map[string]tool{}
	for _, l := range listTools(t, connectSandbox(t)) {
		a := l.Annotations
		got[l.Name] = tool{l.Title, hints{a.ReadOnlyHint, *a.DestructiveHint, a.IdempotentHint, *a.OpenWorldHint}}
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(tool{}, hints{})); diff != "" {
		t.Errorf("tools (-want +got):\n%s", diff)
	}
}

// Package shortcut relies on this: it doesn't compare parameters with headers.
func TestNoParameterIsRepeatedInAHeader(t *testing.T) {
	for _, l := range listTools(t, connectSandbox(t)) {
		schema, err := json.Marshal(l.InputSchema)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(schema, []byte(`"properties"`)) || bytes.Contains(schema, []byte("x-mcp-header")) {
			t.Errorf("the input schema of %s is %.200s", l.Name, schema)
		}
	}
}

// What tools/list says is a contract with every agent, so a change shows up in
// review. `go test ./tools -update` rewrites the snapshots.
func TestToolSnapshots(t *testing.T) {
	for _, tool := range listTools(t, connectSandbox(t)) {
		t.Run(tool.Name, func(t *testing.T) {
			checkGolden(t, tool.Name+".json", indented(t, tool))
		})
	}
}

// checkGolden compares what the server says with a file in testdata.
func checkGolden(t *testing.T, name, got string) {
	t.Helper()
	golden := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s has changed (-golden +now):\n%s", golden, diff)
	}
}

func indented(t *testing.T, v any) string {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// An agent's user pays for context.
func TestToolsCostFewTokens(t *testing.T) {
	s := connectSandbox(t)
	wire, err := json.Marshal(mcp.ListToolsResult{Tools: listTools(t, s)})
	if err != nil {
		t.Fatal(err)
	}
	for _, budget := range []struct {
		what, text string
		most       int
	}{
		{"tools/list", string(wire), 5000},
		{"instructions", s.InitializeResult().Instructions, 150},
	} {
		tokens := countTokens(t, budget.text)
		t.Logf("%s: %d bytes, %d o200k tokens", budget.what, len(budget.text), tokens)
		if tokens == 0 || tokens > budget.most {
			t.Errorf("%s costs %d o200k tokens, want 1 to %d", budget.what, tokens, budget.most)
		}
	}
}

func countTokens(t testing.TB, text string) int {
	t.Helper()
	codec, err := tokenizer.Get(tokenizer.O200kBase)
	if err != nil {
		t.Fatal(err)
	}
	n, err := codec.Count(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestChoosingTools(t *testing.T) {
	reading := []string{listTool, retrieveTool, lineItemsTool}
	for _, test := range []struct {
		name    string
		opts    operations.Options
		want    []string
		wantErr string
	}{
		{"all", operations.Options{}, []string{listTool, retrieveTool, lineItemsTool, createTool, expireTool}, ""},
		{"read-only", operations.Options{ReadOnly: true}, reading, ""},
		{"by name", operations.Options{Tools: []string{createTool, listTool}}, []string{listTool, createTool}, ""},
		{"by name, read-only", operations.Options{ReadOnly: true, Tools: []string{createTool, listTool}}, []string{listTool}, ""},
		{"unknown name", operations.Options{Tools: []string{"create"}}, nil, `there is no tool "create"; the tools are ` + strings.Join([]string{listTool, createTool, retrieveTool, expireTool, lineItemsTool}, ", ")},
		{"none left", operations.Options{ReadOnly: true, Tools: []string{expireTool}}, nil, "no tool is left: " + expireTool + " can only write, and the server is read-only"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.wantErr != "" {
				_, err := operations.New(nil, test.opts)
				if err == nil || err.Error() != test.wantErr {
					t.Errorf("got error %v, want %s", err, test.wantErr)
				}
				return
			}
			var got []string
			for _, tool := range listTools(t, connect(t, answering(200, "{}"), func(o *setup) { o.operations = test.opts })) {
				got = append(got, tool.Name)
			}
			slices.Sort(got)
			slices.Sort(test.want)
			if !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

// A read-only server cannot write, whatever a client asks for.
func TestReadOnlyServerHasNoWritingTool(t *testing.T) {
	upstream := roundTripper(nil) // any request would panic
	s := connect(t, upstream, func(o *setup) { o.operations.ReadOnly = true })
	for _, tool := range []string{createTool, expireTool} {
		if _, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: json.RawMessage(`{"session":"cs_test_1","body":{}}`)}); err == nil {
			t.Errorf("%s was called on a read-only server", tool)
		}
	}
}
