package rest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/invopop/jsonschema"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/form"
)

var numberForm = regexp.MustCompile(`^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$`)

// coerce gives the value of what a form has under one name as a schema wants
// it: texts become numbers, booleans, arrays or objects where the schema has
// them. What can't become one stays as it is, for validation to explain. The
// schema of what is unknown is nil.
func coerce(n *form.Node, s *jsonschema.Schema, at string) (json.RawMessage, error) {
	if len(n.Kinds) > 1 {
		return nil, refused(http.StatusBadRequest, "", at, "%[1]s is given in several ways (%[1]s=, %[1]s[]=, %[1]s[…]=); give it once.", at)
	}
	switch {
	case n.Kind() == form.List:
		return items(n.Items, itemsOf(alternative(s, "array")), at)
	case n.Kind() == form.Object:
		return structure(n, s, at)
	case alternative(s, "array") != nil:
		return listed(n.Texts, alternative(s, "array")), nil
	case len(n.Texts) > 1:
		return nil, refused(http.StatusBadRequest, "", at, "%s is given twice; give it once.", at)
	case alternative(s, "object") != nil && isJSON(n.Text(), '{'):
		return json.RawMessage(n.Text()), nil
	default:
		return scalar(n.Text(), s), nil
	}
}

// items gives those of a list, of the schema s.
func items(list []*form.Node, s *jsonschema.Schema, at string) (json.RawMessage, error) {
	values := make([]json.RawMessage, len(list))
	for i, item := range list {
		var err error
		if values[i], err = coerce(item, s, at+"["+strconv.Itoa(i)+"]"); err != nil {
			return nil, err
		}
	}
	return join(values), nil
}

// structure gives name[x]=… as an array if the schema wants one, or knows
// nothing of it, and its members are numbered, else as an object.
func structure(n *form.Node, s *jsonschema.Schema, at string) (json.RawMessage, error) {
	wanted, object := alternative(s, "array"), alternative(s, "object")
	if list, ok := n.Indexed(); ok && (wanted != nil || s == nil) {
		return items(list, itemsOf(wanted), at)
	}
	m, err := coerceMembers(n, object, at)
	if err != nil {
		return nil, err
	}
	return m.object(), nil
}

// coerceMembers gives the members of what a form has under one name as those of
// an object with schema s.
func coerceMembers(n *form.Node, s *jsonschema.Schema, at string) (members, error) {
	var all members
	for _, name := range n.Names {
		path := name
		if at != "" && at != "body" {
			path = at + "[" + name + "]"
		}
		value, err := coerce(n.Members[name], property(s, name), path)
		if err != nil {
			return nil, err
		}
		all = append(all, member{name, value})
	}
	return all, nil
}

// listed gives name=… where the schema wants an array: its JSON text, one item
// for each time it is given, or none for the empty text, which is how a form
// says so.
func listed(texts []string, s *jsonschema.Schema) json.RawMessage {
	switch {
	case len(texts) == 1 && isJSON(texts[0], '['):
		return json.RawMessage(texts[0])
	case len(texts) == 1 && texts[0] == "":
		return json.RawMessage("[]")
	default:
		return array(texts, s.Items)
	}
}

func array(texts []string, s *jsonschema.Schema) json.RawMessage {
	items := make([]json.RawMessage, len(texts))
	for i, text := range texts {
		items[i] = scalar(text, s)
	}
	return join(items)
}

func join(items []json.RawMessage) json.RawMessage {
	var b bytes.Buffer
	b.WriteByte('[')
	for i, item := range items {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(item)
	}
	b.WriteByte(']')
	return b.Bytes()
}

func scalar(text string, s *jsonschema.Schema) json.RawMessage {
	switch {
	case alternative(s, "string") != nil:
	case alternative(s, "boolean") != nil && (text == "true" || text == "false"):
		return json.RawMessage(text)
	case (alternative(s, "integer") != nil || alternative(s, "number") != nil) && numberForm.MatchString(text):
		return json.RawMessage(text)
	}
	return quote(text)
}

// alternative gives the schema of that type among those that s allows, or nil.
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

// property gives the schema of an object's member, nil if it has none.
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

// isJSON reports whether text is JSON that opens so.
func isJSON(text string, open byte) bool {
	text = strings.TrimSpace(text)
	return text != "" && text[0] == open && json.Valid([]byte(text))
}

func quote(text string) json.RawMessage {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string always marshals
	}
	return quoted
}
