package tools

import (
	"encoding/xml"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// Clients are told what they may cache: tools and prompts change only with the
// program.
func TestListsMayBeCached(t *testing.T) {
	s := connectSandbox(t)
	tools, err := s.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	prompts, err := s.ListPrompts(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, list := range map[string]struct {
		ttl   int
		scope string
	}{
		"tools/list":   {tools.TTLMs, tools.CacheScope},
		"prompts/list": {prompts.TTLMs, prompts.CacheScope},
	} {
		if list.ttl != 300_000 || list.scope != "public" {
			t.Errorf("%s may be cached for %d ms with scope %q, want 300000 ms with scope public", name, list.ttl, list.scope)
		}
	}
}

// uri matches the characters that RFC 3986 allows in a URI.
var uri = regexp.MustCompile(`^([\w.~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+$`)

// Each tool has its own title and icon, and so does the server.
func TestTitlesAndIcons(t *testing.T) {
	s := connectSandbox(t)
	if info := s.InitializeResult().ServerInfo; info.Title == "" || len(info.Icons) != 1 || !uri.MatchString(info.Icons[0].Source) {
		t.Errorf("the server is %+v", info)
	}
	seen := map[string]string{}
	for _, tool := range listTools(t, s) {
		if tool.Title == "" || len(tool.Icons) != 1 {
			t.Errorf("%s has the title %q and %d icons", tool.Name, tool.Title, len(tool.Icons))
			continue
		}
		source := tool.Icons[0].Source
		data, encoded := strings.CutPrefix(source, "data:image/svg+xml,")
		svg, err := url.PathUnescape(data)
		var image struct {
			XMLName xml.Name
			Path    struct {
				D string `xml:"d,attr"`
			} `xml:"path"`
		}
		if !encoded || err != nil || xml.Unmarshal([]byte(svg), &image) != nil || image.XMLName.Local != "svg" || image.Path.D == "" {
			t.Errorf("%s has the icon %s", tool.Name, source)
		}
		if !uri.MatchString(source) {
			t.Errorf("%s has an icon that is not a URI: %s", tool.Name, source)
		}
		if other := seen[source]; other != "" {
			t.Errorf("%s and %s have the same icon", tool.Name, other)
		}
		seen[source] = tool.Name
	}
}

// Every result that involved Stripe has the request id by which Stripe's
// support and the Dashboard's log know the request.
func TestEveryResultHasTheRequestID(t *testing.T) {
	const key = "stripe-checkout-mcp/request-id"
	for status, body := range map[int]string{200: `{"id":"cs_test_1"}`, 404: `{"error":{"type":"invalid_request_error","message":"No."}}`} {
		s := connect(t, answering(status, body))
		if got := call(t, s, retrieveTool, `{"session":"cs_test_1"}`).Meta[key]; got != "req_test" {
			t.Errorf("HTTP %d: the request id is %v", status, got)
		}
		if got, given := call(t, s, retrieveTool, `{"session":"pi_1"}`).Meta[key]; given {
			t.Errorf("a call that was not sent has the request id %v", got)
		}
	}
}
