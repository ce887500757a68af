package httpserver

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/modelcontextprotocol/go-sdk/oauthex"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
)

func TestScopesOfCalls(t *testing.T) {
	const call = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"`
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
		"batch of both":        {auth.ScopeRead, `[` + call + `read"}},` + call + `write"}}]`, 403, "checkout.read checkout.write"},
		"batch of reads":       {auth.ScopeRead, `[` + call + `read"}},` + call + `read"}}]`, 200, ""},
		"not JSON":             {auth.ScopeRead, `{`, 200, ""}, // the SDK's to refuse
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
			if tc.status == 200 {
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

// Under other kinds of authentication nobody lacks a scope.
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

func FuzzRequestsIn(f *testing.F) {
	f.Add([]byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read"}}`))
	f.Add([]byte(`[{"jsonrpc":"2.0","method":"x"},7,null]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, r := range requestsIn(body) {
			if r == nil {
				t.Error("a nil request")
			}
		}
		r, _ := http.NewRequest(http.MethodPost, "/", nil)
		need := toolScopes(toolScope)(r.WithContext(context.WithValue(t.Context(), bodyKey{}, body)))
		for _, s := range need {
			if !slices.Contains([]string{auth.ScopeRead, auth.ScopeWrite}, s) {
				t.Errorf("scope %q", s)
			}
		}
	})
}

// Whatever the reason, the challenge stays one challenge.
