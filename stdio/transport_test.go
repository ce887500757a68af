package stdio

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"go.uber.org/goleak"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/recording"
)

const initialize = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}` + "\n" +
	`{"jsonrpc":"2.0","method":"notifications/initialized"}` + "\n"

// slowServer has one tool, which reports that it is running and waits to be
// released.
func slowServer(running chan<- struct{}, release <-chan struct{}) *mcp.Server {
	server := mcp.NewServer(&mcp.Implementation{Name: "slow", Version: "1"}, nil)
	server.AddTool(&mcp.Tool{Name: "slow", InputSchema: json.RawMessage(`{"type":"object"}`)},
		func(ctx context.Context, _ *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			running <- struct{}{}
			select {
			case <-release:
				return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "done"}}}, nil
			case <-ctx.Done():
				return nil, fmt.Errorf("the call was cancelled: %w", ctx.Err())
			}
		})
	return server
}

const slowCall = `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"slow","arguments":{}}}` + "\n"

// Whatever ends the input, running calls still answer.
func TestRunningCallsAnswerAtTheEnd(t *testing.T) {
	for _, test := range []struct {
		name string
		end  func(stdin io.Closer, stop context.CancelFunc)
	}{
		{"end of input", func(stdin io.Closer, _ context.CancelFunc) { stdin.Close() }},
		{"signal", func(_ io.Closer, stop context.CancelFunc) { stop() }},
	} {
		t.Run(test.name, func(t *testing.T) {
			running, release := make(chan struct{}, 1), make(chan struct{})
			stdin, client := io.Pipe()
			var out recording.Buffer
			stop, cancel := context.WithCancel(t.Context())
			defer cancel()

			ended := make(chan error)
			go func() {
				transport := &Transport{In: stdin, Out: &out, Stop: stop}
				ended <- slowServer(running, release).Run(t.Context(), transport)
			}()
			if _, err := io.WriteString(client, initialize+slowCall); err != nil {
				t.Fatal(err)
			}
			<-running
			test.end(client, cancel)
			close(release)
			if err := <-ended; err != nil {
				t.Errorf("the session ended with %v", err)
			}
			if !strings.Contains(out.String(), `"id":2,"result":{"content":[{"type":"text","text":"done"}]`) {
				t.Errorf("the running call was not answered:\n%s", &out)
			}
		})
	}
}

func TestBadLinesAreAnswered(t *testing.T) {
	for _, test := range []struct{ name, line, want string }{
		{"not JSON", "hello\n", `"code":-32700`},
		{"cut off", `{"jsonrpc":"2.0","id":7` + "\n", `"code":-32700`},
		{"two values", `{} {}` + "\n", `"code":-32700`},
		{"not a message", `{"id":7}` + "\n", `"code":-32600`},
		{"a number", "7\n", `"code":-32600`},
		{"empty batch", "[]\n", `"code":-32600`},
		{"too long", `{"jsonrpc":"2.0","method":"` + strings.Repeat("x", MaxLine) + "\"}\n", `"code":-32600`},
		{"blank lines", "\n \r\n", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			out := talk(t, initialize+test.line+`{"jsonrpc":"2.0","id":9,"method":"ping"}`+"\n")
			if !strings.Contains(out, test.want) || test.want == "" && strings.Contains(out, "error") {
				t.Errorf("got\n%s\nwant %s", out, test.want)
			}
			if !strings.Contains(out, `"id":9,"result":{`) {
				t.Errorf("the session did not go on:\n%s", out)
			}
		})
	}
}

func TestCallsBeforeInitializeAreInvalid(t *testing.T) {
	out := talk(t, `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`+"\n")
	if !strings.Contains(out, `"code":-32600`) {
		t.Errorf("got\n%s", out)
	}
}

// go-sdk would never answer the second call.
func TestIDInUseIsAnswered(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	running, release := make(chan struct{}, 1), make(chan struct{})
	stdin, client := io.Pipe()
	var out recording.Buffer
	ended := make(chan error)
	go func() {
		transport := &Transport{In: stdin, Out: &out, Stop: t.Context()}
		ended <- slowServer(running, release).Run(t.Context(), transport)
	}()
	if _, err := io.WriteString(client, initialize+slowCall); err != nil {
		t.Fatal(err)
	}
	<-running
	if _, err := io.WriteString(client, slowCall); err != nil {
		t.Fatal(err)
	}
	client.Close()
	for !strings.Contains(out.String(), "a running call already uses the request ID 2") {
		runtime.Gosched()
	}
	close(release)
	if err := <-ended; err != nil {
		t.Errorf("the session ended with %v", err)
	}
	if n := strings.Count(out.String(), `"id":2`); n != 1 {
		t.Errorf("id 2 was answered %d times, want once:\n%s", n, &out)
	}
}

// Nothing that a client writes ends the session, and everything written back is
// JSON-RPC.
func FuzzLines(f *testing.F) {
	f.Add("hello")
	f.Add(slowCall)
	f.Add(`[{"jsonrpc":"2.0","id":3,"method":"ping"},{"jsonrpc":"2.0","method":"x"}]`)
	f.Add(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2026-07-28"}}`)
	f.Add("{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"ping\"}\n\x00\xff")
	f.Fuzz(func(t *testing.T, lines string) {
		const last = "the-last-one"
		if strings.Contains(lines, last) {
			t.Skip()
		}
		out := talk(t, lines+"\n"+initialize+`{"jsonrpc":"2.0","id":"`+last+`","method":"ping"}`+"\n")
		if !strings.Contains(out, last) {
			t.Errorf("after %q a ping is not answered:\n%s", lines, out)
		}
		for line := range strings.Lines(out) {
			if !json.Valid([]byte(line)) || !strings.Contains(line, `"jsonrpc":"2.0"`) {
				t.Errorf("stdout has %q", line)
			}
		}
	})
}

// talk runs a session to the end of its input and returns what it wrote.
func talk(t *testing.T, input string) string {
	t.Helper()
	running, release := make(chan struct{}, 100), make(chan struct{})
	close(release)
	var out recording.Buffer
	transport := &Transport{In: strings.NewReader(input), Out: &out, Stop: t.Context()}
	if err := slowServer(running, release).Run(t.Context(), transport); err != nil {
		t.Errorf("the session ended with %v", err)
	}
	return out.String()
}
