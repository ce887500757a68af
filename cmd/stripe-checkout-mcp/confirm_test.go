package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// answer is a person who always gives the same answer.
func answer(action string) func(context.Context, *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
	return func(context.Context, *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
		return &mcp.ElicitResult{Action: action}, nil
	}
}

// Package tools tests the rules of confirmation. This tests that they work over
// the program's two transports, in the old protocol and the new one.
func TestConfirmWritesThroughTheProgram(t *testing.T) {
	stdio := func(t *testing.T) mcp.Transport {
		return &mcp.CommandTransport{Command: self(t, "stdio", "--sandbox", "--confirm-writes")}
	}
	http := func(t *testing.T) mcp.Transport {
		return &mcp.StreamableClientTransport{Endpoint: startService(t, "--sandbox", "--confirm-writes").base, DisableStandaloneSSE: true}
	}
	for _, test := range []struct {
		name      string
		transport func(*testing.T) mcp.Transport
		protocol  string
		action    string
		code      any
	}{
		{"stdio", stdio, oldProtocol, "accept", nil},
		{"stdio", stdio, oldProtocol, "decline", "confirmation_declined"},
		{"stdio", stdio, newProtocol, "accept", nil},
		{"stdio", stdio, newProtocol, "cancel", "confirmation_canceled"},
		{"http", http, oldProtocol, "accept", "confirmation_unavailable"},
		{"http", http, newProtocol, "accept", nil},
		{"http", http, newProtocol, "decline", "confirmation_declined"},
	} {
		t.Run(fmt.Sprint(test.name, " ", test.protocol, " ", test.action), func(t *testing.T) {
			client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, &mcp.ClientOptions{ElicitationHandler: answer(test.action)})
			session, err := client.Connect(t.Context(), test.transport(t), &mcp.ClientSessionOptions{ProtocolVersion: test.protocol})
			if err != nil {
				t.Fatal(err)
			}
			defer session.Close()
			content, failed := call(t, session, createTool, createArguments("order"))
			if failed != (test.code != nil) || errorOf(content)["code"] != test.code {
				t.Errorf("got %v, want code %v", content, test.code)
			}
			if !failed && content["status"] != "open" {
				t.Errorf("created %v", content)
			}
		})
	}
}

// A client that disconnects while its user is being asked must not leave the
// server waiting forever.
func TestInputEndsBeforeTheAnswer(t *testing.T) {
	cmd := self(t, "stdio", "--sandbox", "--confirm-writes")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	read := func() (message struct {
		ID     any
		Method string
		Result struct{ IsError bool }
	}) {
		if !lines.Scan() {
			t.Fatal("the server said nothing more")
		}
		if err := json.Unmarshal(lines.Bytes(), &message); err != nil {
			t.Fatalf("%q: %v", lines.Text(), err)
		}
		return message
	}
	fmt.Fprintln(in, `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"elicitation":{}},"clientInfo":{"name":"t","version":"1"}}}`)
	read()
	fmt.Fprintln(in, `{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	fmt.Fprintln(in, `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"`+createTool+`","arguments":`+strings.TrimSpace(createArguments("order"))+`}}`)
	if question := read(); question.Method != "elicitation/create" {
		t.Fatalf("got %+v, want a question", question)
	}
	in.Close()
	if refused := read(); !refused.Result.IsError || refused.ID != 2.0 {
		t.Errorf("got %+v, want an error for call 2", refused)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
}
