// Package form parses Stripe's form encoding: application/x-www-form-urlencoded
// text whose names nest with brackets, as in line_items[0][price]=price_1 and
// expand[]=customer. Stripe decodes it as Rack does.
//
// This package loses nothing and judges nothing. Its callers decide what to do
// with a name that is given twice, or as both a text and an object.
//
// Source: https://docs.stripe.com/api/expanding_objects and the requests of
// Stripe's own libraries; for the nesting
// https://github.com/rack/rack/blob/main/lib/rack/query_parser.rb
package form

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits for a form. Stripe doesn't publish its own; these are far above any
// real request and keep memory and time bounded.
const (
	MaxPairs = 10_000
	MaxDepth = 32 // as in Rack
)

// A Node is what a form has under one name.
type Node struct {
	Texts   []string         // name=x, each time it is given
	Items   []*Node          // name[]=x and name[][member]=x
	Members map[string]*Node // name[member]=x and name[0]=x
	Names   []string         // the members' names, in the order in which they came

	// Kinds are the kinds of the above that the node has, in the order in which
	// they came. A form that makes sense has one for each name.
	Kinds []Kind
}

// A Kind is a way to give a parameter.
type Kind int

// The kinds of a [Node].
const (
	Text Kind = iota + 1
	List
	Object
)

// Kind returns the first of the node's kinds: List for name[]=x&name=y.
func (n *Node) Kind() Kind {
	if len(n.Kinds) == 0 {
		return Object // a form without parameters
	}
	return n.Kinds[0]
}

// Text returns the last of the node's texts, or "" if it has none.
func (n *Node) Text() string {
	if len(n.Texts) == 0 {
		return ""
	}
	return n.Texts[len(n.Texts)-1]
}

// An Error says why a text is not a form.
type Error struct {
	Reason Reason
	Name   string // the outermost name of a parameter that is nested too deeply
}

// A Reason is what is wrong with a form.
type Reason int

// The reasons of an [Error].
const (
	BadEscape Reason = iota // a % without two hexadecimal digits
	NotUTF8
	TooMany // more than MaxPairs
	TooDeep // more than MaxDepth
)

func (e *Error) Error() string {
	switch e.Reason {
	case BadEscape:
		return "form: a % is not followed by two hexadecimal digits"
	case NotUTF8:
		return "form: not UTF-8 text"
	case TooMany:
		return fmt.Sprintf("form: more than %d parameters", MaxPairs)
	default:
		return fmt.Sprintf("form: %.100s is nested more than %d levels deep", e.Name, MaxDepth)
	}
}

// Parse parses the query of a URL or the body of a request. Its error is an
// [*Error].
func Parse(encoded string) (*Node, error) {
	root := &Node{}
	pairs := 0
	for pair := range strings.SplitSeq(encoded, "&") {
		if pair == "" {
			continue
		}
		if pairs++; pairs > MaxPairs {
			return nil, &Error{Reason: TooMany}
		}
		rawName, rawText, _ := strings.Cut(pair, "=")
		name, err1 := url.QueryUnescape(rawName)
		text, err2 := url.QueryUnescape(rawText)
		if err1 != nil || err2 != nil {
			return nil, &Error{Reason: BadEscape}
		}
		if !utf8.ValidString(name) || !utf8.ValidString(text) {
			return nil, &Error{Reason: NotUTF8}
		}
		steps := Split(name)
		if len(steps) > MaxDepth {
			return nil, &Error{Reason: TooDeep, Name: steps[0]}
		}
		root.add(steps, text)
	}
	return root, nil
}

// Split splits a[b][] into a, b and "". A name of any other form stays whole,
// so that the caller treats it as an unknown name.
func Split(name string) []string {
	head, _, _ := strings.Cut(name, "[")
	if head == "" {
		return []string{name}
	}
	steps := []string{head}
	for rest := name[len(head):]; rest != ""; {
		step, after, closed := strings.Cut(rest[1:], "]")
		if rest[0] != '[' || !closed || strings.Contains(step, "[") {
			return []string{name}
		}
		steps, rest = append(steps, step), after
	}
	return steps
}

// Join returns the name with these steps, as [Split] splits it: a[b][].
func Join(steps ...string) string {
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

func (n *Node) add(steps []string, text string) {
	for i, step := range steps {
		if i > 0 && step == "" {
			n = n.item(steps[i+1:])
		} else {
			n = n.member(step)
		}
	}
	n.note(Text)
	n.Texts = append(n.Texts, text)
}

func (n *Node) note(kind Kind) {
	if !slices.Contains(n.Kinds, kind) {
		n.Kinds = append(n.Kinds, kind)
	}
}

func (n *Node) member(name string) *Node {
	n.note(Object)
	m, ok := n.Members[name]
	if !ok {
		if n.Members == nil {
			n.Members = map[string]*Node{}
		}
		m = &Node{}
		n.Members[name] = m
		n.Names = append(n.Names, name)
	}
	return m
}

// item returns where the next a[]… belongs: a new item, or the last one as long
// as a[][x]= gives it a member that it doesn't have yet.
func (n *Node) item(rest []string) *Node {
	n.note(List)
	if len(n.Items) > 0 && len(rest) > 0 && rest[0] != "" {
		last := n.Items[len(n.Items)-1]
		if last.Kind() == Object && (last.Members[rest[0]] == nil || len(rest) > 1) {
			return last
		}
	}
	item := &Node{}
	n.Items = append(n.Items, item)
	return item
}

var index = regexp.MustCompile(`^(?:0|[1-9][0-9]{0,5})$`)

// Indexed returns the members in the order of their numbers, as in a list given
// by a[0]=x&a[1]=y. ok is false if a name is not a number.
func (n *Node) Indexed() (items []*Node, ok bool) {
	for _, name := range n.Names {
		if !index.MatchString(name) {
			return nil, false
		}
	}
	names := slices.SortedFunc(slices.Values(n.Names), func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
	items = make([]*Node, len(names))
	for i, name := range names {
		items[i] = n.Members[name]
	}
	return items, true
}
