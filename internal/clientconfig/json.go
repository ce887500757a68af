package clientconfig

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/tailscale/hujson"
)

// jsonc is JSON, with the comments and trailing commas that editors allow.
var jsonc format = jsonFormat{}

type jsonFormat struct{}

var byteOrderMark = []byte("\ufeff")

func (jsonFormat) merge(file []byte, section string, entry object, inputs []object) ([]byte, error) {
	text, mark := bytes.CutPrefix(file, byteOrderMark)
	if len(bytes.TrimSpace(text)) == 0 {
		text = []byte("{}\n")
	}
	before, err := decodeJSON(text)
	if err != nil {
		return nil, refuse(err)
	}
	edit := jsonEdit{text: text, nl: newline(text)}
	for _, input := range inputs {
		if err := edit.addInput(input); err != nil {
			return nil, refuse(err)
		}
	}
	if !holds(before, section, entry) {
		if err := edit.set(section, entry); err != nil {
			return nil, refuse(err)
		}
	}
	after, err := decodeJSON(edit.text)
	if err != nil {
		return nil, refuse(err)
	}
	if len(inputs) > 0 {
		before["inputs"] = after["inputs"] // addInput has already checked it
	}
	if err := untouched(before, after, section, entry); err != nil {
		return nil, refuse(err)
	}
	if mark {
		return append(bytes.Clone(byteOrderMark), edit.text...), nil
	}
	return edit.text, nil
}

func decodeJSON(text []byte) (map[string]any, error) {
	standard, err := hujson.Standardize(bytes.Clone(text))
	if err != nil {
		return nil, fmt.Errorf("it is not JSON: %s", strings.TrimPrefix(err.Error(), "hujson: "))
	}
	d := json.NewDecoder(bytes.NewReader(standard))
	d.UseNumber()
	var v map[string]any
	if err := d.Decode(&v); err != nil || v == nil {
		return nil, errors.New("it is not a JSON object")
	}
	return v, nil
}

// A jsonEdit changes the text of a JSON file and parses it again after every
// change. The files are small, and the offsets stay correct.
type jsonEdit struct {
	text []byte
	nl   string
}

func (e *jsonEdit) root() (*hujson.Value, *hujson.Object, error) {
	v, err := hujson.Parse(e.text)
	if err != nil {
		return nil, nil, err
	}
	o, ok := v.Value.(*hujson.Object)
	if !ok {
		return nil, nil, errors.New("it is not a JSON object")
	}
	return &v, o, nil
}

// set sets section.Name to entry.
func (e *jsonEdit) set(section string, entry object) error {
	root, o, err := e.root()
	if err != nil {
		return err
	}
	unit := e.indentOf(o, "")
	if unit == "" {
		unit = "  "
	}
	servers := lookup(o, section)
	if servers == nil || isNull(servers) {
		value := e.format(object{{Name, entry}}, unit, unit)
		if servers != nil {
			e.replace(servers.StartOffset, servers.EndOffset, value)
		} else {
			e.append(root, unit, literal(section)+": "+value)
		}
		return nil
	}
	list, ok := servers.Value.(*hujson.Object)
	if !ok {
		return fmt.Errorf("its %q is not an object", section)
	}
	indent := e.indentOf(list, unit+unit)
	if old := lookup(list, Name); old != nil {
		e.replace(old.StartOffset, old.EndOffset, e.format(entry, indent, unit))
		return nil
	}
	e.append(servers, indent, literal(Name)+": "+e.format(entry, indent, unit))
	return nil
}

// addInput adds a VS Code input, unless there is already one with that ID.
func (e *jsonEdit) addInput(input object) error {
	root, o, err := e.root()
	if err != nil {
		return err
	}
	unit := e.indentOf(o, "")
	if unit == "" {
		unit = "  "
	}
	inputs := lookup(o, "inputs")
	if inputs == nil {
		e.append(root, unit, `"inputs": [`+e.nl+unit+unit+e.format(input, unit+unit, unit)+e.nl+unit+"]")
		return nil
	}
	list, ok := inputs.Value.(*hujson.Array)
	if !ok {
		return errors.New(`its "inputs" is not a list`)
	}
	id := input.plain()["id"]
	for _, element := range list.Elements {
		if known, ok := element.Value.(*hujson.Object); ok {
			if v := lookup(known, "id"); v != nil && isString(v, id) {
				return nil
			}
		}
	}
	e.append(inputs, unit+unit, e.format(input, unit+unit, unit))
	return nil
}

