package clientconfig

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	gotoml "github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

var toml format = tomlFormat{}

type tomlFormat struct{}

func (tomlFormat) merge(file []byte, section string, entry object, _ []object) ([]byte, error) {
	before, err := decodeTOML(file)
	if err != nil {
		return nil, refuse(err)
	}
	if holds(before, section, entry) {
		return file, nil
	}
	tables, err := tomlTables(file, section, Name)
	if err != nil {
		return nil, refuse(err)
	}
	nl := newline(file)
	text := withNewline(tomlTable(section, entry), nl)
	var merged []byte
	if len(tables) == 0 {
		merged = bytes.TrimRight(file, " \t\r\n")
		if len(merged) > 0 {
			merged = append(bytes.Clone(merged), (nl + nl)...)
		}
		merged = append(merged, text...)
	} else {
		merged = bytes.Clone(file)
		for _, t := range slices.Backward(tables[1:]) {
			merged = slices.Delete(merged, t.start, t.end)
		}
		merged = slices.Replace(merged, tables[0].start, tables[0].end, []byte(text)...)
	}
	after, err := decodeTOML(merged)
	if err != nil {
		return nil, refuse(fmt.Errorf("with the entry it would no longer be TOML (does it contain %s.%s as an inline table?): %w", section, Name, err))
	}
	if err := untouched(before, after, section, entry); err != nil {
		return nil, refuse(err)
	}
	return merged, nil
}

func decodeTOML(file []byte) (map[string]any, error) {
	v := map[string]any{}
	if err := gotoml.Unmarshal(file, &v); err != nil {
		return nil, fmt.Errorf("it is not TOML: %w", err)
	}
	return v, nil
}

// tomlTable writes an entry as a table.
func tomlTable(section string, entry object) string {
	var b, nested strings.Builder
	fmt.Fprintf(&b, "[%s.%s]\n", section, Name)
	for _, m := range entry {
		table, ok := m.value.(object)
		if !ok {
			fmt.Fprintf(&b, "%s = %s\n", m.key, literal(m.value))
			continue
		}
		fmt.Fprintf(&nested, "\n[%s.%s.%s]\n", section, Name, m.key)
		for _, m := range table {
			fmt.Fprintf(&nested, "%s = %s\n", m.key, literal(m.value))
		}
	}
	return b.String() + nested.String()
}

type span struct{ start, end int }

// tomlTables finds the text of the table with the given name and of its
// subtables. Each span runs from the header to the end of the line with the
// last key. A subtable's span includes the blank lines before it.
func tomlTables(file []byte, name ...string) ([]span, error) {
	var tables []span
	ours := false
	var p unstable.Parser
	p.Reset(file)
	for p.NextExpression() {
		e := p.Expression()
		switch e.Kind {
		case unstable.Table, unstable.ArrayTable:
			var key []string
			start := -1
			for it := e.Key(); it.Next(); {
				part := it.Node()
				key = append(key, string(part.Data))
				if start < 0 {
					start = int(part.Raw.Offset)
				}
			}
			ours = len(key) >= len(name) && slices.Equal(key[:len(name)], name)
			if !ours {
				continue
			}
			table := span{lineStart(file, start), lineEnd(file, start)}
			if len(tables) > 0 {
				table.start = len(bytes.TrimRight(file[:table.start], " \t\r\n"))
				table.start = lineEnd(file, table.start)
			}
			tables = append(tables, table)
		case unstable.KeyValue:
			if ours {
				last := &tables[len(tables)-1]
				last.end = max(last.end, lineEnd(file, endOf(&p, e)))
			}
		}
	}
	if p.Error() != nil {
		return nil, p.Error()
	}
	return tables, nil
}

// endOf returns an offset on the last line of a key's value.
func endOf(p *unstable.Parser, n *unstable.Node) int {
	end := int(n.Raw.Offset + n.Raw.Length)
	for it := n.Children(); it.Next(); {
		end = max(end, endOf(p, it.Node()))
	}
	return end
}

func lineStart(file []byte, offset int) int {
	return bytes.LastIndexByte(file[:offset], '\n') + 1
}

// lineEnd returns the offset just after the line that contains the given one.
func lineEnd(file []byte, offset int) int {
	if i := bytes.IndexByte(file[offset:], '\n'); i >= 0 {
		return offset + i + 1
	}
	return len(file)
}
