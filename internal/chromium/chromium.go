// Package chromium drives a headless Chromium in tests.
package chromium

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// A Browser is headless Chromium. It records the hosts its pages contact and
// the problems they report.
type Browser struct {
	ctx context.Context

	mu       sync.Mutex
	asked    map[string]bool
	problems []string
}

// New starts a browser that ends with the test. It skips the test if Chromium
// is not installed.
func New(t testing.TB) *Browser {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: starts a browser")
	}
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
	ctx, cancel = context.WithTimeout(ctx, 9*time.Minute) // a page that never loads fails its own test, before go test's limit for all
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)

	b := &Browser{ctx: ctx, asked: map[string]bool{}}
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
			// A test may be about an HTTP error, so those don't count.
			if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork {
				b.problems = append(b.problems, e.Entry.Text)
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	return b
}

// Run performs one action in the browser.
func Run[T any](t testing.TB, b *Browser, action chromedp.Action[T]) T {
	t.Helper()
	result, err := chromedp.Run(b.ctx, action)
	if err != nil {
		t.Fatalf("%v\n%s", err, b.Problems())
	}
	return result
}

// Await waits for a JavaScript expression to become true, on this page or one
// that it leads to.
func (b *Browser) Await(t testing.TB, condition string) {
	t.Helper()
	for {
		_, err := chromedp.Run(b.ctx, chromedp.Poll[bool]("!!("+condition+")", chromedp.WithPollingTimeout(0)))
		switch {
		case err == nil:
			return
		case b.ctx.Err() != nil:
			t.Fatalf("%s: %v\n%s", condition, err, b.Problems())
		}
		// The browser left the page while we asked. Ask again.
	}
}

// Press clicks the element that a CSS selector finds, once the page shows it.
// It clicks the element itself rather than a point on the screen, because on a
// page that is still moving the element could slip away from under the pointer.
func (b *Browser) Press(t testing.TB, selector string) {
	t.Helper()
	b.Await(t, shown(selector))
	Run(t, b, chromedp.Evaluate[bool](element(selector)+".click() === undefined"))
}

// Type types text into the field that a CSS selector finds, key by key like a
// person, once the page shows it.
func (b *Browser) Type(t testing.TB, selector, text string) {
	t.Helper()
	b.Await(t, shown(selector))
	Run(t, b, chromedp.Evaluate[bool](element(selector)+".focus() === undefined"))
	Run(t, b, chromedp.KeyEvent(text))
}

// Text returns the text of the element that a CSS selector finds, once the page
// shows it.
func (b *Browser) Text(t testing.TB, selector string) string {
	t.Helper()
	b.Await(t, shown(selector))
	return Run(t, b, chromedp.Evaluate[string](element(selector)+".innerText"))
}

// element and shown return JavaScript. They ask the page itself and not
// chromedp's copy of it, which can fall behind for good when a page redraws
// itself.
func element(selector string) string { return fmt.Sprintf("document.querySelector(%q)", selector) }
func shown(selector string) string   { return element(selector) + "?.getClientRects().length > 0" }

// See saves a screenshot of the whole page as name.png in a folder, once there
// is anything to see.
func (b *Browser) See(t testing.TB, dir, name string) {
	t.Helper()
	b.Await(t, "document.documentElement.scrollWidth > 0 && document.documentElement.scrollHeight > 0")
	png := Run(t, b, chromedp.FullScreenshot(100))
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600); err != nil {
		t.Fatal(err)
	}
}

// ColorScheme sets the color scheme that the user prefers: light or dark.
func (b *Browser) ColorScheme(t testing.TB, scheme string) {
	t.Helper()
	Run(t, b, chromedp.Action[cdp.Empty](func(ctx context.Context, target *chromedp.Target) (cdp.Empty, error) {
		return cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
	}))
}

// Hosts returns the hosts that the pages have contacted.
func (b *Browser) Hosts() (hosts []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for host := range b.asked {
		hosts = append(hosts, host)
	}
	return hosts
}

// Problems returns the problems that the pages reported, one per line.
func (b *Browser) Problems() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Join(b.problems, "\n")
}
