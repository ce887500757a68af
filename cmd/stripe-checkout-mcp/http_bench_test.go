package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
)

const benchmarkSession = "cs_test_a1e6tj9RyYrTxWhQarmNUjpUbZmhVUzsuujk232ecg1KJT6oE4kNot14N0"

// BenchmarkREST and BenchmarkMCP make one call at a time, through every layer,
// over loopback connections. The caller and Stripe allocate nothing, so all
// allocations are the server's.
func BenchmarkREST(b *testing.B) {
	benchmarkHTTP(b, "rest", map[string]string{
		"create": message("POST /v1/checkout/sessions", `{"mode":"payment","success_url":"https://shop.example/thanks","line_items":[{"quantity":2,"price_data":{"currency":"usd","unit_amount":1250,"product_data":{"name":"Coffee mug"}}}]}`,
			"Content-Type: application/json"),
		"session": message("GET /v1/checkout/sessions/"+benchmarkSession, ""),
		"expire": message("POST /v1/checkout/sessions/"+benchmarkSession+"/expire", "expand%5B0%5D=customer",
			"Content-Type: application/x-www-form-urlencoded"),
	})
}

func BenchmarkMCP(b *testing.B) {
	benchmarkHTTP(b, "mcp", map[string]string{
		"session": message("POST /mcp", `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"stripe-get-checkout-sessions-session","arguments":{"session":"`+benchmarkSession+`"}}}`,
			"Content-Type: application/json", "Accept: application/json, text/event-stream", "Mcp-Protocol-Version: 2025-06-18"),
	})
}

// message returns an HTTP request as Go's client sends it.
func message(line, body string, headers ...string) string {
	if body != "" {
		headers = append(headers, fmt.Sprintf("Content-Length: %d", len(body)))
	}
	headers = append(headers, "Host: 127.0.0.1", "User-Agent: Go-http-client/1.1", "Accept-Encoding: gzip")
	return line + " HTTP/1.1\r\n" + strings.Join(headers, "\r\n") + "\r\n\r\n" + body
}

// benchmarkHTTP makes each of the calls, on one connection to the listener.
func benchmarkHTTP(b *testing.B, listener string, calls map[string]string) {
	b.Setenv("STRIPE_API_KEY", "rk_test_benchmark0000")
	session, err := os.ReadFile("../../bench/testdata/session.json")
	if err != nil {
		b.Fatal(err)
	}
	stripe := answering(b, fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"+
		"Date: Wed, 25 Nov 2026 12:00:00 GMT\r\nRequest-Id: req_benchmark0000\r\n\r\n%s", len(session), session))
	at := serveHTTP(b, "--rest-addr", "127.0.0.1:0", "--stripe-api-base", "http://"+stripe,
		"--rate-per-caller", "0", "--max-concurrent-per-caller", "0", "--max-concurrent", "0", "--stripe-rate", "0", "--stripe-max-concurrent", "0")
	conn, err := net.Dial("tcp", strings.TrimPrefix(at[listener], "http://"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	for name, call := range calls {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			in, want := bufio.NewReaderSize(conn, 64<<10), []byte("HTTP/1.1 200 OK\r\n")
			for b.Loop() {
				if _, err := io.WriteString(conn, call); err != nil {
					b.Fatal(err)
				}
				if status, err := in.Peek(len(want)); err != nil || !bytes.Equal(status, want) {
					b.Fatalf("%q, %v", status, err)
				}
				if err := skipAnswer(in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// answering starts a server that answers every request with the same bytes, and
// returns its address.
func answering(b *testing.B, answer []byte) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				for in := bufio.NewReader(conn); skipAnswer(in) == nil; {
					_, _ = conn.Write(answer)
				}
			}()
		}
	}()
	return l.Addr().String()
}

// skipAnswer reads a message of HTTP/1.1 whose body is as long as its header
// says, or chunked.
func skipAnswer(in *bufio.Reader) error {
	length, chunked := 0, false
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if line = bytes.TrimSpace(line); len(line) == 0 {
			break
		}
		if digits, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			length = 0
			for _, d := range digits {
				length = 10*length + int(d-'0')
			}
		}
		chunked = chunked || bytes.Equal(line, []byte("Transfer-Encoding: chunked"))
	}
	if !chunked {
		_, err := in.Discard(length)
		return err
	}
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return err
		}
		size := 0
		for _, d := range bytes.TrimSpace(line) {
			size = 16*size + strings.IndexByte("0123456789abcdef", d)
		}
		if _, err := in.Discard(size + len("\r\n")); err != nil || size == 0 {
			return err
		}
	}
}
