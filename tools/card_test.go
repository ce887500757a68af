package tools

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/png"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/chromium"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/npm"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
)

// showing declares that a client shows pages of these MIME types.
func showing(types ...any) *mcp.ClientOptions {
	declared := &mcp.ClientCapabilities{}
	declared.AddExtension(appsExtension, map[string]any{"mimeTypes": types})
	return &mcp.ClientOptions{Capabilities: declared}
}

// Clients that show cards are offered one; to all others, the server looks as
// if there were none.
func TestWhoIsOfferedTheCard(t *testing.T) {
	const latest, older = "2026-07-28", "2025-11-25"
	for name, tt := range map[string]struct {
		over, protocol string
		client         *mcp.ClientOptions
		want           bool
	}{
		"stdio":                            {"stdio", latest, showing(cardType), true},
		"stdio, older":                     {"stdio", older, showing(cardType), true},
		"stdio, one of several types":      {"stdio", older, showing("text/html", cardType), true},
		"stdio, without":                   {"stdio", latest, nil, false},
		"stdio, older, without":            {"stdio", older, nil, false},
		"stdio, another type":              {"stdio", older, showing("text/uri-list"), false},
		"stdio, no type":                   {"stdio", older, showing(), false},
		"http":                             {"http", latest, showing(cardType), true},
		"http, without":                    {"http", latest, nil, false},
		"http, older: can't be recognized": {"http", older, showing(cardType), false},
		"http, older, without":             {"http", older, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := (&shop{t: t, server: serve(t, unreached(t))}).connect(tt.over, tt.protocol, tt.client)
			_, extended := s.InitializeResult().Capabilities.Extensions[appsExtension]
			resources := s.InitializeResult().Capabilities.Resources != nil
			if extended != tt.want || resources != tt.want {
				t.Errorf("the extension is declared: %v, resources: %v; want %v", extended, resources, tt.want)
			}
			listed, err := s.ListTools(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if scope := map[bool]string{true: "private", false: "public"}[tt.want]; tt.protocol == latest && listed.CacheScope != scope {
				t.Errorf("tools/list may be cached by %q, want %q", listed.CacheScope, scope)
			}
			for _, tool := range listed.Tools {
				var want mcp.Meta
				if tt.want && (tool.Name == createTool || tool.Name == retrieveTool) {
					want = mcp.Meta{"ui": map[string]any{"resourceUri": cardURI}}
				}
				if diff := cmp.Diff(want, tool.Meta); diff != "" {
					t.Errorf("%s has other _meta (-want +got):\n%s", tool.Name, diff)
				}
				// Everything else is as it is without cards.
				tool.Meta = nil
				golden, err := os.ReadFile(filepath.Join("testdata", tool.Name+".json"))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(golden), indented(t, tool)); diff != "" {
					t.Errorf("%s (-golden +now):\n%s", tool.Name, diff)
				}
			}
		})
	}
}

// A client that doesn't show cards is told about tools and prompts, as always.
func TestWithoutTheCardNothingIsAdded(t *testing.T) {
	got, err := json.Marshal(connectSandbox(t).InitializeResult().Capabilities)
	if want := `{"completions":{},"prompts":{},"tools":{}}`; err != nil || string(got) != want {
		t.Errorf("the server declares %s (%v), want %s", got, err, want)
	}
}

// What a client that shows cards is told about them is a contract with those
// clients.
func TestCardSnapshot(t *testing.T) {
	s := connectClient(t, serve(t, unreached(t)), showing(cardType))
	listed, err := s.ListResources(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	read, err := s.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: cardURI})
	if err != nil {
		t.Fatal(err)
	}
	page := read.Contents[0].Text
	read.Contents[0].Text = "(card/card.html)"
	checkGolden(t, "card.json", indented(t, map[string]any{"capabilities": s.InitializeResult().Capabilities, "resources/list": listed, "resources/read": read}))
	if strings.Contains(page, "{{") || !strings.Contains(page, `"kwd":3`) || !strings.Contains(page, `"`+expireTool+`"`) {
		t.Errorf("the page is not filled in:\n%s", page)
	}
}

// On a server that can't withdraw, the card offers no button for it.
func TestTheCardOfAReadOnlyServer(t *testing.T) {
	s := connectClient(t, serve(t, unreached(t), func(o *setup) { o.operations = operations.Options{ReadOnly: true} }), showing(cardType))
	if page := readCard(t, s); !strings.Contains(page, `"expire":""`) {
		t.Error("the card of a read-only server knows how to expire a session")
	}
}

