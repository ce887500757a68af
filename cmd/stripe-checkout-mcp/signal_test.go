//go:build unix

package main

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
)

const initialize = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}` + "\n" +
	`{"jsonrpc":"2.0","method":"notifications/initialized"}` + "\n"

// slowStripe is a sandbox that holds every request until it is released.
func slowStripe(t *testing.T) (url string, arrived <-chan struct{}, release func()) {
	t.Helper()
	requests, released := make(chan struct{}, 100), make(chan struct{})
	stripe := sandbox.New(sandbox.Options{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests <- struct{}{}
		<-released
		stripe.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, requests, func() { close(released) }
}

// However the client or its terminal disappears, a create that was sent to
// Stripe is finished and recorded, and the program exits.
func TestCreatesOutliveTheClient(t *testing.T) {
	for name, tt := range map[string]struct {
		signal   syscall.Signal // or 0 for none
		exitCode int
	}{
		"client dies": {0, exitFailed}, // the answer is lost
		"SIGTERM":     {syscall.SIGTERM, exitOK},
		"SIGINT":      {syscall.SIGINT, exitOK},
		"SIGHUP":      {syscall.SIGHUP, exitOK},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, arrived, release := slowStripe(t)
			cmd := self(t, "stdio", "--stripe-api-base", url)
			cmd.Env = append(cmd.Env, "STRIPE_API_KEY="+sandbox.Key)
			stdin, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			call := `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"stripe-post-checkout-sessions","arguments":` + createArguments("o") + `}}` + "\n"
			if _, err := io.WriteString(stdin, initialize+call); err != nil {
				t.Fatal(err)
			}
			answers := bufio.NewReader(stdout)
			if _, err := answers.ReadString('\n'); err != nil {
				t.Fatal(err)
			}
			<-arrived
			if tt.signal == 0 {
				stdout.Close()
				stdin.Close()
			} else if err := cmd.Process.Signal(tt.signal); err != nil {
				t.Fatal(err)
			}
			release()
			answer, _ := io.ReadAll(answers)
			_ = cmd.Wait()
			if got := cmd.ProcessState.ExitCode(); got != tt.exitCode {
				t.Errorf("exit code %d, want %d", got, tt.exitCode)
			}
			if !strings.Contains(stderr.String(), "outcome=created") {
				t.Errorf("the create is not on record:\n%s", &stderr)
			}
			if got := bytes.Contains(answer, []byte(`"id":2,"result"`)); got != (tt.signal != 0) {
				t.Errorf("answered: %v\n%s", got, answer)
			}
		})
	}
}

// A second signal kills the program, whatever it is waiting for.
func TestSecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	url, arrived, release := slowStripe(t)
	defer release()
	cmd := self(t, "stdio", "--stripe-api-base", url)
	cmd.Env = append(cmd.Env, "STRIPE_API_KEY="+sandbox.Key)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(stdin, initialize+`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"stripe-get-checkout-sessions","arguments":{}}}`+"\n"); err != nil {
		t.Fatal(err)
	}
	<-arrived
	done := make(chan struct{})
	go func() { _ = cmd.Wait(); close(done) }()
	for {
		_ = cmd.Process.Signal(syscall.SIGTERM) // the second one must come after the first was handled
		select {
		case <-done:
			return
		default:
		}
	}
}
