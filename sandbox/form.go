package sandbox

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Limits of what a request may hold. Stripe's own are not published; these are
// far above any real request and keep memory and time bounded.
const (
	maxBodyBytes  = 1 << 20
	maxFormPairs  = 10_000
	maxFormDepth  = 12
	maxListLength = 1_000
)

// formNode is a part of a decoded form: a value, an object or a list.
//
// Stripe decodes forms as Rack does: a[b]=1 is an object, a[]=1 appends to a
// list, a[0]=1 is an object whose keys are numbers, which is as good as a list
// where a list is wanted. The last of two equal names wins.
type formNode struct {
	form     formKind
	value    string
	names    []string // keys of children in the order they came
	children map[string]*formNode
	items    []*formNode
}

type formKind int

const (
	formUnset formKind = iota
	formValue
	formObject
	formList
)

func (n *formNode) isLeaf() bool { return n.form == formValue }

// parseForm decodes application/x-www-form-urlencoded text.
func parseForm(encoded string) (*formNode, *apiError) {
	root := &formNode{form: formObject}
	pairs := 0
	for pair := range strings.SplitSeq(encoded, "&") {
		if pair == "" {
			continue
		}
		if pairs++; pairs > maxFormPairs {
			return nil, invalidRequest("", "Invalid request: more than %d parameters.", maxFormPairs)
		}
		rawName, rawValue, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(rawName)
		if err != nil {
			return nil, malformedForm()
		}
		value, err := url.QueryUnescape(rawValue)
		if err != nil {
			return nil, malformedForm()
		}
		value = strings.ToValidUTF8(value, "\uFFFD")
		segments, ok := splitName(strings.ToValidUTF8(name, "\uFFFD"))
		if !ok {
			return nil, invalidRequest("", "Invalid request: parameters are nested more than %d levels deep.", maxFormDepth)
		}
		if err := root.insert(segments, value); err != nil {
			return nil, err
		}
	}
	return root, nil
}

// splitName cuts a[b][] into a, b and "". A name whose brackets do not match is
// taken literally, and so will be an unknown parameter.
func splitName(name string) (segments []string, ok bool) {
	head, rest, bracketed := strings.Cut(name, "[")
	if !bracketed || head == "" {
		return []string{name}, true
	}
	segments = []string{head}
	rest = "[" + rest
	for rest != "" {
		end := strings.IndexByte(rest, ']')
		if rest[0] != '[' || end < 0 {
			return []string{name}, true
		}
		segments = append(segments, rest[1:end])
		rest = rest[end+1:]
	}
	return segments, len(segments) <= maxFormDepth
}

func (n *formNode) insert(segments []string, value string) *apiError {
	for i, segment := range segments {
		rest := segments[i+1:]
		path := bracketed(segments[:i])
		if segment == "" && i > 0 {
			if n.form == formObject || n.form == formValue {
				return invalidRequest(path, "Invalid array")
			}
			n.form = formList
			n = n.listItem(rest)
			if n == nil {
				return invalidRequest(path, "Array %s exceeded maximum %d allowed elements.", path, maxListLength)
			}
			continue
		}
		if n.form == formList || n.form == formValue {
			return invalidRequest(path, "Invalid object")
		}
		n.form = formObject
		if n.children == nil {
			n.children = map[string]*formNode{}
		}
		child, ok := n.children[segment]
		if !ok {
			child = &formNode{}
			n.children[segment] = child
			n.names = append(n.names, segment)
		}
		n = child
	}
	if n.form == formObject || n.form == formList {
		return invalidRequest(bracketed(segments), "Invalid string: %s", n)
	}
	n.form, n.value = formValue, value
	return nil
}

// listItem is where the next value of a[]… belongs: a new item, or the last
// one while a[][x]= still adds keys to it. Nil if the list is full.
func (n *formNode) listItem(rest []string) *formNode {
	if len(n.items) > 0 && len(rest) > 0 && rest[0] != "" {
		last := n.items[len(n.items)-1]
		if last.form == formObject && (last.children[rest[0]] == nil || len(rest) > 1) {
			return last
		}
	}
	if len(n.items) >= maxListLength {
		return nil
	}
	item := &formNode{}
	n.items = append(n.items, item)
	return item
}

// list returns the node's items if it can be read as a list.
func (n *formNode) list() ([]*formNode, bool) {
	switch n.form {
	case formList:
		return n.items, true
	case formObject:
		type indexed struct {
			index int
			node  *formNode
		}
		items := make([]indexed, 0, len(n.names))
		for _, name := range n.names {
			index, err := strconv.Atoi(name)
			if err != nil || index < 0 || name[0] == '+' {
				return nil, false
			}
			items = append(items, indexed{index, n.children[name]})
		}
		if len(items) > maxListLength {
			return nil, false
		}
		slices.SortStableFunc(items, func(a, b indexed) int { return a.index - b.index })
		nodes := make([]*formNode, len(items))
		for i, item := range items {
			nodes[i] = item.node
		}
		return nodes, true
	}
	return nil, false
}

// canonical writes the node so that two forms are equal exactly if they say the
// same, whatever the order of their parameters.
func (n *formNode) canonical(b *strings.Builder) {
	switch n.form {
	case formValue:
		b.WriteString(strconv.Quote(n.value))
	case formList:
		b.WriteByte('[')
		for _, item := range n.items {
			item.canonical(b)
			b.WriteByte(',')
		}
		b.WriteByte(']')
	default:
		b.WriteByte('{')
		for _, name := range slices.Sorted(slices.Values(n.names)) {
			b.WriteString(strconv.Quote(name))
			b.WriteByte(':')
			n.children[name].canonical(b)
			b.WriteByte(',')
		}
		b.WriteByte('}')
	}
}

// String is for error messages.
func (n *formNode) String() string {
	var b strings.Builder
	n.canonical(&b)
	return shorten(strings.NewReplacer(",}", "}", ",]", "]").Replace(b.String()))
}

func bracketed(segments []string) string {
	path := ""
	for _, s := range segments {
		path = joinPath(path, s)
	}
	return path
}
