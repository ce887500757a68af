package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
)

// These are the secrets this program is entrusted with, a key and customer
// data, marked so that we can search for them.
const (
	markedKey    = "rk_test_51MarkedKey"
	markedEmail  = "marked.customer@example.org"
	markedSecret = "cs_test_1_secret_MarkedSecret"
)

// These marks must not be in anything that an operator collects.
var marks = []string{"MarkedKey", "marked.customer", "MarkedSecret", "MarkedName", "MarkedProduct", "marked-order"}

// These marks must not be in an error, which a model reads.
var marksOfErrors = []string{"MarkedKey", "marked.customer", "MarkedSecret"}

// leaks are ways in which Stripe, or something in front of it, echoes what it
// was sent, and more.
var leaks = []struct {
	name   string
	failed bool // whether the call fails
	answer func(w http.ResponseWriter, said string)
}{
	{"success", false, func(w http.ResponseWriter, _ string) {
		_, _ = fmt.Fprintf(w, `{"id":"cs_test_1","object":"checkout.session","client_secret":%q,"customer_details":{"email":%q,"name":"MarkedName"}}`, markedSecret, markedEmail)
	}},
	{"400", true, saying(400)},
	{"401", true, saying(401)},
	{"402", true, saying(402)},
	{"403", true, saying(403)},
	{"404", true, saying(404)},
	{"409", true, saying(409)},
	{"429", true, saying(429)},
	{"500", true, saying(500)},
	{"a page", true, func(w http.ResponseWriter, said string) {
		w.WriteHeader(http.StatusBadGateway)
		_, _ = io.WriteString(w, "<html>"+said)
	}},
	{"200 with text", true, func(w http.ResponseWriter, said string) { _, _ = io.WriteString(w, said) }},
	{"200 with an error", true, func(w http.ResponseWriter, said string) {
		_, _ = fmt.Fprintf(w, `{"error":{"message":%q}}`, said)
	}},
	{"a redirect", true, func(w http.ResponseWriter, said string) {
		w.Header().Set("Location", "/"+markedKey+"?"+markedEmail)
		w.WriteHeader(http.StatusFound)
	}},
	{"headers that are none", true, func(w http.ResponseWriter, said string) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n"+strings.ReplaceAll(said, "\n", " ")+"\r\n\r\n")
		_ = conn.Close()
	}},
	{"half an answer", true, func(w http.ResponseWriter, said string) {
		w.Header().Set("Content-Length", "100000")
		_, _ = io.WriteString(w, said)
		panic(http.ErrAbortHandler)
	}},
	{"nothing", true, func(http.ResponseWriter, string) { panic(http.ErrAbortHandler) }},
}

func saying(status int) func(http.ResponseWriter, string) {
	return func(w http.ResponseWriter, said string) {
		quoted, _ := json.Marshal(said)
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, `{"error":{"type":%[1]s,"code":%[1]s,"param":%[1]s,"message":%[1]s,"doc_url":%[1]s,"decline_code":%[1]s}}`, quoted)
	}
}

// leakyStripe answers like leaks[which].
func leakyStripe(t *testing.T) (url string, which *atomic.Int64) {
	t.Helper()
	which = new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		said := strings.Join([]string{r.Header.Get("Authorization"), r.URL.RawQuery, string(body), markedEmail, markedSecret, "51MarkedKey"}, " ")
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Request-Id", said)
		leaks[which.Load()].answer(w, said)
	}))
	t.Cleanup(server.Close)
	return server.URL, which
}

// markedCalls has a call of each operation with customer data, and some with a
// key where none belongs.
var markedCalls = [][2]string{
	{listTool, `{"customer_details":{"email":"` + markedEmail + `"}}`},
	{createTool, `{"idempotency_key":"marked-order","body":{"mode":"payment","success_url":"https://example.org","customer_email":"` + markedEmail + `","client_reference_id":"marked-order","line_items":[{"quantity":1,"price_data":{"currency":"usd","unit_amount":1,"product_data":{"name":"MarkedProduct"}}}]}}`},
	{"stripe-get-checkout-sessions-session", `{"session":"cs_test_1"}`},
	{expireTool, `{"session":"cs_test_1","idempotency_key":"marked-order"}`},
	{"stripe-get-checkout-sessions-session-2", `{"session":"cs_test_1"}`},
	{expireTool, `{"session":"` + markedKey + `"}`},
	{expireTool, `{"session":"` + markedSecret + `"}`},
	{createTool, `{"idempotency_key":"` + markedKey + `","body":{"mode":"setup","` + markedKey + `":"` + markedEmail + `"}}`},
	{createTool, `{"body":{"mode":"` + markedKey + `"}}`},
}

