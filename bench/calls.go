package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// A call is one of Stripe's operations in the form that each target takes.
type call struct {
	name      string
	method    string
	pattern   string // Stripe's path
	query     string
	session   string
	tool      string
	arguments string
	body      string // for REST and Stripe; "" for none
	rest      string // the path over REST, without the query
	yardstick bool   // the plain server registers its tool for this call
	isError   bool
	list      bool // tools/list, for which the proxy fetches one session
}

// calls are all that is measured. The first three are measured with every
// number of clients, the others with 64.
var calls = []call{
	{name: "one session", method: "GET", pattern: "/v1/checkout/sessions/{session}", session: sessionID, rest: "/v1/v1/checkout/sessions/{session}",
		tool: "stripe-get-checkout-sessions-session", arguments: `{"session":"` + sessionID + `"}`, yardstick: true},
	{name: "page of 10", method: "GET", pattern: "/v1/checkout/sessions", query: "limit=10", rest: "/v1/v1/checkout/sessions",
		tool: "stripe-get-checkout-sessions", arguments: `{"limit":10}`, yardstick: true},
	{name: "page of 100", method: "GET", pattern: "/v1/checkout/sessions", query: "limit=100", rest: "/v1/v1/checkout/sessions",
		tool: "stripe-get-checkout-sessions", arguments: `{"limit":100}`},
	{name: "page of 10, five fields", method: "GET", pattern: "/v1/checkout/sessions", query: "limit=10",
		tool: "stripe-get-checkout-sessions", arguments: `{"limit":10,"fields":["id","url","status","amount_total","customer_details.email"]}`},
	{name: "create", method: "POST", pattern: "/v1/checkout/sessions", rest: "/v1/v1/checkout/sessions",
		body: `{"mode":"payment","success_url":"https://shop.example/thanks","line_items":[{"quantity":2,"price_data":{"currency":"usd","unit_amount":1250,"product_data":{"name":"Coffee mug"}}}]}`,
		tool: "stripe-post-checkout-sessions", yardstick: true},
	{name: "expire", method: "POST", pattern: "/v1/checkout/sessions/{session}/expire", session: sessionID, rest: "/v1/v1/checkout/sessions/{session}/expire",
		tool: "stripe-post-checkout-sessions-session", arguments: `{"session":"` + sessionID + `"}`, yardstick: true},
	{name: "line items", method: "GET", pattern: "/v1/checkout/sessions/{session}/line_items", session: sessionID, rest: "/v1/v1/checkout/sessions/{session}/line-items",
		tool: "stripe-get-checkout-sessions-session-2", arguments: `{"session":"` + sessionID + `"}`, yardstick: true},
	{name: "error", method: "GET", pattern: "/v1/checkout/sessions/{session}", session: missingID, rest: "/v1/v1/checkout/sessions/{session}",
		tool: "stripe-get-checkout-sessions-session", arguments: `{"session":"` + missingID + `"}`, isError: true},
	{name: "tools/list", method: "GET", pattern: "/v1/checkout/sessions/{session}", session: sessionID, list: true},
}

// sweep lists the numbers of clients.
var sweep = []int{1, 8, 64, 512}

const swept = 3 // how many calls are measured with every number of clients

// A request is a call prepared for one target.
type request struct {
	method, url string
	header      http.Header
	body        string
	status      int // expected
}

func (c call) path(pattern string) string {
	path := strings.ReplaceAll(pattern, "{session}", c.session)
	if c.query != "" {
		path += "?" + c.query
	}
	return path
}

func (c call) status() int {
	if c.isError {
		return http.StatusNotFound
	}
	return http.StatusOK
}

// toStripe returns the call as the stub, and the proxy in front of it, take it.
func (c call) toStripe(addr string) request {
	header := http.Header{"Authorization": {"Bearer " + key}}
	if c.method == http.MethodPost {
		header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return request{c.method, "http://" + addr + c.path(c.pattern), header, c.body, c.status()}
}

func (c call) toREST(addr string) request {
	header := http.Header{}
	if c.body != "" {
		header.Set("Content-Type", "application/json")
	}
	return request{c.method, "http://" + addr + c.path(c.rest), header, c.body, c.status()}
}

// The versions of MCP that are measured: one with sessions, and the one without,
// in which every request says what the client is.
const (
	older = "2025-06-18"
	newer = "2026-07-28"
)

func (c call) toMCP(addr, version string) request {
	header := http.Header{
		"Content-Type":         {"application/json"},
		"Accept":               {"application/json, text/event-stream"},
		"Mcp-Protocol-Version": {version},
	}
	if version == newer {
		header.Set("Mcp-Method", c.mcpMethod())
		if !c.list {
			header.Set("Mcp-Name", c.tool)
		}
	}
	return request{http.MethodPost, "http://" + addr + "/mcp", header, c.message(1, version), http.StatusOK}
}

func (c call) mcpMethod() string {
	if c.list {
		return "tools/list"
	}
	return "tools/call"
}

// message returns the JSON-RPC request.
func (c call) message(id int, version string) string {
	var params []string
	if version == newer {
		params = append(params, `"_meta":{"io.modelcontextprotocol/protocolVersion":"`+version+`",`+
			`"io.modelcontextprotocol/clientInfo":{"name":"bench","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}`)
	}
	if !c.list {
		arguments := c.arguments
		if arguments == "" {
			arguments = `{"body":` + c.body + `}`
		}
		params = append(params, fmt.Sprintf(`"name":%q,"arguments":%s`, c.tool, arguments))
	}
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%q,"params":{%s}}`, id, c.mcpMethod(), strings.Join(params, ","))
}

// checkResult makes sure that an MCP answer is what Stripe said: the same JSON
// as text and as structured content.
func (c call) checkResult(answer, stripes []byte) error {
	var message struct {
		Result struct {
			Tools             []struct{ Name string }
			Content           []struct{ Text string }
			StructuredContent json.RawMessage
			IsError           bool
		}
	}
	if err := json.Unmarshal(answer, &message); err != nil {
		return fmt.Errorf("%w in %.200q", err, answer)
	}
	r := message.Result
	switch {
	case c.list:
		if len(r.Tools) != 5 {
			return fmt.Errorf("%d tools instead of 5", len(r.Tools))
		}
		return nil
	case r.IsError != c.isError || len(r.Content) != 1:
		return fmt.Errorf("not the expected result: %.300q", answer)
	case c.isError || strings.Contains(c.arguments, "fields"):
		return nil
	}
	for _, got := range []string{r.Content[0].Text, string(r.StructuredContent)} {
		if err := sameJSON([]byte(got), stripes); err != nil {
			return err
		}
	}
	return nil
}
