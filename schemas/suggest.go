package schemas

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/invopop/jsonschema"
)

// misplaced says where a parameter belongs that was given beside body instead of
// in it, or the other way round; "" of any other.
func (w *wording) misplaced(at, name string) string {
	switch {
	case at == "body" && slices.Contains(names(w.root), name):
		return "outside body"
	case at == "":
		if body, ok := property(w.root, "body"); ok && slices.Contains(names(body), name) {
			return "in body"
		}
	}
	return ""
}

// suggest names the parameter that was likely meant by an unknown name: the
// nearest one at the same place, or the same name at another place.
func (w *wording) suggest(s *jsonschema.Schema, at, name string) string {
	known := names(s)
	if i := strings.IndexAny(name, "[."); i > 0 && slices.Contains(known, name[:i]) {
		return fmt.Sprintf(" Give %s as nested JSON: names have no brackets and no dots.", inside(at, name[:i]))
	}
	if near := nearest(name, known); near != "" {
		return fmt.Sprintf(" Did you mean %s?", inside(at, near))
	}
	if elsewhere := find(w.root, "", name); len(elsewhere) > 0 {
		return fmt.Sprintf(" Did you mean %s?", strings.Join(elsewhere[:min(3, len(elsewhere))], " or "))
	}
	if len(known) == 0 {
		return fmt.Sprintf(" %s takes none.", at)
	}
	if slices.Contains(w.listed, s) {
		return ""
	}
	w.listed = append(w.listed, s)
	return fmt.Sprintf(" Known here: %s.", strings.Join(known, ", "))
}

var separators = strings.NewReplacer("_", "", "-", "")

// nearest gives the candidate most like name, or "" if none is near. Case,
// hyphens and underscores don't count, nor does the order of words: lineItems is
// line_items, total_amount is amount_total; and items is short for line_items.
func nearest(name string, candidates []string) string {
	if len(name) > 100 {
		return "" // like none of Stripe's, and costly to measure
	}
	fold := func(s string) string { return strings.ToLower(separators.Replace(s)) }
	whole := "" // what name is the end of
	best, least := "", 2*(1+max(1, len(name)/3))
	for _, c := range candidates {
		if negative(name) != negative(c) {
			continue // a name that says the opposite is worse than none
		}
		if slices.Equal(words(name), words(c)) {
			return c
		}
		if len(name) > 3 && strings.HasSuffix(c, "_"+name) && (whole == "" || len(c) < len(whole)) {
			whole = c
		}
		d := 2 * levenshtein.ComputeDistance(fold(name), fold(c))
		if !strings.HasPrefix(fold(name), fold(c)[:1]) {
			d++ // of two as near, the one that starts alike
		}
		if d < least {
			best, least = c, d
		}
	}
	return cmp.Or(best, whole)
}

var negatives = []string{"block", "blocked", "denied", "deny", "disable", "disabled", "disallow", "disallowed", "exclude", "excluded", "forbid", "hide", "ignore", "no", "non", "not", "remove", "skip", "without"}

// negative reports whether a name turns around what it is about.
func negative(name string) bool {
	return slices.ContainsFunc(words(name), func(w string) bool { return slices.Contains(negatives, w) })
}

func words(name string) []string {
	return slices.Sorted(strings.SplitSeq(strings.ToLower(name), "_"))
}

// find gives the paths below s that end in name.
func find(s *jsonschema.Schema, at, name string) []string {
	var paths []string
	if s.Items != nil {
		return find(s.Items, at+"[]", name)
	}
	for _, a := range s.AnyOf {
		paths = append(paths, find(a, at, name)...)
	}
	if s.Properties == nil {
		return paths
	}
	for p := s.Properties.Oldest(); p != nil; p = p.Next() {
		path := inside(at, p.Key)
		if p.Key == name {
			paths = append(paths, path)
		}
		paths = append(paths, find(p.Value, path, name)...)
	}
	return paths
}

func names(s *jsonschema.Schema) []string {
	var all []string
	if s.Properties != nil {
		for p := s.Properties.Oldest(); p != nil; p = p.Next() {
			all = append(all, p.Key)
		}
	}
	return all
}