// The QR encoder is the one in its npm package, byte for byte.
func TestTheQREncoderIsThePackage(t *testing.T) {
	dir := filepath.Join(npm.Install(t, "testdata/node"), "node_modules/lean-qr")
	for ours, theirs := range map[string]string{"lean-qr.js": "index.js", "lean-qr.LICENSE": "LICENSE"} {
		want, err := os.ReadFile(filepath.Join(dir, theirs))
		if err != nil {
			t.Fatal(err)
		}
		if have, err := os.ReadFile(filepath.Join("card", ours)); err != nil || !bytes.Equal(have, want) {
			t.Errorf("%s is not the package's: go generate ./tools (%v)", ours, err)
		}
	}
}

// A chat shows the card of a session that was just created with few fields, and
// the person withdraws it there. With -artifacts, the screenshots stay.
func TestTheCardInChromium(t *testing.T) {
	b := chromium.New(t)
	stripe := sandbox.New(sandbox.Options{})
	chat := newChat(t, b, connectClient(t, serve(t, stripe), showing(cardType)))
	shots := t.ArtifactDir()

	chat.show(t, createTool, `{"body":{"mode":"payment","line_items":[`+
		`{"quantity":2,"price_data":{"currency":"kwd","unit_amount":10500,"product_data":{"name":"T-shirt \u202e<b>blue</b>"}}},`+
		`{"quantity":1,"price_data":{"currency":"kwd","unit_amount":1990,"product_data":{"name":"A poster of the harbour at dawn, signed by the artist"}}}],`+
		`"success_url":"https://example.com/thanks"},"fields":["id","url"]}`)
	b.Await(t, chat.shown("#items li"))
	for selector, want := range map[string]string{
		"#mode":     "Test: no real money",
		"#status":   "Open: not paid yet",
		"#amount":   "22.990 KWD",
		"#items":    "2 × T-shirt \\u{202e}<b>blue</b>\n21.000 KWD\nA poster of the harbour at dawn, signed by the artist\n1.990 KWD",
		"#link":     "Open the payment page",
		"#withdraw": "Withdraw…",
		"#question": "",
		"#problem":  "",
	} {
		if got := chat.text(t, selector); got != want {
			t.Errorf("%s says %q, want %q", selector, got, want)
		}
	}
	url := chat.result(t)["url"].(string)
	for _, width := range []int64{390, 800} {
		chromium.Run(t, b, chromedp.EmulateViewport(width, 640))
		for _, scheme := range []string{"light", "dark"} {
			chat.theme(t, scheme)
			name := fmt.Sprintf("card-%d-%s", width, scheme)
			b.See(t, shots, name)
			if got := readQR(t, filepath.Join(shots, name+".png")); got != url {
				t.Errorf("the QR code at %d px, %s, says %q, want %q", width, scheme, got, url)
			}
			if chromium.Run(t, b, chromedp.Evaluate[bool](chat.inside("document.documentElement.scrollWidth > document.documentElement.clientWidth"))) {
				t.Errorf("at %d px the card is wider than its frame", width)
			}
		}
	}

	chat.press(t, "#link")
	b.Await(t, fmt.Sprintf("opened === %q", url))

	status := func() any {
		return succeed(t, chat.session, retrieveTool, fmt.Sprintf(`{"session":%q}`, chat.result(t)["id"]))["status"]
	}
	chat.press(t, "#withdraw")
	b.Await(t, chat.shown("#question"))
	b.See(t, shots, "card-question")
	chat.press(t, "#no")
	b.Await(t, chat.shown("#withdraw"))
	if got := status(); got != "open" {
		t.Errorf("the session is %v before the person agreed", got)
	}
	chat.press(t, "#withdraw")
	chat.press(t, "#yes")
	b.Await(t, chat.inside(`document.querySelector("#status").textContent.startsWith("Expired")`))
	b.Await(t, `told.includes("expired the Checkout Session")`)
	b.See(t, shots, "card-withdrawn")
	if got := status(); got != "expired" {
		t.Errorf("the session is %v after the person withdrew it", got)
	}
	for _, selector := range []string{"#withdraw", "#pay", "#question", "#problem"} {
		if chromium.Run(t, b, chromedp.Evaluate[bool](chat.shown(selector))) {
			t.Errorf("%s is shown for an expired session", selector)
		}
	}
	chat.clean(t, b)
}

