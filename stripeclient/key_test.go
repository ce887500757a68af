package stripeclient

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestParseKey(t *testing.T) {
	for _, tt := range []struct {
		in                   string
		livemode, restricted bool
		printed              string
	}{
		{"rk_test_51Abc", false, true, "rk_test_…"},
		{"rk_live_51Abc", true, true, "rk_live_…"},
		{"sk_test_51Abc", false, false, "sk_test_…"},
		{"sk_live_51Abc", true, false, "sk_live_…"},
		{" \tsk_test_51Abc\r\n", false, false, "sk_test_…"},
		{"\ufeffsk_test_51Abc\n", false, false, "sk_test_…"},
		{"sk_test_live_", false, false, "sk_test_…"},
	} {
		k, err := ParseKey(tt.in)
		if err != nil {
			t.Errorf("ParseKey(%q): %v", tt.in, err)
			continue
		}
		if k.IsZero() || k.Livemode() != tt.livemode || k.Restricted() != tt.restricted || k.String() != tt.printed {
			t.Errorf("ParseKey(%q) = zero %v livemode %v restricted %v %q, want livemode %v restricted %v %q",
				tt.in, k.IsZero(), k.Livemode(), k.Restricted(), k, tt.livemode, tt.restricted, tt.printed)
		}
		if want := strings.Trim(tt.in, " \t\r\n\ufeff"); k.reveal() != want {
			t.Errorf("ParseKey(%q) sends %q", tt.in, k.reveal())
		}
	}
}

func TestParseKeyRefuses(t *testing.T) {
	const hidden = "51HiddenPart"
	for _, tt := range []struct{ in, want string }{
		{"", "is empty"},
		{" \n", "is empty"},
		{"pk_test_" + hidden, "starts with pk_test_, so it is a publishable key"},
		{"pk_live_" + hidden, "starts with pk_live_, so it is a publishable key"},
		{"pk_" + hidden, "starts with pk_, so it is a publishable key"},
		{"whsec_" + hidden, "webhook signing secret"},
		{"sk_org_live_" + hidden, "organization key"},
		{"ek_test_" + hidden, "ephemeral key"},
		{hidden, "does not start with"},
		{"sk_" + hidden, "does not start with"},
		{"SK_TEST_" + hidden, "does not start with"},
		{`"sk_test_` + hidden + `"`, "does not start with"},
		{"STRIPE_API_KEY=sk_test_" + hidden, "does not start with"},
		{"sk_test_", "only the prefix sk_test_"},
		{"sk_test_" + hidden + " " + hidden, "(sk_test_…) contains a character that no key has"},
		{"sk_test_" + hidden + "\n" + hidden, "(sk_test_…) contains a character that no key has"},
		{"sk_test_" + hidden + "\x00", "(sk_test_…) contains a character that no key has"},
		{"rk_live_" + hidden + "****abcd", "(rk_live_…) contains a character that no key has"},
		{"sk_test_" + hidden + "é", "(sk_test_…) contains a character that no key has"},
		{"sk_test_" + strings.Repeat(hidden, 30), "a key has at most 255"},
	} {
		k, err := ParseKey(tt.in)
		if err == nil || !k.IsZero() {
			t.Errorf("ParseKey(%q) took it", tt.in)
			continue
		}
		if !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "rk_test_") {
			t.Errorf("ParseKey(%q): %q, want %q and what would be right", tt.in, err, tt.want)
		}
		if strings.Contains(err.Error(), "Hidden") {
			t.Errorf("ParseKey(%q) repeats the key: %v", tt.in, err)
		}
	}
}

func FuzzParseKey(f *testing.F) {
	for _, s := range []string{"", "sk_test_51Abc", "rk_live_51Abc\n", "pk_test_x", "whsec_x", "sk_test_a b", "\ufeffsk_live_9"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		k, err := ParseKey(s)
		if (err == nil) == k.IsZero() {
			t.Fatalf("ParseKey(%q) = %v, %v", s, k, err)
		}
		if err != nil {
			return
		}
		if again, err := ParseKey(k.reveal()); err != nil || again.reveal() != k.reveal() {
			t.Errorf("ParseKey(%q) is not stable: %v", s, err)
		}
		if strings.ContainsFunc(k.reveal(), func(r rune) bool { return r <= ' ' || r > '~' }) {
			t.Errorf("ParseKey(%q) would send %q", s, k.reveal())
		}
	})
}

func TestKeyIsNeverPrinted(t *testing.T) {
	k := mustKey(t, testSecret)
	type holder struct {
		unexported Key
		Exported   Key
		List       []Key
		Map        map[string]Key
	}
	h := holder{k, k, []Key{k}, map[string]Key{"k": k}}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T"} {
		fmt.Fprintf(&out, verb+" "+verb+" "+verb+" "+verb+"\n", k, &k, h, &h)
	}
	fmt.Fprintln(&out, WithKey(t.Context(), k))
	if err := json.NewEncoder(&out).Encode([]any{k, h}); err != nil {
		t.Fatal(err)
	}
	for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(handler).Info("a key", "key", k, "pointer", &k, "holder", h)
	}
	func() {
		defer func() { fmt.Fprint(&out, recover()) }()
		panic(fmt.Errorf("with %v in it: %+v", k, h))
	}()

	if strings.Contains(out.String(), "Recognizable") || strings.Contains(out.String(), fmt.Sprintf("%x", "Recognizable")) {
		t.Errorf("the key was printed:\n%s", out.String())
	}
	if !strings.Contains(out.String(), `["rk_test_…",{"Exported":"rk_test_…"`) {
		t.Errorf("the redacted form is missing:\n%s", out.String())
	}
	if got := fmt.Sprint(Key{}); got != "" {
		t.Errorf("the zero key prints as %q", got)
	}
}

func TestWithAccountRefuses(t *testing.T) {
	for _, account := range []string{"", "acct_", "1Nv0FGQ9RKHgCVdK", "acct_a b", "acct_a\r\nAuthorization: x", "acct_1/2", testSecret} {
		ctx, err := WithAccount(t.Context(), account)
		if err == nil || ctx != nil {
			t.Errorf("WithAccount took %q", account)
		} else if strings.Contains(err.Error(), "Recognizable") {
			t.Errorf("WithAccount repeats what it was given: %v", err)
		}
	}
}
