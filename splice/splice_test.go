package splice

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// newServer has one tool, which answers with the JSON in its argument or,
// without one, with answer.
func newServer(answer json.RawMessage, middleware ...mcp.Middleware) *mcp.Server {
	server := mcp.NewServer(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	server.AddTool(&mcp.Tool{Name: "say", InputSchema: json.RawMessage(`{"type":"object","description":"` + strings.Repeat("long ", small) + `"}`)},
		func(_ context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			said := answer
			if said == nil {
				said = bytes.Clone(req.Params.Arguments)
			}
			return &mcp.CallToolResult{
				Content:           []mcp.Content{&mcp.TextContent{Text: string(said)}, &mcp.TextContent{Text: "short"}},
				StructuredContent: said,
			}, nil
		})
	server.AddReceivingMiddleware(middleware...)
	return server
}

func overHTTP(server *mcp.Server) http.Handler {
	return mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, &mcp.StreamableHTTPOptions{Stateless: true, JSONResponse: true})
}

const (
	older = "2025-06-18"
	newer = "2026-07-28"
)

// ask posts one message in the form that this version of the protocol requires.
func ask(t testing.TB, handler http.Handler, version, method, params string) string {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "http://localhost/mcp", nil)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	r.Header.Set("Mcp-Protocol-Version", version)
	if version == newer {
		r.Header.Set("Mcp-Method", method)
		r.Header.Set("Mcp-Name", "say")
		const meta = `{"_meta":{"io.modelcontextprotocol/protocolVersion":"` + newer + `","io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}`
		if params == "{}" {
			params = meta + "}"
		} else {
			params = meta + "," + params[1:]
		}
	}
	r.Body = io.NopCloser(strings.NewReader(fmt.Sprintf(`{"jsonrpc":"2.0","id":"a","method":%q,"params":%s}`, method, params)))
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("HTTP %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// long wraps value in an object that is too large to be left to go-sdk.
func long(value string) json.RawMessage {
	return json.RawMessage(`{"value":` + value + `,"more":"` + strings.Repeat("x", small) + `"}`)
}

// awkward values are easy to encode wrongly.
var awkward = []string{
	`""`, `null`, `true`, `[]`, `{}`, `[[{"a":[1,2]}]]`,
	`12345678901234567890123456789`, `1e400`, `-0`, `1.0`, `0.1e-7`,
	`"<script>&amp;</script>"`, `"quote \" backslash \\ slash \/ \b\f\n\r\t\u0000\u001f"`,
	"\"\u2028 and \u2029, \u2027 and \u202a\"", `"\u2028"`, `"\ud83d\ude00 😀 é"`, `"\ud800"`, `"\ufffd"`,
	"\"\xff\xfe \xe2\x80 \xe2 \xed\xa0\x80\"", "\"\x7f\u0080\"",
	`"MARK"`, `"MARK1000000000000001"`, `["MARK1000000000000001","MARK1000000000000002"]`, `{"MARK1000000000000001":"MARK1000000000000002"}`,
}

// The output is byte for byte what go-sdk would have written, even if the
// answer contains this process's mark.
func TestSameAsPlain(t *testing.T) {
	for _, value := range awkward {
		compare(t, long(strings.ReplaceAll(value, "MARK", mark)))
		compare(t, json.RawMessage(`{"short":`+strings.ReplaceAll(value, "MARK", mark)+`}`))
	}
}

func compare(t *testing.T, answer json.RawMessage) {
	t.Helper()
	plain, fast := overHTTP(newServer(answer)), Handler(overHTTP(newServer(answer, Middleware)))
	for _, version := range []string{older, newer} {
		want, got := ask(t, plain, version, "tools/call", `{"name":"say"}`), ask(t, fast, version, "tools/call", `{"name":"say"}`)
		if got != want {
			t.Errorf("%s: of %q\n got %q\nwant %q", version, answer, got, want)
		}
	}
	want, got := overLines(t, newServer(answer), false), overLines(t, newServer(answer, Middleware), true)
	if got != want {
		t.Errorf("stdio: of %q\n got %q\nwant %q", answer, got, want)
	}
}

// overLines makes one call over stdio and returns the line that answers it.
func overLines(t *testing.T, server *mcp.Server, fast bool) string {
	t.Helper()
	in, input := io.Pipe()
	output, out := io.Pipe()
	ctx, values := context.Background(), (*Values)(nil)
	var to io.Writer = out
	if fast {
		ctx, values = With(ctx)
		to = values.Writer(out)
	}
	ended := make(chan error, 1)
	go func() {
		ended <- server.Run(ctx, &mcp.IOTransport{Reader: in, Writer: nopCloser{to}})
		out.Close()
	}()
	lines := json.NewDecoder(output)
	send := func(message string) json.RawMessage {
		if _, err := io.WriteString(input, message+"\n"); err != nil {
			t.Fatal(err)
		}
		var line json.RawMessage
		if err := lines.Decode(&line); err != nil {
			t.Fatal(err)
		}
		return line
	}
	send(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`)
	answer := send(`{"jsonrpc":"2.0","method":"notifications/initialized"}` + "\n" + `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"say"}}`)
	input.Close()
	<-ended
	if fast && values.any() {
		t.Error("a value is still held after it was written")
	}
	return string(answer)
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

func TestToolsListIsSameAsPlain(t *testing.T) {
	plain, fast := overHTTP(newServer(nil)), Handler(overHTTP(newServer(nil, Middleware)))
	for _, version := range []string{older, newer} {
		for range 2 {
			if want, got := ask(t, plain, version, "tools/list", `{}`), ask(t, fast, version, "tools/list", `{}`); got != want || len(want) < small {
				t.Errorf("%s:\n got %q\nwant %q", version, got, want)
			}
		}
	}
}

// A caller that sends marks, even marks in use, gets its own text back.
func TestMarksOfCallers(t *testing.T) {
	fast := Handler(overHTTP(newServer(nil, Middleware)))
	for _, said := range []string{mark, mark + "1000000000000001", mark + "1000000000000002"} {
		arguments := string(long(`"` + said + `"`))
		got := ask(t, fast, older, "tools/call", `{"name":"say","arguments":`+arguments+`}`)
		var message struct {
			Result struct {
				Content           []struct{ Text string }
				StructuredContent json.RawMessage
			}
		}
		if err := json.Unmarshal([]byte(got), &message); err != nil {
			t.Fatalf("%v in %s", err, got)
		}
		if r := message.Result; r.Content[0].Text != arguments || string(r.StructuredContent) != arguments {
			t.Errorf("got %s", got)
		}
	}
}

// Concurrent callers each get their own answer.
func TestInterleavedCallers(t *testing.T) {
	server := httptest.NewServer(Handler(overHTTP(newServer(nil, Middleware))))
	defer server.Close()
	var wg sync.WaitGroup
	for caller := range 16 {
		wg.Go(func() {
			for n := range 25 {
				own := long(fmt.Sprintf(`"caller %d, call %d, %s"`, caller, n, strings.Repeat("z", caller*997)))
				r, _ := http.NewRequest(http.MethodPost, server.URL, strings.NewReader(fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"say","arguments":%s}}`, own)))
				r.Header.Set("Content-Type", "application/json")
				r.Header.Set("Accept", "application/json, text/event-stream")
				resp, err := http.DefaultClient.Do(r)
				if err != nil {
					t.Error(err)
					return
				}
				body, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				if err != nil || !bytes.Contains(body, append([]byte(`"structuredContent":`), own...)) {
					t.Errorf("caller %d, call %d got %.200q (%v)", caller, n, body, err)
				}
				if resp.ContentLength != int64(len(body)) {
					t.Errorf("Content-Length is %d of %d bytes", resp.ContentLength, len(body))
				}
			}
		})
	}
	wg.Wait()
}

