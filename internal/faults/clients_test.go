package faults

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync"
	"time"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/splice"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stdio"
)

// A client speaks JSON-RPC directly: one that follows the protocol couldn't
// break it.
type client interface {
	transport() string
	// call makes a call, which must be answered.
	call(request) result
	// misbehave makes a call, if any, without doing what a client should. The
	// client can still make other calls afterwards.
	misbehave(behaviour, request)
	close()
}

// A behaviour is how a client treats a call.
type behaviour string

const (
	good         behaviour = "waits for the answer"
	hangsUp      behaviour = "hangs up during the call"
	cancels      behaviour = "cancels the call"
	repeatsID    behaviour = "uses an id twice at once"
	stopsReading behaviour = "reads no answers"
	talksRubbish behaviour = "writes something other than JSON"
)

var behaviours = []behaviour{good, hangsUp, cancels, repeatsID, stopsReading, talksRubbish}

// A request is a call to a tool. The client sets its ID.
type request struct {
	ID      int            `json:"id"`
	JSONRPC string         `json:"jsonrpc"`
	Method  string         `json:"method"`
	Params  map[string]any `json:"params"`
}

func call(op *operations.Operation, arguments string) request {
	return request{JSONRPC: "2.0", Method: "tools/call", Params: map[string]any{"name": op.Tool, "arguments": json.RawMessage(arguments)}}
}

var longList = call(operations.List, `{"limit":100}`)

func (r request) as(id int) []byte {
	r.ID = id
	text, err := json.Marshal(r)
	if err != nil {
		panic(err)
	}
	return append(text, '\n')
}

// A result is what a tool returns.
type result struct {
	IsError           bool
	StructuredContent map[string]any
}

type response struct {
	ID     json.RawMessage
	Result *result
	Error  json.RawMessage
}

const (
	protocol   = "2025-11-25"
	initialize = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"` + protocol + `","capabilities":{},"clientInfo":{"name":"soak","version":"1"}}}
{"jsonrpc":"2.0","method":"notifications/initialized"}
`
)

// A stdioClient talks through two pipes, as if it were a separate process.
type stdioClient struct {
	shop  *shop
	in    *os.File // where it writes; nil if it is not connected
	out   *os.File
	lines *bufio.Reader
	ended chan error
	id    int
}

func (*stdioClient) transport() string { return "stdio" }

func (c *stdioClient) connect() {
	serverIn, in, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	out, serverOut, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	c.in, c.out, c.lines, c.ended, c.id = in, out, bufio.NewReader(out), make(chan error, 1), 0
	ctx, values := splice.With(context.Background())
	go func() {
		err := c.shop.server.Run(ctx, &stdio.Transport{In: serverIn, Out: serverOut, Messages: values.Writer, Stop: ctx})
		serverIn.Close()
		serverOut.Close()
		c.ended <- err
	}()
	c.write([]byte(initialize))
	c.read("0")
}

func (c *stdioClient) close() {
	if c.in == nil {
		return
	}
	c.in.Close()
	c.out.Close()
	c.in = nil
	if err := <-c.ended; err != nil {
		c.shop.t.Errorf("the session ended with %v", err)
	}
}

func (c *stdioClient) write(text []byte) {
	if _, err := c.in.Write(text); err != nil {
		c.shop.t.Errorf("the server has stopped reading: %v", err)
	}
}

// read reads the answers up to one with the given ID.
func (c *stdioClient) read(ids ...string) (answer response) {
	for {
		line, err := c.lines.ReadBytes('\n')
		if err == nil {
			answer = response{}
			err = json.Unmarshal(line, &answer)
		}
		if err != nil {
			c.shop.t.Errorf("waiting for the answer to %v: %v", ids, err)
			return response{}
		}
		for _, id := range ids {
			if string(answer.ID) == id {
				return answer
			}
		}
	}
}

func (c *stdioClient) call(r request) result {
	id := c.send(r)
	answer := c.read(id)
	if answer.Result == nil {
		c.shop.t.Errorf("a call was answered with the error %s", answer.Error)
		return result{IsError: true}
	}
	return *answer.Result
}

func (c *stdioClient) send(r request) (id string) {
	if c.in == nil {
		c.connect()
	}
	c.id++
	c.write(r.as(c.id))
	return fmt.Sprint(c.id)
}

func (c *stdioClient) misbehave(b behaviour, r request) {
	switch b {
	case good:
		c.call(r)
	case hangsUp:
		c.send(r)
		c.close()
	case cancels:
		id := c.send(r)
		c.write([]byte(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":` + id + `}}` + "\n"))
	case repeatsID:
		id := c.send(r)
		c.write(r.as(c.id))
		c.read(id, "null") // the error that says that the ID is in use
		c.read(id, "null")
	case stopsReading:
		c.send(r)
		for range 20 {
			c.send(longList)
		}
		c.close()
	case talksRubbish:
		c.send(r)
		c.write([]byte("{\n"))
		c.read("null")
	}
}

