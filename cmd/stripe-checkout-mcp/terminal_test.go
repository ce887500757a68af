//go:build linux

package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// terminal opens a pseudo-terminal. What a program writes to tty can be read
// from screen.
func terminal(t *testing.T) (screen, tty *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("SKIPPED, not tested: no pseudo-terminal: %v", err)
	}
	t.Cleanup(func() { screen.Close() })
	if err := unix.IoctlSetPointerInt(int(screen.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(screen.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	tty, err = os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tty.Close() })
	return screen, tty
}

// startOnTerminal runs a command with its standard error on a terminal and
// returns what appears there.
func startOnTerminal(t *testing.T, cmd *exec.Cmd) *bufio.Reader {
	t.Helper()
	screen, tty := terminal(t)
	cmd.Stderr = tty
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	tty.Close() // so that the screen closes when the command ends
	return bufio.NewReader(screen)
}

// On a terminal, http starts by saying where to connect. In a file it writes
// only its log.
func TestHTTPShowsAddressesOnATerminal(t *testing.T) {
	t.Parallel()
	cmd := self(t, "http", "--sandbox", "--addr", "127.0.0.1:0", "--rest-addr", "127.0.0.1:0", "--metrics-addr", "127.0.0.1:0")
	screen := startOnTerminal(t, cmd)
	for _, want := range []string{
		`^MCP for clients:      http://127\.0\.0\.1:\d+/mcp\r\n$`,
		`^REST documentation:   http://127\.0\.0\.1:\d+/docs\r\n$`,
		`^Prometheus metrics:   http://127\.0\.0\.1:\d+/metrics\r\n$`,
	} {
		line, err := screen.ReadString('\n')
		for err == nil && strings.Contains(line, "level=") { // the log, which may come first
			line, err = screen.ReadString('\n')
		}
		if err != nil || !regexp.MustCompile(want).MatchString(line) {
			t.Fatalf("%v: %q, want %s", err, line, want)
		}
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, screen)
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// On a terminal, call prints only the result. A file also gets the audit line.
func TestCallPrintsNoAuditOnATerminal(t *testing.T) {
	t.Parallel()
	arguments := []string{"call", "stripe-post-checkout-sessions", createArguments("o"), "--sandbox"}
	cmd := self(t, arguments...)
	screen := startOnTerminal(t, cmd)
	shown, _ := io.ReadAll(screen) // on Linux it ends with EIO
	if err := cmd.Wait(); err != nil || len(shown) > 0 {
		t.Errorf("%v: the terminal shows %s", err, shown)
	}
	cmd = self(t, arguments...)
	var record strings.Builder
	cmd.Stderr = &record
	if err := cmd.Run(); err != nil || !strings.Contains(record.String(), "outcome=created") {
		t.Errorf("%v: no audit line in %s", err, &record)
	}
}

// A call that waits for arguments on standard input can be ended by a signal.
func TestSignalEndsACallThatReadsInput(t *testing.T) {
	for _, sent := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(sent.String(), func(t *testing.T) {
			t.Parallel()
			cmd := self(t, "call", "stripe-get-checkout-sessions", "-", "--sandbox")
			read, write, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer write.Close()
			cmd.Stdin = read
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			if _, err := io.WriteString(write, `{"limit":`); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			// Once the pipe is empty, the program is reading.
			for unread := 1; unread > 0; {
				if unread, err = unix.IoctlGetInt(int(read.Fd()), unix.TIOCINQ); err != nil {
					t.Fatal(err)
				}
			}
			if err := cmd.Process.Signal(sent); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			if got := cmd.ProcessState.ExitCode(); got != exitFailed || !strings.Contains(stderr.String(), "reading the arguments: interrupted") {
				t.Errorf("exit code %d: %s", got, &stderr)
			}
		})
	}
}
