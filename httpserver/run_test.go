package httpserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

const (
	drainDelay   = 5 * time.Second
	drainTimeout = time.Minute
)

// clock fires the drain's timers when the test says so.
type clock struct{ delay, timeout chan time.Time }

func newClock() *clock {
	return &clock{make(chan time.Time, 1), make(chan time.Time, 1)}
}

func (c *clock) install(s *Server) {
	s.after = func(d time.Duration) <-chan time.Time {
		switch d {
		case drainDelay:
			return c.delay
		case drainTimeout:
			return c.timeout
		}
		panic(fmt.Sprint("unexpected timer ", d))
	}
}

func status(t *testing.T, url string) int {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

func untilDraining(t *testing.T, url string) {
	t.Helper()
	for status(t, url+"/readyz") != http.StatusServiceUnavailable {
		if t.Context().Err() != nil {
			t.FailNow()
		}
	}
}

func untilRefused(addr net.Addr) {
	for {
		conn, err := net.Dial("tcp", addr.String())
		if err != nil {
			return
		}
		_ = conn.Close()
	}
}

func TestDrain(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	clock := newClock()
	s := start(t, Config{
		MetricsAddr: "127.0.0.1:0",
		DrainDelay:  drainDelay, DrainTimeout: drainTimeout,
		Listeners: []Listener{rest(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/slow" {
				entered <- struct{}{}
				<-release
				if err := r.Context().Err(); err != nil {
					t.Errorf("a running call was cancelled: %v", err)
				}
			}
			ok(w, r)
		})},
	}, clock.install)
	url := s.url("rest")

	const n = 5
	var slow sync.WaitGroup
	for range n {
		slow.Go(func() {
			if resp, body := call(t, url+"/slow", ""); resp.StatusCode != 200 || body != "ok" {
				t.Errorf("a running call got %d %q", resp.StatusCode, body)
			}
		})
	}
	for range n {
		<-entered
	}

	s.stop()
	untilDraining(t, url)
	if got := status(t, s.url("metrics")+"/readyz"); got != 503 {
		t.Errorf("/readyz for metrics: %d", got)
	}
	if got := status(t, url+"/healthz"); got != 200 {
		t.Errorf("/healthz while draining: %d", got)
	}
	if resp, body := call(t, url, ""); resp.StatusCode != 200 || body != "ok" || !resp.Close {
		t.Errorf("during the delay: %d %q, closed %v; want an answer and the connection closed", resp.StatusCode, body, resp.Close)
	}

	clock.delay <- time.Time{}
	untilRefused(s.Addr("rest"))
	select {
	case err := <-s.result:
		t.Fatalf("Run returned %v with calls running", err)
	default:
	}
	close(release)
	slow.Wait()
	if err := s.end(); err != nil {
		t.Errorf("Run: %v", err)
	}
}

func TestDrainIsBounded(t *testing.T) {
	entered, cancelled := make(chan struct{}), make(chan struct{})
	var audited atomic.Bool
	clock := newClock()
	s := start(t, Config{
		DrainTimeout: drainTimeout,
		Listeners: []Listener{rest(func(_ http.ResponseWriter, r *http.Request) {
			close(entered)
			<-r.Context().Done()
			runtime.Gosched()
			audited.Store(true) // what Run must wait for
			close(cancelled)
		})},
	}, clock.install)
	failed := make(chan error)
	go func() {
		resp, err := http.Post(s.url("rest"), "text/plain", strings.NewReader("x"))
		if err == nil {
			_ = resp.Body.Close()
		}
		failed <- err
	}()
	<-entered
	s.stop()
	untilRefused(s.Addr("rest"))
	clock.timeout <- time.Time{}
	if err := s.end(); err == nil || !strings.Contains(err.Error(), "cut off") {
		t.Errorf("Run: %v, want an error saying that calls were cut off", err)
	}
	if !audited.Load() {
		t.Error("Run returned before the call it cut off")
	}
	<-cancelled
	s.expected = true
	if err := <-failed; err == nil {
		t.Error("the call that was cut off got an answer")
	}
	if !strings.Contains(s.log.String(), "cut off") {
		t.Error("the log doesn't say that calls were cut off")
	}
}

func TestRunFailsWithItsListener(t *testing.T) {
	s, err := New(Config{Listeners: []Listener{rest(ok)}})
	if err != nil {
		t.Fatal(err)
	}
	_ = s.open[0].net.Close()
	if err := s.Run(t.Context()); !errors.Is(err, net.ErrClosed) || !strings.Contains(err.Error(), `"rest"`) {
		t.Errorf("error %v, want the listener's", err)
	}
}