// The values of one connection don't fill the marks of another.
func TestValuesAreOfOneConnection(t *testing.T) {
	_, one := With(t.Context())
	_, other := With(t.Context())
	message := []byte(`{"a":"` + one.hold(value{json: []byte(`{"secret":1}`)}) + `"}`)
	if got := other.Fill(nil, message); string(got) != string(message) {
		t.Errorf("filled with another's value: %s", got)
	}
	if got := one.Fill(nil, message); string(got) != `{"a":{"secret":1}}` {
		t.Errorf("got %s", got)
	}
	if got := one.Fill(nil, message); string(got) != string(message) {
		t.Errorf("filled twice: %s", got)
	}
}

// White space that shouldn't be in an answer doesn't break a line in two.
func TestLineBreaksDoNotGoOut(t *testing.T) {
	if got := appendJSON([]byte("x"), []byte("{\n \"a<\": 1}\n")); string(got) != `x{"a\u003c":1}` {
		t.Errorf("got %q", got)
	}
}

func FuzzSameAsPlain(f *testing.F) {
	for _, value := range awkward {
		f.Add([]byte(strings.ReplaceAll(value, "MARK", mark)))
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		var compacted bytes.Buffer
		if json.Compact(&compacted, long(string(value))) != nil {
			t.Skip("not JSON")
		}
		answer := json.RawMessage(compacted.Bytes())
		plain, fast := overHTTP(newServer(answer)), Handler(overHTTP(newServer(answer, Middleware)))
		if want, got := ask(t, plain, older, "tools/call", `{"name":"say"}`), ask(t, fast, older, "tools/call", `{"name":"say"}`); got != want {
			t.Errorf("of %q\n got %q\nwant %q", answer, got, want)
		}
	})
}

