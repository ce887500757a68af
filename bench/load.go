package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A target is something that can be called.
type target struct {
	name    string
	process *process
	metrics string                 // the URL of its allocation counts; "" for none
	takes   func(call) bool        // nil means every call
	dial    func() (client, error) // a client for the workers of one round
	decode  func(c call, answer, stripes []byte) error
}

// A client makes calls, from several goroutines, and returns each answer's
// size.
type client interface {
	do(c call, answer io.Writer) (int, error)
	close()
}

// sameJSON compares values; the order of keys and white space don't count.
func sameJSON(got, want []byte) error {
	var g, w any
	if err := json.Unmarshal(got, &g); err != nil {
		return fmt.Errorf("%w in %.200q", err, got)
	}
	if err := json.Unmarshal(want, &w); err != nil {
		return err
	}
	if !reflect.DeepEqual(g, w) {
		return fmt.Errorf("the answer is not Stripe's: %.300q", got)
	}
	return nil
}

// A webClient is Go's HTTP client with as many connections as there are
// workers.
type webClient struct {
	http  *http.Client
	ready func(call) request
}

func (w webClient) do(c call, answer io.Writer) (int, error) {
	r := w.ready(c)
	req, err := http.NewRequest(r.method, r.url, strings.NewReader(r.body))
	if err != nil {
		return 0, err
	}
	req.Header = r.header
	resp, err := w.http.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	n, err := io.Copy(answer, resp.Body)
	if err == nil && resp.StatusCode != r.status {
		err = fmt.Errorf("HTTP %d instead of %d", resp.StatusCode, r.status)
	}
	return int(n), err
}

func (w webClient) close() { w.http.CloseIdleConnections() }

func web(ready func(call) request) func() (client, error) {
	return func() (client, error) { return webClient{&http.Client{Transport: transport()}, ready}, nil }
}

// A pipeClient talks to a server over stdio: one line per message, answers in
// any order.
type pipeClient struct {
	in      io.Writer
	sending sync.Mutex
	id      atomic.Int64
	waiting sync.Map // id to chan []byte
}

func newPipeClient(p *process) (*pipeClient, error) {
	c := &pipeClient{in: p.stdin}
	const hello = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"` + older + `","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}` + "\n"
	if _, err := io.WriteString(c.in, hello); err != nil {
		return nil, err
	}
	if _, err := p.stdout.ReadString('\n'); err != nil {
		return nil, err
	}
	if _, err := io.WriteString(c.in, `{"jsonrpc":"2.0","method":"notifications/initialized"}`+"\n"); err != nil {
		return nil, err
	}
	go c.read(p.stdout)
	return c, nil
}

func (p *pipeClient) read(out *bufio.Reader) {
	for {
		line, err := out.ReadBytes('\n')
		if err != nil {
			p.waiting.Range(func(_, ch any) bool { close(ch.(chan []byte)); return true })
			return
		}
		var id int64
		if _, err := fmt.Sscanf(string(line[:min(len(line), 60)]), `{"jsonrpc":"2.0","id":%d,`, &id); err != nil {
			continue
		}
		if ch, ok := p.waiting.LoadAndDelete(id); ok {
			ch.(chan []byte) <- line
		}
	}
}

func (p *pipeClient) do(c call, answer io.Writer) (int, error) {
	id := p.id.Add(1)
	ch := make(chan []byte, 1)
	p.waiting.Store(id, ch)
	message := c.message(int(id), older) + "\n"
	p.sending.Lock()
	_, err := io.WriteString(p.in, message)
	p.sending.Unlock()
	if err != nil {
		return 0, err
	}
	line, ok := <-ch
	if !ok {
		return 0, errors.New("the server closed its output")
	}
	// Only the id's length changes.
	n, err := answer.Write(line)
	return n - len(fmt.Sprint(id)), err
}

func (p *pipeClient) close() {}

// A result is one round: how one target did with one call.
type result struct {
	perSecond float64
	p50, p99  time.Duration
	cpu       time.Duration // of the target's process, per call
}

// run has that many workers make the same call over and over. Each opens its
// connection first: in a short round, dialing would be most of what is measured.
func run(t *target, c call, workers int, d time.Duration) (result, error) {
	cl, err := t.dial()
	if err != nil {
		return result{}, err
	}
	defer cl.close()
	want, err := cl.do(c, io.Discard)
	if err != nil {
		return result{}, fmt.Errorf("%s, %s: %w", t.name, c.name, err)
	}
	var (
		wg      sync.WaitGroup
		mu      sync.Mutex
		took    []time.Duration
		failure error
		ready   sync.WaitGroup
		begin   time.Time
		started = make(chan struct{})
	)
	ready.Add(workers)
	for range workers {
		wg.Go(func() {
			_, _ = cl.do(c, io.Discard) // opens a connection
			ready.Done()
			<-started
			var mine []time.Duration
			for time.Since(begin) < d {
				start := time.Now()
				n, err := cl.do(c, io.Discard)
				if err == nil && n != want {
					err = fmt.Errorf("%d bytes instead of %d", n, want)
				}
				if err != nil {
					mu.Lock()
					failure = fmt.Errorf("%s, %s: %w", t.name, c.name, err)
					mu.Unlock()
					return
				}
				mine = append(mine, time.Since(start))
			}
			mu.Lock()
			took = append(took, mine...)
			mu.Unlock()
		})
	}
	ready.Wait()
	cpu := t.process.cpu()
	begin = time.Now()
	close(started)
	wg.Wait()
	elapsed, used := time.Since(begin), t.process.cpu()-cpu
	if failure != nil {
		return result{}, failure
	}
	slices.Sort(took)
	n := len(took)
	return result{float64(n) / elapsed.Seconds(), took[n/2], took[n*99/100], used / time.Duration(n)}, nil
}

// check makes sure that the target answers a call with what Stripe said.
func (t *target) check(c call, stripes []byte) error {
	cl, err := t.dial()
	if err != nil {
		return err
	}
	defer cl.close()
	var answer bytes.Buffer
	if _, err := cl.do(c, &answer); err != nil {
		return fmt.Errorf("%s, %s: %w", t.name, c.name, err)
	}
	if err := t.decode(c, answer.Bytes(), stripes); err != nil {
		return fmt.Errorf("%s, %s: %w", t.name, c.name, err)
	}
	return nil
}
