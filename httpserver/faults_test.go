package httpserver

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

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
	atRest := goroutinesAtRest(t)
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
	atRest(s)
}

// goroutinesAtRest returns a check that a server, once ended, has left no
// goroutine running.
func goroutinesAtRest(t *testing.T) func(*running) {
	http.DefaultClient.CloseIdleConnections()
	before := goleak.IgnoreCurrent()
	return func(s *running) {
		t.Helper()
		if err := s.end(); err != nil {
			t.Error(err)
		}
		http.DefaultClient.CloseIdleConnections()
		goleak.VerifyNone(t, before)
	}
}

// Thousands of calls at once, all with the same ID, which counts only within a
// request: each is answered or refused, and no more run than may.
func TestThousandsOfCallsAtOnce(t *testing.T) {
	const calls, most, body = 2000, 50, `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"t","arguments":{}}}`
	atRest := goroutinesAtRest(t)
	full, release := make(chan struct{}), make(chan struct{})
	var running, ran atomic.Int64
	s := start(t, Config{Limits: Limits{MaxConcurrent: most, MaxBodyBytes: 1 << 20}, Listeners: []Listener{MCP("127.0.0.1:0", mcpHandler("t", func(context.Context) (*mcp.CallToolResult, error) {
		if now := running.Add(1); now > most {
			t.Errorf("%d calls run at once, want at most %d", now, most)
		}
		defer running.Add(-1)
		if ran.Add(1) == most {
			close(full)
		}
		<-release
		return text("done"), nil
	}), nil)}})
	transport := &http.Transport{MaxConnsPerHost: 500}
	var answered, refused atomic.Int64
	var wait sync.WaitGroup
	for range calls {
		wait.Go(func() {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url("mcp")+"/mcp", strings.NewReader(body))
			if err != nil {
				t.Error(err)
				return
			}
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Accept", "application/json, text/event-stream")
			req.Header.Set("Mcp-Protocol-Version", "2025-06-18")
			resp, err := transport.RoundTrip(req)
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			got, err := io.ReadAll(resp.Body)
			switch {
			case err == nil && resp.StatusCode == 200 && strings.Contains(string(got), `"id":7`) && strings.Contains(string(got), "done"):
				answered.Add(1)
			case err == nil && resp.StatusCode == 503:
				refused.Add(1)
			default:
				t.Errorf("%v, status %d: %s", err, resp.StatusCode, got)
			}
		})
	}
	<-full
	close(release)
	wait.Wait()
	if answered.Load() != ran.Load() || answered.Load()+refused.Load() != calls {
		t.Errorf("%d calls ran, %d were answered and %d refused, of %d", ran.Load(), answered.Load(), refused.Load(), calls)
	}
	transport.CloseIdleConnections()
	atRest(s)
}

// A client that goes on asking and reads no answer is given up when the time to
// write one is over.
func TestClientsThatNeverRead(t *testing.T) {
	const clients, most = 20, 64 << 20
	atRest := goroutinesAtRest(t)
	before := heap()
	page := []byte(strings.Repeat("x", 1<<20))
	var asked, givenUp atomic.Int64
	s := start(t, Config{Limits: Limits{WriteTimeout: 100 * time.Millisecond}, Listeners: []Listener{rest(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		for range 100 {
			if _, err := w.Write(page); err != nil {
				givenUp.Add(1)
				return
			}
		}
		t.Error("100 MB were written to a client that reads nothing")
	})}})
	var wait sync.WaitGroup
	for range clients {
		wait.Go(func() {
			conn, err := net.Dial("tcp", s.Addr("rest").String())
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			for err == nil { // until the server closes the connection
				_, err = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
			}
		})
	}
	for asked.Load() < clients && !t.Failed() {
		runtime.Gosched()
	}
	if got := heap() - before; got > most {
		t.Errorf("%d MiB are in use, want at most %d", got>>20, most>>20)
	}
	wait.Wait()
	if err := s.end(); err != nil {
		t.Error(err)
	}
	if asked.Load() != clients || givenUp.Load() != clients {
		t.Errorf("%d calls were made and %d given up, want %d", asked.Load(), givenUp.Load(), clients)
	}
	atRest(s)
}

// heap is the memory that is in use, in bytes.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// A client that disconnects, whenever it does so, leaves nothing running.
func TestClientsThatDisconnect(t *testing.T) {
	atRest := goroutinesAtRest(t)
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
	atRest(s)
}
