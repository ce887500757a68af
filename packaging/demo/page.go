package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

const testCard = "4242 4242 4242 4242"

// pay does what a customer does with a link: open it, enter a test card and
// pay. It uses Chromium if it is installed, and otherwise sends the page's form
// as a browser would. If a folder for screenshots is given, it saves some
// there.
func pay(ctx context.Context, link, screenshots string) error {
	browser, err := exec.LookPath("chromium")
	switch {
	case err == nil:
		return payInBrowser(ctx, browser, link, screenshots)
	case screenshots != "":
		return err
	}
	resp, err := http.PostForm(link, url.Values{
		"action": {"pay"}, "payment_method": {"card"}, "card": {testCard}, "expiry": {"12/34"}, "cvc": {"123"},
		"name": {"Jenny Rosen"}, "address[country]": {"US"}, "address[postal_code]": {"94103"},
	})
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if !strings.HasSuffix(resp.Request.URL.Path, "/done") {
		return fmt.Errorf("the page answered %s", resp.Status)
	}
	return nil
}

func payInBrowser(ctx context.Context, browser, link, screenshots string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	ctx, cancel = chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(browser),
		chromedp.NoSandbox, // it may run as root, and opens only a page of our own
		chromedp.Flag("disable-background-networking", true),
		// The shop in the story doesn't exist.
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
	)...)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx)
	defer cancel()

	if _, err := chromedp.Run(ctx, chromedp.EmulateViewport(1280, 860)); err != nil {
		return err
	}
	if _, err := chromedp.Run(ctx, chromedp.Navigate(link)); err != nil {
		return err
	}
	for name, value := range map[string]string{
		"card": testCard, "expiry": "12/34", "cvc": "123", "name": "Jenny Rosen", "address[postal_code]": "94103",
	} {
		if _, err := chromedp.Run(ctx, chromedp.SendKeys(chromedp.CSS(`[name="`+name+`"]`), value, chromedp.NodeVisible)); err != nil {
			return err
		}
	}
	if screenshots != "" {
		for _, scheme := range []string{"light", "dark"} {
			if err := screenshot(ctx, scheme, filepath.Join(screenshots, "payment-page-"+scheme+".png")); err != nil {
				return err
			}
		}
	}
	if _, err := chromedp.Run(ctx, chromedp.Click(chromedp.CSS(".pay"), chromedp.NodeVisible)); err != nil {
		return err
	}
	// The browser moves on once the session is paid. If something is wrong, it
	// stays on the page.
	for {
		_, err := chromedp.Run(ctx, chromedp.Poll[bool](fmt.Sprintf("location.href !== %q", link)))
		switch {
		case err == nil:
			return nil
		case errors.Is(err, chromedp.ErrPollingTimeout) || ctx.Err() != nil:
			return fmt.Errorf("the browser stayed on the page: %w", err)
		}
		// The browser left the page while we asked. Ask again.
	}
}

func screenshot(ctx context.Context, scheme, file string) error {
	if _, err := chromedp.Run(ctx, chromedp.Action[cdp.Empty](func(ctx context.Context, target *chromedp.Target) (cdp.Empty, error) {
		return cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
	})); err != nil {
		return err
	}
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		return err
	}
	return os.WriteFile(file, png, 0o644)
}
