package e2e

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/recording"
)

const (
	token     = "token-of-the-e2e-tests"
	stripeKey = "rk_test_51EndToEnd"
)

var binary string // the program under test

func TestMain(m *testing.M) {
	flag.Parse()
	if testing.Short() {
		fmt.Println("-short: the tests of the built program are skipped")
		return
	}
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "e2e")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		binary = filepath.Join(dir, "stripe-checkout-mcp")
		if out, err := exec.Command("go", "build", "-o", binary, "../../cmd/stripe-checkout-mcp").CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "building the program: %v\n%s", err, out)
			return 1
		}
		return m.Run()
	}())
}

// A process is a program that is running, or has ended.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	addr string
	done chan struct{}
	err  error // of Wait, once done
	log  recording.Buffer
}

// start starts a program that serves at addr and waits until it answers there.
func start(t *testing.T, addr, path, name string, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(name, args...), addr: addr, done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), "STRIPE_API_KEY="+stripeKey, "STRIPE_CHECKOUT_MCP_TOKENS="+token)
	p.cmd.Stdout, p.cmd.Stderr = &p.log, &p.log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		// SIGKILL would leave nginx's workers behind.
		_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		<-p.done
		if t.Failed() {
			t.Logf("%s at %s logged:\n%s", name, addr, tail(p.log.String()))
		}
	})
	p.awaitAnswer(path)
	return p
}

func tail(log string) string {
	const most = 1500
	if len(log) > most {
		return "…" + log[len(log)-most:]
	}
	return log
}

// awaitAnswer waits until the process answers, for as long as the test may run.
func (p *process) awaitAnswer(path string) {
	p.t.Helper()
	for {
		req, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, "http://"+p.addr+path, nil)
		if err != nil {
			p.t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode < 500 {
				return
			}
		}
		select {
		case <-p.done:
			p.t.Fatalf("the process ended before it answered: %v\n%s", p.err, p.log.String())
		case <-p.t.Context().Done():
			p.t.Fatal(p.t.Context().Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// kill ends the process as a crash would.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.done
}

// terminate sends SIGTERM and returns how the process ended.
func (p *process) terminate() error {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	select {
	case <-p.done:
		return p.err
	case <-time.After(time.Minute): // not a speed limit: the process hangs
		return errors.New("it still runs a minute after SIGTERM")
	}
}

// freeAddr returns a loopback address that was free a moment ago. A server that
// is restarted has to come back at the same address.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func startSandbox(t *testing.T) *process {
	t.Helper()
	addr := freeAddr(t)
	return start(t, addr, "/", binary, "sandbox", "--addr", addr)
}

// startReplica starts the service, connected to the given Stripe. Limits per
// caller are off, because a test stands for many callers but has one address
// and one token.
func startReplica(t *testing.T, addr, stripe string, more ...string) *process {
	t.Helper()
	return start(t, addr, "/readyz", binary, append([]string{"http", "--addr", addr, "--auth", "token", "--stripe-api-base", "http://" + stripe,
		"--rate-per-caller", "0", "--max-concurrent-per-caller", "0", "--stripe-rate", "0", "--log-level", "warn"}, more...)...)
}
