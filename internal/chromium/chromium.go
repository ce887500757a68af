// Package chromium drives a headless Chromium in tests.
package chromium

import (
	"context"
	"errors"
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

// A Browser is headless Chromium, with what its pages asked for and what they
// complained of.
type Browser struct {
	ctx context.Context

	mu       sync.Mutex
	asked    map[string]bool
	problems []string
}

// New starts a browser that ends with the test. It skips the test where there
// is no Chromium.
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
	ctx, cancel = context.WithTimeout(ctx, 5*time.Minute) // lest a page that never comes holds up all tests
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
			// That an answer was an HTTP error may be what a test is about.
			if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork {
				b.problems = append(b.problems, e.Entry.Text)
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	return b
}

// Run does one thing in the browser.
func Run[T any](t testing.TB, b *Browser, action chromedp.Action[T]) T {
	t.Helper()
	result, err := chromedp.Run(b.ctx, action)
	if err != nil {
		t.Fatalf("%v\n%s", err, b.Problems())
	}
	return result
}

// Await waits for an expression of JavaScript to be true, on this page or one
// that it leads to.
func (b *Browser) Await(t testing.TB, condition string) {
	t.Helper()
	for {
		_, err := chromedp.Run(b.ctx, chromedp.Poll[bool](condition))
		switch {
		case err == nil:
			return
		case errors.Is(err, chromedp.ErrPollingTimeout) || b.ctx.Err() != nil:
			t.Fatalf("%s: %v\n%s", condition, err, b.Problems())
		}
		// The page was left while it was asked.
	}
}

// Press clicks the element that a CSS selector finds, once the page shows it.
// It goes to the element and not to a point of the screen: a page that still
// moves, as when a block above it opens, takes an element away from under a
// pointer.
func (b *Browser) Press(t testing.TB, selector string) {
	t.Helper()
	b.Await(t, shown(selector))
	Run(t, b, chromedp.Evaluate[bool](element(selector)+".click() === undefined"))
}

// Type puts text into the field that a CSS selector finds, once the page shows
// it, key by key as a person does.
func (b *Browser) Type(t testing.TB, selector, text string) {
	t.Helper()
	b.Await(t, shown(selector))
	Run(t, b, chromedp.Evaluate[bool](element(selector)+".focus() === undefined"))
	Run(t, b, chromedp.KeyEvent(text))
}

// Text is what the element that a CSS selector finds says, once the page shows
// it.
func (b *Browser) Text(t testing.TB, selector string) string {
	t.Helper()
	b.Await(t, shown(selector))
	return Run(t, b, chromedp.Evaluate[string](element(selector)+".innerText"))
}

// element and shown are JavaScript. The page is asked, and not chromedp's copy
// of it, which a page that draws itself anew can leave behind for good.
func element(selector string) string { return fmt.Sprintf("document.querySelector(%q)", selector) }
func shown(selector string) string   { return element(selector) + "?.getClientRects().length > 0" }

// See keeps what the page shows, whole, as name.png in a folder.
func (b *Browser) See(t testing.TB, dir, name string) {
	t.Helper()
	png := Run(t, b, chromedp.FullScreenshot(100))
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600); err != nil {
		t.Fatal(err)
	}
}

// ColorScheme is what the person prefers: light or dark.
func (b *Browser) ColorScheme(t testing.TB, scheme string) {
	t.Helper()
	Run(t, b, chromedp.Action[cdp.Empty](func(ctx context.Context, target *chromedp.Target) (cdp.Empty, error) {
		return cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
	}))
}

// Hosts are those that the pages asked for something.
func (b *Browser) Hosts() (hosts []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for host := range b.asked {
		hosts = append(hosts, host)
	}
	return hosts
}

// Problems are what the pages complained of, one a line.
func (b *Browser) Problems() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Join(b.problems, "\n")
}
