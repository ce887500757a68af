package schemas

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"

	"github.com/stripe/stripe-go/v82/form"
)

// sendsAll makes sure that no argument is accepted and then dropped or changed.
// It encodes the parameters as stripe-go will, and refuses the call if a given
// value isn't among them, such as a long decimal that a float64 rounds.
func sendsAll(args map[string]any, params any, at string) error {
	encoded := &form.Values{}
	form.AppendTo(encoded, params)
	sent := encoded.ToValues()
	return eachValue(args, nil, at, func(key []string, path string, value any) error {
		if ours[key[0]] {
			return nil
		}
		text := fmt.Sprint(value)
		if slices.ContainsFunc(sent[form.FormatKey(key)], func(s string) bool { return sameValue(s, text) }) {
			return nil
		}
		return invalid("", path, "%s can't be sent to Stripe as %s: only about 15 digits of a number are kept.", path, show(value))
	})
}

// eachValue calls do for every scalar and every empty array or object, with the
// parts of its form key and its path in the arguments.
func eachValue(value any, key []string, path string, do func(key []string, path string, value any) error) error {
	switch v := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if err := eachValue(v[name], append(slices.Clip(key), name), inside(path, name), do); err != nil {
				return err
			}
		}
		if len(v) > 0 || len(key) == 0 {
			return nil
		}
	case []any:
		for i, child := range v {
			index := strconv.Itoa(i)
			if err := eachValue(child, append(slices.Clip(key), index), path+"["+index+"]", do); err != nil {
				return err
			}
		}
		if len(v) > 0 {
			return nil
		}
		value = "" // what Stripe takes for "none"
	}
	return do(key, path, value)
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
