package rest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/httpserver"
)

func TestTheViewerAllowsNoOtherHost(t *testing.T) {
	a := newAPI(t, newClient(t, unreachable{t}))
	page := a.get("/docs")
	if page.StatusCode != http.StatusOK || page.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("HTTP %d %v", page.StatusCode, page.Header)
	}
	policy := page.Header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none';") || strings.ContainsAny(policy, "*.") || strings.Contains(policy, "http") {
		t.Errorf("Content-Security-Policy: %s", policy)
	}
	if strings.Contains(page.text, "://") {
		t.Errorf("the page names another host: %s", page.text)
	}
}

// The viewer's files are those of its npm package, byte for byte.
func TestTheViewerIsThePackage(t *testing.T) {
	dir := filepath.Join(nodeModules(t), "node_modules/swagger-ui-dist")
	a := newAPI(t, newClient(t, unreachable{t}))
	for _, name := range []string{"swagger-ui-bundle.js", "swagger-ui.css"} {
		want, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		zipped := a.get("/docs/"+name, header("Accept-Encoding", "br, gzip"))
		if zipped.Header.Get("Content-Encoding") != "gzip" {
			t.Fatalf("%s: %v", name, zipped.Header)
		}
		plain, err := gzip.NewReader(strings.NewReader(zipped.text))
		if err != nil {
			t.Fatal(err)
		}
		unzipped, err := io.ReadAll(plain)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(unzipped, want) {
			t.Errorf("%s is not the package's: go generate ./rest", name)
		}
		if a.get("/docs/"+name).text != string(want) {
			t.Errorf("%s differs without compression", name)
		}
	}
	for _, name := range []string{"LICENSE", "NOTICE", "swagger-ui-bundle.js.LICENSE.txt"} {
		want, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if have, err := os.ReadFile(filepath.Join("viewer", name)); err != nil || !bytes.Equal(have, want) {
			t.Errorf("%s is not the package's: %v", name, err)
		}
	}
}

func TestStaticFilesAreNotSentTwice(t *testing.T) {
	a := newAPI(t, newClient(t, unreachable{t}))
	for _, path := range []string{"/openapi.json", "/docs", "/docs/start.js"} {
		tag := a.get(path).Header.Get("ETag")
		if got := a.get(path, header("If-None-Match", tag)); tag == "" || got.StatusCode != http.StatusNotModified || got.text != "" {
			t.Errorf("%s: ETag %s, then HTTP %d", path, tag, got.StatusCode)
		}
	}
}

// A person opens /docs, reads an operation, and tries it. With -artifacts, the
// screenshots stay.
func TestTheViewerInChromium(t *testing.T) {
	browser := newBrowser(t)
	base, _ := start(t, inSandbox(t), httpserver.Config{})
	shots := t.ArtifactDir()
	see := func(name string) { // keeps what the page shows
		t.Helper()
		png := run(t, browser, chromedp.FullScreenshot(100))
		if err := os.WriteFile(filepath.Join(shots, name+".png"), png, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// try opens an operation, fills in a parameter, executes it and gives its
	// status and what it answered.
	try := func(id, name, parameter, value string) string {
		t.Helper()
		block := "#operations-Checkout_Sessions-" + id
		run(t, browser, chromedp.Click(chromedp.CSS(block+" .opblock-summary-control")))
		if parameter != "" {
			run(t, browser, chromedp.SendKeys(chromedp.CSS(block+" tr[data-param-name="+parameter+"] input"), value, chromedp.NodeVisible))
		}
		run(t, browser, chromedp.Click(chromedp.CSS(block+" button.execute"), chromedp.NodeVisible))
		answer := run(t, browser, chromedp.Text(chromedp.CSS(block+" .live-responses-table tbody"), chromedp.NodeVisible))
		see(name)
		run(t, browser, chromedp.Click(chromedp.CSS(block+" .opblock-summary-control")))
		return answer
	}
	run(t, browser, chromedp.EmulateViewport(1200, 900))
	run(t, browser, chromedp.Navigate(base+"/docs"))
	title := run(t, browser, chromedp.Text(chromedp.CSS(".info .title"), chromedp.NodeVisible))
	run(t, browser, chromedp.WaitVisible(chromedp.CSS(".opblock")))
	operations := run(t, browser, chromedp.Evaluate[int](`document.querySelectorAll(".opblock").length`))
	see("overview")
	if !strings.HasPrefix(title, "Stripe Checkout Sessions") || operations != 10 {
		t.Errorf("the page is %q with %d operations", title, operations)
	}
	for _, tt := range []struct{ id, name, parameter, value, status, contains string }{
		{"getcheckoutsessions", "list", "customer_details", `{"email":"katherine@example.com"}`, "200", `"id": "cs_test_`},
		{"postcheckoutsessions", "create", "", "", "200", `"status": "open"`},
		{"getcheckoutsessionssession", "retrieve", "", "", "404", `"code": "resource_missing"`}, // the example's session is none of the sandbox's
	} {
		if got := strings.TrimSpace(try(tt.id, tt.name, tt.parameter, tt.value)); !strings.HasPrefix(got, tt.status) || !strings.Contains(got, tt.contains) {
			t.Errorf("%s answers %s", tt.name, got)
		}
	}
	for _, host := range browser.hosts() {
		if !strings.HasPrefix(base, "http://"+host) {
			t.Errorf("the page asked %s for something", host)
		}
	}
	if problems := browser.report(); problems != "" {
		t.Errorf("the page complains: %s", problems)
	}
	t.Logf("screenshots in %s", shots)
}

// A browser is headless Chromium, with what the page asked for and what it
// complained of.
type browser struct {
	ctx context.Context

	mu       sync.Mutex
	asked    map[string]bool
	problems []string
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("SKIPPED, not tested: chromium is not installed")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.NoSandbox, // CI runs as root
		chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
	)
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute) // lest a page that never comes holds up all tests
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)

	b := &browser{ctx: ctx, asked: map[string]bool{}}
	if err := chromedp.Listen(ctx, func(event any) {
		b.mu.Lock()
		defer b.mu.Unlock()
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			if u, err := url.Parse(e.Request.URL); err == nil && u.Host != "" {
				b.asked[u.Host] = true
			}
		case *runtime.EventExceptionThrown:
			b.problems = append(b.problems, e.ExceptionDetails.Text)
		case *log.EventEntryAdded:
			// That the 404 of a try was one is no problem.
			if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork {
				b.problems = append(b.problems, e.Entry.Text)
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	return b
}

// run does one thing in the browser.
func run[T any](t *testing.T, b *browser, action chromedp.Action[T]) T {
	t.Helper()
	result, err := chromedp.Run(b.ctx, action)
	if err != nil {
		t.Fatalf("%v\n%s", err, b.report())
	}
	return result
}

func (b *browser) hosts() (hosts []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for host := range b.asked {
		hosts = append(hosts, host)
	}
	return hosts
}

func (b *browser) report() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Join(b.problems, "\n")
}
