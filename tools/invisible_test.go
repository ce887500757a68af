package tools

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode"
)

func TestShowInvisible(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, text, want string }{
		{"plain", `{"name":"Zoë 山田 🙂"}`, `{"name":"Zoë 山田 🙂"}`},
		{"right to left is a script, not a control", `"שלום عربي"`, `"שלום عربي"`},
		{"bidirectional override", "\"a\u202eb\u202cc\"", `"a\u202eb\u202cc"`},
		{"isolates", "\"\u2066a\u2069\"", `"\u2066a\u2069"`},
		{"zero width", "\"pay\u200bpal\ufeff\"", `"pay\u200bpal\ufeff"`},
		{"tags that spell an instruction", "\"A\U000E0069\U000E0067\"", `"A\udb40\udc69\udb40\udc67"`},
		{"variation selectors", "\"x\ufe0f\U000E0101\"", `"x\ufe0f\udb40\udd01"`},
		{"soft hyphen", "\"a\u00adb\"", `"a\u00adb"`},
		{"line separators", "\"a\u2028b\u2029\"", `"a\u2028b\u2029"`},
		{"C1 controls", "\"a\u009bb\"", `"a\u009bb"`},
		{"fillers", "\"\u3164\u2800\"", `"\u3164\u2800"`},
		{"in a name, too", "{\"a\u200b\":1}", `{"a\u200b":1}`},
		{"already escaped", `"a\u202eb"`, `"a\u202eb"`},
	} {
		if got := showInvisible(test.text); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

// FuzzShowInvisible checks that to a parser the text means the same, and that
// nothing in it is hidden.
func FuzzShowInvisible(f *testing.F) {
	f.Add("a\u202eb\U000E0041")
	f.Fuzz(func(t *testing.T, name string) {
		text, err := json.Marshal(map[string]string{"name": name})
		if err != nil {
			t.Skip()
		}
		shown := showInvisible(string(text))
		var before, after any
		if json.Unmarshal(text, &before) != nil || json.Unmarshal([]byte(shown), &after) != nil || !reflect.DeepEqual(before, after) {
			t.Errorf("%q became %q", text, shown)
		}
		if strings.ContainsFunc(shown, func(r rune) bool { return unicode.In(r, invisible...) }) {
			t.Errorf("%q hides something", shown)
		}
	})
}
