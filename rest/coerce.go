package rest

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/invopop/jsonschema"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/form"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/pattern"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/schemas"
)

var numberForm = pattern.Lazy(`^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$`)

// coerce converts what a form has under one name to what a schema wants: texts
// become numbers, booleans, arrays or objects. What can't be converted stays as
// it is, so that validation can explain it. For an unknown name, the schema is
// nil.
func coerce(n *form.Node, s *jsonschema.Schema, at string) (any, error) {
	if len(n.Kinds) > 1 {
		return nil, refused(http.StatusBadRequest, "", at, "%[1]s is given in several forms (%[1]s=, %[1]s[]=, %[1]s[…]=); give it once.", at)
	}
	switch {
	case n.Kind() == form.List:
		return items(n.Items, itemsOf(alternative(s, "array")), at)
	case n.Kind() == form.Object:
		return structure(n, s, at)
	case alternative(s, "array") != nil:
		return listed(n.Texts, alternative(s, "array"), at)
	case len(n.Texts) > 1:
		return nil, refused(http.StatusBadRequest, "", at, "%s is given twice; give it once.", at)
	case alternative(s, "object") != nil && isJSON(n.Text(), '{'):
		return schemas.Parse([]byte(n.Text()), at)
	default:
		return scalar(n.Text(), s, at)
	}
}

// items converts the items of a list, which have the schema s.
func items(list []*form.Node, s *jsonschema.Schema, at string) (any, error) {
	values := make([]any, len(list))
	for i, item := range list {
		var err error
		if values[i], err = coerce(item, s, at+"["+strconv.Itoa(i)+"]"); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// structure converts name[x]=… to an array if its members are numbered and the
// schema wants an array or is unknown; otherwise to an object.
func structure(n *form.Node, s *jsonschema.Schema, at string) (any, error) {
	wanted, object := alternative(s, "array"), alternative(s, "object")
	if list, ok := n.Indexed(); ok && (wanted != nil || s == nil) {
		return items(list, itemsOf(wanted), at)
	}
	return coerceMembers(n, object, at)
}

// coerceMembers converts what a form has under one name to the members of an
// object with schema s.
func coerceMembers(n *form.Node, s *jsonschema.Schema, at string) (map[string]any, error) {
	all := make(map[string]any, len(n.Names))
	for _, name := range n.Names {
		path := name
		if at != "" && at != "body" {
			path = at + "[" + name + "]"
		}
		value, err := coerce(n.Members[name], property(s, name), path)
		if err != nil {
			return nil, err
		}
		all[name] = value
	}
	return all, nil
}

// listed converts name=… where the schema wants an array: from JSON text, from
// one item each time the name is given, or, for empty text, to no items, which
// is how a form says so.
func listed(texts []string, s *jsonschema.Schema, at string) (any, error) {
	switch {
	case len(texts) == 1 && isJSON(texts[0], '['):
		return schemas.Parse([]byte(texts[0]), at)
	case len(texts) == 1 && texts[0] == "":
		return []any{}, nil
	}
	values := make([]any, len(texts))
	for i, text := range texts {
		var err error
		if values[i], err = scalar(text, s.Items, at+"["+strconv.Itoa(i)+"]"); err != nil {
			return nil, err
		}
	}
	return values, nil
}

func scalar(text string, s *jsonschema.Schema, at string) (any, error) {
	switch {
	case alternative(s, "string") != nil:
	case alternative(s, "boolean") != nil && (text == "true" || text == "false"):
		return text == "true", nil
	case (alternative(s, "integer") != nil || alternative(s, "number") != nil) && numberForm().MatchString(text):
		return schemas.Parse([]byte(text), at)
	}
	return text, nil
}

// alternative returns the schema of that type among those that s allows, or
// nil.
func alternative(s *jsonschema.Schema, typ string) *jsonschema.Schema {
	if s == nil {
		return nil
	}
	if s.Type == typ {
		return s
	}
	for _, a := range s.AnyOf {
		if a.Type == typ {
			return a
		}
	}
	return nil
}

func itemsOf(s *jsonschema.Schema) *jsonschema.Schema {
	if s == nil {
		return nil
	}
	return s.Items
}

// property returns the schema of an object's member, or nil if there is none.
func property(s *jsonschema.Schema, name string) *jsonschema.Schema {
	if s == nil {
		return nil
	}
	if s.Properties != nil {
		if p, ok := s.Properties.Get(name); ok {
			return p
		}
	}
	if s.AdditionalProperties == nil || s.AdditionalProperties.Type == "" {
		return nil
	}
	return s.AdditionalProperties
}

// isJSON reports whether text is JSON that begins with open.
func isJSON(text string, open byte) bool {
	text = strings.TrimSpace(text)
	return text != "" && text[0] == open && json.Valid([]byte(text))
}