// append adds a member at the end of an object, or an element at the end of a
// list. What is there stays, including comments.
func (e *jsonEdit) append(composite *hujson.Value, indent, text string) {
	end := composite.EndOffset - 1 // the closing bracket
	last, trailingComma := lastValue(composite)
	if last != nil && !trailingComma && !bytes.Contains(e.text[composite.StartOffset:end], []byte("\n")) {
		e.replace(last.EndOffset, last.EndOffset, ", "+onOneLine(text)) // like the rest
		return
	}
	interior := bytes.TrimRight(e.text[:end], " \t\r\n")
	insert := e.nl + indent + text
	switch {
	case last != nil && trailingComma:
		insert += ","
	case last != nil:
		e.replace(last.EndOffset, last.EndOffset, ",")
		end++
		interior = bytes.TrimRight(e.text[:end], " \t\r\n")
	}
	tail := string(e.text[len(interior):end])
	if !strings.Contains(tail, "\n") { // the bracket closes on the same line
		insert += e.nl + e.lineIndent(composite.StartOffset)
		e.replace(len(interior), end, insert)
		return
	}
	e.replace(len(interior), len(interior), insert)
}

// lastValue returns the last value in a composite, and whether a comma follows
// it.
func lastValue(composite *hujson.Value) (*hujson.Value, bool) {
	switch c := composite.Value.(type) {
	case *hujson.Object:
		if n := len(c.Members); n > 0 {
			return &c.Members[n-1].Value, c.Members[n-1].Value.AfterExtra != nil
		}
	case *hujson.Array:
		if n := len(c.Elements); n > 0 {
			return &c.Elements[n-1], c.Elements[n-1].AfterExtra != nil
		}
	}
	return nil, false
}

func (e *jsonEdit) replace(from, to int, text string) {
	e.text = append(bytes.Clone(e.text[:from]), append([]byte(text), e.text[to:]...)...)
}

// indentOf returns the indentation of the object's members, or the fallback if
// none is on a line of its own.
func (e *jsonEdit) indentOf(o *hujson.Object, fallback string) string {
	for _, m := range o.Members {
		line := e.text[bytes.LastIndexByte(e.text[:m.Name.StartOffset], '\n')+1 : m.Name.StartOffset]
		if m.Name.StartOffset > 0 && len(bytes.TrimLeft(line, " \t")) == 0 && len(line) > 0 {
			return string(line)
		}
	}
	return fallback
}

// lineIndent returns the indentation of the line at an offset.
func (e *jsonEdit) lineIndent(offset int) string {
	line := e.text[bytes.LastIndexByte(e.text[:offset], '\n')+1:]
	return string(line[:len(line)-len(bytes.TrimLeft(line, " \t"))])
}

func (e *jsonEdit) format(o object, prefix, unit string) string {
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(literal(o)), prefix, unit); err != nil {
		panic(err) // can't happen: we encoded it ourselves
	}
	return withNewline(b.String(), e.nl)
}

// onOneLine undoes format. That is safe because our strings contain no line
// breaks.
func onOneLine(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	one := strings.ReplaceAll(strings.Join(lines, "\n"), ",\n", ", ")
	return strings.ReplaceAll(one, "\n", "")
}

// lookup finds the last member with the given name, which is the one that
// counts.
func lookup(o *hujson.Object, name string) *hujson.Value {
	for i := len(o.Members) - 1; i >= 0; i-- {
		if isString(&o.Members[i].Name, name) {
			return &o.Members[i].Value
		}
	}
	return nil
}

func isString(v *hujson.Value, s any) bool {
	l, ok := v.Value.(hujson.Literal)
	return ok && l.Kind() == '"' && l.String() == s
}

func isNull(v *hujson.Value) bool {
	l, ok := v.Value.(hujson.Literal)
	return ok && l.Kind() == 'n'
}
