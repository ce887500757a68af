package splice

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math/bits"
	"slices"
	"unicode/utf8"
)

// Both functions write what encoding/json would, including its escapes for
// HTML: <, >, & and JavaScript's two line separators. Both look at eight bytes
// at a time for the next one that may need an escape.

const hex = "0123456789abcdef"

// appendQuoted appends s as a JSON string.
func appendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	at, to := 0, len(dst)
	for {
		dst = slices.Grow(dst[:to], len(s)-at+8)
		dst = dst[:cap(dst)]
		// With these conditions, the compiler needs no other bounds checks.
		for at >= 0 && at <= len(s)-8 && to >= 0 && to <= len(dst)-8 {
			b := word(s[at : at+8])
			binary.LittleEndian.PutUint64(dst[to:to+8:to+8], b)
			special := special(b)
			if special == 0 {
				at, to = at+8, to+8
				continue
			}
			n := bits.TrailingZeros64(special) / 8
			at, to = at+n, to+n
			// What is quoted is JSON, so what needs an escape is mostly quotes.
			if s[at] != '"' || to > len(dst)-2 {
				break
			}
			dst[to], dst[to+1] = '\\', '"'
			at, to = at+1, to+2
		}
		if at == len(s) {
			return append(dst[:to], '"')
		}
		var n int
		dst, n = appendEscaped(dst[:to], s[at:])
		at, to = at+n, len(dst)
	}
}

// appendEscaped appends the first character of s and returns how many bytes
// that takes in s.
func appendEscaped(dst []byte, s string) ([]byte, int) {
	switch c := s[0]; {
	case c == '"' || c == '\\':
		return append(dst, '\\', c), 1
	case c == '\b':
		return append(dst, `\b`...), 1
	case c == '\f':
		return append(dst, `\f`...), 1
	case c == '\n':
		return append(dst, `\n`...), 1
	case c == '\r':
		return append(dst, `\r`...), 1
	case c == '\t':
		return append(dst, `\t`...), 1
	case c < ' ' || c == '<' || c == '>' || c == '&':
		return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15]), 1
	case c < utf8.RuneSelf:
		return append(dst, c), 1
	}
	r, size := utf8.DecodeRuneInString(s)
	switch {
	case r == utf8.RuneError && size == 1:
		return append(dst, `\ufffd`...), size
	case r == '\u2028' || r == '\u2029':
		return append(dst, '\\', 'u', '2', '0', '2', hex[r&15]), size
	}
	return append(dst, s[:size]...), size
}

// appendJSON appends src, which must be valid JSON without white space.
func appendJSON(dst, src []byte) []byte {
	start := 0 // of what was not appended yet
	begin := len(dst)
	for i := 0; i < len(src); i++ {
		i += ordinary(src[i:])
		switch c := src[i]; {
		case c < ' ':
			// This can only be white space between tokens, where a line break
			// would end a message over stdio. No caller sends any so far.
			var compact bytes.Buffer
			if json.Compact(&compact, src) == nil {
				return appendJSON(dst[:begin], compact.Bytes())
			}
		case c == '<' || c == '>' || c == '&':
			dst = append(append(dst, src[start:i]...), '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			start = i + 1
		case c == 0xe2 && i+2 < len(src) && src[i+1] == 0x80 && src[i+2]&^1 == 0xa8:
			dst = append(append(dst, src[start:i]...), '\\', 'u', '2', '0', '2', hex[src[i+2]&15])
			i += 2
			start = i + 1
		}
	}
	return append(dst, src[start:]...)
}

// ordinary returns how many bytes at the beginning of src surely need no escape,
// at most all but the last.
func ordinary(src []byte) int {
	i := 0
	for i < len(src)-8 {
		if unusual := unusual(binary.LittleEndian.Uint64(src[i : i+8 : i+8])); unusual != 0 {
			return i + bits.TrailingZeros64(unusual)/8
		}
		i += 8
	}
	return i
}

// word returns eight bytes of a string, as encoding/binary does of a slice. The
// compiler makes it a single load.
func word(s string) uint64 {
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// special and unusual compare eight bytes at once, as described at
// https://graphics.stanford.edu/~seander/bithacks.html#HasLessInWord. Setting or
// flipping a bit first lets one comparison find several characters.
const ones, highs = 0x0101010101010101, 0x8080808080808080

// special sets a bit for the first of eight bytes that may need an escape in a
// JSON string. Bits above that one may be wrong.
func special(b uint64) uint64 {
	controlQuoteAmp := (b | ones*0x04) ^ ones*0x06 - ones*0x21 // " and & become a space
	backslashAngle := (b | ones*0x62) ^ ones*0x7e - ones       // \, < and > become 0, and so do the rare ^, | and ~
	return (controlQuoteAmp | backslashAngle | b) & highs
}

// unusual sets a bit for the first of eight bytes that may need an escape in
// valid JSON. Bits above that one may be wrong.
func unusual(b uint64) uint64 {
	controlAmp := b ^ ones*0x06 - ones*0x21    // & becomes a space
	angle := (b | ones*0x02) ^ ones*'>' - ones // < and > become 0
	e2 := b ^ ones*0xe2                        // begins U+2028 and U+2029
	// Where b is ASCII, the highest bit of e2 is set, and otherwise that of b.
	return ((controlAmp|angle)&e2 | (e2-ones)&b) & highs
}
