package sandbox_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/stripespec"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
)

// clock is a time that tests set.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Unix(1_790_000_000, 0)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func (c *clock) Unix() int64 { return c.Now().Unix() }

// client is an account of a sandbox. It checks every answer against Stripe's
// OpenAPI document.
type client struct {
	t       testing.TB
	server  *sandbox.Server
	clock   *clock
	headers map[string]string
	via     http.RoundTripper
}

func newClient(t testing.TB) *client {
	return newClientWith(t, sandbox.Options{})
}

func newClientWith(t testing.TB, options sandbox.Options) *client {
	clock := newClock()
	options.Now = clock.Now
	server := sandbox.New(options)
	return &client{t: t, server: server, clock: clock, via: stripespec.Transport(t, server),
		headers: map[string]string{"Authorization": "Bearer " + sandbox.Key}}
}

// with returns the same client with another header; an empty value removes the
// header.
func (c *client) with(name, value string) *client {
	other := *c
	other.headers = map[string]string{}
	for n, v := range c.headers {
		other.headers[n] = v
	}
	if value == "" {
		delete(other.headers, name)
	} else {
		other.headers[name] = value
	}
	return &other
}

type result struct {
	status int
	header http.Header
	raw    string
	json   map[string]any
}

func (c *client) do(method, path, form string) result {
	c.t.Helper()
	url := "http://sandbox.test" + path
	var body io.Reader
	if method == http.MethodPost {
		body = strings.NewReader(form)
	} else if form != "" {
		url += "?" + form
	}
	req, err := http.NewRequest(method, url, body)
	if err != nil {
		c.t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, value := range c.headers {
		req.Header.Set(name, value)
	}
	return c.send(req)
}

func (c *client) send(req *http.Request) result {
	c.t.Helper()
	via := c.via
	if strings.HasPrefix(req.URL.Path, "/sandbox/") {
		via = c.server // not a path of Stripe's: its document says nothing of the answer
	}
	resp, err := via.RoundTrip(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	r := result{status: resp.StatusCode, header: resp.Header, raw: string(raw)}
	decoder := json.NewDecoder(strings.NewReader(r.raw))
	decoder.UseNumber()
	if err := decoder.Decode(&r.json); err != nil {
		c.t.Fatalf("%v in %s", err, raw)
	}
	return r
}

const sessions = "/v1/checkout/sessions"

func (c *client) get(path, query string) result { c.t.Helper(); return c.do("GET", path, query) }
func (c *client) post(path, form string) result { c.t.Helper(); return c.do("POST", path, form) }
func (c *client) create(form ...string) result  { c.t.Helper(); return c.post(sessions, join(form)) }
func (c *client) list(query ...string) result   { c.t.Helper(); return c.get(sessions, join(query)) }
func (c *client) retrieve(id string) result     { c.t.Helper(); return c.get(sessions+"/"+id, "") }
func (c *client) expire(id string) result       { c.t.Helper(); return c.post(sessions+"/"+id+"/expire", "") }
func (c *client) pay(id string, form ...string) result {
	c.t.Helper()
	r := c.post("/sandbox/sessions/"+id+"/pay", join(form))
	if r.status == http.StatusOK && c.retrieve(id).ok(c.t).raw != r.raw {
		c.t.Errorf("the session differs from pay's answer: %s", r.raw)
	}
	return r
}
func join(form []string) string          { return strings.Join(form, "&") }
func (r result) ok(t testing.TB) result  { t.Helper(); return r.want(t, http.StatusOK) }
func (r result) error() map[string]any   { e, _ := r.json["error"].(map[string]any); return e }
func (r result) id() string              { return r.text("id") }
func (r result) text(path string) string { s, _ := r.at(path).(string); return s }
func (r result) number(t testing.TB, path string) int64 {
	t.Helper()
	n, ok := r.at(path).(json.Number)
	if !ok {
		t.Fatalf("%s is %v, want a number", path, r.at(path))
	}
	i, err := n.Int64()
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func (r result) want(t testing.TB, status int) result {
	t.Helper()
	if r.status != status {
		t.Fatalf("HTTP %d, want %d: %s", r.status, status, r.raw)
	}
	return r
}

// at returns the value at a dotted path; lists take indexes.
func (r result) at(path string) any {
	var at any = r.json
	for name := range strings.SplitSeq(path, ".") {
		switch v := at.(type) {
		case map[string]any:
			at = v[name]
		case []any:
			i := int(name[0] - '0')
			if i >= len(v) {
				return nil
			}
			at = v[i]
		default:
			return nil
		}
	}
	return at
}

func (r result) ids(t testing.TB) []string {
	t.Helper()
	r.ok(t)
	var ids []string
	for _, item := range r.json["data"].([]any) {
		ids = append(ids, item.(map[string]any)["id"].(string))
	}
	return ids
}

// Forms that Stripe accepts, for tests to add to.
const (
	tshirt    = "line_items[0][price]=" + sandbox.PriceTShirt + "&line_items[0][quantity]=1"
	success   = "success_url=https://example.com/success"
	payment   = "mode=payment&" + tshirt + "&" + success
	subscribe = "mode=subscription&line_items[0][price]=" + sandbox.PriceProMonthly + "&line_items[0][quantity]=1&" + success
	setup     = "mode=setup&currency=usd&" + success
)
