package schemas

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/compact"
)

// Pick reduces Stripe's answer, a compact object as stripeclient returns it, to
// the given dotted paths, in Stripe's order and with values untouched. In a list,
// the paths apply to each item and the envelope stays. Without paths, the answer
// stays whole.
//
// The next page of a list starts from an id. If the paths leave out the ids and
// there are more items, Pick adds next_page to the envelope: the argument that
// gets the next page, which is starting_after or, if backward (the call had
// ending_before), ending_before.
//
// A path that is neither in the answer nor in any object that stripe-go knows
// there is a mistake, for which Pick returns an *Error. A path that the object
// can have but this answer doesn't, such as one into an id that was not
// expanded, is not.
func Pick(answer json.RawMessage, paths []string, backward bool) (json.RawMessage, error) {
	if len(paths) == 0 {
		return answer, nil
	}
	wanted := newSelection(paths)
	if kind(answer) != `"list"` {
		picked, _ := wanted.pick(nil, answer)
		return picked, wanted.unknown(reflect.TypeFor[stripe.CheckoutSession]())
	}

	envelope := map[string][]byte{}
	picked := []byte{'{'}
	for rest := answer; rest[0] != '}'; { // after a { or a comma
		n := compact.Length(rest[1:])
		quoted, value := rest[1:n+1], rest[n+2:]
		if len(picked) > 1 {
			picked = append(picked, ',')
		}
		picked = append(append(picked, quoted...), ':')
		name := compact.Text(quoted)
		if name == "data" {
			picked, n = wanted.pick(picked, value)
		} else {
			n = compact.Length(value)
			picked = append(picked, value[:n]...)
		}
		envelope[name], rest = value[:n], value[n:]
	}
	picked = append(picked, '}')
	if wanted.children["id"] == nil {
		picked = withNextPage(picked, envelope, backward)
	}
	item := reflect.TypeFor[stripe.CheckoutSession]()
	if bytes.Contains(envelope["url"], []byte("/line_items")) {
		item = reflect.TypeFor[stripe.LineItem]()
	}
	return picked, wanted.unknown(item)
}

// kind returns what an answer is, as JSON: "list" or "checkout.session".
func kind(answer []byte) string {
	for name, value := range compact.ByName(answer) {
		if name == "object" {
			return string(value)
		}
	}
	return ""
}

// withNextPage adds to a list the argument that gets the next page, if there is
// one.
func withNextPage(picked []byte, envelope map[string][]byte, backward bool) []byte {
	data := envelope["data"]
	if string(envelope["has_more"]) != "true" || len(data) == 0 || data[0] != '[' {
		return picked
	}
	argument, next := "starting_after", []byte(nil)
	for element := range compact.Elements(data) {
		next = element
		if backward {
			argument = "ending_before"
			break
		}
	}
	if len(next) == 0 || next[0] != '{' {
		return picked
	}
	id := maps.Collect(compact.ByName(next))["id"]
	if len(id) < len(`"a"`) || id[0] != '"' {
		return picked
	}
	return fmt.Appendf(picked[:len(picked)-1], `,"next_page":{%q:%s}}`, argument, id)
}

// checkFields refuses paths that no session has, before a write is carried out.
func checkFields(paths []string) error {
	err := newSelection(paths).unknown(reflect.TypeFor[stripe.CheckoutSession]())
	if mistake := (*Error)(nil); errors.As(err, &mistake) {
		mistake.Answered = false
	}
	return err
}

// A selection is a tree of the names to keep.
type selection struct {
	path     string
	children map[string]*selection
	whole    bool // keep the whole value, even if parts of it are named, too
	found    bool // some object had it
}

func newSelection(paths []string) *selection {
	root := &selection{}
	for _, path := range paths {
		at := root
		for name := range strings.SplitSeq(path, ".") {
			child := at.children[name]
			if child == nil {
				if at.children == nil {
					at.children = map[string]*selection{}
				}
				child = &selection{path: join(at.path, name)}
				at.children[name] = child
			}
			at = child
		}
		at.whole = true
	}
	return root
}