// Live is never mistaken for test, and failures are shown.
func TestTheCardShows(t *testing.T) {
	b := chromium.New(t)
	longLink := "https://checkout.stripe.com/c/pay/cs_live_1#" + strings.Repeat("fidkdWxOYHwnPyd1blpxYHZxWjA0", 14) // as long as Stripe's
	const items = `,"line_items":{"data":[],"has_more":false}`
	for name, tt := range map[string]struct {
		status int
		body   string
		want   map[string]string // by selector; "" is not shown
	}{
		"live": {200, `{"id":"cs_live_1","mode":"payment","livemode":true,"status":"open","payment_status":"unpaid","amount_total":500,"currency":"jpy","expires_at":1,"url":"` + longLink + `"` + items + `}`,
			map[string]string{"#mode": "Live: real money", "#amount": "500 JPY", "#host": "checkout.stripe.com", "#withdraw": "Withdraw…"}},
		"paid": {200, `{"id":"cs_test_1","mode":"payment","livemode":false,"status":"complete","payment_status":"paid","amount_total":5,"currency":"usd","expires_at":1,"url":null` + items + `}`,
			map[string]string{"#mode": "Test: no real money", "#status": "Complete: paid", "#amount": "0.05 USD", "#pay": "", "#withdraw": ""}},
		"a link that isn't one": {200, `{"id":"cs_test_1","livemode":false,"status":"open","url":"javascript:alert(1)"}`,
			map[string]string{"#status": "Open: not paid yet", "#pay": ""}},
		"only an id": {200, `{"id":"cs_live_1"}`,
			map[string]string{"#mode": "Live: real money", "#status": "Session cs_live_1", "#withdraw": ""}},
		"an error": {404, `{"error":{"type":"invalid_request_error","code":"resource_missing","message":"No such session."}}`,
			map[string]string{"#mode": "", "#status": "No session", "#withdraw": ""}},
	} {
		t.Run(name, func(t *testing.T) {
			chat := newChat(t, b, connectClient(t, serve(t, answering(tt.status, tt.body)), showing(cardType)))
			chat.show(t, retrieveTool, `{"session":"cs_test_1"}`)
			b.Await(t, chat.inside(`!document.querySelector("#status").textContent.startsWith("Waiting")`))
			for selector, want := range tt.want {
				if got := chat.text(t, selector); got != want {
					t.Errorf("%s says %q, want %q", selector, got, want)
				}
			}
			if name == "live" {
				shots := t.ArtifactDir()
				chat.theme(t, "light")
				b.See(t, shots, "card-live")
				if got := readQR(t, filepath.Join(shots, "card-live.png")); got != longLink {
					t.Errorf("the QR code says %q, want %q", got, longLink)
				}
				// This upstream answers an expire with an open session, too.
				chat.press(t, "#withdraw")
				chat.press(t, "#yes")
				b.Await(t, chat.shown("#problem"))
				if got := chat.text(t, "#problem"); got != "The session was not withdrawn." {
					t.Errorf("the problem is %q", got)
				}
				b.Await(t, `told === ""`)
			}
			if problem := chat.text(t, "#problem"); (tt.status == 404) != strings.Contains(problem, "No such session") {
				t.Errorf("the problem is %q", problem)
			}
			chat.clean(t, b)
		})
	}
}

// A chat is a page that hosts a card as the extension describes, and passes its
// calls on to a server.
type chat struct {
	b       *chromium.Browser
	session *mcp.ClientSession
	last    *mcp.CallToolResult
}

// defaultPolicy is what a host must set for a card that declares no domains.
const defaultPolicy = "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; media-src 'self' data:; connect-src 'none'"

const hostPage = `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Chat</title><link rel="icon" href="data:,">
<style>:root { color-scheme: light dark; background: light-dark(#f4f5f8, #111318) } body { margin: 16px } iframe { border: 0; width: 100%; height: 80px }</style>
<iframe sandbox="allow-scripts allow-same-origin"></iframe>
<script>
let opened = "", told = "", ready = false;
const frame = document.querySelector("iframe");
const send = message => frame.contentWindow.postMessage({ jsonrpc: "2.0", ...message }, "*");
addEventListener("message", async ({ data: { id, method, params } }) => {
  switch (method) {
  case "ui/initialize":
    send({ id, result: { protocolVersion: "2026-01-26", hostInfo: { name: "chat", version: "1" },
      hostCapabilities: { openLinks: {}, serverTools: {} }, hostContext: { locale: "en-US", timeZone: "UTC" } } });
    break;
  case "ui/notifications/initialized": ready = true; break;
  case "ui/notifications/size-changed": frame.style.height = params.height + "px"; break;
  case "ui/open-link": opened = params.url; send({ id, result: {} }); break;
  case "ui/update-model-context": told = params.content[0].text; send({ id, result: {} }); break;
  case "tools/call":
    send({ id, result: await (await fetch("/call", { method: "POST", body: JSON.stringify(params) })).json() });
  }
});
frame.src = "/card";
</script>`

