package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// started is what one server takes to start over stdio and to wait for calls,
// with one value per round.
type started struct {
	Server string
	Binary int64 // bytes, stripped

	Millis    []float64 // from spawn to the answer to tools/list
	Ratio     []float64 // to the plainest go-sdk server in the same round
	Resident  []float64 // bytes when idle afterwards
	Anonymous []float64 // those without the binary's pages, which Linux shares and can drop
}

// starts measures this server beside the plainest one that go-sdk makes
// possible, in rounds that take turns.
func (o options) starts(r *report) error {
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	plain := filepath.Join(dir, "plain") // this program, stripped like a release
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", plain, "github.com/stripe-checkout-mcp/stripe-checkout-mcp/bench")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	servers := []struct {
		name    string
		command []string
	}{
		{"plain go-sdk", []string{plain, "-serve", "go-sdk-stdio"}},
		{"this server", []string{o.server, "stdio"}},
		{"this server, --sandbox", []string{o.server, "stdio", "--sandbox"}},
	}
	for _, s := range servers {
		info, err := os.Stat(s.command[0])
		if err != nil {
			return err
		}
		r.Starts = append(r.Starts, &started{Server: s.name, Binary: info.Size()})
	}
	for range 4 * o.rounds { // a start is short
		floor := 0.0
		for i, s := range servers {
			took, resident, anonymous, err := startOnce(s.command)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			millis := float64(took) / 1e6
			if i == 0 {
				floor = millis
			}
			of := r.Starts[i]
			of.Millis = append(of.Millis, millis)
			of.Ratio = append(of.Ratio, millis/floor)
			of.Resident = append(of.Resident, float64(resident))
			of.Anonymous = append(of.Anonymous, float64(anonymous))
		}
	}
	return nil
}

// handshake is what a client sends until it knows the tools.
const handshake = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}
{"jsonrpc":"2.0","method":"notifications/initialized"}
{"jsonrpc":"2.0","id":2,"method":"tools/list"}
`

// startOnce starts a server, asks for its tools, and reads its memory once it
// is idle.
func startOnce(command []string) (took time.Duration, resident, anonymous int64, err error) {
	begin := time.Now()
	p, err := start(command[0], command[1:]...)
	if err != nil {
		return 0, 0, 0, err
	}
	defer p.stop()
	if _, err := io.WriteString(p.stdin, handshake); err != nil {
		return 0, 0, 0, err
	}
	for {
		line, err := p.stdout.ReadBytes('\n')
		if err != nil {
			return 0, 0, 0, err
		}
		if !bytes.Contains(line, []byte(`"id":2`)) {
			continue
		}
		took = time.Since(begin)
		if n := bytes.Count(line, []byte(`"inputSchema"`)); n != 5 {
			return 0, 0, 0, fmt.Errorf("it has %d tools", n)
		}
		break
	}
	time.Sleep(300 * time.Millisecond)
	return took, p.account("smaps_rollup", "Rss"), p.account("smaps_rollup", "Anonymous"), nil
}

func (r *report) printStarts(w io.Writer) {
	fmt.Fprintf(w, "\n**Start**\n\nFrom spawn to the answer to tools/list over stdio, and the memory at rest afterwards; medians of %d starts.\n\n"+
		"| server | binary | start | ratio to plain go-sdk | resident | of it not the binary's pages |\n|---|---:|---:|---:|---:|---:|\n", len(r.Starts[0].Millis))
	for _, s := range r.Starts {
		fmt.Fprintf(w, "| %s | %.1f MB | %.1f ms | %.2f (%.2f to %.2f) | %.1f MB | %.1f MB |\n", s.Server, float64(s.Binary)/1e6,
			median(s.Millis), median(s.Ratio), slices.Min(s.Ratio), slices.Max(s.Ratio), median(s.Resident)/1e6, median(s.Anonymous)/1e6)
	}
}
