package schemas

import (
	"fmt"
	"math/big"
	"net/url"
	"slices"
	"strconv"
)

// sendsAll makes sure that no argument is accepted and then dropped or changed.
// It refuses the call if a given value isn't among what stripe-go will send,
// such as a long decimal that a float64 rounds.
func sendsAll(args map[string]any, form url.Values) error { return sends(form, "", args, ours) }

// sends makes sure of every scalar and of every empty array or object in a
// value, but for the names to skip. Its path is also its key in the form.
func sends(form url.Values, path string, value any, skip map[string]bool) error {
	switch v := value.(type) {
	case map[string]any:
		var refused error
		first := "" // the first name, in alphabetical order, that is refused
		for name, member := range v {
			if skip[name] {
				continue
			}
			if err := sends(form, inside(path, name), member, nil); err != nil && (refused == nil || name < first) {
				refused, first = err, name
			}
		}
		if len(v) > 0 || path == "" {
			return refused
		}
	case []any:
		for i, item := range v {
			if err := sends(form, path+"["+strconv.Itoa(i)+"]", item, nil); err != nil {
				return err
			}
		}
		if len(v) > 0 {
			return nil
		}
		value = "" // what Stripe takes for "none"
	}
	text := fmt.Sprint(value)
	if slices.ContainsFunc(form[path], func(s string) bool { return sameValue(s, text) }) {
		return nil
	}
	return invalid("", path, "%s can't be sent to Stripe as %s: only about 15 digits of a number are kept.", path, show(value))
}

// sameValue compares texts as they are and numbers by value: 0.10 is sent as
// 0.1.
func sameValue(sent, given string) bool {
	if sent == given {
		return true
	}
	s, ok1 := new(big.Rat).SetString(sent)
	g, ok2 := new(big.Rat).SetString(given)
	return ok1 && ok2 && s.Cmp(g) == 0
}
