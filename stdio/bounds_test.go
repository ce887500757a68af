package stdio

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"go.uber.org/goleak"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/recording"
)

// A session is with a server whose only tool counts running calls and waits to
// be released.
type session struct {
	*Transport
	client  io.WriteCloser // where the client writes
	release chan struct{}
	running atomic.Int64
	most    atomic.Int64
	done    atomic.Int64 // calls that ran to the end
	stop    context.CancelFunc
	ended   chan error
}

func startSession(t *testing.T, out io.Writer, patience ...time.Duration) *session {
	t.Helper()
	stdin, client := io.Pipe()
	stop, cancel := context.WithCancel(t.Context())
	s := &session{
		Transport: &Transport{In: stdin, Out: out, Stop: stop},
		client:    client, release: make(chan struct{}), stop: cancel, ended: make(chan error, 1),
	}
	for _, p := range patience {
		s.patience = p
	}
	server := mcp.NewServer(&mcp.Implementation{Name: "slow", Version: "1"}, nil)
	server.AddTool(&mcp.Tool{Name: "slow", InputSchema: json.RawMessage(`{"type":"object"}`)},
		func(ctx context.Context, _ *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			if now := s.running.Add(1); now > s.most.Load() {
				s.most.Store(now)
			}
			defer s.running.Add(-1)
			select {
			case <-s.release:
				s.done.Add(1)
				return &mcp.CallToolResult{}, nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		})
	go func() { s.ended <- server.Run(context.WithoutCancel(t.Context()), s.Transport) }()
	s.write(t, initialize)
	return s
}

func (s *session) write(t *testing.T, lines string) {
	t.Helper()
	if _, err := io.WriteString(s.client, lines); err != nil {
		t.Fatal(err)
	}
}

// calls returns n calls, with IDs counting up from first.
func calls(first, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"slow","arguments":{}}}`+"\n", first+i)
	}
	return b.String()
}

func answers(out string) (results, refusals int) {
	return strings.Count(out, `"result":{"content"`), strings.Count(out, `"error":`)
}

func TestThousandsOfCallsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out recording.Buffer
		s := startSession(t, &out)
		s.write(t, calls(100, 5000))
		synctest.Wait()
		if got := s.running.Load(); got != maxRunning {
			t.Errorf("%d calls run at once, want %d", got, maxRunning)
		}
		close(s.release)
		s.client.Close()
		if err := <-s.ended; err != nil {
			t.Error(err)
		}
		if results, refusals := answers(out.String()); results != 5000 || refusals != 0 {
			t.Errorf("%d results and %d refusals, want 5000 and none", results, refusals)
		}
		if got := s.most.Load(); got != maxRunning {
			t.Errorf("%d calls ran at once, want %d", got, maxRunning)
		}
	})
}

func TestTooManyCallsAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out recording.Buffer
		s := startSession(t, &out)
		s.write(t, calls(100, maxRunning+maxWaiting+5))
		synctest.Wait()
		if _, refusals := answers(out.String()); refusals != 5 || !strings.Contains(out.String(), "too many calls are waiting") {
			t.Errorf("%d refusals, want 5", refusals)
		}
		close(s.release)
		s.client.Close()
		if err := <-s.ended; err != nil {
			t.Error(err)
		}
		if results, _ := answers(out.String()); results != maxRunning+maxWaiting {
			t.Errorf("%d results, want %d", results, maxRunning+maxWaiting)
		}
	})
}

func TestLargeWaitingCallsAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out recording.Buffer
		s := startSession(t, &out)
		s.write(t, calls(100, maxRunning))
		params := `{"name":"slow","arguments":{"x":"` + strings.Repeat("x", 1<<20) + `"}}`
		fit := maxWaitingBytes / len(params)
		for i := range fit + 3 {
			s.write(t, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":%s}`+"\n", 1000+i, params))
		}
		synctest.Wait()
		if _, refusals := answers(out.String()); refusals != 3 {
			t.Errorf("%d refusals, want 3", refusals)
		}
		close(s.release)
		s.client.Close()
		if err := <-s.ended; err != nil {
			t.Error(err)
		}
		if results, _ := answers(out.String()); results != maxRunning+fit {
			t.Errorf("%d results, want %d", results, maxRunning+fit)
		}
	})
}

func TestWaitingCallsCanBeCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out recording.Buffer
		s := startSession(t, &out)
		s.write(t, calls(100, maxRunning+2))
		s.write(t, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":`+fmt.Sprint(100+maxRunning)+`}}`+"\n")
		s.client.Close()
		synctest.Wait()
		close(s.release)
		if err := <-s.ended; err != nil {
			t.Error(err)
		}
		if s.done.Load() != maxRunning+1 || !strings.Contains(out.String(), "cancelled before it began") {
			t.Errorf("%d calls were made, want %d:\n%s", s.done.Load(), maxRunning+1, &out)
		}
	})
}

