package httpserver

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/modelcontextprotocol/go-sdk/oauthex"
)

func TestScopesOfCalls(t *testing.T) {
	const call = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"`
	for name, tc := range map[string]struct {
		scope  string // granted
		body   string
		status int
		ask    string // the scope in the challenge
	}{
		"read with read":       {ScopeRead, call + `read"}}`, 200, ""},
		"write with read":      {ScopeRead, call + `write"}}`, 403, "checkout.read checkout.write"},
		"write with write":     {ScopeWrite, call + `write"}}`, 200, ""},
		"read with write":      {ScopeWrite, call + `read"}}`, 403, "checkout.read checkout.write"},
		"read with neither":    {"email", call + `read"}}`, 403, "checkout.read"},
		"unknown tool":         {ScopeRead, call + `x"}}`, 403, "checkout.read checkout.write"},
		"list":                 {"email", `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`, 200, ""},
		"batch of both":        {ScopeRead, `[` + call + `read"}},` + call + `write"}}]`, 403, "checkout.read checkout.write"},
		"batch of reads":       {ScopeRead, `[` + call + `read"}},` + call + `read"}}]`, 200, ""},
		"not JSON":             {ScopeRead, `{`, 200, ""}, // the SDK's to refuse
		"a name of other case": {ScopeRead, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","Name":"write"}}`, 403, "checkout.read checkout.write"},
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

// The middleware is the authority: it refuses on its own too, and where nobody
// was authenticated.
func TestRequireToolScopes(t *testing.T) {
	for name, tc := range map[string]struct {
		caller *Caller
		tool   string
		want   bool
	}{
		"read may read":       {&Caller{Scopes: []string{ScopeRead}}, "read", true},
		"read may not write":  {&Caller{Scopes: []string{ScopeRead}}, "write", false},
		"write may write":     {&Caller{Scopes: []string{ScopeWrite}}, "write", true},
		"write may not read":  {&Caller{Scopes: []string{ScopeWrite}}, "read", false},
		"nobody may not read": {nil, "read", false},
	} {
		t.Run(name, func(t *testing.T) {
			server := mcp.NewServer(&mcp.Implementation{Name: "test", Version: "1"}, nil)
			mcp.AddTool(server, &mcp.Tool{Name: tc.tool}, func(context.Context, *mcp.CallToolRequest, empty) (*mcp.CallToolResult, any, error) {
				return text("done"), nil, nil
			})
			server.AddReceivingMiddleware(RequireToolScopes(toolScope))
			ctx := t.Context()
			if tc.caller != nil {
				ctx = withCaller(ctx, *tc.caller)
			}
			here, there := mcp.NewInMemoryTransports()
			if _, err := server.Connect(ctx, here, nil); err != nil {
				t.Fatal(err)
			}
			session, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).Connect(t.Context(), there, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer session.Close()
			if _, err := session.ListTools(t.Context(), nil); err != nil {
				t.Errorf("listing tools: %v", err)
			}
			_, err = session.CallTool(t.Context(), &mcp.CallToolParams{Name: tc.tool})
			if got := err == nil; got != tc.want {
				t.Errorf("call: %v, want allowed %v", err, tc.want)
			}
			if err != nil && !strings.Contains(err.Error(), "lacks the scope") {
				t.Errorf("error %v does not say what is missing", err)
			}
		})
	}
}

// Under other kinds of authentication nobody lacks a scope.
func TestTokensHaveAllScopes(t *testing.T) {
	s := start(t, Config{
		Auth: Auth{Mode: AuthToken, Tokens: []string{tokenA}},
		Listeners: []Listener{MCP("127.0.0.1:0", mcpHandler("write", func(context.Context) (*mcp.CallToolResult, error) {
			return text("done"), nil
		}, RequireToolScopes(toolScope)), toolScope)},
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
			if !slices.Contains([]string{ScopeRead, ScopeWrite}, s) {
				t.Errorf("scope %q", s)
			}
		}
	})
}

// Whatever the reason, the challenge stays one challenge.
func FuzzChallenge(f *testing.F) {
	f.Add("expired")
	f.Add("a\", Basic realm=\"x\\\r\n")
	f.Fuzz(func(t *testing.T, reason string) {
		w := gated{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			challenge{metadataURL: "https://a.example/m"}.unauthorized(w, reason)
		})}.do()
		cs, err := oauthex.ParseWWWAuthenticate(w.Header.Values("WWW-Authenticate"))
		if err != nil || len(cs) != 1 || cs[0].Scheme != "bearer" || cs[0].Params["resource_metadata"] != "https://a.example/m" {
			t.Errorf("challenges %+v: %v", cs, err)
		}
	})
}
