package rest_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/httpserver"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/chromium"
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
	browser := chromium.New(t)
	base, _ := start(t, inSandbox(t), httpserver.Config{})
	shots := t.ArtifactDir()
	// try opens an operation, fills in a parameter, executes it and returns the
	// status and the answer.
	try := func(id, name, method, path, parameter, value string) string {
		t.Helper()
		block := "#operations-Checkout_Sessions-" + id
		browser.Press(t, block+" .opblock-summary-control")
		if parameter != "" {
			browser.Type(t, block+" tr[data-param-name="+parameter+"] input", value)
		}
		// The viewer shows an operation before it has read it completely; if a
		// click comes in between, nothing is ever sent.
		browser.Await(t, fmt.Sprintf(`ui.specSelectors.specResolvedSubtree(["paths", %q, %q]) !== undefined`, path, method))
		browser.Press(t, block+" button.execute")
		answer := browser.Text(t, block+" .live-responses-table tbody")
		browser.See(t, shots, name)
		browser.Press(t, block+" .opblock-summary-control")
		return answer
	}
	chromium.Run(t, browser, chromedp.EmulateViewport(1200, 900))
	chromium.Run(t, browser, chromedp.Navigate(base+"/docs"))
	title := browser.Text(t, ".info .title")
	browser.Await(t, `document.querySelector(".opblock") !== null`)
	operations := chromium.Run(t, browser, chromedp.Evaluate[int](`document.querySelectorAll(".opblock").length`))
	browser.See(t, shots, "overview")
	if !strings.HasPrefix(title, "Stripe Checkout Sessions") || operations != 10 {
		t.Errorf("the page is %q with %d operations", title, operations)
	}
	for _, tt := range []struct{ id, name, method, path, parameter, value, status, contains string }{
		{"getcheckoutsessions", "list", "get", "/v1/v1/checkout/sessions", "customer_details", `{"email":"katherine@example.com"}`, "200", `"id": "cs_test_`},
		{"postcheckoutsessions", "create", "post", "/v1/v1/checkout/sessions", "", "", "200", `"status": "open"`},
		{"getcheckoutsessionssession", "retrieve", "get", "/v1/v1/checkout/sessions/{session}", "", "", "404", `"code": "resource_missing"`}, // the example's session is none of the sandbox's
	} {
		if got := strings.TrimSpace(try(tt.id, tt.name, tt.method, tt.path, tt.parameter, tt.value)); !strings.HasPrefix(got, tt.status) || !strings.Contains(got, tt.contains) {
			t.Errorf("%s answers %s", tt.name, got)
		}
	}
	for _, host := range browser.Hosts() {
		if !strings.HasPrefix(base, "http://"+host) {
			t.Errorf("the page asked %s for something", host)
		}
	}
	if problems := browser.Problems(); problems != "" {
		t.Errorf("the page complains: %s", problems)
	}
	t.Logf("screenshots in %s", shots)
}

// Whoever opens the server's address in a browser gets the viewer; a program
// gets an error that it can read.
func TestTheRootLeadsBrowsersToTheViewer(t *testing.T) {
	a := newAPI(t, newClient(t, unreachable{t}))
	browser := a.get("/", header("Accept", "text/html,application/xhtml+xml,*/*;q=0.8"))
	if browser.StatusCode != http.StatusFound || browser.Header.Get("Location") != "/docs" {
		t.Errorf("a browser gets HTTP %d and Location %q", browser.StatusCode, browser.Header.Get("Location"))
	}
	a.get("/", header("Accept", "application/json")).failure(t, http.StatusNotFound)
	a.get("/nowhere", header("Accept", "text/html")).failure(t, http.StatusNotFound)
}

// Even on a phone, nothing is wider than the screen: neither the overview nor
// an operation with its answer.
func TestTheViewerFitsAPhone(t *testing.T) {
	browser := chromium.New(t)
	base, _ := start(t, inSandbox(t), httpserver.Config{})
	shots := t.ArtifactDir()
	chromium.Run(t, browser, chromedp.EmulateViewport(390, 844))
	chromium.Run(t, browser, chromedp.Navigate(base+"/docs"))
	fits := func(name string) {
		t.Helper()
		browser.See(t, shots, name)
		if wide := chromium.Run(t, browser, chromedp.Evaluate[string](`[...document.querySelectorAll("body, .opblock-tag, .opblock, .btn, .opblock-tag small")]
			.filter(e => e.getClientRects().length && (e.getBoundingClientRect().right > 390 || e.scrollWidth > 390)).map(e => e.className || e.tagName).join(", ")`)); wide != "" {
			t.Errorf("%s: wider than the screen: %s", name, wide)
		}
	}
	browser.Await(t, `document.querySelectorAll(".opblock").length === 10`)
	fits("overview")
	if width := chromium.Run(t, browser, chromedp.Evaluate[float64](`document.querySelector(".opblock-tag small").getBoundingClientRect().width`)); width < 250 {
		t.Errorf("a tag's description is %v px wide", width)
	}
	if locks := chromium.Run(t, browser, chromedp.Evaluate[int](`document.querySelectorAll(".authorize, .authorization__btn").length`)); locks != 0 {
		t.Errorf("%d padlocks on a server that asks for no authentication", locks)
	}
	block := "#operations-Checkout_Sessions-getcheckoutsessions"
	browser.Press(t, block+" .opblock-summary-control")
	browser.Await(t, `ui.specSelectors.specResolvedSubtree(["paths", "/v1/v1/checkout/sessions", "get"]) !== undefined`) // as above
	browser.Press(t, block+" button.execute")
	browser.Text(t, block+" .live-responses-table tbody")
	fits("executed")
	if cut := chromium.Run(t, browser, chromedp.Evaluate[string](`[...document.querySelectorAll(".opblock-body, .responses-inner")].filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.className + " " + e.scrollWidth).join(", ")`)); cut != "" {
		t.Errorf("you have to scroll sideways to see all of %s", cut)
	}
}
