package httpserver

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"go.uber.org/goleak"
)

// Whatever a client sends, only that request is refused, and the next one is
// served.
func TestFaultsOfTheClient(t *testing.T) {
	const headers = "Host: localhost\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\nMcp-Protocol-Version: 2025-06-18\r\n"
	post := func(body string) string {
		return fmt.Sprintf("POST /mcp HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n%s", headers, len(body), body)
	}
	call := func(id, arguments string) string {
		return `{"jsonrpc":"2.0","id":` + id + `,"method":"tools/call","params":{"name":"t","arguments":` + arguments + `}}`
	}
	s := start(t, Config{Limits: DefaultLimits(), Listeners: []Listener{MCP("127.0.0.1:0", mcpHandler("t", func(context.Context) (*mcp.CallToolResult, error) {
		return text("done"), nil
	}), nil)}})
	for _, tt := range []struct {
		name, request string
		status        int
	}{
		{"good", post(call("1", `{}`)), 200},
		{"no HTTP", "hello\r\n\r\n", 400},
		{"no host", "POST /mcp HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 400},
		{"two lengths", "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400},
		{"length and chunks", "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked, identity\r\n\r\n", 501},
		{"chunks that are none", "POST /mcp HTTP/1.1\r\n" + headers + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
		{"a body compressed", "POST /mcp HTTP/1.1\r\n" + headers + "Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08", 400},
		{"malformed", post(`{"jsonrpc":"2.0","id":7,`), 400},
		{"another version", post(`{"jsonrpc":"1.0","id":7,"method":"ping"}`), 400},
		{"an id with a fraction", post(call("1.5", `{}`)), 400},
		{"invalid UTF-8", post(call("1", "{\"x\":\"\xff\"}")), 400},
		{"nested 100,000 deep", post(call("1", `{"x":`+strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000)+`}`)), 400},
		{"2 MB of arguments", post(call("1", `{"x":"`+strings.Repeat("x", 2<<20)+`"}`)), 413},
		{"100 kB of headers", "POST /mcp HTTP/1.1\r\nHost: localhost\r\nX: " + strings.Repeat("x", 100<<10) + "\r\n\r\n", 431},
		{"a batch of 1,000", post("[" + strings.Repeat(`{"jsonrpc":"2.0","method":"notifications/x"},`, 999) + call("1", `{}`) + "]"), 400},
	} {
		t.Run(tt.name, func(t *testing.T) {
			conn, err := net.Dial("tcp", s.Addr("mcp").String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			go func() { _, _ = io.WriteString(conn, tt.request) }() // the answer may come before the end
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != tt.status {
				body, _ := io.ReadAll(resp.Body)
				t.Errorf("status %d, want %d: %.300s", resp.StatusCode, tt.status, body)
			}
			if got := status(t, s.url("mcp")+"/healthz"); got != 200 {
				t.Errorf("afterwards /healthz answers %d", got)
			}
		})
	}
}

// A client that disconnects, whenever it does so, leaves nothing running.
func TestClientsThatDisconnect(t *testing.T) {
	http.DefaultClient.CloseIdleConnections()
	ignored := goleak.IgnoreCurrent()
	entered := make(chan struct{}, 100)
	var cancelled atomic.Int64
	s := start(t, Config{Limits: DefaultLimits(), Listeners: []Listener{rest(func(_ http.ResponseWriter, r *http.Request) {
		entered <- struct{}{}
		<-r.Context().Done()
		cancelled.Add(1)
	})}})
	const request = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello"
	for sent := range len(request) + 1 {
		conn, err := net.Dial("tcp", s.Addr("rest").String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, request[:sent]); err != nil {
			t.Fatal(err)
		}
		if sent == len(request) {
			<-entered
		}
		conn.Close()
	}
	if err := s.end(); err != nil {
		t.Error(err)
	}
	if got := cancelled.Load(); got != 1 {
		t.Errorf("%d calls were cancelled, want only the complete one", got)
	}
	http.DefaultClient.CloseIdleConnections()
	goleak.VerifyNone(t, ignored)
}
