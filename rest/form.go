package rest

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// deepest is how far the names of a form may nest: several times what Stripe's
// parameters do.
const deepest = 32

// A field is what a form, or a query, gives under one name: texts, list items,
// or members.
type field struct {
	texts   []string          // name=x
	items   []string          // name[]=x
	names   []string          // of members, in the order they came
	members map[string]*field // name[member]=x, name[0]=x
}

// parseForm decodes application/x-www-form-urlencoded text, the query of a URL
// or a body, as Stripe nests names in it. what names it in errors.
//
// A list of objects must be numbered (line_items[0][price]): with name[][x]=
// it would be a guess which members belong together.
func parseForm(encoded, what string) (*field, error) {
	form := &field{}
	for pair := range strings.SplitSeq(encoded, "&") {
		if pair == "" {
			continue
		}
		rawName, rawText, _ := strings.Cut(pair, "=")
		name, err1 := url.QueryUnescape(rawName)
		text, err2 := url.QueryUnescape(rawText)
		if err1 != nil || err2 != nil {
			return nil, refused(http.StatusBadRequest, "", "", "The %s has a %% that two hexadecimal digits do not follow; write a percent sign as %%25.", what)
		}
		if !utf8.ValidString(name) || !utf8.ValidString(text) {
			return nil, refused(http.StatusBadRequest, "", "", "The %s is not UTF-8 text.", what)
		}
		if err := form.add(splitName(name), text); err != nil {
			return nil, err
		}
	}
	return form, nil
}

var brackets = regexp.MustCompile(`\[([^\[\]]*)\]`)

// splitName cuts a[b][] into a, b and "". A name that is not built so is taken
// whole, and so will be an unknown parameter.
func splitName(name string) []string {
	head, _, _ := strings.Cut(name, "[")
	steps := []string{head}
	length := len(head)
	for _, m := range brackets.FindAllStringSubmatch(name[length:], -1) {
		steps = append(steps, m[1])
		length += len(m[0])
	}
	if head == "" || length != len(name) {
		return []string{name}
	}
	return steps
}

func (f *field) add(steps []string, text string) error {
	if len(steps) > deepest {
		return refused(http.StatusBadRequest, "", steps[0], "%.100s is nested more than %d deep; no parameter is.", steps[0], deepest)
	}
	for i, step := range steps {
		if i == 0 || step != "" {
			f = f.member(step)
			continue
		}
		if i < len(steps)-1 {
			list := bracketed(steps[:i])
			return refused(http.StatusBadRequest, "", list, "%[1]s[] can't tell which members belong together: number the items, as in %[1]s[0]%[2]s.", list, bracketed(append([]string{""}, steps[i+1:]...)))
		}
		f.items = append(f.items, text)
		return nil
	}
	f.texts = append(f.texts, text)
	return nil
}

func (f *field) member(name string) *field {
	m, ok := f.members[name]
	if !ok {
		if f.members == nil {
			f.members = map[string]*field{}
		}
		m = &field{}
		f.members[name] = m
		f.names = append(f.names, name)
	}
	return m
}

var indexForm = regexp.MustCompile(`^(?:0|[1-9][0-9]{0,5})$`)

// list returns the members in the order of their numbers, if all are numbered.
func (f *field) list() ([]*field, bool) {
	if !slices.ContainsFunc(f.names, func(n string) bool { return !indexForm.MatchString(n) }) {
		names := slices.SortedFunc(slices.Values(f.names), func(a, b string) int {
			if len(a) != len(b) {
				return len(a) - len(b)
			}
			return strings.Compare(a, b)
		})
		list := make([]*field, len(names))
		for i, name := range names {
			list[i] = f.members[name]
		}
		return list, true
	}
	return nil, false
}

// bracketed joins steps as a form does: a[b][c].
func bracketed(steps []string) string {
	var b strings.Builder
	for i, step := range steps {
		if i == 0 {
			b.WriteString(step)
			continue
		}
		b.WriteString("[" + step + "]")
	}
	return b.String()
}
