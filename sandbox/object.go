package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// object is a JSON object in an answer. It is written in Stripe's order: id and
// object first, then the other keys alphabetically.
type object map[string]any

// listObject returns a page of a list.
func listObject(url string, data []any, more bool) object {
	return object{"object": "list", "data": data, "has_more": more, "url": url}
}

// metadataObject returns metadata for an answer, where it is never null.
func metadataObject(metadata values) object {
	o := make(object, len(metadata))
	maps.Copy(o, metadata)
	return o
}

// encode writes an answer's body: indented by two, as Stripe does.
func encode(body object) []byte {
	var b bytes.Buffer
	writeValue(&b, body, "\n")
	b.WriteByte('\n')
	return b.Bytes()
}

// writeValue writes JSON; newline is a line break and the indentation of the
// value's own line.
func writeValue(b *bytes.Buffer, value any, newline string) {
	deeper := newline + "  "
	switch v := value.(type) {
	case object:
		if len(v) == 0 {
			b.WriteString("{}")
			return
		}
		b.WriteByte('{')
		for i, key := range orderedKeys(v) {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(deeper)
			writeString(b, key)
			b.WriteString(": ")
			writeValue(b, v[key], deeper)
		}
		b.WriteString(newline)
		b.WriteByte('}')
	case values:
		writeValue(b, object(v), newline)
	case []any:
		if len(v) == 0 {
			b.WriteString("[]")
			return
		}
		b.WriteByte('[')
		for i, item := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(deeper)
			writeValue(b, item, deeper)
		}
		b.WriteString(newline)
		b.WriteByte(']')
	case nil:
		b.WriteString("null")
	case bool:
		b.WriteString(strconv.FormatBool(v))
	case int:
		b.WriteString(strconv.Itoa(v))
	case int64:
		b.WriteString(strconv.FormatInt(v, 10))
	case json.Number:
		b.WriteString(string(v))
	case string:
		writeString(b, v)
	default:
		panic(fmt.Sprintf("sandbox: an answer with a %T", value))
	}
}

func writeString(b *bytes.Buffer, s string) {
	encoder := json.NewEncoder(b)
	encoder.SetEscapeHTML(false) // Stripe does not: URLs keep their &
	_ = encoder.Encode(s)        // a string always encodes
	b.Truncate(b.Len() - 1)      // the line break that Encode adds
}

func orderedKeys(o object) []string {
	rank := func(key string) int {
		switch key {
		case "id":
			return 0
		case "object":
			return 1
		}
		return 2
	}
	keys := slices.Collect(maps.Keys(o))
	slices.SortFunc(keys, func(a, b string) int {
		if d := rank(a) - rank(b); d != 0 {
			return d
		}
		if a < b {
			return -1
		}
		return 1
	})
	return keys
}
