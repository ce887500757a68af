// Plot draws what bench measured: the processor time of a call with 64 clients,
// in multiples of the reverse proxy's. Other load on the machine affects that
// less than calls per second.
package main

import (
	"encoding/json"
	"fmt"
	"image/color"
	"os"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: plot RESULTS.json CHART.svg")
		os.Exit(2)
	}
	if err := draw(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "plot:", err)
		os.Exit(1)
	}
}

var (
	calls   = []string{"one session", "page of 10", "page of 100"}
	targets = []struct {
		name  string
		color color.Color
	}{
		{"plain go-sdk", color.Gray{0xb0}},
		{"MCP over HTTP", color.RGBA{0x63, 0x5b, 0xff, 0xff}},
		{"MCP over stdio", color.RGBA{0x00, 0xa3, 0xa0, 0xff}},
		{"REST", color.RGBA{0xf5, 0x9e, 0x0b, 0xff}},
	}
)

func draw(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	var report struct {
		Rows []struct {
			Call, Target string
			Clients      int
			CPU          []float64
		}
	}
	if err := json.Unmarshal(data, &report); err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	cpu := func(call, target string) float64 {
		for _, r := range report.Rows {
			if r.Call == call && r.Target == target && r.Clients == 64 && len(r.CPU) > 0 {
				return slices.Sorted(slices.Values(r.CPU))[len(r.CPU)/2]
			}
		}
		return 0
	}
	p := plot.New()
	p.Title.Text = "Processor time of a call, 64 clients, against a Go reverse proxy"
	p.Y.Label.Text = "times the proxy's (less is better)"
	p.Y.Min = 0
	p.Legend.Top, p.Legend.Left = true, true
	p.Add(plotter.NewGrid())
	width := vg.Points(22)
	for i, t := range targets {
		times := make(plotter.Values, len(calls))
		for at, call := range calls {
			times[at] = cpu(call, t.name) / cpu(call, "reverse proxy")
		}
		bars, err := plotter.NewBarChart(times, width)
		if err != nil {
			return err
		}
		bars.Color, bars.LineStyle.Width = t.color, 0
		bars.Offset = width * vg.Length(float64(i)-float64(len(targets)-1)/2)
		p.Add(bars)
		p.Legend.Add(t.name, bars)
	}
	p.NominalX(calls...)
	p.X.Min, p.X.Max = -0.5, float64(len(calls))-0.5
	return p.Save(7*vg.Inch, 4*vg.Inch, to)
}
