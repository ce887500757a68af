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

// BenchmarkREST makes one call at a time, through every layer, over loopback
// connections. The caller and Stripe allocate nothing, so all allocations are
// the server's.
func BenchmarkREST(b *testing.B) {
	b.Setenv("STRIPE_API_KEY", "rk_test_benchmark0000")
	session, err := os.ReadFile("../../bench/testdata/session.json")
	if err != nil {
		b.Fatal(err)
	}
	stripe := answering(b, fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"+
		"Date: Wed, 25 Nov 2026 12:00:00 GMT\r\nRequest-Id: req_benchmark0000\r\n\r\n%s", len(session), session))
	at := serveHTTP(b, "--rest-addr", "127.0.0.1:0", "--stripe-api-base", "http://"+stripe,
		"--rate-per-caller", "0", "--max-concurrent-per-caller", "0", "--max-concurrent", "0", "--stripe-rate", "0", "--stripe-max-concurrent", "0")
	conn, err := net.Dial("tcp", strings.TrimPrefix(at["rest"], "http://"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	const create = `{"mode":"payment","success_url":"https://shop.example/thanks","line_items":[{"quantity":2,"price_data":{"currency":"usd","unit_amount":1250,"product_data":{"name":"Coffee mug"}}}]}`
	for name, call := range map[string]string{
		"create": "POST /v1/checkout/sessions HTTP/1.1\r\n" +
			"Host: 127.0.0.1\r\nUser-Agent: Go-http-client/1.1\r\nContent-Type: application/json\r\n" +
			fmt.Sprintf("Content-Length: %d\r\nAccept-Encoding: gzip\r\n\r\n%s", len(create), create),
		"session": "GET /v1/checkout/sessions/cs_test_a1e6tj9RyYrTxWhQarmNUjpUbZmhVUzsuujk232ecg1KJT6oE4kNot14N0 HTTP/1.1\r\n" +
			"Host: 127.0.0.1\r\nUser-Agent: Go-http-client/1.1\r\nAccept-Encoding: gzip\r\n\r\n",
		"expire": "POST /v1/checkout/sessions/cs_test_a1e6tj9RyYrTxWhQarmNUjpUbZmhVUzsuujk232ecg1KJT6oE4kNot14N0/expire HTTP/1.1\r\n" +
			"Host: 127.0.0.1\r\nUser-Agent: Go-http-client/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 22\r\n" +
			"Accept-Encoding: gzip\r\n\r\nexpand%5B0%5D=customer",
	} {
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
