package sandbox

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/form"
)

// Limits for a request, besides those of package form. Stripe doesn't publish
// its own.
const (
	maxBodyBytes  = 1 << 20
	maxListLength = 1_000
)

// parseForm parses a form as Stripe does: the last of two equal names wins, but
// a name must not be more than one of text, list and object.
func parseForm(encoded string) (*form.Node, *apiError) {
	parsed, err := form.Parse(encoded)
	if refused := (*form.Error)(nil); errors.As(err, &refused) {
		switch refused.Reason {
		case form.TooMany:
			return nil, invalidRequest("", "Invalid request: more than %d parameters.", form.MaxPairs)
		case form.TooDeep:
			return nil, invalidRequest("", "Invalid request: parameters are nested more than %d levels deep.", form.MaxDepth)
		default:
			return nil, malformedForm()
		}
	}
	if err := checkForm(parsed, ""); err != nil {
		return nil, err
	}
	return parsed, nil
}

func checkForm(n *form.Node, path string) *apiError {
	if len(n.Kinds) > 1 {
		switch n.Kinds[1] {
		case form.List:
			return invalidRequest(path, "Invalid array")
		case form.Object:
			return invalidRequest(path, "Invalid object")
		default:
			return invalidRequest(path, "Invalid string: %s", showForm(n))
		}
	}
	if len(n.Items) > maxListLength {
		return invalidRequest(path, "Array %s exceeded maximum %d allowed elements.", path, maxListLength)
	}
	for _, item := range n.Items {
		if err := checkForm(item, path+"[]"); err != nil {
			return err
		}
	}
	for _, name := range n.Names {
		if err := checkForm(n.Members[name], joinPath(path, name)); err != nil {
			return err
		}
	}
	return nil
}

// listOf returns a node's items if it can be read as a list. Numbered members
// also count as a list where one is expected.
func listOf(n *form.Node) ([]*form.Node, bool) {
	switch n.Kind() {
	case form.List:
		return n.Items, true
	case form.Object:
		items, ok := n.Indexed()
		return items, ok && len(items) <= maxListLength
	default:
		return nil, false
	}
}

// writeCanonical writes a form in such a way that two forms are equal exactly
// if they say the same, whatever the order of their parameters.
func writeCanonical(b *strings.Builder, n *form.Node) {
	switch n.Kind() {
	case form.Text:
		b.WriteString(strconv.Quote(n.Text()))
	case form.List:
		b.WriteByte('[')
		for _, item := range n.Items {
			writeCanonical(b, item)
			b.WriteByte(',')
		}
		b.WriteByte(']')
	default:
		b.WriteByte('{')
		for _, name := range slices.Sorted(slices.Values(n.Names)) {
			b.WriteString(strconv.Quote(name))
			b.WriteByte(':')
			writeCanonical(b, n.Members[name])
			b.WriteByte(',')
		}
		b.WriteByte('}')
	}
}

// showForm writes a form for error messages.
func showForm(n *form.Node) string {
	var b strings.Builder
	writeCanonical(&b, n)
	return shorten(strings.NewReplacer(",}", "}", ",]", "]").Replace(b.String()))
}
