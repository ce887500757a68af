package httpserver

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/modelcontextprotocol/go-sdk/oauthex"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
)

func TestScopesOfCalls(t *testing.T) {
	const call = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"`
	const other = `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"`
	for name, tc := range map[string]struct {
		scope  string // granted
		body   string
		status int
		ask    string // the scope in the challenge
	}{
		"read with read":       {auth.ScopeRead, call + `read"}}`, 200, ""},
		"write with read":      {auth.ScopeRead, call + `write"}}`, 403, "checkout.read checkout.write"},
		"write with write":     {auth.ScopeWrite, call + `write"}}`, 200, ""},
		"read with write":      {auth.ScopeWrite, call + `read"}}`, 403, "checkout.read checkout.write"},
		"read with neither":    {"email", call + `read"}}`, 403, "checkout.read"},
		"unknown tool":         {auth.ScopeRead, call + `x"}}`, 403, "checkout.read checkout.write"},
		"list":                 {"email", `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`, 200, ""},
		"batch of both":        {auth.ScopeRead, `[` + call + `read"}},` + other + `write"}}]`, 403, "checkout.read checkout.write"},
		"batch of reads":       {auth.ScopeRead, `[` + call + `read"}},` + other + `read"}}]`, 200, ""},
		"not JSON":             {auth.ScopeRead, `{`, 400, ""},
		"a name of other case": {auth.ScopeRead, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","Name":"write"}}`, 403, "checkout.read checkout.write"},
	} {
		t.Run(name, func(t *testing.T) {
			i := newIssuer(t)
			l := MCP("127.0.0.1:0", http.HandlerFunc(ok), toolScope)
			s := start(t, oauthConfig(i, l))
			c := goodClaims(i, mcpURL)
			c["scope"] = tc.scope
			req, err := http.NewRequest(http.MethodPost, s.url("mcp"), strings.NewReader(tc.body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", "Bearer "+i.sign(nil, c))
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			if body := readAll(t, resp); resp.StatusCode != tc.status {
				t.Fatalf("status %d, want %d: %s", resp.StatusCode, tc.status, body)
			}
			if tc.ask == "" {
				return
			}
			cs, err := oauthex.ParseWWWAuthenticate(resp.Header.Values("WWW-Authenticate"))
			if err != nil || len(cs) != 1 {
				t.Fatalf("challenges %v: %v", cs, err)
			}
			if p := cs[0].Params; p["error"] != "insufficient_scope" || p["scope"] != tc.ask || p["resource_metadata"] == "" {
				t.Errorf("challenge %v, want scope %q", p, tc.ask)
			}
		})
	}
}

// Under other kinds of authentication, every caller has all scopes.
func TestTokensHaveAllScopes(t *testing.T) {
	s := start(t, Config{
		Auth: auth.Config{Mode: auth.Token, Tokens: []string{tokenA}},
		Listeners: []Listener{MCP("127.0.0.1:0", mcpHandler("write", func(context.Context) (*mcp.CallToolResult, error) {
			return text("done"), nil
		}, auth.RequireToolScopes(toolScope)), toolScope)},
	})
	session := connect(t, s.url("mcp"), map[string]string{"Authorization": "Bearer " + tokenA})
	if _, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "write"}); err != nil {
		t.Error(err)
	}
}

// Each call in a batch counts like a call by itself.
func TestBatchesCountByCall(t *testing.T) {
	batch := func(calls int) func(*http.Request) {
		var messages []string
		for i := range calls {
			messages = append(messages, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"x"}}`, i))
		}
		body := "[" + strings.Join(messages, ",") + "]"
		return func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(body)) }
	}
	for name, tc := range map[string]struct {
		limits Limits
		sizes  []int
		want   []int
	}{
		"rate":              {Limits{RatePerCaller: 1, BurstPerCaller: 10}, []int{6, 5, 3}, []int{200, 429, 200}},
		"at once":           {Limits{MaxConcurrentPerCaller: 5}, []int{5, 6, 5}, []int{200, 400, 200}},
		"at once, of all":   {Limits{MaxConcurrent: 5}, []int{5, 6, 5}, []int{200, 400, 200}},
		"never admitted":    {Limits{RatePerCaller: 1, BurstPerCaller: 10}, []int{11}, []int{400}},
		"6,000 by default":  {DefaultLimits(), []int{6000, 64, 1}, []int{400, 200, 200}},
		"without any limit": {Limits{}, []int{6000}, []int{200}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := MCP("127.0.0.1:0", http.HandlerFunc(ok), nil)
				g := gateOf(t, Config{Auth: tokens(tokenA), Limits: tc.limits}, l)
				for i, size := range tc.sizes {
					if got := g.do(as(tokenA), batch(size)).StatusCode; got != tc.want[i] {
						t.Errorf("batch %d, of %d calls: %d, want %d", i+1, size, got, tc.want[i])
					}
				}
			})
		})
	}
}

func TestMisreadIDsAreRefused(t *testing.T) {
	g := gateOf(t, Config{Auth: tokens(tokenA)}, MCP("127.0.0.1:0", http.HandlerFunc(ok), nil))
	for body, want := range map[string]int{
		`{"jsonrpc":"2.0","id":1,"method":"ping"}`:                                                  200,
		`{"jsonrpc":"2.0","id":1.5,"method":"ping"}`:                                                400,
		`[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":1,"method":"tools/list"}]`: 400,
	} {
		resp := g.do(as(tokenA), func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(body)) })
		answer := readAll(t, resp)
		if resp.StatusCode != want || want == 400 && !strings.Contains(answer, `"code":-32600`) {
			t.Errorf("%s: %d %s, want %d", body, resp.StatusCode, answer, want)
		}
	}
}
