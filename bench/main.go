package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"time"
)

func main() {
	var o options
	flag.StringVar(&o.server, "server", "bin/stripe-checkout-mcp", "the `binary` to measure")
	flag.IntVar(&o.rounds, "rounds", 5, "how many `times` to measure each number")
	flag.DurationVar(&o.round, "round", 400*time.Millisecond, "how `long` to measure it each time")
	flag.StringVar(&o.only, "only", "", "measure only calls whose name contains this `text`, with 64 clients")
	flag.StringVar(&o.page, "page", "", "write the summary into this `file`, between its <!-- numbers --> comments")
	flag.StringVar(&o.out, "json", "", "write the results to this `file`, for plotting")
	starts := flag.Bool("start", false, "measure only what it takes to start and to wait for calls")
	soak := flag.Duration("soak", 0, "instead, fetch pages of 10 for `this long` and show whether the cost of a call stays the same")
	role := flag.String("serve", "", "be this `part` of the benchmark: stripe, proxy, go-sdk or go-sdk-stdio")
	upstream := flag.String("upstream", "", "the `address` of the part behind this one")
	flag.Parse()
	var err error
	switch {
	case *role != "":
		err = serve(*role, *upstream)
	case *starts:
		r := &report{Machine: machine(), Rounds: o.rounds, Round: "one start"}
		if err = o.starts(r); err == nil {
			fmt.Println(r.Machine + ".")
			r.printStarts(os.Stdout)
		}
	case *soak > 0:
		err = o.soak(*soak)
	default:
		err = o.measure()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type options struct {
	server, only, out, page string
	rounds                  int
	round                   time.Duration
}

// freeAddr returns an address that nothing listens on at the moment.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// httpServer starts this server over HTTP, without limits on callers because
// there is only one, and waits until it answers.
func (o options) httpServer(upstream string, more ...string) (*process, string, string, error) {
	mcpAddr, err := freeAddr()
	if err != nil {
		return nil, "", "", err
	}
	restAddr, err := freeAddr()
	if err != nil {
		return nil, "", "", err
	}
	p, err := start(o.server, append([]string{"http", "--addr", mcpAddr, "--rest-addr", restAddr,
		"--stripe-api-base", "http://" + upstream, "--rate-per-caller", "0", "--max-concurrent-per-caller", "0", "--max-concurrent", "0",
		"--stripe-rate", "0", "--stripe-max-concurrent", "0"}, more...)...)
	if err != nil {
		return nil, "", "", err
	}
	for range 500 {
		conn, err := net.Dial("tcp", restAddr)
		if err == nil {
			return p, mcpAddr, restAddr, conn.Close()
		}
		time.Sleep(10 * time.Millisecond)
	}
	p.stop()
	log, _ := os.ReadFile(p.log.Name())
	return nil, "", "", fmt.Errorf("%s did not start: %s", o.server, log)
}

// A field is everything that is compared, ready for calls.
type field struct {
	stripe    *target
	proxy     *target
	targets   []*target // includes the proxy
	processes []*process
}

func (f *field) stop() {
	for _, p := range f.processes {
		p.stop()
	}
}

func (o options) start() (_ *field, err error) {
	f := &field{}
	defer func() {
		if err != nil {
			f.stop()
		}
	}()
	began := func(p *process) *process {
		f.processes = append([]*process{p}, f.processes...)
		return p
	}
	same := func(c call, answer, stripes []byte) error { return sameJSON(answer, stripes) }
	result := func(c call, answer, stripes []byte) error { return c.checkResult(answer, stripes) }
	overRESTSame := func(c call, answer, stripes []byte) error {
		if c.isError { // adds the request's id and the status to what Stripe said
			return nil
		}
		return sameJSON(answer, stripes)
	}

	p, upstream, err := part("stripe", "")
	if err != nil {
		return nil, err
	}
	f.stripe = &target{name: "upstream itself", process: began(p), decode: same, dial: web(func(c call) request { return c.toStripe(upstream) })}

	p, proxyAddr, err := part("proxy", upstream)
	if err != nil {
		return nil, err
	}
	f.proxy = &target{name: "reverse proxy", process: began(p), decode: same, metrics: "http://" + proxyAddr + "/debug/allocations",
		dial: web(func(c call) request { return c.toStripe(proxyAddr) })}

	server, mcpAddr, restAddr, err := o.httpServer(upstream)
	if err != nil {
		return nil, err
	}
	began(server)
	overHTTP := &target{name: "MCP over HTTP", process: server, decode: result, dial: web(func(c call) request { return c.toMCP(mcpAddr, older) })}
	overNewer := &target{name: "MCP over HTTP, " + newer, process: server, decode: result, dial: web(func(c call) request { return c.toMCP(mcpAddr, newer) })}
	overREST := &target{name: "REST", process: server, decode: overRESTSame, takes: func(c call) bool { return c.rest != "" },
		dial: web(func(c call) request { return c.toREST(restAddr) })}

	piped, err := start(o.server, "stdio", "--stripe-api-base", "http://"+upstream)
	if err != nil {
		return nil, err
	}
	began(piped)
	pipe, err := newPipeClient(piped)
	if err != nil {
		return nil, err
	}
	overStdio := &target{name: "MCP over stdio", process: piped, decode: result, dial: func() (client, error) { return pipe, nil }}

	p, plainAddr, err := part("go-sdk", upstream)
	if err != nil {
		return nil, err
	}
	plain := &target{name: "plain go-sdk", process: began(p), decode: result, metrics: "http://" + plainAddr + "/debug/allocations",
		takes: func(c call) bool { return !strings.Contains(c.arguments, "fields") },
		dial:  web(func(c call) request { return c.toMCP(plainAddr, older) })}

	f.targets = []*target{f.stripe, f.proxy, overHTTP, overNewer, overStdio, overREST, plain}
	return f, nil
}

func (t *target) can(c call) bool { return t.takes == nil || t.takes(c) }

func (o options) measure() error {
	f, err := o.start()
	if err != nil {
		return err
	}
	defer f.stop()

	// First, everything must answer with what Stripe said.
	for _, c := range calls {
		var stripes bytes.Buffer
		cl, err := f.stripe.dial()
		if err != nil {
			return err
		}
		if _, err := cl.do(c, &stripes); err != nil {
			return err
		}
		for _, t := range f.targets {
			if t.can(c) {
				if err := t.check(c, stripes.Bytes()); err != nil {
					return err
				}
			}
		}
	}

	r := &report{Rounds: o.rounds, Round: o.round.String(), Machine: machine()}
	for i, c := range calls {
		if !strings.Contains(c.name, o.only) {
			continue
		}
		clients := []int{64}
		if i < swept && o.only == "" {
			clients = sweep
		}
		for _, n := range clients {
			fmt.Fprintf(os.Stderr, "%s, %d clients\n", c.name, n)
			rows := map[string]*row{}
			for range o.rounds {
				var floor result
				for _, t := range append([]*target{f.proxy}, f.targets...) {
					if !t.can(c) {
						continue
					}
					got, err := run(t, c, n, o.round)
					if err != nil {
						return err
					}
					if t == f.proxy {
						floor = got // only the second round, after the upstream's, counts
					}
					if rows[t.name] == nil {
						rows[t.name] = &row{Call: c.name, Clients: n, Target: t.name}
						r.Rows = append(r.Rows, rows[t.name])
					}
					rows[t.name].add(got, floor)
				}
			}
		}
	}
	if err := o.allocations(f, r); err != nil {
		return err
	}
	if err := o.memory(r); err != nil {
		return err
	}
	if err := o.starts(r); err != nil {
		return err
	}
	r.print(os.Stdout)
	if o.page != "" {
		if err := r.writeInto(o.page); err != nil {
			return err
		}
	}
	if o.out == "" {
		return nil
	}
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return os.WriteFile(o.out, append(data, '\n'), 0o644)
}

// allocations counts what a call allocates, with one caller at a time, in
// separate servers: this server reports it only together with its metrics.
func (o options) allocations(f *field, r *report) error {
	stripeAddr := strings.TrimPrefix(f.stripeURL(), "http://")
	metrics, err := freeAddr()
	if err != nil {
		return err
	}
	server, mcpAddr, restAddr, err := o.httpServer(stripeAddr, "--metrics-addr", metrics)
	if err != nil {
		return err
	}
	defer server.stop()
	url := "http://" + metrics + "/metrics"
	counted := []*target{
		{name: "MCP over HTTP", metrics: url, dial: web(func(c call) request { return c.toMCP(mcpAddr, older) })},
		{name: "REST", metrics: url, takes: func(c call) bool { return c.rest != "" }, dial: web(func(c call) request { return c.toREST(restAddr) })},
	}
	for _, t := range f.targets {
		if t.metrics != "" {
			counted = append(counted, t)
		}
	}
	for _, c := range calls {
		if !strings.Contains(c.name, o.only) {
			continue
		}
		for _, t := range counted {
			if !t.can(c) {
				continue
			}
			cl, err := t.dial()
			if err != nil {
				return err
			}
			const times = 300
			var before, after, bytesBefore, bytesAfter float64
			for i := range 2 * times { // the first half fills the pools
				if i == times {
					if before, bytesBefore, err = allocations(t.metrics); err != nil {
						return err
					}
				}
				if _, err := cl.do(c, discard{}); err != nil {
					return err
				}
			}
			if after, bytesAfter, err = allocations(t.metrics); err != nil {
				return err
			}
			cl.close()
			r.Allocations = append(r.Allocations, allocated{c.name, t.name, (after - before) / times, (bytesAfter - bytesBefore) / times})
		}
	}
	return nil
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

func (f *field) stripeURL() string {
	cl, _ := f.stripe.dial()
	u := cl.(webClient).ready(calls[1]).url
	return u[:strings.Index(u, "/v1")]
}

// memory measures the most that a fresh process uses while 64 callers ask for
// pages of 100 as fast as they can.
func (o options) memory(r *report) error {
	f, err := o.start()
	if err != nil {
		return err
	}
	defer f.stop()
	const callers = 64
	measured := []*process{f.stripe.process}
	for _, t := range f.targets {
		if slices.Contains(measured, t.process) { // several listen in one
			continue
		}
		measured = append(measured, t.process)
		idle, _ := t.process.memory()
		if _, err := run(t, calls[2], callers, 2*time.Second); err != nil {
			return err
		}
		_, peak := t.process.memory()
		r.Memory = append(r.Memory, held{t.name, idle, peak, float64(peak) / float64(callers*len(page(100)))})
	}
	return nil
}

// soak reports from time to time what a call costs.
func (o options) soak(d time.Duration) error {
	f, err := o.start()
	if err != nil {
		return err
	}
	defer f.stop()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	fmt.Println("| minute | calls/s, ratio to the proxy | CPU per call | resident |\n|---|---|---|---|")
	begin := time.Now()
	for step := d / 10; ctx.Err() == nil; {
		floor, err := run(f.proxy, calls[1], 64, step/10)
		if err != nil {
			return err
		}
		got, err := run(f.targets[2], calls[1], 64, step*9/10)
		if err != nil {
			return err
		}
		resident, _ := f.targets[2].process.memory()
		fmt.Printf("| %.1f | %.2f | %v | %.1f MB |\n", time.Since(begin).Minutes(), got.perSecond/floor.perSecond, got.cpu.Round(time.Microsecond), float64(resident)/1e6)
	}
	return nil
}
