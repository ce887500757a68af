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
	// merge sets section.Name to entry, and adds any missing inputs.
	merge(file []byte, section string, entry object, inputs []object) ([]byte, error)
}

// An object is a JSON object whose members keep their order. We use the order
// in the client's documentation, which people know.
type object []member

type member struct {
	key   string
	value any // string, bool, int, []string or object
}

// withoutEmpty drops the members with empty values.
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

// literal returns a value as JSON, on one line. Strings, numbers and lists of
// them mean the same in TOML and YAML.
func literal(v any) string {
	if list, ok := v.([]string); ok { // with a space after the comma, as people write it
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
		panic(err) // can't happen: the values are ours
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// plain returns the object as a decoder for any of the formats would.
func (o object) plain() map[string]any {
	var v map[string]any
	if err := json.Unmarshal([]byte(literal(o)), &v); err != nil {
		panic(err) // can't happen: we encoded it ourselves
	}
	return v
}

// holds reports whether a decoded file already contains the entry, however it
// is written.
func holds(file map[string]any, section string, entry object) bool {
	servers, _ := file[section].(map[string]any)
	// Compare as JSON, because decoders use different types for numbers.
	got, err := json.Marshal(servers[Name])
	if err != nil {
		return false // it contains something that our entries never do
	}
	want, err := json.Marshal(entry.plain())
	return err == nil && bytes.Equal(got, want)
}

// untouched verifies an edited file: once decoded, it must equal the old one
// with the entry set. All edits work on the text, so this check is what makes
// them safe.
func untouched(before, after map[string]any, section string, entry object) error {
	if !holds(after, section, entry) {
		return errors.New("the entry would not read back as written")
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

// refuse explains why a file was left alone.
func refuse(err error) error {
	return fmt.Errorf("the file was left as it is: %w; add the entry by hand", err)
}

// newline returns the line ending that the file uses.
func newline(file []byte) string {
	if bytes.Contains(file, []byte("\r\n")) {
		return "\r\n"
	}
	return "\n"
}

// withNewline converts generated text to the file's line endings.
func withNewline(text, nl string) string { return strings.ReplaceAll(text, "\n", nl) }
