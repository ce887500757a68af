package httpserver

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
)

// serveOnPipe runs net/http with the given limits on the bubble's clock and
// returns a connection to it.
func serveOnPipe(t *testing.T, l Limits, h http.HandlerFunc) net.Conn {
	t.Helper()
	server := newHTTPServer(l, slog.New(slog.DiscardHandler))
	health := newHealth()
	server.Handler = boundBody(l, health.drain, limitBody(l, health, refuseJSON, h))
	listener := newPipeListener()
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	conn := listener.dial()
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func TestBodyMustArriveInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn := serveOnPipe(t, Limits{BodyTimeout: 5 * time.Second}, ok)
		begin := time.Now()
		fmt.Fprint(conn, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != 408 || !resp.Close {
			t.Errorf("status %d, closed %v; want 408 and closed", resp.StatusCode, resp.Close)
		}
		if took := time.Since(begin); took != 5*time.Second {
			t.Errorf("after %v", took)
		}
	})
}

// The time limit is for the body, not for the call: a handler may take longer.
func TestBodyTimeoutEndsWithTheBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn := serveOnPipe(t, Limits{BodyTimeout: 5 * time.Second}, func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(time.Minute)
			if err := r.Context().Err(); err != nil {
				t.Errorf("the running call was ended: %v", err)
			}
			body, _ := io.ReadAll(r.Body)
			_, _ = w.Write(body)
		})
		fmt.Fprint(conn, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		if body := readAll(t, resp); resp.StatusCode != 200 || body != "abc" {
			t.Errorf("answer %d %q", resp.StatusCode, body)
		}
	})
}

func TestHeadersMustArriveInTime(t *testing.T) {
	for name, tc := range map[string]struct {
		sent string
		want time.Duration
	}{
		"slow headers":    {"POST / HTTP/1.1\r\nHost:", 2 * time.Second},
		"idle keep-alive": {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 9 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				conn := serveOnPipe(t, Limits{HeaderTimeout: 2 * time.Second, IdleTimeout: 9 * time.Second}, ok)
				begin := time.Now()
				fmt.Fprint(conn, tc.sent)
				if _, err := io.Copy(io.Discard, conn); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(begin); took != tc.want {
					t.Errorf("the connection was closed after %v, want %v", took, tc.want)
				}
			})
		})
	}
}

func TestBodySize(t *testing.T) {
	for name, tc := range map[string]struct {
		body   io.Reader
		status int
	}{
		"at the limit":      {strings.NewReader("0123456789"), 200},
		"above":             {strings.NewReader("0123456789a"), 413},
		"above, chunked":    {io.MultiReader(strings.NewReader("0123456789a")), 413},
		"at limit, chunked": {io.MultiReader(strings.NewReader("0123456789")), 200},
		"none":              {nil, 200},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, Config{Listeners: []Listener{rest(ok)}, Limits: Limits{MaxBodyBytes: 10}})
			resp, err := http.Post(s.url("rest"), "application/json", tc.body)
			if err != nil {
				t.Fatal(err)
			}
			if body := readAll(t, resp); resp.StatusCode != tc.status {
				t.Errorf("status %d, want %d: %s", resp.StatusCode, tc.status, body)
			}
		})
	}
}

func TestHeaderSize(t *testing.T) {
	s := start(t, Config{Listeners: []Listener{rest(ok)}, Limits: Limits{MaxHeaderBytes: 4 << 10}})
	resp, _ := call(t, s.url("rest"), "", func(r *http.Request) { r.Header.Set("X-Long", strings.Repeat("x", 16<<10)) })
	if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("status %d, want 431", resp.StatusCode)
	}
}

// A request refused before its body is read, or a probe, gets its answer at
// once and soon frees the connection, however long a body it announced.
func TestUnreadBodiesHoldNoConnection(t *testing.T) {
	for name, tc := range map[string]struct {
		request string
		status  int
	}{
		"no credential": {"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n", 401},
		"chunked":       {"POST /mcp HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n", 401},
		"foreign host":  {"POST /mcp HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 1000\r\n\r\n", 403},
		"probe":         {"POST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n", 200},
		"metadata":      {"GET /readyz HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n", 200},
		"waits for 100": {"POST /mcp HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 1000\r\n\r\n", 401},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := gate(t, Config{Auth: tokens(tokenA), Limits: DefaultLimits(), AllowedHosts: []string{"localhost"}}, ok)
				conn, from := dialGate(t, g)
				begin := time.Now()
				fmt.Fprint(conn, tc.request)
				resp, err := http.ReadResponse(from, nil)
				if err != nil {
					t.Fatal(err)
				}
				if resp.StatusCode != tc.status || !resp.Close || time.Since(begin) != 0 {
					t.Errorf("status %d after %v, closed %v; want %d at once, and closed", resp.StatusCode, time.Since(begin), resp.Close, tc.status)
				}
				_, _ = io.Copy(io.Discard, from)
				if took := time.Since(begin); took > lingerTime+time.Second {
					t.Errorf("the connection was open for %v", took)
				}
			})
		})
	}
}

func tokens(tokens ...string) auth.Config { return auth.Config{Mode: auth.Token, Tokens: tokens} }

// Connections kept open only to read leftover bodies don't delay shutdown.
func TestDrainDoesNotWaitForUnreadBodies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gate(t, Config{Auth: tokens(tokenA), Limits: DefaultLimits()}, ok)
		conn, from := dialGate(t, g)
		begin := time.Now()
		fmt.Fprint(conn, "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n")
		if resp, err := http.ReadResponse(from, nil); err != nil || resp.StatusCode != 401 {
			t.Fatalf("%v, %v", resp, err)
		}
		g.health.setDrain()
		_, _ = io.Copy(io.Discard, from)
		if took := time.Since(begin); took > time.Second { // net/http itself waits for half a second
			t.Errorf("the connection was open for %v", took)
		}
	})
}

// dialGate runs net/http on the bubble's clock.
func dialGate(t *testing.T, g gated) (net.Conn, *bufio.Reader) {
	t.Helper()
	server := newHTTPServer(DefaultLimits(), slog.New(slog.DiscardHandler))
	server.Handler = g
	listener := newPipeListener()
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	conn := listener.dial()
	t.Cleanup(func() { _ = conn.Close() })
	return conn, bufio.NewReader(conn)
}

// Many clients send the whole body before they look for a response.
func TestLargeBodiesAreAnswered(t *testing.T) {
	limits := DefaultLimits()
	s := start(t, Config{Auth: tokens(tokenA), Limits: limits, Listeners: []Listener{rest(ok)}})
	body := strings.Repeat("x", 8<<20)
	for status, authorization := range map[int]string{401: "", 413: "Authorization: Bearer " + tokenA + "\r\n"} {
		conn, err := net.Dial("tcp", s.Addr("rest").String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := fmt.Fprintf(conn, "POST /mcp HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: %d\r\n\r\n%s", authorization, len(body), body); err != nil {
			t.Fatalf("sending, for %d: %v", status, err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("the answer, for %d: %v", status, err)
		}
		if resp.StatusCode != status {
			t.Errorf("status %d, want %d", resp.StatusCode, status)
		}
	}
}
