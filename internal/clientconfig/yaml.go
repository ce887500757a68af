package clientconfig

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	goyaml "go.yaml.in/yaml/v3"
)

var yaml format = yamlFormat{}

type yamlFormat struct{}

func (yamlFormat) merge(file []byte, section string, entry object, _ []object) ([]byte, error) {
	before, err := decodeYAML(file)
	if err != nil {
		return nil, refuse(err)
	}
	if holds(before, section, entry) {
		return file, nil
	}
	merged, err := yamlSet(file, section, entry)
	if err != nil {
		return nil, refuse(err)
	}
	after, err := decodeYAML(merged)
	if err != nil {
		return nil, refuse(fmt.Errorf("with the entry it would no longer be YAML: %w", err))
	}
	if err := untouched(before, after, section, entry); err != nil {
		return nil, refuse(err)
	}
	return merged, nil
}

func decodeYAML(file []byte) (map[string]any, error) {
	v := map[string]any{}
	if err := goyaml.Unmarshal(file, &v); err != nil {
		return nil, fmt.Errorf("it is not a YAML mapping: %w", err)
	}
	if v == nil { // the document is null
		v = map[string]any{}
	}
	return v, nil
}

// yamlSet edits lines, because a YAML encoder would reformat the whole file.
func yamlSet(file []byte, section string, entry object) ([]byte, error) {
	var document goyaml.Node
	if err := goyaml.Unmarshal(file, &document); err != nil {
		return nil, err
	}
	if strings.ContainsAny(strings.ReplaceAll(string(file), "\r\n", "\n"), "\r\u0085\u2028\u2029") {
		// YAML counts these as line breaks; the lines below don't.
		return nil, errors.New("it has line breaks other than LF and CRLF")
	}
	nl := newline(file)
	lines := strings.SplitAfter(string(file), "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	} else {
		lines[len(lines)-1] += nl
	}
	join := func() []byte { return []byte(strings.Join(lines, "")) }
	add := func(at int, text string) { lines = slices.Insert(lines, at, withNewline(text, nl)) }

	if len(document.Content) == 0 { // nothing but comments
		add(len(lines), section+":\n"+yamlEntry(entry, "  "))
		return join(), nil
	}
	root := document.Content[0]
	if root.Style&goyaml.FlowStyle != 0 {
		return nil, errors.New("it is written in braces")
	}
	key, servers := yamlLookup(root, section)
	switch {
	case key == nil:
		add(len(lines), section+":\n"+yamlEntry(entry, "  "))
		return join(), nil
	case len(servers.Content) == 0: // "extensions:" or "extensions: {}"
		line := lines[key.Line-1]
		comment := ""
		if servers.LineComment != "" {
			comment = " " + servers.LineComment
		}
		if key.LineComment != "" {
			comment = " " + key.LineComment
		}
		if servers.Line > key.Line {
			return nil, fmt.Errorf("its %s section is written in an unusual way", section)
		}
		lines[key.Line-1] = line[:strings.Index(line, ":")+1] + comment + nl
		add(key.Line, yamlEntry(entry, "  "))
		return join(), nil
	case servers.Kind != goyaml.MappingNode || servers.Style&goyaml.FlowStyle != 0:
		return nil, fmt.Errorf("its %s section is not a block mapping", section)
	}
	indent := strings.Repeat(" ", servers.Content[0].Column-1)
	old, _ := yamlLookup(servers, Name)
	if old == nil {
		first := servers.Content[0].Line - 1 // 0-based
		first -= strings.Count(servers.Content[0].HeadComment, "\n")
		if servers.Content[0].HeadComment != "" {
			first--
		}
		add(max(first, key.Line), yamlEntry(entry, indent))
		return join(), nil
	}
	start, end := old.Line-1, old.Line
	for end < len(lines) && deeper(lines[end], indent) {
		end++
	}
	for end > start+1 && strings.TrimSpace(lines[end-1]) == "" { // blank lines belong to what follows
		end--
	}
	lines = slices.Delete(lines, start, end)
	add(start, yamlEntry(entry, indent))
	return join(), nil
}

// deeper reports whether a line is blank or indented more deeply than indent.
func deeper(line, indent string) bool {
	return strings.TrimSpace(line) == "" || strings.HasPrefix(line, indent+" ")
}

func yamlLookup(mapping *goyaml.Node, name string) (key, value *goyaml.Node) {
	if mapping.Kind != goyaml.MappingNode {
		return nil, nil
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == name {
			return mapping.Content[i], mapping.Content[i+1]
		}
	}
	return nil, nil
}

// yamlEntry writes an entry as a block, indented.
func yamlEntry(entry object, indent string) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s%s:\n", indent, Name)
	for _, m := range entry {
		table, ok := m.value.(object)
		if !ok {
			fmt.Fprintf(&b, "%s  %s: %s\n", indent, m.key, literal(m.value))
			continue
		}
		fmt.Fprintf(&b, "%s  %s:\n", indent, m.key)
		for _, m := range table {
			fmt.Fprintf(&b, "%s    %s: %s\n", indent, m.key, literal(m.value))
		}
	}
	return b.String()
}
