package compact

import (
	"bytes"
	"iter"
)

// Members yields each member of an object that [Object] returned: its name,
// still quoted, and its value.
func Members(object []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		for rest := object[1:]; rest[0] != '}'; {
			n := length(rest)
			name, value := rest[:n], rest[n+1:]
			n = length(value)
			if !yield(name, value[:n]) {
				return
			}
			if rest = value[n:]; rest[0] == ',' {
				rest = rest[1:]
			}
		}
	}
}

// Elements yields the elements of an array inside an object that [Object]
// returned.
func Elements(array []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for rest := array[1:]; rest[0] != ']'; {
			n := length(rest)
			if !yield(rest[:n]) {
				return
			}
			if rest = rest[n:]; rest[0] == ',' {
				rest = rest[1:]
			}
		}
	}
}

// length returns the length of the value at the beginning of b.
func length(b []byte) int {
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
		return bytes.IndexAny(b, ",}]")
	}
}

func stringLength(b []byte) int {
	for i := 1; ; i++ {
		switch b[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
	}
}
