package httpserver

import (
	"net/http"
	"strconv"
	"strings"
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
		"list with IPv6":                  {[]string{"2001:db8::1"}, false, "[2001:db8::1]:443", 200},
		"list behind a local proxy":       {[]string{"mcp.example.com"}, true, "mcp.example.com", 200},
	} {
		t.Run(name, func(t *testing.T) {
			h, err := allowHosts(tc.allowed, tc.loopback, refuseJSON, http.HandlerFunc(ok))
			if err != nil {
				t.Fatal(err)
			}
			if got := (gated{Handler: h}).do(func(r *http.Request) { r.Host = tc.host }).StatusCode; got != tc.want {
				t.Errorf("status %d, want %d", got, tc.want)
			}
		})
	}
}

func TestAllowedHostsAreChecked(t *testing.T) {
	for _, host := range []string{"", "https://mcp.example.com", "mcp.example.com:443", "*.example.com", "[2001:db8::1]"} {
		_, err := New(Config{Listeners: []Listener{rest(ok)}, AllowedHosts: []string{host}})
		if err == nil || !strings.Contains(err.Error(), strconv.Quote(host)) {
			t.Errorf("%q: error %v, want one that names it", host, err)
		}
	}
}
