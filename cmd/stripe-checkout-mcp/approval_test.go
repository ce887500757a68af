package main

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/chromium"
)

const (
	agentsToken  = "agent-0123456789abcdef"
	personsToken = "person-0123456789abcdef"
)

// An approvalService is a server that carries out only writes approved on its
// page.
type approvalService struct {
	*service
	rest string
}

func startApprovals(t *testing.T, args ...string) *approvalService {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String() // free a moment ago
	l.Close()
	file := filepath.Join(t.TempDir(), "people")
	if err := os.WriteFile(file, []byte(personsToken+"\n"+agentsToken+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(tokensVariable, agentsToken)
	s := startService(t, append([]string{"--sandbox", "--confirm-writes", "--auth", "token", "--rest-addr", "127.0.0.1:0",
		"--approval-addr", addr, "--approval-token-file", file}, args...)...)
	return &approvalService{s, "http://" + s.log.await(t, "rest") + "/v1/checkout/sessions"}
}

// agent is a client with protocol version 2025-11-25, which the server can't
// ask over HTTP, whatever the client declares.
func (s *approvalService) agent(elicits bool) *mcp.ClientSession {
	s.t.Helper()
	options := &mcp.ClientOptions{}
	if elicits {
		options.Capabilities = &mcp.ClientCapabilities{Elicitation: &mcp.ElicitationCapabilities{}}
	}
	client := mcp.NewClient(&mcp.Implementation{Name: "old", Version: "1"}, options)
	session, err := client.Connect(s.t.Context(), &mcp.StreamableClientTransport{
		Endpoint:   s.base + "/mcp",
		HTTPClient: &http.Client{Transport: bearer{token: agentsToken}}, DisableStandaloneSSE: true, MaxRetries: -1,
	}, &mcp.ClientSessionOptions{ProtocolVersion: "2025-11-25"})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { session.Close() })
	if got := session.InitializeResult().ProtocolVersion; got != "2025-11-25" {
		s.t.Fatalf("the client speaks %s", got)
	}
	return session
}

var linkForm = regexp.MustCompile(`http://127\.0\.0\.1:[0-9]+/\?request=[A-Za-z0-9_-]+`)

// refusal returns a refused call's code and the link in it.
func refusal(t *testing.T, content map[string]any, failed bool) (code, link string) {
	t.Helper()
	e := errorOf(content)
	code, _ = e["code"].(string)
	advice, _ := e["advice"].(string)
	link = linkForm.FindString(advice)
	if !failed || link == "" {
		t.Fatalf("not refused with a link: %v", content)
	}
	return code, link
}

// withKey adds an idempotency key to the arguments of a create.
func withKey(arguments, key string) string {
	return strings.Replace(arguments, `{"body"`, `{"idempotency_key":"`+key+`","body"`, 1)
}

// onPage answers the question at a link as a person would. It waits until the
// page shows what the selector then finds, and returns the page's text and the
// code on it, if any.
func onPage(t *testing.T, b *chromium.Browser, link, token, button, then string) (code, page string) {
	t.Helper()
	chromium.Run(t, b, chromedp.Navigate(link))
	b.Type(t, "#token", token)
	b.Press(t, `button[value="`+button+`"]`)
	b.Text(t, then)
	page = b.Text(t, "main")
	code = chromium.Run(t, b, chromedp.Evaluate[string](`(document.querySelector("#code") || {textContent: ""}).textContent`))
	return code, page
}

// A client that can't be asked has a person approve on the page. This covers
// approved, declined, tampered-with and replayed calls. (Expiry is tested in
// package approval, which has the clock.)
func TestApprovalInChromium(t *testing.T) {
	b := chromium.New(t)
	s := startApprovals(t)
	shots := t.ArtifactDir()
	session := s.agent(false)
	order := createArguments("order-1")

	content, failed := call(t, session, createTool, order)
	code, link := refusal(t, content, failed)
	if code != "approval_needed" {
		t.Errorf("code %s", code)
	}

	// The page says what is at stake, on a phone and on a desk, by day and by night.
	for name, width := range map[string]int{"phone": 360, "desktop": 1100} {
		chromium.Run(t, b, chromedp.EmulateViewport(int64(width), 800))
		for _, scheme := range []string{"light", "dark"} {
			b.ColorScheme(t, scheme)
			chromium.Run(t, b, chromedp.Navigate(link))
			text := b.Text(t, "main")
			for _, want := range []string{"Create this Stripe Checkout Session?", "10.00 USD", "payment", "Test mode: no real money", `1 × "T-shirt"`, "the account of this server's key", "token:"} {
				if !strings.Contains(text, want) {
					t.Errorf("the page lacks %q:\n%s", want, text)
				}
			}
			if wide := chromium.Run(t, b, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > document.documentElement.clientWidth`)); wide {
				t.Errorf("the page is wider than a %s", name)
			}
			if size := chromium.Run(t, b, chromedp.Evaluate[string](`getComputedStyle(document.querySelector("main")).borderRadius`)); size != "12px" {
				t.Errorf("the page has lost its style: %s", size)
			}
			b.See(t, shots, "ask-"+name+"-"+scheme)
		}
	}

	// Only people can approve. The agent can't, even if somebody wrote its
	// token into the wrong file.
	for token, says := range map[string]string{"guessed-0123456789abcdef": "belong to anyone who may approve", agentsToken: "an agent's token"} {
		if code, page := onPage(t, b, link, token, "approve", "#problem"); code != "" || !strings.Contains(page, says) {
			t.Errorf("%s: %s\n%s", token, code, page)
		}
	}
	b.See(t, shots, "wrong-token")

	// Declined: there is no code, and the agent is refused again.
	if code, page := onPage(t, b, link, personsToken, "decline", `main[data-state="declined"]`); code != "" || !strings.Contains(page, "Declined") {
		t.Errorf("declined: %s\n%s", code, page)
	}
	b.See(t, shots, "declined")
	if content, failed := call(t, session, createTool, order); !failed {
		t.Errorf("a declined call went through: %v", content)
	}

	// Approved: the call goes through, exactly once.
	approved, page := onPage(t, b, link, personsToken, "approve", "#code")
	if approved == "" {
		t.Fatal(page)
	}
	b.See(t, shots, "approved")
	created, failed := call(t, session, createTool, withKey(order, approved))
	if failed || created["client_reference_id"] != "order-1" {
		t.Fatalf("approved: %v", created)
	}
	replayed, failed := call(t, session, createTool, withKey(order, approved))
	if failed || replayed["id"] != created["id"] {
		t.Errorf("replayed: %v, first %v", replayed["id"], created["id"])
	}

	// Tampered with: other arguments, another operation, another code, another
	// link.
	for name, test := range map[string]struct{ tool, arguments string }{
		"other arguments": {createTool, withKey(createArguments("order-2"), approved)},
		"another tool":    {"stripe-post-checkout-sessions-session", `{"idempotency_key":"` + approved + `","session":"` + created["id"].(string) + `"}`},
		"another code":    {createTool, withKey(order, approved[:len(approved)-1]+"A"[:1]+"x")},
	} {
		content, failed := call(t, session, test.tool, test.arguments)
		if code, _ := refusal(t, content, failed); code != "approval_invalid" {
			t.Errorf("%s: %v", name, content)
		}
	}
	chromium.Run(t, b, chromedp.Navigate(link[:len(link)-6]+"AAAAAA"))
	if text := b.Text(t, "main"); !strings.Contains(text, "not from this server") {
		t.Errorf("a link that was tampered with: %s", text)
	}
	b.See(t, shots, "tampered")

	// The audit has one session. The log says who approved and contains no
	// token.
	if lines := s.log.with("outcome", "created"); len(lines) != 1 {
		t.Errorf("audited %v", lines)
	}
	if log := s.log.String(); !strings.Contains(log, `"answer":"approved"`) || strings.Contains(log, personsToken) || strings.Contains(log, approved) || strings.Contains(log, "request=") {
		t.Errorf("the log lacks the approval, or says too much:\n%s", log)
	}
	if problems := b.Problems(); problems != "" {
		t.Errorf("the page reported problems: %s", problems)
	}
	for _, host := range b.Hosts() {
		if !strings.Contains(link, host) {
			t.Errorf("the page contacted %s", host)
		}
	}
	t.Logf("screenshots in %s", shots)
}

// A client that claims it can be asked, but can't be over HTTP, gets the link
// too, and so does a REST caller.
func TestApprovalForOtherClientsThatCantAsk(t *testing.T) {
	s := startApprovals(t)
	content, failed := call(t, s.agent(true), createTool, createArguments("order-1"))
	if code, _ := refusal(t, content, failed); code != "approval_needed" {
		t.Errorf("a client that elicits: %v", content)
	}

	post := func(key string) (int, map[string]any) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.rest, bytes.NewBufferString(createArguments("order-2")))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		if key != "" {
			r.Header.Set("Idempotency-Key", key)
		}
		resp, err := bearer{token: agentsToken}.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var body map[string]any
		if err := json.NewDecoder(resp.Body).Decode(&body); err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, body
	}
	status, body := post("order-2")
	code, link := refusal(t, body, true)
	if status != http.StatusForbidden || code != "approval_needed" {
		t.Fatalf("REST: %d %v", status, body)
	}
	form := strings.NewReader("token=" + personsToken + "&answer=approve&request=" + link[strings.Index(link, "request=")+len("request="):])
	page, err := http.Post(link[:strings.Index(link, "?")], "application/x-www-form-urlencoded", form)
	if err != nil {
		t.Fatal(err)
	}
	defer page.Body.Close()
	var html bytes.Buffer
	if _, err := html.ReadFrom(page.Body); err != nil {
		t.Fatal(err)
	}
	approved := regexp.MustCompile(`approved_[^<]+`).FindString(html.String())
	if status, body := post(approved); status != http.StatusOK || body["client_reference_id"] != "order-2" {
		t.Errorf("REST, approved (%s): %d %v", approved, status, body)
	}
}

func TestApprovalFlags(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		says string
	}{
		"no confirmation":   {[]string{"--approval-addr", "127.0.0.1:0"}, "needs --confirm-writes"},
		"no page":           {[]string{"--confirm-writes", "--approval-token-file", "people"}, "say where to serve the page"},
		"no URL":            {[]string{"--confirm-writes", "--approval-addr", ":9092"}, "--approval-url is missing"},
		"nobody":            {[]string{"--confirm-writes", "--approval-addr", "127.0.0.1:0"}, "who may approve"},
		"keys of callers":   {[]string{"--confirm-writes", "--approval-addr", "127.0.0.1:0", "--auth", "stripe-key"}, "--auth stripe-key"},
		"a URL with a path": {[]string{"--confirm-writes", "--approval-addr", "127.0.0.1:0", "--approval-url", "https://a.example/?x"}, "--approval-url"},
	} {
		_, stderr, code := execute(t, "", append([]string{"http", "--sandbox", "--addr", "127.0.0.1:0"}, test.args...)...)
		if code != 2 || !strings.Contains(stderr, test.says) {
			t.Errorf("%s: exit code %d, %s", name, code, stderr)
		}
	}
}