func TestNewFreesItsListenersOnError(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	first, taken := rest(ok), rest(ok)
	first.Addr, taken.Addr = addr, "127.0.0.1:-1"
	if _, err := New(Config{Listeners: []Listener{first, taken}}); err == nil {
		t.Fatal("a bad address was accepted")
	}
	if l, err = net.Listen("tcp", addr); err != nil {
		t.Errorf("the first listener is still open: %v", err)
	} else {
		_ = l.Close()
	}
}

// replica is a server that can be told to hold the calls it receives.
type replica struct {
	*running
	clock   *clock
	holding atomic.Pointer[chan struct{}] // nil: answer at once
	held    atomic.Int64                  // calls waiting for it
}

func startReplica(t *testing.T, served *atomic.Int64) *replica {
	r := &replica{clock: newClock()}
	r.running = start(t, Config{
		DrainDelay: drainDelay, DrainTimeout: drainTimeout,
		Listeners: []Listener{MCP("127.0.0.1:0", mcpHandler("work", func(context.Context) (*mcp.CallToolResult, error) {
			if hold := r.holding.Load(); hold != nil {
				r.held.Add(1)
				<-*hold
			}
			served.Add(1)
			return text("done"), nil
		}), nil)},
	}, r.clock.install)
	t.Cleanup(func() { close(r.clock.delay) })
	return r
}

// balancer sends each request once, to the next replica in the list.
type balancer struct {
	mu       sync.Mutex
	replicas []*replica
	next     int
	sent     map[*replica]int64 // requests not yet answered
	http.Transport
}

func (b *balancer) RoundTrip(req *http.Request) (*http.Response, error) {
	b.mu.Lock()
	r := b.replicas[b.next%len(b.replicas)]
	b.next++
	b.sent[r]++
	b.mu.Unlock()
	defer func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.sent[r]--
	}()
	req = req.Clone(req.Context())
	req.URL.Host = r.Addr("mcp").String()
	req.Host = ""
	return b.Transport.RoundTrip(req)
}

// untilHeld waits until every request on its way to r is a call running in it.
func (b *balancer) untilHeld(r *replica) {
	for {
		b.mu.Lock()
		sent := b.sent[r]
		b.mu.Unlock()
		if r.held.Load() == sent {
			return
		}
		runtime.Gosched()
	}
}

func (b *balancer) replace(former, latter *replica) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, r := range b.replicas {
		if r == former {
			b.replicas[i] = latter
		}
	}
}

// Three replicas are replaced one by one while official clients, which don't
// retry, make calls. Each is stopped with calls running, and every call is
// answered exactly once.
func TestRollingRestartLosesNoCall(t *testing.T) {
	var served, answered atomic.Int64
	b := &balancer{sent: make(map[*replica]int64)}
	for range 3 {
		b.replicas = append(b.replicas, startReplica(t, &served))
	}
	done := make(chan struct{})
	var clients sync.WaitGroup
	for range 8 {
		client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
		session, err := client.Connect(t.Context(), &mcp.StreamableClientTransport{
			Endpoint: "http://balancer.invalid/mcp", HTTPClient: &http.Client{Transport: b},
			DisableStandaloneSSE: true, MaxRetries: -1,
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer session.Close()
		clients.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				r, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "work"})
				if err != nil || r.IsError {
					t.Errorf("a call was lost: %v", err)
					return
				}
				answered.Add(1)
			}
		})
	}

	for _, old := range slices.Clone(b.replicas) {
		release := make(chan struct{})
		old.holding.Store(&release)
		for old.held.Load() == 0 { // a call is running, and still will be when the listener closes
			runtime.Gosched()
		}
		old.stop()
		untilDraining(t, old.url("mcp"))
		b.replace(old, startReplica(t, &served))
		b.untilHeld(old) // this is what the delay is for
		old.clock.delay <- time.Time{}
		untilRefused(old.Addr("mcp"))
		close(release)
		b.CloseIdleConnections() // net/http waits 5 s for connections opened but never used
		if err := old.end(); err != nil {
			t.Errorf("Run: %v", err)
		}
	}
	close(done)
	clients.Wait()
	if served.Load() != answered.Load() || answered.Load() == 0 {
		t.Errorf("%d calls were served and %d answered", served.Load(), answered.Load())
	}
}
