package sandbox

import (
	"reflect"
	"strings"
	"testing"

	g "maragu.dev/gomponents"
)

// hostile breaks out of a text, an attribute and a comment if it isn't escaped;
// only escaped may be left of it.
const (
	hostile = `--></title></textarea>"'><evil onload=alert(1)>&amp;`
	escaped = `--&gt;&lt;/title&gt;&lt;/textarea&gt;&#34;&#39;&gt;&lt;evil onload=alert(1)&gt;&amp;amp;`
)

// spoil sets every text of a page to the hostile one, and gives every list one
// element.
func spoil(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(hostile)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		spoil(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		spoil(v.Index(0))
	case reflect.Struct:
		for i := range v.NumField() {
			spoil(v.Field(i))
		}
	}
}

func spoiled[T any]() (v T) {
	spoil(reflect.ValueOf(&v).Elem())
	return v
}

// Text stays text wherever it is shown: what agents write, what people enter,
// and what the sandbox itself says.
func TestPagesEscape(t *testing.T) {
	t.Parallel()
	fixed, menu, box := spoiled[field](), spoiled[field](), spoiled[field]()
	fixed.Type, menu.Type, box.Type = "fixed", "select", "checkbox"
	fields := []field{spoiled[field](), fixed, menu, box}
	full := spoiled[checkout]()
	full.Sections[0].Fields = fields
	one := full
	one.SeveralMethods, one.CancelURL = false, ""
	one.Lines[0].Adjustable, one.Offers[0].Adjustable = false, false
	for name, page := range map[string]g.Node{
		"notice":                      spoiled[notice]().html(),
		"challenge":                   spoiled[challenge]().html(),
		"checkout":                    full.html(),
		"checkout, nothing to choose": one.html(),
	} {
		var b strings.Builder
		if err := page.Render(&b); err != nil {
			t.Fatal(err)
		}
		shown := b.String()
		if n := strings.Count(shown, escaped); n < 5 {
			t.Errorf("%s shows the text %d times:\n%s", name, n, shown)
		}
		if rest := strings.ReplaceAll(shown, escaped, ""); strings.Contains(rest, "evil onload") {
			t.Errorf("%s:\n%s", name, shown)
		}
	}
}

// A link leads to the web or nowhere.
func TestPagesRunNoURL(t *testing.T) {
	t.Parallel()
	for _, to := range []string{"javascript:alert(1)", "JavaScript:alert(1)", " javascript:alert(1)", "data:text/html,x", "//evil.example", "https:evil"} {
		for _, page := range []g.Node{
			notice{Refresh: to, Link: &link{URL: to}}.html(),
			checkout{CancelURL: to}.html(),
		} {
			var b strings.Builder
			if err := page.Render(&b); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(b.String(), to) || !strings.Contains(b.String(), `href="#"`) {
				t.Errorf("%s is followed:\n%s", to, b.String())
			}
		}
	}
	if to := "https://example.com/thanks?a=b&c=d"; webURL(to) != to {
		t.Errorf("%s is not followed", to)
	}
}
