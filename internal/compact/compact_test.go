package compact

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode/utf8"
)

const deepest = 200

var examples = []string{
	`{}`, ` { } `, "{\n  \"a\": 1,\n  \"b\": [ ],\n  \"c\": [ 1 , 2,\t{ \"d\" : null } ]\r\n}\n",
	`{"a":true,"b":false,"c":null}`, `{"a":"        eight spaces and more        "}`,
	`{"n":[0,-0,1,-1,10,1.5,1e5,1E+5,1e-5,0.0e0,123456789012345678901234567890]}`,
	`{"s":"\"\\\/\b\f\n\r\t\u0000\uABCD\ud83d\ude00"}`, "{\"s\":\"é 😀 \u2028 \u007f\"}", `{"a":1,"a":2}`,
	strings.Repeat(`{"a":[`, deepest/2) + strings.Repeat(`]}`, deepest/2),
	// white space of every length, also at the end, where no eight bytes are left
	indented(1), indented(7), indented(8), indented(9), indented(15), indented(16), indented(17), "{}\n        ", "{}\n         \n       ", "{\n        \n\n\t    }",
	// what ends or is special in each of eight bytes, and one byte later
	`{"1":"","12":"1","123":"12","1234":"123","12345":"1234","123456":"12345","1234567":"123456","12345678":"1234567","123456789":"12345678"}`,
	`{"a":"\n1\n12\n123\n1234\n12345\n123456\n1234567\n12345678\n"}`, `{"a":"é1é12é123é1234é12345é123456é1234567é12345678é"}`,
	`{"a":"!#[]^~ !\"#\"!\\]\\["}`, "{\"a\":\"\u0080\u07ff\u0800\uffff\U00010000\U0010ffff\"}",
	// not an object, or not JSON
	``, ` `, `[]`, `1`, `"a"`, `null`, `{`, `}`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `{"a":1 "b":2}`, `{"a":1}}`, `{"a":1} x`, `{a:1}`, `{"a":[1,]}`, `{"a":[1 2]}`, `{"a":[}`,
	`{"a":01}`, `{"a":-}`, `{"a":1.}`, `{"a":.1}`, `{"a":1e}`, `{"a":1e+}`, `{"a":+1}`, `{"a":NaN}`, `{"a":tru}`, `{"a":nul`, `{"a":truex}`,
	"{\"a\":\"\n\"}", "{\"a\":\"\x00\"}", "{\"a\":\"1234567\x1f\"}", `{"a":"\x"}`, `{"a":"\u12g4"}`, `{"a":"\u12`, `{"a":"\`, `{"a":"`, `{"a":"abcdefgh`,
	"{\n        ", "{\"a\":1\n        x}", "{\n       \xa0}", "{\"a\":\"12345678\n\"}", `{"a":"12345678`, `{"a":"1234567`, `{"a":"123456\`,
	"{\"a\":\"\xff\"}", "{\"a\xc3\":1}", "{\"a\":\"\xed\xa0\x80\"}", "\xef\xbb\xbf{}", "{\"a\":\xa0 1}", "{\v}",
	strings.Repeat(`{"a":`, deepest+1) + "1" + strings.Repeat(`}`, deepest+1),
}

// indented returns an object with lines that begin with n spaces.
func indented(n int) string {
	line := "\n" + strings.Repeat(" ", n)
	return "{" + line + `"a": 1,` + line + `"b": [` + line + "]" + line + "}" + line
}

// compare checks Object against encoding/json.
func compare(t *testing.T, src []byte) {
	t.Helper()
	before := bytes.Clone(src)
	got, ok := Object([]byte("before"), src, deepest)
	if !bytes.Equal(src, before) {
		t.Fatalf("%q was changed", before)
	}
	var want bytes.Buffer
	valid := json.Compact(&want, src) == nil && want.Bytes()[0] == '{' && utf8.Valid(src) && depth(src) <= deepest
	if ok != valid {
		t.Fatalf("Object(%q) is %v, encoding/json says %v", src, ok, valid)
	}
	if ok && string(got) != "before"+want.String() {
		t.Errorf("Object(%q) is\n%q, want\n%q", src, got, want.String())
	}
}

func depth(valid []byte) (deepest int) {
	dec := json.NewDecoder(bytes.NewReader(valid))
	for now := 0; ; {
		token, err := dec.Token()
		if err != nil {
			return deepest
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			now++
			deepest = max(deepest, now)
		case json.Delim('}'), json.Delim(']'):
			now--
		}
	}
}

func TestObject(t *testing.T) {
	for _, s := range examples {
		compare(t, []byte(s))
	}
}

func FuzzObject(f *testing.F) {
	for _, s := range examples {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		compare(t, src)
		// A fuzzer rarely makes up an object, so try its input as a value, too.
		compare(t, append(append([]byte(`{"a": `), src...), " }"...))
		compare(t, append(append([]byte(`{"a":"`), src...), `"}`...))
	})
}

// What dst holds stays, however much room it has, and what lies behind its
// capacity isn't touched.
func TestObjectAppends(t *testing.T) {
	src, want := indented(20), `{"a":1,"b":[]}`
	for room := range len(src) + 10 {
		memory := bytes.Repeat([]byte{'x'}, 5+room+10)
		got, ok := Object(memory[:5:5+room], []byte(src), deepest)
		if !ok || string(got) != "xxxxx"+want {
			t.Fatalf("with room for %d bytes: %q, %v", room, got, ok)
		}
		if before, after := memory[:5], memory[5+room:]; string(before) != "xxxxx" || string(after) != "xxxxxxxxxx" {
			t.Fatalf("with room for %d bytes, %q and %q are around it", room, before, after)
		}
	}
}

// With room for src in dst, nothing is allocated.
func TestObjectAllocatesNothing(t *testing.T) {
	src := []byte(indented(20))
	dst := make([]byte, 0, len(src))
	if n := testing.AllocsPerRun(10, func() { Object(dst, src, deepest) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// A page of 100 sessions, indented as Stripe indents it.
func BenchmarkObject(b *testing.B) {
	session, err := os.ReadFile("../../bench/testdata/session.json")
	if err != nil {
		b.Fatal(err)
	}
	var page bytes.Buffer
	sessions := strings.TrimSuffix(strings.Repeat(string(session)+",", 100), ",")
	if err := json.Indent(&page, []byte(`{"object":"list","data":[`+sessions+`]}`), "", "  "); err != nil {
		b.Fatal(err)
	}
	src := page.Bytes()
	dst := make([]byte, 0, len(src))
	b.Run("this", func(b *testing.B) {
		b.SetBytes(int64(len(src)))
		for b.Loop() {
			if _, ok := Object(dst, src, deepest); !ok {
				b.Fatal("refused")
			}
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.SetBytes(int64(len(src)))
		for b.Loop() {
			buf := bytes.NewBuffer(dst)
			if err := json.Compact(buf, src); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// A walk finds the same members and elements as encoding/json.
func TestWalk(t *testing.T) {
	for _, s := range examples {
		if object, ok := Object(nil, []byte(s), deepest); ok {
			if again := rebuild(nil, object); string(again) != string(object) {
				t.Errorf("%s was taken apart to %s", object, again)
			}
		}
	}
}

func FuzzWalk(f *testing.F) {
	for _, s := range examples {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		object, ok := Object(nil, append(append([]byte(`{"a": [1, `), src...), "]}"...), deepest)
		if !ok {
			return // only objects are taken apart
		}
		if again := rebuild(nil, object); string(again) != string(object) {
			t.Errorf("%s was taken apart to %s", object, again)
		}
	})
}

// rebuild takes a value apart and puts it back together.
func rebuild(dst, value []byte) []byte {
	separate := func() {
		if c := dst[len(dst)-1]; c != '{' && c != '[' {
			dst = append(dst, ',')
		}
	}
	switch value[0] {
	case '{':
		dst = append(dst, '{')
		for name, member := range Members(value) {
			separate()
			dst = rebuild(append(append(dst, name...), ':'), member)
		}
		return append(dst, '}')
	case '[':
		dst = append(dst, '[')
		for element := range Elements(value) {
			separate()
			dst = rebuild(dst, element)
		}
		return append(dst, ']')
	}
	return append(dst, value...)
}
