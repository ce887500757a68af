package schemas

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/invopop/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// resource is absolute: a relative name would be resolved against the working
// directory, which may have been deleted.
const resource = "mem:///arguments"

// compile prepares a schema for validation. The schemas are our own, so an
// error is a bug.
func compile(s *jsonschema.Schema) *validator.Schema {
	data, err := json.Marshal(s)
	if err != nil {
		panic(fmt.Sprintf("schemas: %v", err))
	}
	doc, err := validator.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		panic(fmt.Sprintf("schemas: %v", err))
	}
	c := validator.NewCompiler()
	if err := c.AddResource(resource, doc); err != nil {
		panic(fmt.Sprintf("schemas: %v", err))
	}
	return c.MustCompile(resource)
}

// explain turns the violations of an operation's schema s by args into one
// Error.
func explain(operation string, s *jsonschema.Schema, args map[string]any, err error) error {
	var violation *validator.ValidationError
	if !errors.As(err, &violation) {
		return invalid("", "", "The arguments can't be checked: %v.", err)
	}
	var found []mistake
	for _, leaf := range leaves(violation) {
		found = append(found, mistakes(s, args, leaf)...)
	}
	slices.SortStableFunc(found, func(a, b mistake) int { return strings.Compare(a.param, b.param) })

	const most = 5 // enough to correct a call in one go without a wall of text
	w := wording{operation: operation, root: s}
	all := w.say(found[0])
	for _, m := range found[1:min(most, len(found))] {
		all.Message += " " + w.say(m).Message
	}
	if len(found) > most {
		all.Message += fmt.Sprintf(" And %d more.", len(found)-most)
	}
	return all
}

// leaves returns the violations at the ends of the tree. In an anyOf it follows
// the alternative that got furthest into the value, which is probably the one
// meant.
func leaves(v *validator.ValidationError) []*validator.ValidationError {
	_, aboutKey := v.ErrorKind.(*kind.PropertyNames)
	if len(v.Causes) == 0 || aboutKey {
		return []*validator.ValidationError{v}
	}
	causes := v.Causes
	if _, ok := v.ErrorKind.(*kind.AnyOf); ok {
		meant := slices.IndexFunc(causes, func(c *validator.ValidationError) bool {
			return !slices.ContainsFunc(leaves(c), func(l *validator.ValidationError) bool {
				_, wrongType := l.ErrorKind.(*kind.Type)
				return wrongType && len(l.InstanceLocation) == len(v.InstanceLocation)
			})
		})
		if meant < 0 {
			return []*validator.ValidationError{{InstanceLocation: v.InstanceLocation, ErrorKind: v.ErrorKind}}
		}
		causes = causes[meant : meant+1]
	}
	var all []*validator.ValidationError
	for _, c := range causes {
		all = append(all, leaves(c)...)
	}
	return all
}

// A mistake is one thing to correct: a value, or a name that is unknown or
// missing.
type mistake struct {
	kind   validator.ErrorKind
	param  string             // the path of what has to be corrected
	at     string             // the path of the value that breaks the schema
	name   string             // the name in that value, if it is about one
	schema *jsonschema.Schema // of the value
	value  any
}

// mistakes splits a violation into its mistakes, one for each name.
func mistakes(root *jsonschema.Schema, args map[string]any, v *validator.ValidationError) []mistake {
	m := mistake{kind: v.ErrorKind}
	if _, aboutKey := v.ErrorKind.(*kind.PropertyNames); aboutKey {
		m.at, m.schema = locateSchema(root, v.SchemaURL)
	} else {
		m.at, m.schema, m.value = locate(root, args, v.InstanceLocation)
	}
	m.param = m.at
	var names []string
	switch k := v.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		names = k.Properties
	case *kind.Required:
		names = k.Missing
	default:
		return []mistake{m}
	}
	var all []mistake
	for _, m.name = range names {
		m.param = inside(m.at, shown(m.name))
		all = append(all, m)
	}
	return all
}
