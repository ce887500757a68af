package compact

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"iter"
	"math/bits"
)

// Members yields each member of an object that [Object] returned: its name,
// still quoted, and its value.
func Members(object []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		for rest := object[1:]; rest[0] != '}'; {
			n := Length(rest)
			name, value := rest[:n], rest[n+1:]
			n = Length(value)
			if !yield(name, value[:n]) {
				return
			}
			if rest = value[n:]; rest[0] == ',' {
				rest = rest[1:]
			}
		}
	}
}

// ByName is [Members] with the names unquoted.
func ByName(object []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		for quoted, value := range Members(object) {
			if !yield(Text(quoted), value) {
				return
			}
		}
	}
}

// Text returns the text of a JSON string. Most have no escapes, so they needn't
// be scanned again.
func Text(quoted []byte) string {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1 : len(quoted)-1])
	}
	var s string
	_ = json.Unmarshal(quoted, &s) // it is valid
	return s
}

// Elements yields the elements of an array inside an object that [Object]
// returned.
func Elements(array []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for rest := array[1:]; rest[0] != ']'; {
			n := Length(rest)
			if !yield(rest[:n]) {
				return
			}
			if rest = rest[n:]; rest[0] == ',' {
				rest = rest[1:]
			}
		}
	}
}

// Length returns the length of the value at the beginning of b, which is what an
// object that [Object] returned has from that value on.
func Length(b []byte) int {
	switch b[0] {
	case '"':
		return stringLength(b)
	case '{', '[':
		for i, depth := 0, 0; ; {
			switch b[i] {
			case '"':
				i += stringLength(b[i:])
				continue
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
			i++
		}
	default:
		for i := 1; ; i++ {
			if c := b[i]; c == ',' || c == '}' || c == ']' {
				return i
			}
		}
	}
}

func stringLength(b []byte) int {
	for i := 1; ; {
		for i <= len(b)-8 {
			special := special(binary.LittleEndian.Uint64(b[i : i+8 : i+8]))
			if special != 0 {
				i += bits.TrailingZeros64(special) / 8
				break
			}
			i += 8
		}
		switch b[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
		i++
	}
}
