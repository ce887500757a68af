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
	for _, clients := range sweep {
		fmt.Fprintf(w, "\n**Clients: %d**\n\n| call | target | calls/s | ratio to the proxy | p50 added | p99 added | CPU per call |\n|---|---|---:|---:|---:|---:|---:|\n", clients)
		for _, row := range r.Rows {
			if row.Clients == clients {
				fmt.Fprintf(w, "| %s | %s | %.0f | %.2f (%.2f to %.2f) | %.2f ms | %.2f ms | %.0f µs |\n", row.Call, row.Target,
					median(row.PerSecond), median(row.Ratio), slices.Min(row.Ratio), slices.Max(row.Ratio),
					median(row.AddedP50), median(row.AddedP99), median(row.CPU))
			}
		}
	}
	fmt.Fprintf(w, "\n**Allocations**\n\nWith metrics on, which this server uses to count them.\n\n| call | target | allocations per call | kB per call |\n|---|---|---:|---:|\n")
	for _, a := range r.Allocations {
		fmt.Fprintf(w, "| %s | %s | %.0f | %.1f |\n", a.Call, a.Target, a.Count, a.Bytes/1e3)
	}
	r.printMemory(w)
	r.printStarts(w)
}

func (r *report) printMemory(w io.Writer) {
	fmt.Fprintf(w, "\n**Memory with 64 clients asking for pages of 100**\n\n| target | before | at most | times the pages' bytes |\n|---|---:|---:|---:|\n")
	for _, m := range r.Memory {
		fmt.Fprintf(w, "| %s | %.1f MB | %.1f MB | %.1f |\n", m.Target, float64(m.Idle)/1e6, float64(m.Peak)/1e6, m.PerPage)
	}
}

// summary is what readers look for first: how each way in compares to the
// proxy.
func (r *report) summary() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s. %d rounds of %s; medians, with the lowest and the highest in parentheses.\n", r.Machine, r.Rounds, r.Round)
	ways := []string{"MCP over HTTP", "MCP over HTTP, " + newer, "MCP over stdio", "REST", "plain go-sdk"}
	table := func(title string, clients int, cell func(row, proxy *row) string) {
		fmt.Fprintf(&b, "\n**%s**\n\n| call | %s |\n|---|%s\n", title, strings.Join(ways, " | "), strings.Repeat("---:|", len(ways)))
		for _, proxy := range r.Rows {
			if proxy.Target != "reverse proxy" || proxy.Clients != clients {
				continue
			}
			fmt.Fprintf(&b, "| %s |", proxy.Call)
			for _, way := range ways {
				text := ""
				if row := r.find(proxy.Call, clients, way); row != nil {
					text = cell(row, proxy)
				}
				fmt.Fprintf(&b, " %s |", text)
			}
			fmt.Fprintln(&b)
		}
	}
	table("Calls per second with 64 clients, relative to the reverse proxy", 64, func(row, _ *row) string {
		return fmt.Sprintf("%.2f (%.2f to %.2f)", median(row.Ratio), slices.Min(row.Ratio), slices.Max(row.Ratio))
	})
	table("CPU per call with 64 clients, relative to the reverse proxy", 64, func(row, proxy *row) string {
		return fmt.Sprintf("%.1f (%.0f µs)", median(row.CPU)/median(proxy.CPU), median(row.CPU))
	})
	table("Added latency with one client, p50", 1, func(row, _ *row) string {
		return fmt.Sprintf("%.2f ms", median(row.AddedP50))
	})
	fmt.Fprintf(&b, "\n**CPU per call over HTTP by the number of clients, relative to the reverse proxy**\n\n| call | 1 | 8 | 64 | 512 |\n|---|---:|---:|---:|---:|\n")
	for _, c := range calls[:swept] {
		fmt.Fprintf(&b, "| %s |", c.name)
		for _, clients := range sweep {
			row, proxy := r.find(c.name, clients, "MCP over HTTP"), r.find(c.name, clients, "reverse proxy")
			if row != nil && proxy != nil {
				fmt.Fprintf(&b, " %.1f (%.0f µs) |", median(row.CPU)/median(proxy.CPU), median(row.CPU))
			}
		}
		fmt.Fprintln(&b)
	}
	r.printMemory(&b)
	r.printStarts(&b)
	return b.String()
}

func (r *report) find(call string, clients int, target string) *row {
	i := slices.IndexFunc(r.Rows, func(row *row) bool { return row.Call == call && row.Clients == clients && row.Target == target })
	if i < 0 {
		return nil
	}
	return r.Rows[i]
}

// writeInto puts the summary between the comments in a page.
func (r *report) writeInto(page string) error {
	const begin, end = "<!-- numbers: written by make bench -->\n", "<!-- /numbers -->"
	data, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(data), begin)
	_, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		return fmt.Errorf("%s has no %s and %s", page, strings.TrimSpace(begin), end)
	}
	return os.WriteFile(page, []byte(before+begin+r.summary()+end+after), 0o644)
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
