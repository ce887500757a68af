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

	"github.com/stripe/stripe-go/v82"
)

// Pick cuts an answer of Stripe's down to the given dotted paths, in Stripe's
// order and with its values untouched. In a list they apply to each item, and
// the envelope stays. No paths give the whole answer.
//
// A list that has more goes on from an id. Where the paths leave out the ids,
// next_page is added to the envelope: the argument for the next page, which is
// starting_after or, if backward (the call had ending_before), ending_before.
//
// A path that is neither in the answer nor in any object that stripe-go knows
// there is a mistake, for which it returns an *Error. One that an object has
// but this answer doesn't (an id that was not expanded) is no mistake.
func Pick(answer json.RawMessage, paths []string, backward bool) (json.RawMessage, error) {
	if len(paths) == 0 {
		return answer, nil
	}
	var envelope struct{ Object, URL string }
	if err := json.Unmarshal(answer, &envelope); err != nil {
		return nil, fmt.Errorf("schemas: picking fields: %w", err)
	}
	wanted := newSelection(paths)
	if envelope.Object != "list" {
		picked, err := wanted.pick(answer)
		if err != nil {
			return nil, err
		}
		return picked, wanted.unknown(reflect.TypeFor[stripe.CheckoutSession]())
	}

	item := reflect.TypeFor[stripe.CheckoutSession]()
	if strings.Contains(envelope.URL, "/line_items") {
		item = reflect.TypeFor[stripe.LineItem]()
	}
	picked, err := (&selection{children: map[string]*selection{"data": wanted}, rest: true}).pick(answer)
	if err != nil {
		return nil, err
	}
	if wanted.children["id"] == nil {
		if picked, err = withNextPage(picked, answer, backward); err != nil {
			return nil, err
		}
	}
	return picked, wanted.unknown(item)
}

// withNextPage adds to a list what the next page is asked for by, if there is
// one.
func withNextPage(picked, answer json.RawMessage, backward bool) (json.RawMessage, error) {
	var page struct {
		Data    []struct{ ID string }
		HasMore bool `json:"has_more"`
	}
	if err := json.Unmarshal(answer, &page); err != nil {
		return nil, fmt.Errorf("schemas: picking fields: %w", err)
	}
	if !page.HasMore || len(page.Data) == 0 {
		return picked, nil
	}
	argument, id := "starting_after", page.Data[len(page.Data)-1].ID
	if backward {
		argument, id = "ending_before", page.Data[0].ID
	}
	if id == "" {
		return picked, nil
	}
	next, err := json.Marshal(map[string]string{argument: id})
	if err != nil {
		return nil, err
	}
	return slices.Concat(picked[:len(picked)-1], json.RawMessage(`,"next_page":`), next, json.RawMessage("}")), nil
}

// checkFields refuses paths that no session has, before a write is carried out.
func checkFields(paths []string) error {
	err := newSelection(paths).unknown(reflect.TypeFor[stripe.CheckoutSession]())
	if mistake := (*Error)(nil); errors.As(err, &mistake) {
		mistake.Answered = false
	}
	return err
}

// A selection is a tree of the wanted names.
type selection struct {
	path     string
	children map[string]*selection
	whole    bool // wants all of the value, whatever parts are named too
	rest     bool // keep what isn't named, too
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

// pick copies the wanted parts of an object, or of each object in an array.
// Other values, an id that was not expanded or null, stay as they are.
func (s *selection) pick(value json.RawMessage) (json.RawMessage, error) {
	if s.whole {
		return value, nil
	}
	dec := json.NewDecoder(bytes.NewReader(value))
	open, err := dec.Token()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	separate := func() {
		if b.Len() > 1 {
			b.WriteByte(',')
		}
	}
	switch open {
	case json.Delim('['):
		b.WriteByte('[')
		for dec.More() {
			var element json.RawMessage
			if err := dec.Decode(&element); err != nil {
				return nil, err
			}
			picked, err := s.pick(element)
			if err != nil {
				return nil, err
			}
			separate()
			b.Write(picked)
		}
		b.WriteByte(']')
	case json.Delim('{'):
		b.WriteByte('{')
		for dec.More() {
			start := dec.InputOffset()
			name, err := dec.Token()
			if err != nil {
				return nil, err
			}
			key := value[start:dec.InputOffset()]
			key = key[bytes.IndexByte(key, '"'):] // as it was written
			var member json.RawMessage
			if err := dec.Decode(&member); err != nil {
				return nil, err
			}
			child := s.children[name.(string)]
			if child != nil {
				child.found = true
				if member, err = child.pick(member); err != nil {
					return nil, err
				}
			} else if !s.rest {
				continue
			}
			separate()
			b.Write(key)
			b.WriteByte(':')
			b.Write(member)
		}
		b.WriteByte('}')
	default:
		return value, nil
	}
	return b.Bytes(), nil
}

// unknown reports a wanted path that was not found and that the objects of
// type t can't have.
func (s *selection) unknown(t reflect.Type) error {
	for _, name := range slices.Sorted(maps.Keys(s.children)) {
		child := s.children[name]
		next, known := member(t, name)
		if !known && !child.found {
			mistake := invalid("", "fields", "fields has %q, which no Stripe object has there.%s", shown(child.path), near(t, s.path, name))
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
		return ` Paths apply to each item of a list, whose has_more always stays: "id", not "data.id".`
	}
	var known []string
	if t = object(t); t != nil && t.Kind() == reflect.Struct {
		for _, f := range reflect.VisibleFields(t) {
			if n := jsonName(f); n != "" {
				known = append(known, n)
			}
		}
	}
	slices.Sort(known)
	if n := nearest(name, known); n != "" {
		return fmt.Sprintf(" Did you mean %q?", join(at, n))
	}
	return ""
}

// member gives the type of an object's member. Of what stripe-go has no struct
// for (a map, raw JSON) every name may be a member, of any type (nil).
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
	for _, f := range reflect.VisibleFields(t) {
		if name != "" && jsonName(f) == name {
			return f.Type, true
		}
	}
	return nil, false
}

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
