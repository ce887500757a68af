package schemas

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/invopop/jsonschema"
)

// misplaced says where a parameter belongs that was given beside body instead
// of inside it, or the other way round; "" for any other.
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

// suggest names the parameter that an unknown name probably means: the nearest
// name in the same place, or the same name in another place.
func (w *wording) suggest(s *jsonschema.Schema, at, name string) string {
	known := names(s)
	if i := strings.IndexAny(name, "[."); i > 0 && slices.Contains(known, name[:i]) {
		return fmt.Sprintf(" Pass %s as nested JSON: names contain no brackets or dots.", inside(at, name[:i]))
	}
	if near := nearest(name, known); near != "" {
		return fmt.Sprintf(" Did you mean %s?", inside(at, near))
	}
	if elsewhere := find(w.root, "", name); len(elsewhere) > 0 {
		return fmt.Sprintf(" Did you mean %s?", strings.Join(elsewhere[:min(3, len(elsewhere))], " or "))
	}
	if len(known) == 0 {
		return fmt.Sprintf(" %s takes no parameters.", at)
	}
	if slices.Contains(w.listed, s) {
		return ""
	}
	w.listed = append(w.listed, s)
	return fmt.Sprintf(" Parameters here: %s.", strings.Join(known, ", "))
}

var separators = strings.NewReplacer("_", "", "-", "")

// nearest returns the candidate most like name, or "" if none is close. Case,
// hyphens, underscores and the order of words don't matter: lineItems is
// line_items, and total_amount is amount_total. The end of a name is enough:
// items is line_items.
func nearest(name string, candidates []string) string {
	if len(name) > 100 {
		return "" // unlike any of Stripe's, and costly to compare
	}
	fold := func(s string) string { return strings.ToLower(separators.Replace(s)) }
	whole := "" // the shortest candidate that ends in name
	best, least := "", 2*(1+max(1, len(name)/3))
	for _, c := range candidates {
		if negative(name) != negative(c) {
			continue // the opposite is worse than no suggestion
		}
		if slices.Equal(words(name), words(c)) {
			return c
		}
		if len(name) > 3 && strings.HasSuffix(c, "_"+name) && (whole == "" || len(c) < len(whole)) {
			whole = c
		}
		d := 2 * levenshtein.ComputeDistance(fold(name), fold(c))
		if !strings.HasPrefix(fold(name), fold(c)[:1]) {
			d++ // between equals, prefer one with the same first letter
		}
		if d < least {
			best, least = c, d
		}
	}
	return cmp.Or(best, whole)
}

var negatives = []string{"block", "blocked", "denied", "deny", "disable", "disabled", "disallow", "disallowed", "exclude", "excluded", "forbid", "hide", "ignore", "no", "non", "not", "remove", "skip", "without"}

// negative reports whether a name negates what it is about.
func negative(name string) bool {
	return slices.ContainsFunc(words(name), func(w string) bool { return slices.Contains(negatives, w) })
}

func words(name string) []string {
	return slices.Sorted(strings.SplitSeq(strings.ToLower(name), "_"))
}

// find returns the paths below s that end in name.
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
