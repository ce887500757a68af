package form

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// written shows a whole node: texts quoted, lists in [], members in {}.
func written(n *Node) string {
	var parts []string
	for _, kind := range n.Kinds {
		var in []string
		switch kind {
		case Text:
			for _, text := range n.Texts {
				in = append(in, fmt.Sprintf("%q", text))
			}
			parts = append(parts, strings.Join(in, "|"))
		case List:
			for _, item := range n.Items {
				in = append(in, written(item))
			}
			parts = append(parts, "["+strings.Join(in, ",")+"]")
		case Object:
			for _, name := range n.Names {
				in = append(in, fmt.Sprintf("%q:%s", name, written(n.Members[name])))
			}
			parts = append(parts, "{"+strings.Join(in, ",")+"}")
		}
	}
	return strings.Join(parts, " and ")
}

func TestParse(t *testing.T) {
	t.Parallel()
	for form, want := range map[string]string{
		"":                           ``,
		"&&":                         ``,
		"a":                          `{"a":""}`,
		"b=2&a=1":                    `{"b":"2","a":"1"}`,
		"a=1&a=2":                    `{"a":"1"|"2"}`,
		"a=x+y%26z":                  `{"a":"x y&z"}`,
		"a[b]=1&a[c]=2":              `{"a":{"b":"1","c":"2"}}`,
		"a%5Bb%5D=1":                 `{"a":{"b":"1"}}`,
		"a[]=1&a[]=2":                `{"a":["1","2"]}`,
		"a[0]=1&a[1]=2":              `{"a":{"0":"1","1":"2"}}`,
		"a[][b]=1&a[][c]=2&a[][b]=3": `{"a":[{"b":"1","c":"2"},{"b":"3"}]}`,
		"a[0][b][]=1&a[0][b][]=2":    `{"a":{"0":{"b":["1","2"]}}}`,
		"a[][b][c]=1&a[][b][d]=2":    `{"a":[{"b":{"c":"1","d":"2"}}]}`,
		"a[][]=1&a[][]=2":            `{"a":[["1"],["2"]]}`,
		"a[]=1&a[][b]=2":             `{"a":["1",{"b":"2"}]}`,
		"a=1&a[b]=2&a[]=3":           `{"a":"1" and {"b":"2"} and ["3"]}`,
		"a[b=1":                      `{"a[b":"1"}`,
		"a[b[c]]=1":                  `{"a[b[c]]":"1"}`,
		"a]=1":                       `{"a]":"1"}`,
		"a[b]c=1":                    `{"a[b]c":"1"}`,
		"[a]=1":                      `{"[a]":"1"}`,
		"=1":                         `{"":"1"}`,
		"a=b=c":                      `{"a":"b=c"}`,
	} {
		got, err := Parse(form)
		if err != nil {
			t.Errorf("%s: %v", form, err)
			continue
		}
		if written(got) != want {
			t.Errorf("%s is %s, want %s", form, written(got), want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for form, want := range map[string]Error{
		"a=%zz":                            {Reason: BadEscape},
		"a%=1":                             {Reason: BadEscape},
		"a=%ff":                            {Reason: NotUTF8},
		"%ff=1":                            {Reason: NotUTF8},
		strings.Repeat("a=1&", MaxPairs+1): {Reason: TooMany},
		"a" + strings.Repeat("[b]", MaxDepth) + "=": {Reason: TooDeep, Name: "a"},
	} {
		_, err := Parse(form)
		var refused *Error
		if !errors.As(err, &refused) || *refused != want {
			t.Errorf("%.40s: %v, want %v", form, err, &want)
		}
	}
	for _, most := range []string{strings.Repeat("a=1&", MaxPairs), "a" + strings.Repeat("[b]", MaxDepth-1) + "="} {
		if _, err := Parse(most); err != nil {
			t.Errorf("%.40s: %v", most, err)
		}
	}
}

func TestIndexed(t *testing.T) {
	t.Parallel()
	form, err := Parse("a[2]=c&a[0]=a&a[10]=d&a[1]=b")
	if err != nil {
		t.Fatal(err)
	}
	items, ok := form.Members["a"].Indexed()
	var got []string
	for _, item := range items {
		got = append(got, item.Text())
	}
	if !ok || strings.Join(got, "") != "abcd" {
		t.Errorf("%v, %v", got, ok)
	}
	for _, none := range []string{"a[x]=1", "a[-1]=1", "a[+1]=1", "a[01]=1", "a[0]=1&a[b]=2", "a[1000000]=1"} {
		form, err := Parse(none)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := form.Members["a"].Indexed(); ok {
			t.Errorf("%s is a list", none)
		}
	}
}

func FuzzSplit(f *testing.F) {
	for _, name := range []string{"", "a", "a[b][]", "a[b=", "[a]", "a[b[c]]", "a]b[c]"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		steps := Split(name)
		if len(steps) == 0 || Join(steps...) != name {
			t.Errorf("%q is split into %q", name, steps)
		}
		if again := Split(Join(steps...)); !slices.Equal(again, steps) {
			t.Errorf("%q is split into %q and then %q", name, steps, again)
		}
	})
}
