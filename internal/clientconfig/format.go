package clientconfig

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// A format is the syntax of a configuration file.
type format interface {
	// merge sets section.Name to entry, and adds the inputs that are not there.
	merge(file []byte, section string, entry object, inputs []object) ([]byte, error)
}

// An object is a JSON object whose members have an order: that of the client's
// documentation, which is the one people know.
type object []member

type member struct {
	key   string
	value any // string, bool, int, []string or object
}

// withoutEmpty leaves out the members that say nothing.
func (o object) withoutEmpty() object {
	return slices.DeleteFunc(o, func(m member) bool {
		v := reflect.ValueOf(m.value)
		return v.Kind() == reflect.String && v.Len() == 0 || v.Kind() == reflect.Slice && v.Len() == 0
	})
}

func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(literal(m.key) + ":" + literal(m.value))
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// literal is a value in JSON, on one line. Strings, numbers and lists of them
// mean the same in TOML and in YAML.
func literal(v any) string {
	if list, ok := v.([]string); ok { // with the space that people put there
		items := make([]string, len(list))
		for i, item := range list {
			items[i] = literal(item)
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // the values are ours
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// plain is the object as a decoder of any of the formats returns it.
func (o object) plain() map[string]any {
	var v map[string]any
	if err := json.Unmarshal([]byte(literal(o)), &v); err != nil {
		panic(err) // it was encoded here
	}
	return v
}

// holds reports whether a decoded file has the entry already, however it is
// written there.
func holds(file map[string]any, section string, entry object) bool {
	servers, _ := file[section].(map[string]any)
	// Through JSON, because decoders differ in the type they give a number.
	got, err := json.Marshal(servers[Name])
	if err != nil {
		return false // it holds what none of our entries does
	}
	want, err := json.Marshal(entry.plain())
	return err == nil && bytes.Equal(got, want)
}

// untouched verifies an edited file: decoded, it must be the old one with the
// entry set. All edits are made in the text, so this is what makes them safe.
func untouched(before, after map[string]any, section string, entry object) error {
	if !holds(after, section, entry) {
		return errors.New("the entry would not be read back as it was written")
	}
	want, servers := maps.Clone(before), map[string]any{}
	if old, ok := before[section].(map[string]any); ok {
		servers = maps.Clone(old)
	}
	servers[Name] = after[section].(map[string]any)[Name]
	want[section] = servers
	if !reflect.DeepEqual(want, after) {
		return errors.New("something else in the file would change")
	}
	return nil
}

// refuse wraps why a file was left alone.
func refuse(err error) error {
	return fmt.Errorf("the file was left as it is: %w; add the entry by hand", err)
}

// newline is the line end that the file uses.
func newline(file []byte) string {
	if bytes.Contains(file, []byte("\r\n")) {
		return "\r\n"
	}
	return "\n"
}

// withNewline converts generated text to the file's line ends.
func withNewline(text, nl string) string { return strings.ReplaceAll(text, "\n", nl) }
