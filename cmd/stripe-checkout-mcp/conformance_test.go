package main

import (
	"bytes"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/conformance"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/tools"
)

// This runs MCP's conformance suite against this program as it is, and again
// with the suite's own tools instead of ours.
func TestConformance(t *testing.T) {
	for name, test := range map[string]struct {
		newServer newServer
		handler   func(*mcp.Server) http.Handler
		version   string
		scored    bool
	}{
		"product-2025-11-25":  {tools.NewServer, mcpHandler, oldProtocol, false},
		"product-2026-07-28":  {tools.NewServer, mcpHandler, newProtocol, false},
		"fixtures-2025-11-25": {conformance.NewServer, streamsProgress, oldProtocol, false},
		"fixtures-2026-07-28": {conformance.NewServer, streamsProgress, newProtocol, true},
		// Before 2026-07-28, a server needs a session to ask its client anything.
		"fixtures-with-sessions-2025-11-25": {conformance.NewServer, keepsSessions, oldProtocol, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := rootCommand()
			command, _, err := root.Find([]string{"http"})
			if err != nil {
				t.Fatal(err)
			}
			root.RemoveCommand(command)
			root.AddCommand(httpCommand(test.newServer, test.handler))
			// The suite makes calls as fast as it can.
			service := startServiceOf(t, root, "--sandbox", "--rate-per-caller", "0")
			conformance.Run(t, "../../internal/conformance", conformance.Target{
				URL: service.base + "/mcp", Version: test.version, Scored: test.scored,
				Baseline: "testdata/conformance/" + name + ".txt",
			})
		})
	}
}

// The tools that the suite calls must not be in the released program.
func TestFixturesAreNotInTheProgram(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: runs go list")
	}
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(out), "/internal/conformance") || !strings.Contains(string(out), "/stripe-checkout-mcp/tools") {
		t.Errorf("the program is made of\n%s", out)
	}
}

// streamsProgress is mcpHandler, but streams the answer to every call that asks
// for progress, and to calls of the tool that the shortcut can't take.
func streamsProgress(server *mcp.Server) http.Handler {
	return streamableHandler(server, func(call *jsonrpc.Request) bool {
		return bytes.Contains(call.Params, []byte(`"progressToken"`)) || bytes.Contains(call.Params, []byte(`"test_x_mcp_header"`))
	})
}

// keepsSessions is mcpHandler with sessions. It omits splice, which needs a
// separate context for each request.
func keepsSessions(server *mcp.Server) http.Handler {
	options := streamableOptions(false)
	options.Stateless = false
	return mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, options)
}
