package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// What this program is entrusted with, marked so that it can be searched for:
// the key, and what is a customer's.
const (
	markedKey    = "rk_test_51MarkedKey"
	markedEmail  = "marked.customer@example.org"
	markedSecret = "cs_test_1_secret_MarkedSecret"
)

// The marks that must not be in what an operator collects.
var marks = []string{"MarkedKey", "marked.customer", "MarkedSecret", "MarkedName", "MarkedProduct", "marked-order"}

// The marks that must not be in an error, which a model reads.
var marksOfErrors = []string{"MarkedKey", "marked.customer", "MarkedSecret"}

// leaks are ways in which Stripe, or what stands in front of it, says back what
// it was sent, and more.
var leaks = []struct {
	name   string
	failed bool // the call is
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

// leakyStripe answers as leaks[which] does.
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

// markedCalls are a call of each operation, with what is a customer's, and some
// with a key where none belongs.
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
			t.Errorf("%s has %q: …%s…", where, mark, text[max(0, i-80):min(len(text), i+80)])
		}
	}
}

// Every command that calls Stripe, whatever comes back: nothing marked is in a
// log or a span, and in an error neither key nor secret nor address.
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
				searched(t, "the output of stdio", strings.ReplaceAll(stdout, `unknown tool \"`+markedKey, ""), []string{"MarkedSecret"})
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

// The same over HTTP, where a path and a header can hold a mark too.
func TestNothingMarkedComesOutOfHTTP(t *testing.T) {
	upstream, which := leakyStripe(t)
	collector := startCollector(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
	s := startService(t, "--auth", "stripe-key", "--stripe-api-base", upstream, "--stripe-retries", "0", "--rest-addr", "127.0.0.1:0", "--metrics-addr", "127.0.0.1:0")
	mcp, rest, metrics := s.log.await(t, "mcp"), s.log.await(t, "rest"), s.log.await(t, "metrics")
	send := func(method, url, typ, body string) string {
		req, err := http.NewRequest(method, url, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+markedKey)
		req.Header.Set("Content-Type", typ)
		req.Header.Set("Accept", "application/json, text/event-stream")
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
	for i, leak := range leaks {
		which.Store(int64(i))
		for j, call := range markedCalls {
			body := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":%q,"arguments":%s}}`, call[0], call[1])
			if text := send(http.MethodPost, "http://"+mcp+"/mcp", "application/json", body); leak.failed {
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
			text := send(method, "http://"+rest+path, "application/x-www-form-urlencoded", form)
			if leak.failed && !strings.Contains(path, "Marked") && !strings.Contains(path, "marked") {
				searched(t, leak.name+", REST "+path, text, marksOfErrors)
			}
		}
	}
	searched(t, "the metrics", send(http.MethodGet, "http://"+metrics+"/metrics", "text/plain", ""), marks)
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
