package shortcut

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"go.uber.org/goleak"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/rpc"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	oldest = "2025-03-26"
	older  = "2025-11-25"
	newer  = "2026-07-28"
)

// server has tools for all that a call can come to.
func server() *mcp.Server {
	s := mcp.NewServer(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	add := func(name string, f func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error)) {
		s.AddTool(&mcp.Tool{Name: name, InputSchema: json.RawMessage(`{"type":"object"}`)}, f)
	}
	// echo says all that a tool can know of its caller.
	add("echo", func(_ context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		said, err := json.Marshal(map[string]any{
			"arguments": req.Params.Arguments, "meta": req.Params.Meta, "header": req.Extra.Header,
			"version": req.ProtocolVersion(), "client": req.Session.InitializeParams(), "session": req.Session.ID(),
		})
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: string(said)}}, StructuredContent: json.RawMessage(said)}, err
	})
	add("fail", func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return &mcp.CallToolResult{IsError: true, Content: []mcp.Content{&mcp.TextContent{Text: "no"}}}, nil
	})
	for name, err := range map[string]error{
		"plain error":        errors.New("broken <&>"),
		"wrapped error":      fmt.Errorf("wrapped: %w", &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: "wrong"}),
		"method error":       &jsonrpc.Error{Code: jsonrpc.CodeMethodNotFound, Message: "no such method"},
		"capabilities error": &jsonrpc.Error{Code: mcp.CodeMissingRequiredClientCapabilities, Message: "can't be asked", Data: json.RawMessage(`{"a":1}`)},
		"internal error":     &jsonrpc.Error{Code: jsonrpc.CodeInternalError, Message: "broken"},
		"cancelled":          context.Canceled,
	} {
		add(name, func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) { return nil, err })
	}
	add("nothing", func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return &mcp.CallToolResult{}, nil
	})
	add("progress", func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		_ = req.Session.NotifyProgress(ctx, &mcp.ProgressNotificationParams{ProgressToken: "t", Progress: 1})
		return &mcp.CallToolResult{}, nil
	})
	add("ask", func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		err := req.Session.Ping(ctx, nil)
		return &mcp.CallToolResult{IsError: err != nil}, nil
	})
	return s
}

// sdks is go-sdk's own handler.
func sdks(s *mcp.Server) http.Handler {
	return mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return s },
		&mcp.StreamableHTTPOptions{Stateless: true, JSONResponse: true, PropagateRequestCancellation: true, DisableLocalhostProtection: true})
}

// parsed puts the messages into the context, as httpserver does.
func parsed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		body, refused := rpc.Parse(data)
		if refused != nil {
			http.Error(w, refused.Message, http.StatusBadRequest)
			return
		}
		r = r.WithContext(rpc.NewContext(r.Context(), body))
		r.Body = io.NopCloser(bytes.NewReader(data))
		next.ServeHTTP(w, r)
	})
}

type header map[string]string

// send posts a message with the headers of a usual client, changed by change:
// "" removes one.
func send(handler http.Handler, version, body string, change header) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "http://localhost/mcp", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	r.Header.Set("Mcp-Protocol-Version", version)
	if version >= newer {
		var message struct {
			Method string
			Params struct{ Name string }
		}
		_ = json.Unmarshal([]byte(body), &message)
		r.Header.Set("Mcp-Method", message.Method)
		if message.Params.Name != "" {
			r.Header.Set("Mcp-Name", message.Params.Name)
		}
	}
	for name, value := range change {
		r.Header.Set(name, value)
		if value == "" {
			r.Header.Del(name)
		}
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w
}

// call returns a tools/call in the form that the version requires.
func call(version, tool, more string) string {
	return request(version, `"tools/call"`, fmt.Sprintf(`"name":%q%s`, tool, more))
}

func request(version, method, params string) string {
	if version >= newer {
		params = strings.TrimSuffix(`"_meta":{"io.modelcontextprotocol/protocolVersion":"`+version+
			`","io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},"io.modelcontextprotocol/clientCapabilities":{"elicitation":{}}},`+params, ",")
	}
	return `{"jsonrpc":"2.0","id":"a","method":` + method + `,"params":{` + params + `}}`
}

