package schemas

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/compact"
)

// Half of a character would be sent as a different character.
func TestLoneSurrogates(t *testing.T) {
	for text, half := range map[string]string{
		`plain`:              ``,
		`😀`:                  ``,
		`\ud83d\ude00`:       ``,
		`a\uD83D\uDE00\nb`:   ``,
		`\\ud83d`:            ``,
		`\\\\ud83d`:          ``,
		`\ufffd`:             ``,
		`\ud83d`:             `\ud83d`,
		`\ude00`:             `\ude00`,
		`\ude00\ud83d`:       `\ude00`,
		`\ud83d\ud83d\ude00`: `\ud83d`,
		`\ud83dx\ude00`:      `\ud83d`,
		`\\\ud83d`:           `\ud83d`,
		`\ud83d\\ude00`:      `\ud83d`,
		`\ud83d\ude00\ud83d`: `\ud83d`,
	} {
		arguments, decoded := json.RawMessage(`{"body":{"client_reference_id":"`+text+`"}}`), ""
		if err := json.Unmarshal([]byte(`"`+text+`"`), &decoded); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		_, err := Create.Decode(arguments)
		switch {
		case half == "" && err != nil:
			t.Errorf("%s is refused: %v", text, err)
		case half != "" && (err == nil || !strings.Contains(err.Error(), half+" is only half of a character")):
			t.Errorf("%s: %v", text, err)
		case half == "" && text != `\ufffd` && strings.ContainsRune(decoded, '\uFFFD'):
			t.Errorf("%s contains half of a character, according to encoding/json", text)
		}
	}
}

// What the short way reads, the parser reads in the same way.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		oneOffPayment,
		`{"a":[],"b":{},"c":[null,true,false,"x\u0065\n",0,9223372036854775807]}`,
		`{"a":1,"\u0061":2}`, `{"a":-0}`, `{"a":1e3}`, `{"a":1.0}`, `{"a":9223372036854775808}`,
		strings.Repeat(`{"a":`, deepest) + `1` + strings.Repeat(`}`, deepest),
		strings.Repeat(`{"a":`, deepest+1) + `1` + strings.Repeat(`}`, deepest+1),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		object, ok := compact.Object(nil, data, deepest)
		if !ok {
			return
		}
		got, ok := faultless(object)
		if !ok {
			return
		}
		want, err := parse(data, "")
		if err != nil {
			t.Fatalf("%q is refused: %v", data, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", data, diff)
		}
	})
}
