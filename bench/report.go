package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// A report is everything that one run measured.
type report struct {
	Machine     string
	Rounds      int
	Round       string
	Rows        []*row
	Allocations []allocated
	Memory      []held
	Starts      []*started
}

// A row is one target with one call and a number of clients, with one value per
// round.
type row struct {
	Call    string
	Clients int
	Target  string

	PerSecond []float64
	Ratio     []float64 // relative to the proxy in the same round
	AddedP50  []float64 // milliseconds more than the proxy
	AddedP99  []float64
	CPU       []float64 // microseconds per call
}

type allocated struct {
	Call, Target string
	Count, Bytes float64
}

type held struct {
	Target     string
	Idle, Peak int64
	PerPage    float64 // relative to the bytes of 64 pages of 100
}

func (r *row) add(got, floor result) {
	ms := func(d time.Duration) float64 { return float64(d) / 1e6 }
	r.PerSecond = append(r.PerSecond, got.perSecond)
	r.Ratio = append(r.Ratio, got.perSecond/floor.perSecond)
	r.AddedP50 = append(r.AddedP50, ms(got.p50-floor.p50))
	r.AddedP99 = append(r.AddedP99, ms(got.p99-floor.p99))
	r.CPU = append(r.CPU, float64(got.cpu)/1e3)
}

func median(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	return s[len(s)/2]
}

func (r *report) print(w io.Writer) {
	fmt.Fprintf(w, "%s. %d rounds of %s; medians, with the lowest and the highest in parentheses.\n", r.Machine, r.Rounds, r.Round)
	for _, clients := range []int{64, 1, 8, 512} {
		fmt.Fprintf(w, "\n### %d clients\n\n| call | target | calls/s | ratio to the proxy | p50 added | p99 added | CPU per call |\n|---|---|---:|---:|---:|---:|---:|\n", clients)
		for _, row := range r.Rows {
			if row.Clients == clients {
				fmt.Fprintf(w, "| %s | %s | %.0f | %.2f (%.2f to %.2f) | %.2f ms | %.2f ms | %.0f µs |\n", row.Call, row.Target,
					median(row.PerSecond), median(row.Ratio), slices.Min(row.Ratio), slices.Max(row.Ratio),
					median(row.AddedP50), median(row.AddedP99), median(row.CPU))
			}
		}
	}
	fmt.Fprintf(w, "\n### Allocations\n\nWith metrics on, which this server uses to count them.\n\n| call | target | allocations per call | kB per call |\n|---|---|---:|---:|\n")
	for _, a := range r.Allocations {
		fmt.Fprintf(w, "| %s | %s | %.0f | %.1f |\n", a.Call, a.Target, a.Count, a.Bytes/1e3)
	}
	fmt.Fprintf(w, "\n### Memory, 64 clients asking for pages of 100\n\n| target | before | at most | times the pages' bytes |\n|---|---:|---:|---:|\n")
	for _, m := range r.Memory {
		fmt.Fprintf(w, "| %s | %.1f MB | %.1f MB | %.1f |\n", m.Target, float64(m.Idle)/1e6, float64(m.Peak)/1e6, m.PerPage)
	}
	r.printStarts(w)
}

// machine says what the numbers were measured on.
func machine() string {
	model := runtime.GOARCH
	if data, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(data)) {
			if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	load := ""
	if data, err := os.ReadFile("/proc/loadavg"); err == nil {
		load = ", load average " + strings.Join(strings.Fields(string(data))[:2], " and ") + " before"
	}
	return fmt.Sprintf("%d CPUs (%s), %s %s%s", runtime.NumCPU(), model, runtime.GOOS, runtime.Version(), load)
}
