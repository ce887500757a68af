package auth

import (
	"context"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

func toolScope(tool string) string {
	if tool == "read" {
		return ScopeRead
	}
	return "" // ScopeWrite
}

// The middleware's check is the one that counts: it refuses by itself, and also
// when nobody was authenticated.
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
			mcp.AddTool(server, &mcp.Tool{Name: tc.tool}, func(context.Context, *mcp.CallToolRequest, struct{}) (*mcp.CallToolResult, any, error) {
				return &mcp.CallToolResult{}, nil, nil
			})
			server.AddReceivingMiddleware(RequireToolScopes(toolScope))
			ctx := t.Context()
			if tc.caller != nil {
				ctx = WithCaller(ctx, *tc.caller)
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
				t.Errorf("error %v doesn't say what is missing", err)
			}
		})
	}
}