func newChat(t *testing.T, b *chromium.Browser, session *mcp.ClientSession) *chat {
	t.Helper()
	page := readCard(t, session)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, hostPage) })
	mux.HandleFunc("GET /card", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", defaultPolicy)
		_, _ = io.WriteString(w, page)
	})
	mux.HandleFunc("POST /call", func(w http.ResponseWriter, r *http.Request) {
		var params mcp.CallToolParams
		if err := json.NewDecoder(r.Body).Decode(&params); err != nil {
			t.Errorf("the card's call: %v", err)
		}
		result, err := session.CallTool(r.Context(), &params)
		if err != nil {
			t.Errorf("the card's call of %s: %v", params.Name, err)
		}
		_ = json.NewEncoder(w).Encode(result)
	})
	server := httptest.NewUnstartedServer(mux)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.Start()
	t.Cleanup(server.Close)
	chromium.Run(t, b, chromedp.EmulateViewport(800, 640))
	chromium.Run(t, b, chromedp.Navigate(server.URL))
	b.Await(t, "ready")
	return &chat{b: b, session: session}
}

func readCard(t *testing.T, s *mcp.ClientSession) string {
	t.Helper()
	read, err := s.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: cardURI})
	if err != nil {
		t.Fatal(err)
	}
	return read.Contents[0].Text
}

// show makes the model call a tool and the card receive its result.
func (c *chat) show(t *testing.T, tool, arguments string) {
	t.Helper()
	c.last = call(t, c.session, tool, arguments)
	result, err := json.Marshal(c.last)
	if err != nil {
		t.Fatal(err)
	}
	c.notify(t, "ui/notifications/tool-input", `{"arguments":`+arguments+`}`)
	c.notify(t, "ui/notifications/tool-result", string(result))
}

func (c *chat) notify(t *testing.T, method, params string) {
	t.Helper()
	chromium.Run(t, c.b, chromedp.Evaluate[bool](fmt.Sprintf("send({ method: %q, params: %s }) === undefined", method, params)))
}

func (c *chat) result(t *testing.T) map[string]any { return object(t, c.last) }

// theme is the host's theme, not the browser's.
func (c *chat) theme(t *testing.T, scheme string) {
	t.Helper()
	chromium.Run(t, c.b, chromedp.Evaluate[bool](fmt.Sprintf("(document.documentElement.style.colorScheme = %q) !== ''", scheme)))
	c.notify(t, "ui/notifications/host-context-changed", fmt.Sprintf(`{"theme":%q}`, scheme))
	c.b.Await(t, c.inside(fmt.Sprintf("document.documentElement.style.colorScheme === %q", scheme)))
	// The card's height, which depends on its width, has reached the host.
	c.b.Await(t, `frame.clientHeight === Math.ceil(frame.contentDocument.querySelector("main").getBoundingClientRect().height)`)
}

// inside returns a JavaScript expression about the card's document.
func (c *chat) inside(expression string) string {
	return "(document => " + expression + ")(frame.contentDocument)"
}

func (c *chat) shown(selector string) string {
	return c.inside(fmt.Sprintf("document.querySelector(%q)?.getClientRects().length > 0", selector))
}

// text returns an element's text, or nothing if the element isn't shown.
func (c *chat) text(t *testing.T, selector string) string {
	t.Helper()
	return chromium.Run(t, c.b, chromedp.Evaluate[string](c.shown(selector)+" ? "+c.inside(fmt.Sprintf("document.querySelector(%q).innerText", selector))+` : ""`))
}

func (c *chat) press(t *testing.T, selector string) {
	t.Helper()
	c.b.Await(t, c.shown(selector))
	chromium.Run(t, c.b, chromedp.Evaluate[bool](c.inside(fmt.Sprintf("document.querySelector(%q).click() === undefined", selector))))
}

// clean fails the test if the card requested something or broke the policy.
func (c *chat) clean(t *testing.T, b *chromium.Browser) {
	t.Helper()
	for _, host := range b.Hosts() {
		if !strings.HasPrefix(host, "127.0.0.1:") {
			t.Errorf("the card asked %s for something", host)
		}
	}
	if problems := b.Problems(); problems != "" {
		t.Errorf("the card complains: %s", problems)
	}
}

// readQR decodes a QR code as a phone would.
func readQR(t *testing.T, file string) string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	shot, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(shot)
	if err != nil {
		t.Fatal(err)
	}
	code, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		t.Errorf("no QR code in %s: %v", filepath.Base(file), err)
		return ""
	}
	return code.GetText()
}

// unreached is a Stripe that must not be called.
func unreached(t *testing.T) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		t.Errorf("Stripe was asked: %s %s", r.Method, r.URL.Path)
		return nil, http.ErrServerClosed
	})
}
