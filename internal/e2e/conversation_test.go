package e2e

import (
	"encoding/json"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// conversation is what each client in clients_test.go does, and what it must
// see.
var conversation = []struct {
	does, tool, arguments string // SESSION stands for the ID of the first session created
	want                  string // part of the structured content
	refused               string // part of what a model reads if the call is refused
}{
	{
		"create", createTool, `{"body":{"mode":"payment","success_url":"https://example.com/thanks","line_items":[{"quantity":2,"price_data":{"currency":"usd","unit_amount":1000,"product_data":{"name":"T-shirt"}}}]}}`,
		`{"object":"checkout.session","status":"open","payment_status":"unpaid","amount_total":2000,"livemode":false}`, "",
	},
	{"retrieve", retrieveTool, `{"session":"SESSION"}`, `{"id":"SESSION","status":"open"}`, ""},
	{"list", listTool, `{"limit":1,"fields":["id"]}`, `{"data":[{"id":"SESSION"}]}`, ""},
	{"list line items", itemsTool, `{"session":"SESSION"}`, `{"data":[{"description":"T-shirt","quantity":2,"amount_total":2000}]}`, ""},
	{"expire", expireTool, `{"session":"SESSION"}`, `{"id":"SESSION","status":"expired"}`, ""},
	{
		"Stripe refuses", expireTool, `{"session":"SESSION"}`,
		`{"error":{"type":"invalid_request_error","http_status":400,"retryable":false}}`, "Only Checkout Sessions with a status in",
	},
	{
		"refused before Stripe", listTool, `{"limit":500}`,
		`{"error":{"type":"invalid_request_error","param":"limit","retryable":false}}`, "limit must be between 1 and 100; got 500",
	},
}

var (
	readTools  = []string{listTool, retrieveTool, itemsTool}
	writeTools = []string{createTool, expireTool}

	readPrompts  = []string{"why-not-paid"}
	writePrompts = []string{"sell-once", "start-subscription"}
)

// Every client holds the whole conversation over both transports, in every
// protocol version it speaks, and can't write to a read-only server.
func TestClients(t *testing.T) {
	for _, c := range clients {
		for _, protocol := range c.protocols {
			for transport, serve := range map[string]func(*testing.T, ...string) server{"stdio": serveStdio, "http": serveHTTP} {
				t.Run(strings.Join([]string{c.name, protocol, transport}, "/"), func(t *testing.T) {
					t.Parallel()
					t.Run("whole", func(t *testing.T) {
						converse(t, greet(t, c, protocol, serve(t), slices.Concat(readTools, writeTools), slices.Concat(readPrompts, writePrompts)))
					})
					t.Run("read-only", func(t *testing.T) {
						conn := greet(t, c, protocol, serve(t, "--read-only"), readTools, readPrompts)
						first := conversation[0]
						if got := conn.call(first.tool, first.arguments); !strings.Contains(got.Refused, c.unknownTool) {
							t.Errorf("%s: got %+v, want it refused: %s", first.does, got, c.unknownTool)
						}
						newest := `{"data":[{"client_reference_id":"order_1001"}]}` // one of those the sandbox starts with
						if got := conn.call(listTool, `{"limit":1,"fields":["client_reference_id"]}`); !contains(got.Structured, decoded(t, newest)) {
							t.Errorf("list: got %+v, want %s", got, newest)
						}
					})
				})
			}
		}
	}
}

// greet connects a client, which must be told who the server is and what it offers.
func greet(t *testing.T, c client, protocol string, s server, tools, prompts []string) connection {
	t.Helper()
	conn := c.connect(t, protocol, s)
	got, want := conn.hello(), hello{protocol, "stripe-checkout-mcp", slices.Clone(tools), slices.Clone(prompts)}
	for _, names := range [][]string{got.Tools, got.Prompts, want.Tools, want.Prompts} {
		slices.Sort(names)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the server's greeting is\n%+v, want\n%+v", got, want)
	}
	return conn
}

func converse(t *testing.T, conn connection) {
	t.Helper()
	session := "SESSION"
	for _, step := range conversation {
		fill := strings.NewReplacer("SESSION", session).Replace
		got := conn.call(step.tool, fill(step.arguments))
		if got.Refused != "" || got.IsError != (step.refused != "") || !contains(got.Structured, decoded(t, fill(step.want))) {
			t.Fatalf("%s: got %+v, want %s", step.does, got, fill(step.want))
		}
		if !got.IsError && !reflect.DeepEqual(decoded(t, got.Text), got.Structured) {
			t.Errorf("%s: the text differs from the structured content: %s, %v", step.does, got.Text, got.Structured)
		}
		if !strings.Contains(got.Text, step.refused) {
			t.Errorf("%s: a model reads %q, want %q", step.does, got.Text, step.refused)
		}
		if session == "SESSION" {
			session = got.Structured.(map[string]any)["id"].(string)
		}
	}
}

// contains reports whether got contains everything in want.
func contains(got, want any) bool {
	switch want := want.(type) {
	case map[string]any:
		got, ok := got.(map[string]any)
		for name, value := range want {
			ok = ok && contains(got[name], value)
		}
		return ok
	case []any:
		got, ok := got.([]any)
		return ok && slices.EqualFunc(got, want, contains)
	default:
		return got == want
	}
}

func decoded(t *testing.T, text string) (value any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return value
}

// A server is either started on stdio or reached at a URL with the token.
type server struct {
	command []string
	url     string
}

// target is the server as a client's command line names it.
func (s server) target() []string {
	if s.url != "" {
		return []string{s.url}
	}
	return s.command
}

// serveStdio returns a server whose sandbox outlives the process, for clients
// that start a process for each call.
func serveStdio(t *testing.T, flags ...string) server {
	return server{command: append([]string{binary, "stdio", "--sandbox", "--sandbox-file", filepath.Join(t.TempDir(), "sandbox.db")}, flags...)}
}

func serveHTTP(t *testing.T, flags ...string) server {
	addr := freeAddr(t)
	start(t, addr, "/readyz", binary, append([]string{"http", "--sandbox", "--addr", addr, "--auth", "token"}, flags...)...)
	return server{url: "http://" + addr + "/mcp"}
}