// The two handlers say the same, byte for byte.
func same(t *testing.T, version, body string, change header) {
	t.Helper()
	s := server()
	want := send(parsed(sdks(s)), version, body, change)
	got := send(parsed(Handler(s, sdks(s))), version, body, change)
	if got.Code != want.Code || got.Body.String() != want.Body.String() || !maps.EqualFunc(got.Header(), want.Header(), slices.Equal) {
		t.Errorf("%s %s %v\n got %d %v %s\nwant %d %v %s", version, body, change, got.Code, got.Header(), got.Body, want.Code, want.Header(), want.Body)
	}
}

// Plain calls take the shortcut, and are answered as go-sdk's handler would.
func TestPlainCalls(t *testing.T) {
	t.Parallel()
	refuse := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	for _, version := range []string{oldest, "2025-06-18", older, newer} {
		for name, body := range map[string]string{
			"a call":               call(version, "echo", `,"arguments":{"a":[1,"\u00e9 <b>"]}`),
			"a number for an ID":   strings.Replace(call(version, "echo", ``), `"a"`, `7`, 1),
			"without arguments":    call(version, "echo", ``),
			"a failure":            call(version, "fail", ``),
			"an error":             call(version, "plain error", ``),
			"an error in an error": call(version, "wrapped error", ``),
			"404 in new versions":  call(version, "method error", ``),
			"400 in new versions":  call(version, "capabilities error", ``),
			"an internal error":    call(version, "internal error", ``),
			"a cancelled call":     call(version, "cancelled", ``),
			"no content":           call(version, "nothing", ``),
			"progress":             call(version, "progress", ``),
			"a question":           call(version, "ask", ``),
			"an unknown tool":      call(version, "unknown", ``),
			"the tools":            request(version, `"tools/list"`, ``),
			"a page of tools":      request(version, `"tools/list"`, `"cursor":"x"`),
		} {
			t.Run(version+" "+name, func(t *testing.T) {
				if got := send(parsed(Handler(server(), refuse)), version, body, nil); got.Code == http.StatusTeapot {
					t.Error("did not take the shortcut")
				}
				same(t, version, body, nil)
			})
		}
	}
}

// Whatever isn't plain goes to go-sdk's handler, so that it is answered as
// before.
func TestOthers(t *testing.T) {
	t.Parallel()
	elsewhere := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	type other struct {
		version, body string
		change        header
	}
	old, recent := call(older, "echo", ``), call(newer, "echo", ``)
	deepest := `,"arguments":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000)
	for name, o := range map[string]other{
		"initialize":                 {older, `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`, nil},
		"ping":                       {older, `{"jsonrpc":"2.0","id":1,"method":"ping"}`, nil},
		"a notification":             {older, `{"jsonrpc":"2.0","method":"notifications/initialized"}`, nil},
		"a call without an ID":       {older, `{"jsonrpc":"2.0","method":"tools/call","params":{"name":"echo"}}`, nil},
		"a call without params":      {older, `{"jsonrpc":"2.0","id":1,"method":"tools/call"}`, nil},
		"params that are null":       {older, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":null}`, nil},
		"a batch":                    {oldest, `[` + old + `]`, nil},
		"a batch of today":           {older, `[` + old + `]`, nil},
		"a response":                 {older, `{"jsonrpc":"2.0","id":1,"result":{}}`, nil},
		"params that are a list":     {older, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":["echo"]}`, nil},
		"_meta that is a string":     {older, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","_meta":"x"}}`, nil},
		"deeper than go-sdk allows":  {older, call(older, "echo", deepest), nil},
		"another version's _meta":    {older, recent, nil},
		"an unknown version":         {"2025-01-01", old, nil},
		"a future version":           {"2027-01-01", call("2027-01-01", "echo", ``), nil},
		"another media type":         {older, old, header{"Content-Type": "text/plain"}},
		"a charset":                  {older, old, header{"Content-Type": "application/json; charset=utf-8"}},
		"nothing accepted":           {older, old, header{"Accept": ""}},
		"only JSON accepted":         {older, old, header{"Accept": "application/json"}},
		"everything accepted":        {older, old, header{"Accept": "*/*"}},
		"a stream resumed":           {older, old, header{"Last-Event-Id": "1"}},
		"without a version's header": {newer, recent, header{"Mcp-Protocol-Version": ""}},
		"without _meta":              {newer, old, nil},
		"another version in _meta":   {newer, strings.Replace(recent, newer, older, 1), nil},
		"without Mcp-Method":         {newer, recent, header{"Mcp-Method": ""}},
		"another Mcp-Method":         {newer, recent, header{"Mcp-Method": "tools/list"}},
		"without Mcp-Name":           {newer, recent, header{"Mcp-Name": ""}},
		"another Mcp-Name":           {newer, recent, header{"Mcp-Name": "fail"}},
		"a number for a name":        {newer, strings.Replace(recent, `"echo"`, `7`, 1), header{"Mcp-Name": "7"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := send(parsed(Handler(server(), elsewhere)), o.version, o.body, o.change); got.Code != http.StatusTeapot {
				t.Errorf("took the shortcut: %d %s", got.Code, got.Body)
			}
			same(t, o.version, o.body, o.change)
		})
	}
	t.Run("a GET", func(t *testing.T) {
		w := httptest.NewRecorder()
		Handler(server(), elsewhere).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/mcp", nil))
		if w.Code != http.StatusTeapot {
			t.Errorf("took the shortcut: %d", w.Code)
		}
	})
}