// When a signal comes, running calls still answer and waiting ones are refused.
func TestNoCallBeginsAfterASignal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out recording.Buffer
		s := startSession(t, &out)
		s.write(t, calls(100, maxRunning+3))
		synctest.Wait()
		s.stop()
		synctest.Wait()
		close(s.release)
		if err := <-s.ended; err != nil {
			t.Error(err)
		}
		if results, refusals := answers(out.String()); results != maxRunning || refusals != 3 || strings.Count(out.String(), "was not made") != 3 {
			t.Errorf("%d results and %d refusals, want %d and 3", results, refusals, maxRunning)
		}
		s.client.Close()
	})
}

// A client that never reads can't make the server use unbounded memory or keep
// it from shutting down: its calls are carried out and their answers lost.
func TestClientThatNeverReads(t *testing.T) {
	for name, end := range map[string]func(*session){
		"signal":       func(s *session) { s.stop() },
		"end of input": func(s *session) { s.client.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
			in, out := io.Pipe()
			defer in.Close() // unblocks the abandoned write
			s := startSession(t, out, time.Millisecond)
			if _, err := bufio.NewReaderSize(in, 16).ReadString('\n'); err != nil { // the answer to initialize
				t.Fatal(err)
			}
			close(s.release)
			go func() { _, _ = io.WriteString(s.client, calls(100, 20_000)) }()
			for s.done.Load() == 0 {
				runtime.Gosched()
			}
			end(s)
			if err := <-s.ended; err != nil {
				t.Error(err)
			}
			if got := s.done.Load(); got > maxRunning {
				t.Errorf("%d calls were made although nobody read the answers", got)
			}
			if s.Lost() == 0 {
				t.Error("no answer was counted as lost")
			}
			s.client.Close()
		})
	}
}

// The server gives up a client that sends 200 MB of calls and reads no answer:
// it never takes more memory than calls may wait in, and leaves nothing behind.
func TestMemoryOfAClientThatNeverReads(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	const sent, most = 40_000, maxWaitingBytes + 32<<20
	in, out := io.Pipe()
	defer in.Close() // unblocks the abandoned write
	before := heap()
	s := startSession(t, out, time.Millisecond)
	defer s.client.Close()
	if _, err := bufio.NewReaderSize(in, 16).ReadString('\n'); err != nil { // the answer to initialize
		t.Fatal(err)
	}
	close(s.release)
	wrote := make(chan int64, 1)
	go func() {
		var peak int64
		padding := strings.Repeat("x", 5000)
		for i := range sent {
			if i%1000 == 0 {
				peak = max(peak, heap()-before)
			}
			if _, err := fmt.Fprintf(s.client, `{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"slow","arguments":{"x":%q}}}`+"\n", 100+i, padding); err != nil {
				break
			}
		}
		s.stop() // for a server that has not given up
		wrote <- peak
	}()
	if err := <-s.ended; err != nil {
		t.Error(err)
	}
	s.client.Close()
	if peak := <-wrote; peak > most {
		t.Errorf("%d MiB were in use at once, want at most %d", peak>>20, most>>20)
	}
	if s.Lost() == 0 {
		t.Error("no answer was counted as lost")
	}
	if got := heap() - before; got > 8<<20 {
		t.Errorf("%d MiB are in use afterwards", got>>20)
	}
}

// heap is the memory that is in use, in bytes.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// The server waits for a client that reads slowly, however long the answer is.
func TestSlowClientIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, out := io.Pipe()
		w := newLineWriter(out, defaultPatience)
		w.hurry()
		line := strings.Repeat("x", 1<<20) + "\n"
		go func() {
			_, _ = w.Write([]byte(line))
			out.Close()
		}()
		read := 0
		for {
			time.Sleep(defaultPatience - time.Second)
			n, err := in.Read(make([]byte, len(line)))
			read += n
			if err != nil {
				break
			}
		}
		if read != len(line) || w.lost.Load() != 0 {
			t.Errorf("%d of %d bytes were read", read, len(line))
		}
	})
}

// When a client dies, its calls live on: what was sent to Stripe is finished
// and recorded.
func TestRunningCallsOutliveTheClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, out := io.Pipe()
		s := startSession(t, out)
		go func() { _, _ = io.Copy(io.Discard, in) }()
		s.write(t, calls(100, 5))
		synctest.Wait()
		in.Close()
		close(s.release)
		defer s.client.Close()
		if err := <-s.ended; err != nil {
			t.Error(err)
		}
		if s.done.Load() != 5 || s.Lost() == 0 {
			t.Errorf("%d calls were finished, want 5; %d answers were lost", s.done.Load(), s.Lost())
		}
	})
}
