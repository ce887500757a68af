package splice

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

const hex = "0123456789abcdef"

// Both functions write what encoding/json would, including its escapes for
// HTML: <, >, & and JavaScript's two line separators.

// plain marks the bytes that need no escape in a JSON string.
var plain = func() (plain [256]bool) {
	for c := byte(' '); c < utf8.RuneSelf; c++ {
		plain[c] = true
	}
	for _, c := range `"\<>&` {
		plain[c] = false
	}
	return plain
}()

// appendQuoted appends s as a JSON string.
func appendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case plain[c]:
			dst = append(dst, c)
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\b':
			dst = append(dst, `\b`...)
		case c == '\f':
			dst = append(dst, `\f`...)
		case c == '\n':
			dst = append(dst, `\n`...)
		case c == '\r':
			dst = append(dst, `\r`...)
		case c == '\t':
			dst = append(dst, `\t`...)
		case c < utf8.RuneSelf:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			r, size := utf8.DecodeRuneInString(s[i:])
			switch {
			case r == utf8.RuneError && size == 1:
				dst = append(dst, `\ufffd`...)
			case r == '\u2028' || r == '\u2029':
				dst = append(dst, '\\', 'u', '2', '0', '2', hex[r&15])
			default:
				dst = append(dst, s[i:i+size]...)
			}
			i += size - 1
		}
	}
	return append(dst, '"')
}

// same marks the bytes that appendJSON copies unchanged.
var same = func() (same [256]bool) {
	for c := ' '; c < 256; c++ {
		same[c] = true
	}
	same['<'], same['>'], same['&'] = false, false, false
	same[0xe2] = false // begins U+2028 and U+2029
	return same
}()

// appendJSON appends src, which must be valid JSON without white space.
func appendJSON(dst, src []byte) []byte {
	start := 0 // of what was not appended yet
	begin := len(dst)
	for i := 0; i < len(src); i++ {
		c := src[i]
		if same[c] {
			continue
		}
		switch {
		case c < ' ':
			// This can only be white space between tokens, where a line break
			// would end a message over stdio. No caller sends any so far.
			var compact bytes.Buffer
			if json.Compact(&compact, src) == nil {
				return appendJSON(dst[:begin], compact.Bytes())
			}
		case c != 0xe2:
			dst = append(append(dst, src[start:i]...), '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			start = i + 1
		case i+2 < len(src) && src[i+1] == 0x80 && src[i+2]&^1 == 0xa8:
			dst = append(append(dst, src[start:i]...), '\\', 'u', '2', '0', '2', hex[src[i+2]&15])
			i += 2
			start = i + 1
		}
	}
	return append(dst, src[start:]...)
}