// An httpClient makes each request on its own.
type httpClient struct {
	shop   *shop
	http   http.Client
	unread net.Conn // a connection on which it reads nothing
	id     int
}

func (*httpClient) transport() string { return "http" }

func (c *httpClient) close() {
	c.http.CloseIdleConnections()
	if c.unread != nil {
		c.unread.Close()
	}
}

func (c *httpClient) request(ctx context.Context, body []byte) *http.Request {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.shop.url, bytes.NewReader(body))
	if err != nil {
		panic(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	req.Header.Set("Mcp-Protocol-Version", protocol)
	return req
}

// post returns the response's status and body. The status is 0 if ctx ends
// first.
func (c *httpClient) post(ctx context.Context, body []byte) (status int, text []byte) {
	resp, err := c.http.Do(c.request(ctx, body))
	if err == nil {
		defer resp.Body.Close()
		text, err = io.ReadAll(resp.Body)
	}
	if err != nil {
		if ctx.Err() == nil {
			c.shop.t.Errorf("a request was not answered: %v", err)
		}
		return 0, nil
	}
	return resp.StatusCode, text
}

func (c *httpClient) call(r request) result {
	c.id++
	return c.callAs(c.id, r)
}

func (c *httpClient) callAs(id int, r request) result {
	var answer response
	status, text := c.post(context.Background(), r.as(id))
	if err := json.Unmarshal(text, &answer); err != nil || status != http.StatusOK || answer.Result == nil || string(answer.ID) != fmt.Sprint(id) {
		c.shop.t.Errorf("a call was answered with status %d: %.300s", status, text)
		return result{IsError: true}
	}
	return *answer.Result
}

func (c *httpClient) misbehave(b behaviour, r request) {
	c.id++
	switch b {
	case good:
		c.call(r)
	case hangsUp:
		c.start(r).Close()
	case cancels:
		ctx, cancel := context.WithTimeout(context.Background(), rand.N(20*time.Millisecond))
		defer cancel()
		c.post(ctx, r.as(c.id))
	case repeatsID:
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() { c.callAs(c.id, r) })
		}
		both.Wait()
	case stopsReading:
		if c.unread != nil {
			c.unread.Close()
		}
		c.unread = c.start(r, longList, longList, longList)
	case talksRubbish:
		if status, text := c.post(context.Background(), []byte("{")); status != http.StatusBadRequest {
			c.shop.t.Errorf("{ was answered with status %d: %.300s", status, text)
		}
	}
}

// start makes requests on a new connection and doesn't read the answers.
func (c *httpClient) start(requests ...request) net.Conn {
	server, err := url.Parse(c.shop.url)
	if err != nil {
		panic(err)
	}
	conn, err := net.Dial("tcp", server.Host)
	if err != nil {
		panic(err)
	}
	for _, r := range requests {
		if err := c.request(context.Background(), r.as(c.id)).Write(conn); err != nil {
			c.shop.t.Errorf("the server has stopped reading: %v", err)
		}
	}
	return conn
}
