package policy_test

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/policy"
)

var start = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// write writes a policy file with a newer modification time than the previous
// one.
func write(t *testing.T, path, text string) {
	t.Helper()
	age := start
	if info, err := os.Stat(path); err == nil {
		age = info.ModTime().Add(time.Second)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, age, age); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, text string, flags *policy.Rules) (p *policy.Policy, path string, log *bytes.Buffer) {
	t.Helper()
	path, log = filepath.Join(t.TempDir(), "policy.yaml"), new(bytes.Buffer)
	write(t, path, text)
	p, err := policy.New(path, flags, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return p, path, log
}

func payment() *stripe.CheckoutSessionCreateParams {
	return &stripe.CheckoutSessionCreateParams{
		Mode: stripe.String("payment"),
		LineItems: []*stripe.CheckoutSessionCreateLineItemParams{{
			Quantity:  stripe.Int64(1),
			PriceData: &stripe.CheckoutSessionCreateLineItemPriceDataParams{Currency: stripe.String("usd"), UnitAmount: stripe.Int64(2000)},
		}},
	}
}

func TestNoPolicy(t *testing.T) {
	t.Parallel()
	if p, err := policy.New("", nil, nil); p != nil || err != nil {
		t.Errorf("got %v, %v", p, err)
	}
	if _, err := policy.New(filepath.Join(t.TempDir(), "none.yaml"), nil, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("a missing file is accepted")
	}
	if _, err := policy.New("", &policy.Rules{MaxAmount: map[string]int64{"usd": 0}}, nil); err == nil || !strings.Contains(err.Error(), "max_amount allows 0 usd") {
		t.Errorf("a meaningless flag: %v", err)
	}
}

func TestReload(t *testing.T) {
	t.Parallel()
	p, path, log := open(t, "max_amount: {usd: 2000}", nil)
	if err := p.Apply(t.Context(), payment(), nil); err != nil {
		t.Fatal(err)
	}
	write(t, path, "max_amount: {usd: 1999}")
	if err := p.Apply(t.Context(), payment(), nil); err == nil {
		t.Error("the new rules are not in force")
	}
	write(t, path, "max_amount: {usd: 2000")
	if err := p.Apply(t.Context(), payment(), nil); err == nil {
		t.Error("a broken file removed the previous rules")
	}
	if !strings.Contains(log.String(), "keeping the previous content") {
		t.Errorf("a broken file is not logged: %s", log)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := p.Apply(t.Context(), payment(), nil); err == nil {
		t.Error("a missing file removed the previous rules")
	}
	write(t, path, "max_amount: {usd: 2000}")
	if err := p.Apply(t.Context(), payment(), nil); err != nil {
		t.Errorf("the corrected file is not in force: %v", err)
	}
}

func TestFlagsAndFileBothApply(t *testing.T) {
	t.Parallel()
	p, _, _ := open(t, "max_amount: {usd: 5000}\nmetadata: {channel: agent}", &policy.Rules{MaxAmount: map[string]int64{"usd": 1999}})
	if err := p.Apply(t.Context(), payment(), nil); err == nil {
		t.Error("the flag is not in force")
	}
	p, _, _ = open(t, "max_amount: {usd: 1999}", &policy.Rules{MaxAmount: map[string]int64{"usd": 5000}})
	if err := p.Apply(t.Context(), payment(), nil); err == nil {
		t.Error("the file is not in force")
	}
	if got := strings.Join(p.Words(), "\n"); !strings.Contains(got, "a session can come to at most 50.00 USD (5000)") || !strings.Contains(got, "19.99 USD (1999)") {
		t.Errorf("got %s", got)
	}
}

func TestNamedPolicy(t *testing.T) {
	t.Parallel()
	p, _, _ := open(t, "max_amount: {usd: 1000}\npolicies: {kiosk: {max_amount: {usd: 3000}}}", nil)
	if err := p.Apply(policy.WithName(t.Context(), "kiosk"), payment(), nil); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"", "kiosk2"} {
		if err := p.Apply(policy.WithName(t.Context(), name), payment(), nil); err == nil {
			t.Errorf("%q was allowed", name)
		}
	}
	onlyFlags, err := policy.New("", &policy.Rules{MaxAmount: map[string]int64{"usd": 5000}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := onlyFlags.Apply(policy.WithName(t.Context(), "kiosk"), payment(), nil); err == nil {
		t.Error("a policy that doesn't exist was treated as no policy")
	}
}

func TestMetadata(t *testing.T) {
	t.Parallel()
	p, _, _ := open(t, "metadata: {channel: agent}", nil)
	given := map[string]string{"order": "1"}
	params := payment()
	params.Metadata = given
	if err := p.Apply(t.Context(), params, nil); err != nil {
		t.Fatal(err)
	}
	if params.Metadata["channel"] != "agent" || params.Metadata["order"] != "1" || len(given) != 1 {
		t.Errorf("got %v, and the caller's own map is %v", params.Metadata, given)
	}
}

func TestSessionsPerHour(t *testing.T) {
	t.Parallel()
	p, _, _ := open(t, "sessions_per_hour: 2\npolicies: {kiosk: {sessions_per_hour: 1}}", nil)
	now := start
	p.SetClock(func() time.Time { return now })
	ctx, kiosk := t.Context(), policy.WithName(t.Context(), "kiosk")
	count := func() (undo func()) {
		t.Helper()
		undo, err := p.Count(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return undo
	}
	undo := count()
	now = now.Add(time.Minute)
	count()
	_, err := p.Count(ctx)
	var refusal *policy.Refusal
	if !errors.As(err, &refusal) || refusal.Rule != "sessions_per_hour" || !strings.Contains(refusal.Message, "59m0s") {
		t.Errorf("got %v", err)
	}
	if _, err := p.Count(kiosk); err != nil {
		t.Errorf("another policy must count separately: %v", err)
	}
	undo()
	undo() // once is enough
	count()
	if _, err := p.Count(ctx); err == nil {
		t.Error("undo took effect twice")
	}
	now = now.Add(time.Hour)
	count()
}
