package main

import (
	"strings"
	"testing"
)

func TestUndeclaredMethodsAreRefused(t *testing.T) {
	const initialize = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}` + "\n" +
		`{"jsonrpc":"2.0","method":"notifications/initialized"}` + "\n"
	for _, method := range []string{"resources/list", "resources/templates/list", "logging/setLevel"} {
		out, _, _ := execute(t, initialize+`{"jsonrpc":"2.0","id":2,"method":"`+method+`","params":{"level":"info"}}`+"\n", "stdio", "--sandbox")
		if strings.Contains(out, `"logging":{}`) || strings.Contains(out, `"resources":{}`) {
			t.Fatalf("the capability is declared now:\n%s", out)
		}
		if !strings.Contains(out, `"id":2,"error":{"code":-32601`) {
			t.Errorf("%s: got\n%s", method, out)
		}
	}
}

// For a client that shows cards, resources are declared and answered.
func TestResourcesForClientsThatShowCards(t *testing.T) {
	out, _, _ := execute(t, `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{"extensions":{"io.modelcontextprotocol/ui":{"mimeTypes":["text/html;profile=mcp-app"]}}},"clientInfo":{"name":"test","version":"1"}}}`+"\n"+
		`{"jsonrpc":"2.0","method":"notifications/initialized"}`+"\n"+
		`{"jsonrpc":"2.0","id":2,"method":"resources/read","params":{"uri":"ui://stripe-checkout-mcp/session"}}`+"\n", "stdio", "--sandbox")
	if !strings.Contains(out, `"resources":{}`) || !strings.Contains(out, `"id":2,"result":{`) || !strings.Contains(out, `"mimeType":"text/html;profile=mcp-app"`) {
		t.Errorf("got\n%s", out)
	}
}
