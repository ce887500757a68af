package httpserver

import (
	"net/http"
	"testing"
)

func TestAllowedHosts(t *testing.T) {
	for name, tc := range map[string]struct {
		allowed  []string
		loopback bool
		host     string
		want     int
	}{
		"loopback listener, by name":      {nil, true, "localhost:9090", 200},
		"loopback listener, by address":   {nil, true, "127.0.0.1:9090", 200},
		"loopback listener, by IPv6":      {nil, true, "[::1]:9090", 200},
		"loopback listener, without port": {nil, true, "[::1]", 200},
		"loopback listener, rebound name": {nil, true, "evil.example:9090", 403},
		"loopback listener, lookalike":    {nil, true, "localhost.evil.example", 403},
		"loopback listener, no host":      {nil, true, "", 403},
		"public listener, any name":       {nil, false, "anything.example", 200},
		"list, on it":                     {[]string{"mcp.example.com"}, false, "MCP.example.com:443", 200},
		"list, not on it":                 {[]string{"mcp.example.com"}, false, "other.example.com", 403},
		"list, subdomain":                 {[]string{"mcp.example.com"}, false, "a.mcp.example.com", 403},
		"list instead of loopback names":  {[]string{"mcp.example.com"}, true, "localhost", 403},
		"list behind a local proxy":       {[]string{"mcp.example.com"}, true, "mcp.example.com", 200},
	} {
		t.Run(name, func(t *testing.T) {
			h := gated{Handler: allowHosts(tc.allowed, tc.loopback, refuseJSON, http.HandlerFunc(ok))}
			if got := h.do(func(r *http.Request) { r.Host = tc.host }).StatusCode; got != tc.want {
				t.Errorf("status %d, want %d", got, tc.want)
			}
		})
	}
}
