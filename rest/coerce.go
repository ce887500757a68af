package rest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/invopop/jsonschema"
)

var numberForm = regexp.MustCompile(`^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$`)

// json gives the value of a field as a schema wants it: texts become numbers,
// booleans, arrays or objects where the schema has them. What can't become one
// stays as it is, for validation to explain. The schema of what is unknown is
// nil.
func (f *field) json(s *jsonschema.Schema, at string) (json.RawMessage, error) {
	forms := 0
	for _, n := range []int{len(f.texts), len(f.items), len(f.names)} {
		forms += min(n, 1)
	}
	if forms > 1 {
		return nil, refused(http.StatusBadRequest, "", at, "%[1]s is given in several ways (%[1]s=, %[1]s[]=, %[1]s[…]=); give it once.", at)
	}
	switch {
	case len(f.items) > 0:
		return texts(f.items, itemsOf(alternative(s, "array"))), nil
	case len(f.names) > 0:
		return f.structure(s, at)
	case alternative(s, "array") != nil:
		return f.array(alternative(s, "array")), nil
	case len(f.texts) > 1:
		return nil, refused(http.StatusBadRequest, "", at, "%s is given twice; give it once.", at)
	case alternative(s, "object") != nil && isJSON(f.texts[0], '{'):
		return json.RawMessage(f.texts[0]), nil
	default:
		return scalar(f.texts[0], s), nil
	}
}

// structure gives name[x]=… as an array if the schema wants one, or knows
// nothing of it, and its members are numbered, else as an object.
func (f *field) structure(s *jsonschema.Schema, at string) (json.RawMessage, error) {
	array, object := alternative(s, "array"), alternative(s, "object")
	if list, ok := f.list(); ok && (array != nil || s == nil) {
		var b bytes.Buffer
		b.WriteByte('[')
		for i, item := range list {
			if i > 0 {
				b.WriteByte(',')
			}
			value, err := item.json(itemsOf(array), at+"["+strconv.Itoa(i)+"]")
			if err != nil {
				return nil, err
			}
			b.Write(value)
		}
		b.WriteByte(']')
		return b.Bytes(), nil
	}
	m, err := f.membersOf(object, at)
	if err != nil {
		return nil, err
	}
	return m.object(), nil
}

// membersOf gives the members of a field as those of an object with schema s.
func (f *field) membersOf(s *jsonschema.Schema, at string) (members, error) {
	var all members
	for _, name := range f.names {
		path := name
		if at != "" && at != "body" {
			path = at + "[" + name + "]"
		}
		value, err := f.members[name].json(property(s, name), path)
		if err != nil {
			return nil, err
		}
		all = append(all, member{name, value})
	}
	return all, nil
}

// array gives name=… where the schema wants an array: its JSON text, one item
// for each time it is given, or none for the empty text, which is how a form
// says so.
func (f *field) array(s *jsonschema.Schema) json.RawMessage {
	switch {
	case len(f.texts) == 1 && isJSON(f.texts[0], '['):
		return json.RawMessage(f.texts[0])
	case len(f.texts) == 1 && f.texts[0] == "":
		return json.RawMessage("[]")
	default:
		return texts(f.texts, s.Items)
	}
}

func texts(values []string, s *jsonschema.Schema) json.RawMessage {
	items := make([][]byte, len(values))
	for i, v := range values {
		items[i] = scalar(v, s)
	}
	return json.RawMessage("[" + string(bytes.Join(items, []byte(","))) + "]")
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
