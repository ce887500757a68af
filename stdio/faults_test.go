package stdio

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/recording"
)

// callWith returns a call with the given ID and arguments.
func callWith(id, arguments string) string {
	return `{"jsonrpc":"2.0","id":` + id + `,"method":"tools/call","params":{"name":"slow","arguments":` + arguments + `}}`
}

// Whatever a client sends, only that message is answered with an error or
// dropped, the next is served, and nothing is left running.
func TestFaultsOfTheClient(t *testing.T) {
	nested := func(depth int) string {
		return `{"x":` + strings.Repeat("[", depth) + strings.Repeat("]", depth) + `}`
	}
	for _, tt := range []struct {
		name, line string
		want       string // part of the output, apart from the answer to the next message
	}{
		{"malformed", `{"jsonrpc":"2.0","id":7,"method":"tools/call",`, `"code":-32700`},
		{"another version", `{"jsonrpc":"1.0","id":7,"method":"ping"}`, `"code":-32600`},
		{"neither call nor answer", `{"jsonrpc":"2.0","id":7}`, ""},
		{"unknown method", `{"jsonrpc":"2.0","id":7,"method":"frobnicate"}`, `"id":7,"error":{"code":-32601`},
		{"method of another type", `{"jsonrpc":"2.0","id":7,"method":7}`, `"code":-32600`},
		{"params of another type", `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":7}`, `"id":7,"error":{"code":-32602`},
		{"arguments of another type", callWith("7", `7`), `"id":7,"result"`},
		{"name of another type", `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":7}}`, `"id":7,"error":{"code":-32602`},
		{"unknown tool", `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"x"}}`, `"id":7,"error":{"code":-32602`},
		{"an id of null", callWith("null", `{}`), `"code":-32600`},
		{"an id that is an object", callWith("{}", `{}`), `"code":-32600`},
		{"an id with a fraction", callWith("7.5", `{}`), `"code":-32600`},
		{"an id of 30 digits", callWith(strings.Repeat("7", 30), `{}`), `"code":-32600`},
		{"an id used before", callWith("7", `{}`) + "\n" + callWith("7", `{}`), `"id":7,"result"`},
		{"a batch with one id twice", "[" + callWith("7", `{}`) + "," + callWith("7", `{}`) + "]", `two requests in the batch have the ID 7`},
		{"duplicate keys", `{"jsonrpc":"2.0","id":6,"id":7,"method":"ping","method":"ping"}`, `"id":7,"result"`},
		{"invalid UTF-8", callWith("7", `{"x":"`+"\xff\xfe"+`"}`), "not UTF-8"},
		{"a NUL byte", "\x00", `"code":-32700`},
		{"nested 9,000 deep", callWith("7", nested(9_000)), `"code":-32600`},
		{"nested 100,000 deep", callWith("7", nested(100_000)), `"code":-32700`},
		{"3 MB of arguments", callWith("7", `{"x":"`+strings.Repeat("x", 3<<20)+`"}`), `"id":7,"result"`},
		{"5 MB of arguments", callWith("7", `{"x":"`+strings.Repeat("x", 5<<20)+`"}`), `"code":-32600`},
		{"a cancellation of nothing", `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}`, ""},
		{"a cancellation of another type", `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":{}}}`, ""},
		{"an answer to no question", `{"jsonrpc":"2.0","id":7,"result":{}}`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
			out := talk(t, initialize+tt.line+"\n"+`{"jsonrpc":"2.0","id":9,"method":"ping"}`+"\n")
			if !strings.Contains(out, tt.want) {
				t.Errorf("got\n%.2000s\nwant %s", out, tt.want)
			}
			if !strings.Contains(out, `"id":9,"result":{`) {
				t.Errorf("the next message was not answered:\n%.2000s", out)
			}
		})
	}
}

// A call can be cancelled before, while or after it runs, and the client can
// disconnect at each of these stages.
func TestCancelledAtEveryStage(t *testing.T) {
	const cancel = `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}}` + "\n"
	for name, script := range map[string]func(s *session, client io.Writer){
		"before the call": func(s *session, client io.Writer) { fmt.Fprint(client, cancel, calls(2, 1)); close(s.release) },
		"as it runs": func(s *session, client io.Writer) {
			fmt.Fprint(client, calls(2, 1))
			for s.running.Load() == 0 {
				_, _ = io.WriteString(client, "\n")
			}
			fmt.Fprint(client, cancel)
			for s.running.Load() != 0 {
				_, _ = io.WriteString(client, "\n")
			}
		},
		"after its answer": func(s *session, client io.Writer) {
			close(s.release)
			fmt.Fprint(client, calls(2, 1))
			for s.done.Load() == 0 {
				_, _ = io.WriteString(client, "\n")
			}
			fmt.Fprint(client, cancel)
		},
		"as its answer is written": func(s *session, client io.Writer) {
			out := s.Out.(*gate)
			close(s.release)
			fmt.Fprint(client, calls(2, 1))
			<-out.reached
			fmt.Fprint(client, cancel)
			close(out.open)
		},
		"twice": func(s *session, client io.Writer) { fmt.Fprint(client, calls(2, 1), cancel, cancel); close(s.release) },
	} {
		t.Run(name, func(t *testing.T) {
			defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
			out := &gate{before: `"id":2,`, reached: make(chan struct{}), open: make(chan struct{})}
			if name != "as its answer is written" {
				close(out.open)
			}
			s := startSession(t, out)
			defer s.stop()
			script(s, s.client)
			s.write(t, `{"jsonrpc":"2.0","id":9,"method":"ping"}`+"\n")
			s.client.Close()
			if err := <-s.ended; err != nil {
				t.Error(err)
			}
			if !strings.Contains(out.String(), `"id":9,"result":{`) {
				t.Errorf("the next message was not answered:\n%s", out)
			}
		})
	}
}

// A gate records what is written, and holds back one line until it is open.
type gate struct {
	recording.Buffer
	before        string // is in the line
	reached, open chan struct{}
	once          sync.Once
}

func (g *gate) Write(p []byte) (int, error) {
	if strings.Contains(string(p), g.before) {
		g.once.Do(func() { close(g.reached) })
		<-g.open
	}
	return g.Buffer.Write(p)
}
