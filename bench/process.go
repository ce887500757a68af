package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"
)

// key is nobody's key.
const key = "sk_test_benchmark00000000000000"

// A process is a target, or the stub behind them, in a process of its own.
type process struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Reader
	log    *os.File
}

func start(name string, args ...string) (*process, error) {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "STRIPE_API_KEY="+key)
	log, err := os.CreateTemp("", "bench-*.log") // a real access log, as in production
	if err != nil {
		return nil, err
	}
	cmd.Stderr = log
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &process{cmd, stdin, bufio.NewReaderSize(stdout, 1<<20), log}, nil
}

func (p *process) stop() {
	_ = p.stdin.Close()
	_ = p.cmd.Process.Signal(os.Interrupt)
	_ = p.cmd.Wait()
	_ = p.log.Close()
	_ = os.Remove(p.log.Name())
}

// part starts this program again as one of the parts in serve.
func part(name, upstream string) (*process, string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, "", err
	}
	p, err := start(self, "-serve", name, "-upstream", upstream)
	if err != nil {
		return nil, "", err
	}
	addr, err := p.stdout.ReadString('\n')
	if err != nil {
		p.stop()
		return nil, "", fmt.Errorf("%s did not start: %w", name, err)
	}
	return p, strings.TrimSpace(addr), nil
}

// cpu returns the processor time that the process has used, as Linux counts it
// in hundredths of a second; 0 on other systems.
func (p *process) cpu() time.Duration {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(data), ") ")
	fields := strings.Fields(after)
	var user, system int64
	_, _ = fmt.Sscan(fields[11], &user)
	_, _ = fmt.Sscan(fields[12], &system)
	return time.Duration(user+system) * 10 * time.Millisecond
}

// memory returns the bytes that the process uses now and has used at most; 0
// without /proc.
func (p *process) memory() (resident, peak int64) {
	return p.account("status", "VmRSS"), p.account("status", "VmHWM")
}

// account reads an amount of memory from one of Linux's accounts of the process.
func (p *process) account(file, name string) (size int64) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", p.cmd.Process.Pid, file))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		if n, _ := fmt.Sscanf(line, name+": %d kB", &size); n == 1 {
			return size << 10
		}
	}
	return 0
}

// allocations returns what a Go program has allocated so far, according to its
// metrics.
func allocations(url string) (count, bytes float64, err error) {
	resp, err := http.Get(url)
	if err != nil {
		return 0, 0, err
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		_, _ = fmt.Sscanf(lines.Text(), "go_memstats_mallocs_total %g", &count)
		_, _ = fmt.Sscanf(lines.Text(), "go_memstats_alloc_bytes_total %g", &bytes)
	}
	return count, bytes, lines.Err()
}
