package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// BenchmarkStart measures from spawn to an answered tools/list, the memory then
// resident, and the size of the stripped binary: of this program, and of the
// least that go-sdk needs, in the same run.
func BenchmarkStart(b *testing.B) {
	for _, program := range []struct {
		name, pkg string
		args      []string
	}{
		{"empty", "./testdata/empty", nil},
		{"stripe-checkout-mcp", ".", []string{"stdio", "--sandbox"}},
	} {
		b.Run(program.name, func(b *testing.B) {
			binary := filepath.Join(b.TempDir(), program.name)
			if out, err := exec.Command("go", "build", "-trimpath", "-tags", "grpcnotrace", "-ldflags", "-s -w", "-o", binary, program.pkg).CombinedOutput(); err != nil {
				b.Fatalf("%v\n%s", err, out)
			}
			info, err := os.Stat(binary)
			if err != nil {
				b.Fatal(err)
			}
			client := mcp.NewClient(&mcp.Implementation{Name: "bench", Version: "1"}, nil)
			var resident float64
			for b.Loop() {
				server := exec.Command(binary, program.args...)
				session, err := client.Connect(b.Context(), &mcp.CommandTransport{Command: server}, nil)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := session.ListTools(b.Context(), nil); err != nil {
					b.Fatal(err)
				}
				resident = residentMB(b, server.Process.Pid)
				if err := session.Close(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(info.Size())/1e6, "MB-binary")
			if resident > 0 {
				b.ReportMetric(resident, "MB-resident")
			}
		})
	}
}

// residentMB reads Linux's account of a process, 0 elsewhere.
func residentMB(b *testing.B, pid int) float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		var kB float64
		if n, _ := fmt.Sscanf(line, "VmRSS: %f kB", &kB); n == 1 {
			return kB / 1e3
		}
	}
	return 0
}