// A client that names no version speaks 2025-03-26.
func TestWithoutAVersion(t *testing.T) {
	t.Parallel()
	body, change := call(older, "echo", ``), header{"Mcp-Protocol-Version": ""}
	same(t, older, body, change)
	if got := send(parsed(Handler(server(), nil)), older, body, change); !strings.Contains(got.Body.String(), oldest) {
		t.Errorf("got %s", got.Body)
	}
}

// In the new protocol, hanging up cancels a call. In the older ones it doesn't:
// what was begun is finished. Either way nothing is left behind.
func TestHangingUp(t *testing.T) {
	for version, cancels := range map[string]bool{older: false, newer: true} {
		for name, handler := range map[string]func(*mcp.Server) http.Handler{
			"go-sdk":   sdks,
			"shortcut": func(s *mcp.Server) http.Handler { return Handler(s, nil) },
		} {
			t.Run(name+" "+version, func(t *testing.T) {
				s := server()
				ctx, hangUp := context.WithCancel(t.Context())
				ended := make(chan error, 1)
				s.AddTool(&mcp.Tool{Name: "wait", InputSchema: json.RawMessage(`{"type":"object"}`)}, func(ctx context.Context, _ *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
					hangUp()
					if cancels {
						<-ctx.Done()
					}
					ended <- ctx.Err()
					return &mcp.CallToolResult{}, nil
				})
				r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/mcp", strings.NewReader(call(version, "wait", ``)))
				r.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"},
					"Mcp-Protocol-Version": {version}, "Mcp-Method": {"tools/call"}, "Mcp-Name": {"wait"}}
				parsed(handler(s)).ServeHTTP(httptest.NewRecorder(), r)
				if err := <-ended; (err != nil) != cancels {
					t.Errorf("the call ended with %v", err)
				}
			})
		}
	}
}

// Concurrent callers each get their own answer.
func TestInterleavedCallers(t *testing.T) {
	t.Parallel()
	handler := parsed(Handler(server(), nil))
	var wg sync.WaitGroup
	for caller := range 16 {
		wg.Go(func() {
			for n := range 25 {
				version := []string{older, newer}[n%2]
				own := fmt.Sprintf("caller %d, call %d", caller, n)
				got := send(handler, version, call(version, "echo", `,"arguments":{"own":"`+own+`"}`), header{"Own": own}).Body.String()
				if strings.Count(got, own) != 4 || strings.Count(got, "caller ") != 4 {
					t.Errorf("%s got %s", own, got)
				}
			}
		})
	}
	wg.Wait()
}

// Whatever a client sends, it gets go-sdk's answer.
func FuzzSame(f *testing.F) {
	for _, version := range []string{oldest, older, newer} {
		f.Add([]byte(call(version, "echo", `,"arguments":{"a":1}`)), version, "application/json, text/event-stream", "echo")
		f.Add([]byte(call(version, "wrapped error", ``)), version, "text/event-stream, application/json", "wrapped error")
		f.Add([]byte(request(version, `"tools/list"`, `"cursor":"x"`)), version, "*/*", "")
	}
	f.Add([]byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","name":"fail","_meta":{"progressToken":1}}}`), "", "application/json, text/event-stream", "fail")
	f.Add([]byte(`{"jsonrpc":"2.0","id":1,"id":2,"method":"tools/call","params":{"name":"echo","\u005fmeta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}`), older, "application/json, text/event-stream", "fail")
	f.Fuzz(func(t *testing.T, body []byte, version, accept, name string) {
		same(t, version, string(body), header{"Accept": accept, "Mcp-Name": name})
	})
}