// checkEscapes compares what appendQuoted makes of s, and appendJSON of s in
// quotes, with encoding/json. The buffer they append to has this much room.
func checkEscapes(t *testing.T, s string, room int) {
	t.Helper()
	want, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	dst := append(make([]byte, 0, 3+room), "abc"...)
	if got := appendQuoted(dst, s); string(got) != "abc"+string(want) {
		t.Fatalf("%q is quoted as %s, want %s", s, got[3:], want)
	}
	src := []byte(`"` + s + `"`)
	if !json.Valid(src) {
		return
	}
	var escaped bytes.Buffer
	json.HTMLEscape(&escaped, src)
	if got := appendJSON(dst, src); string(got) != "abc"+escaped.String() {
		t.Fatalf("%s is written as %s, want %s", src, got[3:], escaped.String())
	}
}

func FuzzQuote(f *testing.F) {
	for _, value := range awkward {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, s string) { checkEscapes(t, s, len(s)) })
}

// Each byte is escaped as encoding/json escapes it, next to each other one, at
// each place in the eight that are looked at together, and in what is left after
// them.
func TestEveryByte(t *testing.T) {
	const text = "abcdefghijklmnopqrs"
	for pair := range 1 << 16 {
		s := []byte(text)
		s[3], s[4] = byte(pair), byte(pair>>8)
		checkEscapes(t, string(s), 2*len(s))
	}
	for c := range 1 << 8 {
		for i := range text {
			s := []byte(text)
			s[i] = byte(c)
			checkEscapes(t, string(s), i)
			checkEscapes(t, string(s[:i+1]), 2*len(s))
		}
	}
	for room := range 10 * len(text) {
		checkEscapes(t, strings.Repeat(`"`, len(text)), room)
		checkEscapes(t, strings.Repeat("\x01", len(text)), room)
		checkEscapes(t, strings.Repeat("\u2028", len(text)), room)
		checkEscapes(t, strings.Repeat("<é", len(text)), room)
	}
}

// A page of 100 sessions, as text and as it is.
func BenchmarkQuote(b *testing.B) {
	session, err := os.ReadFile("../bench/testdata/session.json")
	if err != nil {
		b.Fatal(err)
	}
	var page bytes.Buffer
	sessions := strings.TrimSuffix(strings.Repeat(string(session)+",", 100), ",")
	if err := json.Compact(&page, []byte(`{"object":"list","data":[`+sessions+`]}`)); err != nil {
		b.Fatal(err)
	}
	src, text := page.Bytes(), page.String()
	var out []byte
	b.Run("text", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			out = appendQuoted(out[:0], text)
		}
	})
	b.Run("json", func(b *testing.B) {
		b.SetBytes(int64(len(src)))
		for b.Loop() {
			out = appendJSON(out[:0], src)
		}
	})
}
