package sandbox

import (
	"strings"
	"testing"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/form"
)

func canonical(n *form.Node) string {
	var b strings.Builder
	writeCanonical(&b, n)
	return strings.NewReplacer(",}", "}", ",]", "]").Replace(b.String())
}

func TestEquivalentForms(t *testing.T) {
	t.Parallel()
	for one, want := range map[string]string{
		"":                           `{}`,
		"b=2&a=1":                    `{"a":"1","b":"2"}`,
		"a=1&a=2":                    `{"a":"2"}`,
		"a[c]=2&a[b]=1":              `{"a":{"b":"1","c":"2"}}`,
		"a[]=2&a[]=1":                `{"a":["2","1"]}`,
		"a[1]=2&a[0]=1":              `{"a":{"0":"1","1":"2"}}`,
		"a[][b]=1&a[][c]=2&a[][b]=3": `{"a":[{"b":"1","c":"2"},{"b":"3"}]}`,
	} {
		got, err := parseForm(one)
		if err != nil {
			t.Errorf("%s: %s", one, err.Message)
			continue
		}
		if canonical(got) != want {
			t.Errorf("%s is %s, want %s", one, canonical(got), want)
		}
	}
}

func TestDecimal(t *testing.T) {
	for text, want := range map[string]struct {
		decimal decimal
		times3  int64
	}{
		"10": {"10", 30}, "0": {"0", 0}, "0.50": {"0.5", 2}, "33.35": {"33.35", 100}, "0.16": {"0.16", 0},
		"007.10": {"7.1", 21}, "0.000000000001": {"0.000000000001", 0}, "1.5": {"1.5", 5},
	} {
		d := newDecimal(text)
		if d != want.decimal || d.times(3) != want.times3 {
			t.Errorf("%s is %s, three are %d; want %+v", text, d, d.times(3), want)
		}
	}
}

func TestMoney(t *testing.T) {
	for want, got := range map[string]string{
		"$0.50 usd": money(50, "usd"), "¥50 jpy": money(50, "jpy"), "€1234.05 eur": money(123405, "eur"), "10.00 thb": money(1000, "thb"),
		"5.00 ugx": money(500, "ugx"), "5.00 isk": money(500, "isk"), "5.120 kwd": money(5120, "kwd"),
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func FuzzParseForm(f *testing.F) {
	for _, form := range []string{"", "a[b][]=1&a[b][]=2", "a[][b]=1&a[][c]=2", "a[0]=%ff&a[1]=+", "a[b=]&[]=&]=", testPayment, seedSessions[3].form} {
		f.Add(form)
	}
	f.Fuzz(func(t *testing.T, form string) {
		parsed, err := parseForm(form)
		if err != nil {
			if parsed != nil || err.status != 400 {
				t.Fatalf("%v and %+v", parsed, err)
			}
			return
		}
		text := canonical(parsed)
		again, err := parseForm(form)
		if err != nil || canonical(again) != text {
			t.Fatalf("%q is once %s and then %s", form, text, canonical(again))
		}
		if values, err := createParams().decodeParams(parsed); (values == nil) == (err == nil) {
			t.Fatalf("%q gives %v and %+v", form, values, err)
		}
	})
}
