package sandbox

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Webhook is where a sandbox sends its events, as Stripe does.
// https://docs.stripe.com/webhooks
type Webhook struct {
	// URL receives the events, by POST.
	URL string
	// Secret signs the events. See [NewWebhookSecret].
	Secret string
	// Transport sends the events; [http.DefaultTransport] if nil.
	Transport http.RoundTripper
	// Logger receives failed deliveries. Nil discards them.
	Logger *slog.Logger
}

// NewWebhookSecret returns a new secret in Stripe's form, whsec_….
func NewWebhookSecret() string { return newID("whsec_", 32) }

const (
	deliveryTimeout = 10 * time.Second
	deliveryLife    = 3 * 24 * time.Hour // how long Stripe retries
	longestBackoff  = time.Hour
	// maxDeliveries is how many events can be waiting for another attempt, and
	// how many more for their first. Beyond that, new events are not sent, but
	// GET /v1/events has them.
	maxDeliveries = 1000
	// deliveriesAtOnce is how many requests are made at once.
	deliveriesAtOnce = 8
)

// delivery is an event on its way.
type delivery struct {
	account *account
	event   *event
}

// DeliverEvents sends every event to the webhook, at least once each: without a
// 2xx answer, it tries again after ever longer pauses, for three days. It also
// watches the clock, so that events that happen by themselves, such as a
// session's expiry, are sent on time. It returns when ctx ends.
func (s *Server) DeliverEvents(ctx context.Context) {
	if s.webhook == nil {
		return
	}
	var sent sync.WaitGroup
	defer sent.Wait()
	turns := make(chan struct{}, deliveriesAtOnce)
	var waiting atomic.Int64
	clock := time.NewTicker(time.Second)
	defer clock.Stop()
	for {
		next := s.deliveries
		if waiting.Load() >= maxDeliveries {
			next = nil // until the clock ticks
		}
		select {
		case <-ctx.Done():
			return
		case <-clock.C:
			s.settleAll()
		case d := <-next:
			waiting.Add(1)
			sent.Go(func() {
				defer waiting.Add(-1)
				s.webhook.send(ctx, d, turns)
			})
		}
	}
}

// settleAll brings every account to the present.
func (s *Server) settleAll() {
	for _, a := range s.all() {
		a.present(s.now().Unix())
		if err := a.journal.commit(); err != nil {
			s.webhook.log().Error("sandbox: writing to its file", "error", err)
		}
	}
}

// enqueue is called with the account's lock held.
func (s *Server) enqueue(a *account, e *event) {
	select {
	case s.deliveries <- delivery{a, e}:
		e.pending = 1
	default:
		s.webhook.log().Error("webhook: too many events are waiting; this one is only in GET /v1/events", "event", e.id, "type", e.typ)
	}
}

// send sends an event until it is accepted.
func (w *Webhook) send(ctx context.Context, d delivery, turns chan struct{}) {
	d.account.mu.Lock()
	body := encode(d.event.object())
	d.account.mu.Unlock()

	begun, pause := time.Now(), time.Second
	for {
		select {
		case <-ctx.Done():
			return
		case turns <- struct{}{}:
		}
		err := w.post(ctx, body)
		<-turns
		if err == nil {
			d.account.mu.Lock()
			d.event.pending = 0
			d.account.journal.put(keptEvent, d.event.id, d.event)
			d.account.mu.Unlock()
			return
		}
		log := w.log().With("event", d.event.id, "type", d.event.typ, "error", err)
		if ctx.Err() != nil {
			return
		}
		if time.Since(begun) > deliveryLife {
			log.Error("webhook: given up")
			return
		}
		log.Warn("webhook: not delivered", "next_try_in", pause.String())
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		pause = min(2*pause, longestBackoff)
	}
}

func (w *Webhook) post(ctx context.Context, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, deliveryTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", "Stripe/1.0 (stripe-checkout-mcp sandbox)")
	req.Header.Set("Stripe-Signature", sign(body, w.Secret, time.Now()))
	client := http.Client{
		Transport:     w.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // Stripe doesn't follow redirects
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, 64<<10) // so that the connection can be reused
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("the webhook answered %s", resp.Status)
	}
	return nil
}

// sign returns a Stripe-Signature header.
// https://docs.stripe.com/webhooks#verify-manually
func sign(body []byte, secret string, now time.Time) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%d.%s", now.Unix(), body)
	return fmt.Sprintf("t=%d,v1=%s", now.Unix(), hex.EncodeToString(mac.Sum(nil)))
}

func (w *Webhook) log() *slog.Logger {
	if w.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return w.Logger
}
