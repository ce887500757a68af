package rest

import (
	"errors"
	"net/http"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/form"
)

// parseForm reads the query of a URL, or a body, in Stripe's form encoding. what
// names it in errors.
//
// A list of objects must be numbered (line_items[0][price]): with name[][x]= it
// would be a guess which members belong together.
func parseForm(encoded, what string) (*form.Node, error) {
	parsed, err := form.Parse(encoded)
	if refusal := (*form.Error)(nil); errors.As(err, &refusal) {
		switch refusal.Reason {
		case form.BadEscape:
			return nil, refused(http.StatusBadRequest, "", "", "The %s has a %% that two hexadecimal digits do not follow; write a percent sign as %%25.", what)
		case form.NotUTF8:
			return nil, refused(http.StatusBadRequest, "", "", "The %s is not UTF-8 text.", what)
		case form.TooMany:
			return nil, refused(http.StatusBadRequest, "", "", "The %s has more than %d parameters.", what, form.MaxPairs)
		default:
			return nil, refused(http.StatusBadRequest, "", refusal.Name, "%.100s is nested more than %d deep; no parameter is.", refusal.Name, form.MaxDepth)
		}
	}
	if err := numbered(parsed, nil); err != nil {
		return nil, err
	}
	return parsed, nil
}

// numbered refuses lists without numbers that hold anything but texts.
func numbered(n *form.Node, at []string) error {
	for _, item := range n.Items {
		if len(item.Kinds) == 1 && item.Kind() == form.Text {
			continue
		}
		rest := []string{""}
		for item.Kind() != form.Text {
			if item.Kind() == form.List {
				rest, item = append(rest, ""), item.Items[0]
			} else {
				rest, item = append(rest, item.Names[0]), item.Members[item.Names[0]]
			}
		}
		list := form.Join(at...)
		return refused(http.StatusBadRequest, "", list, "%[1]s[] can't tell which members belong together: number the items, as in %[1]s[0]%[2]s.", list, form.Join(rest...))
	}
	for _, name := range n.Names {
		if err := numbered(n.Members[name], append(at, name)); err != nil {
			return err
		}
	}
	return nil
}