// pick appends the selected parts of the object at the beginning of b, or of each
// object in an array. Other values, such as null or an id that was not expanded,
// stay as they are. It also returns the length of what it has read, so that
// nobody has to look for the end of an object first.
func (s *selection) pick(dst, b []byte) (_ []byte, length int) {
	if s.whole || b[0] != '[' && b[0] != '{' {
		n := compact.Length(b)
		return append(dst, b[:n]...), n
	}
	separate := func() {
		if c := dst[len(dst)-1]; c != '{' && c != '[' {
			dst = append(dst, ',')
		}
	}
	dst = append(dst, b[0])
	at := 1
	for ; b[at] != ']' && b[at] != '}'; at += length {
		if b[at] == ',' {
			at++
		}
		if b[0] == '[' {
			separate()
			dst, length = s.pick(dst, b[at:])
			continue
		}
		name := b[at : at+compact.Length(b[at:])]
		at += len(name) + len(":")
		child := s.child(name)
		if child == nil {
			length = compact.Length(b[at:])
			continue
		}
		child.found = true
		separate()
		dst, length = child.pick(append(append(dst, name...), ':'), b[at:])
	}
	return append(dst, b[at]), at + 1
}

// child returns the part of s for a name, which is still quoted.
func (s *selection) child(quoted []byte) *selection {
	if bytes.IndexByte(quoted, '\\') >= 0 {
		return s.children[compact.Text(quoted)]
	}
	return s.children[string(quoted[1:len(quoted)-1])] // allocates nothing
}

// unknown reports a path that was not found and that objects of type t can't
// have.
func (s *selection) unknown(t reflect.Type) error {
	for _, name := range slices.Sorted(maps.Keys(s.children)) {
		child := s.children[name]
		next, known := member(t, name)
		if !known && !child.found {
			mistake := invalid("", "fields", "fields contains %q, but Stripe's object has no such field.%s", shown(child.path), near(t, s.path, name))
			mistake.Answered = true
			return mistake
		}
		if next != nil && !child.whole {
			if err := child.unknown(next); err != nil {
				return err
			}
		}
	}
	return nil
}

func near(t reflect.Type, at, name string) string {
	if at == "" && (name == "data" || name == "has_more") {
		return ` In a list, paths apply to each item, and has_more always stays: use "id", not "data.id".`
	}
	var known []string
	if t = object(t); t != nil && t.Kind() == reflect.Struct {
		known = slices.Sorted(maps.Keys(fieldsOf(t)))
	}
	if n := nearest(name, known); n != "" {
		return fmt.Sprintf(" Did you mean %q?", join(at, n))
	}
	return ""
}

// member returns the type of an object's member. Where stripe-go has no struct
// (a map, raw JSON), any name may be a member, of any type (nil).
func member(t reflect.Type, name string) (reflect.Type, bool) {
	t = object(t)
	switch {
	case t == nil:
		return nil, false
	case t.Kind() == reflect.Map:
		return t.Elem(), true
	case t.Kind() != reflect.Struct:
		return nil, false
	}
	field, ok := fieldsOf(t)[name]
	return field, ok
}

// fieldsOf returns the types of a struct's fields by their JSON names.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	if known, ok := fieldTypes.Load(t); ok {
		return known.(map[string]reflect.Type)
	}
	fields := map[string]reflect.Type{}
	for _, f := range reflect.VisibleFields(t) {
		if name := jsonName(f); name != "" && fields[name] == nil {
			fields[name] = f.Type
		}
	}
	fieldTypes.Store(t, fields)
	return fields
}

var fieldTypes sync.Map // from reflect.Type to the result of fieldsOf

// object looks through pointers and arrays.
func object(t reflect.Type) reflect.Type {
	for t != nil && (t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice) {
		t = t.Elem()
	}
	return t
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	if name == "-" {
		return ""
	}
	return name
}