func searched(t *testing.T, where, text string, marks []string) {
	t.Helper()
	for _, mark := range marks {
		if i := strings.Index(text, mark); i >= 0 {
			t.Errorf("%s contains %q: …%s…", where, mark, text[max(0, i-80):min(len(text), i+80)])
		}
	}
}

// Whatever comes back from Stripe to any command that calls it, no log or span
// contains a mark, and no error contains a key, a secret or an address.
func TestNothingMarkedComesOut(t *testing.T) {
	upstream, which := leakyStripe(t)
	collector := startCollector(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
	t.Setenv("STRIPE_API_KEY", markedKey)
	flags := []string{"--stripe-api-base", upstream, "--stripe-retries", "0", "--log-level", "debug"}
	for i, leak := range leaks {
		which.Store(int64(i))
		t.Run(leak.name, func(t *testing.T) {
			var lines strings.Builder
			lines.WriteString(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}` + "\n")
			for j, call := range markedCalls {
				stdout, stderr, code := execute(t, "", append([]string{"call", call[0], call[1]}, flags...)...)
				where := fmt.Sprintf("call %s %d", call[0], j)
				searched(t, "the log of "+where, stderr, marks)
				if code != 0 {
					searched(t, "the error of "+where, stdout, marksOfErrors)
				}
				if wrong := j >= 5; (code != 0) != (leak.failed || wrong) {
					t.Errorf("%s ended with %d: %s%s", where, code, stdout, stderr)
				}
				fmt.Fprintf(&lines, `{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":%q,"arguments":%s}}`+"\n", j+1, call[0], call[1])
			}
			fmt.Fprintf(&lines, `{"jsonrpc":"2.0","id":98,"method":%q,"params":{"name":%q}}`+"\n", markedKey, markedEmail)
			fmt.Fprintf(&lines, `{"jsonrpc":"2.0","id":99,"method":"tools/call","params":{"name":%q}}`+"\n", markedKey)
			fmt.Fprintf(&lines, "{%q}\n", markedKey+markedEmail)

			stdout, stderr, _ := execute(t, lines.String(), append([]string{"stdio"}, flags...)...)
			searched(t, "the log of stdio", stderr, marks)
			if leak.failed {
				searched(t, "the output of stdio", stdout, marksOfErrors)
			}
			stdout, stderr, _ = execute(t, "", append([]string{"doctor"}, flags...)...)
			searched(t, "doctor", stdout+stderr, marks)
		})
	}
	collector.mu.Lock()
	defer collector.mu.Unlock()
	if len(collector.spans) == 0 {
		t.Error("there were no spans to search")
	}
	searched(t, "what the collector got", collector.bytes.String(), marks)
}

// sendMarked makes a request with the marked key, and more headers, in pairs.
func sendMarked(t *testing.T, method, url, typ, body string, headers ...string) string {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+markedKey)
	req.Header.Set("Content-Type", typ)
	req.Header.Set("Accept", "application/json, text/event-stream")
	for i := 0; i < len(headers); i += 2 {
		if req.Header.Set(headers[i], headers[i+1]); headers[i] == "Host" {
			req.Host = headers[i+1]
		}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The same over HTTP, where paths and headers can also contain a mark.
func TestNothingMarkedComesOutOfHTTP(t *testing.T) {
	upstream, which := leakyStripe(t)
	collector := startCollector(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
	s := startService(t, "--auth", "stripe-key", "--stripe-api-base", upstream, "--stripe-retries", "0", "--rest-addr", "127.0.0.1:0", "--metrics-addr", "127.0.0.1:0", "--trusted-proxies", "127.0.0.1")
	mcp, rest, metrics := s.log.await(t, "mcp"), s.log.await(t, "rest"), s.log.await(t, "metrics")
	for i, leak := range leaks {
		which.Store(int64(i))
		for j, call := range markedCalls {
			body := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":%q,"arguments":%s}}`, call[0], call[1])
			if text := sendMarked(t, http.MethodPost, "http://"+mcp+"/mcp", "application/json", body); leak.failed {
				searched(t, fmt.Sprintf("%s, MCP call %d", leak.name, j), text, marksOfErrors)
			}
		}
		for path, form := range map[string]string{
			"/v1/checkout/sessions?customer_details[email]=" + markedEmail: "",
			"/v1/checkout/sessions":                             "mode=payment&customer_email=" + markedEmail + "&line_items[0][price_data][product_data][name]=MarkedProduct",
			"/v1/checkout/sessions/" + markedKey:                "",
			"/v1/checkout/sessions/" + markedSecret + "/expire": "expand[]=customer",
			"/v1/checkout/sessions/cs_test_1/" + markedEmail:    "",
			"/" + markedKey + "?" + markedEmail:                 "",
		} {
			method := http.MethodGet
			if form != "" {
				method = http.MethodPost
			}
			text := sendMarked(t, method, "http://"+rest+path, "application/x-www-form-urlencoded", form)
			if leak.failed {
				searched(t, leak.name+", REST "+path, text, marksOfErrors)
			}
		}
	}
	// These are the other parts of a request that might be logged or put on a
	// span.
	ping := `{"jsonrpc":"2.0","id":%q,"method":"ping"}`
	for _, mark := range []string{markedKey, markedEmail, markedSecret} {
		unknown := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":%q}}`, mark)
		searched(t, "the error about a tool", sendMarked(t, http.MethodPost, "http://"+mcp+"/mcp", "application/json", unknown), marksOfErrors)
		method := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":%q}`, mark)
		searched(t, "the error about a method", sendMarked(t, http.MethodPost, "http://"+mcp+"/mcp", "application/json", method), marksOfErrors)
		for _, url := range []string{"http://" + mcp + "/mcp", "http://" + rest + "/v1/checkout/sessions"} {
			for _, header := range [][]string{
				{"User-Agent", "agent/1 (" + mark + ")"},
				{"User-Agent", strings.Repeat("x", 190) + " " + mark},
				{"X-Forwarded-For", mark},
				{"X-Forwarded-For", "2001:db8::1, " + mark},
				{"X-Forwarded-For", "fe80::1%" + mark},
				{"X-Request-Id", mark},
				{"Host", mark},
				{"Origin", "https://" + mark},
				{"Referer", "https://" + mark},
				{"Content-Type", mark},
				{"Accept", mark},
				{"Mcp-Session-Id", mark},
				{"Mcp-Protocol-Version", mark},
				{"Mcp-Method", mark},
				{"Mcp-Name", mark},
				{"Traceparent", mark},
				{"Traceparent", "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01", "Tracestate", "vendor=" + mark},
				{"Traceparent", "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01", "Baggage", "customer=" + mark},
				{"Authorization", "Bearer " + mark},
				{"Authorization", mark},
				{"Idempotency-Key", mark},
				{"Stripe-Version", mark},
				{"Stripe-Account", mark},
			} {
				text := sendMarked(t, http.MethodPost, url, "application/json", fmt.Sprintf(ping, mark), header...)
				searched(t, url+" with "+header[0], strings.ReplaceAll(text, fmt.Sprintf(`"id":%q`, mark), ""), marksOfErrors)
			}
			if !strings.Contains(mark, "@") { // a method can't contain it
				searched(t, url+" with a method", sendMarked(t, mark, url, "application/json", "{}"), marksOfErrors)
			}
		}
	}
	searched(t, "the metrics", sendMarked(t, http.MethodGet, "http://"+metrics+"/metrics", "text/plain", ""), marks)
	if err := s.stop(); err != nil {
		t.Error(err)
	}
	searched(t, "the log", s.log.String(), marks)
	collector.mu.Lock()
	defer collector.mu.Unlock()
	if len(collector.spans) == 0 {
		t.Error("there were no spans to search")
	}
	searched(t, "what the collector got", collector.bytes.String(), marks)
}

// The same for the sandbox in its own process, and the commands that talk to
// it.
func TestNothingMarkedComesOutOfTheSandbox(t *testing.T) {
	t.Setenv("STRIPE_API_KEY", markedKey)
	t.Setenv("STRIPE_WEBHOOK_SECRET", "whsec_MarkedSecret")
	file := filepath.Join(t.TempDir(), "sandbox.db")
	log, ended := newJSONLog(), make(chan int)
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		root := rootCommand()
		root.SetErr(log)
		code := run(ctx, root, []string{"sandbox", "--addr", "127.0.0.1:0", "--sandbox-file", file, "--webhook", "http://127.0.0.1:1", "--log-format", "json", "--log-level", "debug"})
		log.end()
		ended <- code
	}()
	base := log.awaitLine(t, "msg", "serving the sandbox")["url"].(string)
	addr := strings.TrimPrefix(base, "http://")

	for _, call := range markedCalls {
		stdout, stderr, code := execute(t, "", "call", call[0], call[1], "--stripe-api-base", base, "--log-level", "debug")
		searched(t, "the log of call "+call[0], stderr, marks)
		if code != exitOK {
			searched(t, "the error of call "+call[0], stdout, marksOfErrors)
		}
	}
	stdout, stderr, code := execute(t, "", "call", listTool, `{"limit":1,"fields":["id"]}`, "--stripe-api-base", base)
	var list struct{ Data []struct{ ID string } }
	if err := json.Unmarshal([]byte(stdout), &list); err != nil || len(list.Data) != 1 {
		t.Fatalf("exit %d, %v: %s%s", code, err, stdout, stderr)
	}
	for _, args := range [][]string{
		{"pay", list.Data[0].ID, "-d", "email=" + markedEmail, "-d", "name=MarkedName"},
		{"pay", list.Data[0].ID, "-d", "email=" + markedEmail},
		{"pay", list.Data[0].ID, "--card", markedKey},
		{"pay", markedSecret},
		{"advance", markedKey},
		{"advance", "1h"},
		{"fault", markedKey, markedEmail},
		{"fault", "create", "500"},
	} {
		stdout, stderr, code := execute(t, "", append(append([]string{"sandbox"}, args...), "--addr", addr)...)
		searched(t, "the errors of sandbox "+args[0], stderr, marksOfErrors)
		if code != exitOK {
			searched(t, "the output of sandbox "+args[0], stdout, marksOfErrors)
		}
	}
	stop()
	if code := <-ended; code != exitOK {
		t.Errorf("the sandbox ended with %d", code)
	}
	if len(log.with("msg", "sending events")) != 1 {
		t.Errorf("the log lacks lines to search:\n%s", log)
	}
	searched(t, "the log", log.String(), marks)
	kept, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	searched(t, "the file", string(kept), []string{"MarkedKey", "MarkedSecret"})
}

// panickingLog panics with marks when a request to Stripe is logged, in the
// middle of a call.
type panickingLog struct{ *jsonLog }

func (l panickingLog) Write(p []byte) (int, error) {
	if strings.Contains(string(p), "stripe request") {
		panic(fmt.Errorf("%s of %s, %s", markedKey, markedEmail, markedSecret))
	}
	return l.jsonLog.Write(p)
}

// A panic fails the call, and nobody sees its value.
func TestNothingMarkedComesOutOfPanics(t *testing.T) {
	upstream, _ := leakyStripe(t)
	collector := startCollector(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
	flags := []string{"--stripe-api-base", upstream, "--log-level", "debug"}
	calls := markedCalls[:len(operations.All())]

	t.Setenv("STRIPE_API_KEY", markedKey)
	var lines strings.Builder
	lines.WriteString(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}` + "\n")
	for i, call := range calls {
		log := newJSONLog()
		stdout, code := executeWith(t.Context(), "", panickingLog{log}, append([]string{"call", call[0], call[1]}, flags...)...)
		if code == exitOK || !strings.Contains(log.String(), "panic") {
			t.Errorf("call %s did not panic: %s%s", call[0], stdout, log)
		}
		searched(t, "call "+call[0], stdout+log.String(), marks)
		fmt.Fprintf(&lines, `{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":%q,"arguments":%s}}`+"\n", i+1, call[0], call[1])
	}
	log := newJSONLog()
	stdout, _ := executeWith(t.Context(), lines.String(), panickingLog{log}, append([]string{"stdio"}, flags...)...)
	if n := strings.Count(stdout, "internal error"); n != len(calls) {
		t.Errorf("%d calls over stdio failed, want %d: %s", n, len(calls), stdout)
	}
	searched(t, "stdio", stdout+log.String(), marks)

	t.Setenv("STRIPE_API_KEY", "")
	log = newJSONLog()
	s := startServiceWith(t, rootCommand(), log, panickingLog{log}, "--auth", "stripe-key", "--stripe-api-base", upstream, "--rest-addr", "127.0.0.1:0")
	failed := func(url, typ, body string) {
		t.Helper()
		text := sendMarked(t, http.MethodPost, url, typ, body)
		if !strings.Contains(text, `"error"`) {
			t.Errorf("%s: %s", url, text)
		}
		searched(t, url, text, marks)
	}
	for _, call := range calls {
		failed(s.base+"/mcp", "application/json", fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":%q,"arguments":%s}}`, call[0], call[1]))
	}
	failed("http://"+s.log.await(t, "rest")+"/v1/checkout/sessions", "application/x-www-form-urlencoded", "mode=payment&success_url=https://example.org&customer_email="+markedEmail+"&line_items[0][price]=price_1&line_items[0][quantity]=1")
	if err := s.stop(); err != nil {
		t.Error(err)
	}
	searched(t, "the log of http", log.String(), marks)
	if n := strings.Count(log.String(), "panic"); n == 0 {
		t.Error("http logged no panic")
	}
	collector.mu.Lock()
	defer collector.mu.Unlock()
	if len(collector.spans) == 0 {
		t.Error("there were no spans to search")
	}
	searched(t, "what the collector got", collector.bytes.String(), marks)
}
