package approval

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/chromium"
)

// An expired link asks nothing, and one that expires while it is open yields no
// code. Package main tests the rest of what a person does, with a whole server.
func TestExpiredInChromium(t *testing.T) {
	b := chromium.New(t)
	var later atomic.Int64
	server := httptest.NewUnstartedServer(nil)
	a, err := New("http://"+server.Listener.Addr().String(), []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	a.now = func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
	server.Config.Handler = a.Handler(func(*http.Request, string) (string, error) { return "person", nil }, slog.New(slog.DiscardHandler))
	server.Start()
	t.Cleanup(server.Close)
	link := newLink(t, a)

	expired := func() {
		t.Helper()
		text := b.Text(t, `main[data-state="failed"]`)
		if !strings.Contains(text, "expired") || strings.Contains(text, codePrefix) {
			t.Errorf("the page says %s", text)
		}
	}
	chromium.Run(t, b, chromedp.Navigate(link))
	b.Type(t, "#token", goodToken)
	later.Store(int64(Within + time.Second))
	b.Press(t, `button[value="approve"]`)
	expired()
	chromium.Run(t, b, chromedp.Navigate(link))
	expired()
	if problems := b.Problems(); problems != "" {
		t.Errorf("the page complains: %s", problems)
	}
}
