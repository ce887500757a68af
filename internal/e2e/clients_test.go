package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/npm"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/pip"
)

const (
	handshake = "2025-11-25" // begins with initialize
	stateless = "2026-07-28" // begins with server/discover
)

// A client is an MCP client that people build agents with or use for debugging.
type client struct {
	name        string
	protocols   []string
	connect     func(t *testing.T, protocol string, s server) connection
	unknownTool string // the client's words when it calls a tool that isn't offered
}

var clients = []client{
	{"go-sdk", []string{handshake, stateless}, connectGo, "unknown tool"},
	{"typescript-v1", []string{handshake}, connectTypeScript("@modelcontextprotocol/sdk"), "unknown tool"},
	{"typescript-v2", []string{handshake, stateless}, connectTypeScript("@modelcontextprotocol/client"), "unknown tool"},
	{"python", []string{handshake, stateless}, connectPython, "unknown tool"},
	{"inspector", []string{handshake, stateless}, connectInspector, "not found on server"},
}

// A connection is a client's connection to a server.
type connection interface {
	hello() hello
	call(tool, arguments string) answer
}

// hello is what a server tells a client that connects.
type hello struct {
	Protocol string
	Server   string
	Tools    []string
	Prompts  []string
}

// An answer is a call's result, or the client's error if there is none.
type answer struct {
	IsError    bool
	Text       string
	Structured any
	Refused    string
}

type goClient struct {
	t *testing.T
	*mcp.ClientSession
}

func connectGo(t *testing.T, protocol string, s server) connection {
	var transport mcp.Transport = streamable(s.url)
	if s.url == "" {
		cmd := exec.Command(s.command[0], s.command[1:]...)
		cmd.Stderr = t.Output()
		transport = &mcp.CommandTransport{Command: cmd}
	}
	session, err := mcp.NewClient(&mcp.Implementation{Name: "go", Version: "1"}, nil).
		Connect(t.Context(), transport, &mcp.ClientSessionOptions{ProtocolVersion: protocol})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := session.Close(); err != nil {
			t.Error(err)
		}
	})
	return goClient{t, session}
}

func (c goClient) hello() hello {
	greeting := c.InitializeResult()
	h := hello{Protocol: greeting.ProtocolVersion, Server: greeting.ServerInfo.Name}
	for tool, err := range c.Tools(c.t.Context(), nil) {
		if err != nil {
			c.t.Fatal(err)
		}
		h.Tools = append(h.Tools, tool.Name)
	}
	for prompt, err := range c.Prompts(c.t.Context(), nil) {
		if err != nil {
			c.t.Fatal(err)
		}
		h.Prompts = append(h.Prompts, prompt.Name)
	}
	return h
}

func (c goClient) call(tool, arguments string) answer {
	result, err := c.CallTool(c.t.Context(), &mcp.CallToolParams{Name: tool, Arguments: json.RawMessage(arguments)})
	if err != nil {
		return answer{Refused: err.Error()}
	}
	return answer{IsError: result.IsError, Text: result.Content[0].(*mcp.TextContent).Text, Structured: result.StructuredContent}
}

// A script is a client in another language: node/converse.mjs or
// python/converse.py. It reads calls and writes their results, line by line.
type script struct {
	t   *testing.T
	in  io.Writer
	out *json.Decoder
}

func connectTypeScript(sdk string) func(*testing.T, string, server) connection {
	return func(t *testing.T, protocol string, s server) connection {
		cmd := node(t, append([]string{"converse.mjs", sdk, protocol}, s.target()...)...)
		return startScript(t, cmd)
	}
}

func connectPython(t *testing.T, protocol string, s server) connection {
	python := pip.Install(t, "python/requirements.txt")
	cmd := exec.Command(python, append([]string{"converse.py", protocol}, s.target()...)...)
	cmd.Dir = "python"
	return startScript(t, cmd)
}

func startScript(t *testing.T, cmd *exec.Cmd) connection {
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = t.Output()
	cmd.Env = append(cmd.Environ(), "TOKEN="+token)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close() // ends the script
		if err := cmd.Wait(); err != nil {
			t.Errorf("the client ended with %v", err)
		}
	})
	return script{t, in, json.NewDecoder(out)}
}

func (s script) hello() (h hello) {
	s.read(&h)
	return h
}

func (s script) call(tool, arguments string) (a answer) {
	if _, err := fmt.Fprintf(s.in, `{"tool":%q,"arguments":%s}`+"\n", tool, arguments); err != nil {
		s.t.Fatal(err)
	}
	s.read(&a)
	return a
}

func (s script) read(value any) {
	s.t.Helper()
	if err := s.out.Decode(value); err != nil {
		s.t.Fatalf("the client said nothing: %v", err)
	}
}

// An inspector is the MCP Inspector's command line, which connects for each call.
type inspector struct {
	t        *testing.T
	protocol string
	server   server
}

func connectInspector(t *testing.T, protocol string, s server) connection {
	return inspector{t, protocol, s}
}

func (i inspector) hello() hello {
	type named []struct{ Name string }
	names := func(list named) (names []string) {
		for _, item := range list {
			names = append(names, item.Name)
		}
		return names
	}
	var greeting struct {
		ProtocolVersion string
		ServerInfo      struct{ Name string }
		Tools, Prompts  named
	}
	for _, method := range []string{"initialize", "tools/list", "prompts/list"} {
		if refused := i.run(&greeting, "--method", method); refused != "" {
			i.t.Fatalf("%s: %s", method, refused)
		}
	}
	return hello{greeting.ProtocolVersion, greeting.ServerInfo.Name, names(greeting.Tools), names(greeting.Prompts)}
}

func (i inspector) call(tool, arguments string) answer {
	var result struct {
		IsError           bool
		Content           []struct{ Text string }
		StructuredContent any
	}
	if refused := i.run(&result, "--method", "tools/call", "--tool-name", tool, "--tool-args-json", arguments); refused != "" {
		return answer{Refused: refused}
	}
	return answer{IsError: result.IsError, Text: result.Content[0].Text, Structured: result.StructuredContent}
}

// run decodes the result, or returns the error.
func (i inspector) run(result any, arguments ...string) (refused string) {
	i.t.Helper()
	era := map[string]string{handshake: "legacy", stateless: "modern"}[i.protocol]
	arguments = append(arguments, "--protocol-era", era, "--format", "json", "--quiet")
	if i.server.url != "" {
		arguments = append(arguments, "--header", "Authorization: Bearer "+token, "--server-url")
	}
	cmd := node(i.t, slices.Concat([]string{"node_modules/@modelcontextprotocol/inspector/clients/cli/build/index.js"}, arguments, i.server.target())...)
	cmd.Env = append(cmd.Environ(), "HOME="+i.t.TempDir()) // where it stores what it knows about servers
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var printed struct{ Result json.RawMessage }
	if json.Unmarshal(out, &printed) != nil || printed.Result == nil {
		return fmt.Sprintf("%v: %s%s", err, out, &stderr)
	}
	if err := json.Unmarshal(printed.Result, result); err != nil {
		i.t.Fatal(err)
	}
	return ""
}

// node returns a Node.js command that runs in the folder node, with a version
// of Node.js that the Inspector supports.
func node(t *testing.T, arguments ...string) *exec.Cmd {
	t.Helper()
	dir := npm.Install(t, "node")
	program := filepath.Join(dir, "node_modules/.bin/node")
	if _, err := os.Stat(program); err != nil {
		program = "node" // if no package has it, use the installed one
	}
	cmd := exec.Command(program, arguments...)
	cmd.Dir = dir
	return cmd
}
