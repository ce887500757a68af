// Package compact validates a JSON object and removes its white space in a
// single pass. The result is the same as encoding/json's, about ten times as
// fast.
package compact

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf8"
)

// Object appends src to dst without its white space. It reports false if src is
// not a single JSON object in UTF-8 or nests deeper than deepest; dst then
// holds nothing useful. The two must not share memory, not even dst's unused
// capacity, where Object may write more than it returns.
func Object(dst, src []byte, deepest int) ([]byte, bool) {
	to := len(dst)
	dst = slices.Grow(dst, len(src))
	s := scanner{src: src, dst: dst[:cap(dst)]}
	at, c := s.next(0)
	if c != '{' {
		return dst, false
	}
	at, to = s.value(at, to, deepest)
	if at == invalid {
		return dst, false
	}
	at, _ = s.next(at)
	return s.dst[:to], at == len(src)
}

// A scanner's methods take positions in src (at) and in dst (to), and return
// those after what they have read and written. The struct doesn't keep them,
// because they are faster in registers.
type scanner struct {
	src []byte
	dst []byte // with room for all of src
}

// invalid is the position in src that a method returns if it finds no valid JSON.
const invalid = -1

// next skips white space and returns the position of the byte after it, and
// that byte, or 0 at the end.
func (s *scanner) next(at int) (int, byte) {
	src := s.src
	for at < len(src) {
		c := src[at]
		if c > ' ' {
			return at, c
		}
		switch c {
		case '\n':
			at++
			// Stripe indents its answers, so look at eight spaces at a time.
			for at >= 0 && at <= len(src)-8 {
				others := binary.LittleEndian.Uint64(src[at:at+8:at+8]) ^ ones*' '
				if others != 0 {
					at += bits.TrailingZeros64(others) / 8
					break
				}
				at += 8
			}
		case ' ', '\r', '\t':
			at++
		default:
			return at, c
		}
	}
	return at, 0
}

// put appends c, a byte that next returned.
func (s *scanner) put(c byte, at, to int) (int, int) {
	s.dst[to] = c
	return at + 1, to + 1
}

// copy appends the next n bytes; 0 bytes are invalid.
func (s *scanner) copy(n, at, to int) (int, int) {
	if n == 0 {
		return invalid, to
	}
	return at + n, to + copy(s.dst[to:], s.src[at:at+n])
}

func (s *scanner) value(at, to, deepest int) (int, int) {
	at, c := s.next(at)
	switch c {
	case '"':
		return s.string(at, to)
	case '{':
		return s.object(at, to, deepest-1)
	case '[':
		return s.array(at, to, deepest-1)
	case 't':
		return s.copy(literal(s.src[at:], "true"), at, to)
	case 'f':
		return s.copy(literal(s.src[at:], "false"), at, to)
	case 'n':
		return s.copy(literal(s.src[at:], "null"), at, to)
	default:
		return s.copy(number(s.src[at:]), at, to)
	}
}

func (s *scanner) object(at, to, deepest int) (int, int) {
	if deepest < 0 {
		return invalid, to
	}
	at, to = s.put('{', at, to)
	at, c := s.next(at)
	if c == '}' {
		return s.put(c, at, to)
	}
	for {
		if c != '"' {
			return invalid, to
		}
		if at, to = s.string(at, to); at == invalid {
			return invalid, to
		}
		if at, c = s.next(at); c != ':' {
			return invalid, to
		}
		at, to = s.put(c, at, to)
		if at, to = s.value(at, to, deepest); at == invalid {
			return invalid, to
		}
		if at, c = s.next(at); c != ',' {
			break
		}
		at, to = s.put(c, at, to)
		at, c = s.next(at)
	}
	if c != '}' {
		return invalid, to
	}
	return s.put(c, at, to)
}

func (s *scanner) array(at, to, deepest int) (int, int) {
	if deepest < 0 {
		return invalid, to
	}
	at, to = s.put('[', at, to)
	at, c := s.next(at)
	if c == ']' {
		return s.put(c, at, to)
	}
	for {
		if at, to = s.value(at, to, deepest); at == invalid {
			return invalid, to
		}
		at, c = s.next(at)
		if c == ']' {
			return s.put(c, at, to)
		}
		if c != ',' {
			return invalid, to
		}
		at, to = s.put(c, at, to)
	}
}

// string reads a string whose opening quote next has found.
func (s *scanner) string(at, to int) (int, int) {
	src, dst := s.src, s.dst
	at, to = s.put('"', at, to)
	for {
		// Copy eight bytes at a time as long as none of them is special. With
		// these conditions, the compiler needs no other bounds checks.
		for at >= 0 && at <= len(src)-8 && to >= 0 && to <= len(dst)-8 {
			b := binary.LittleEndian.Uint64(src[at : at+8 : at+8])
			binary.LittleEndian.PutUint64(dst[to:to+8:to+8], b)
			if special := special(b); special != 0 {
				n := bits.TrailingZeros64(special) / 8
				at, to = at+n, to+n
				break
			}
			at, to = at+8, to+8
		}
		if at >= len(src) {
			return invalid, to
		}
		n := 1
		switch c := src[at]; {
		case c == '"':
			return s.put(c, at, to)
		case c == '\\':
			n += escape(src[at+1:])
			if n == 1 {
				return invalid, to
			}
		case c < ' ':
			return invalid, to
		case c >= utf8.RuneSelf:
			var r rune
			if r, n = utf8.DecodeRune(src[at:]); r == utf8.RuneError && n == 1 {
				return invalid, to
			}
		}
		at, to = s.copy(n, at, to)
	}
}

const ones, highs = 0x0101010101010101, 0x8080808080808080

// special sets a bit for the first of eight bytes that is a quote, a backslash,
// a control character or not ASCII. Bits above that one may be wrong.
// https://graphics.stanford.edu/~seander/bithacks.html#HasLessInWord
func special(b uint64) uint64 {
	// Flipping this bit makes a quote a space, and no other character from the
	// space on less than an exclamation mark.
	quoteOrControl := b ^ ones*2 - ones*'!'
	backslash := b ^ ones*'\\' - ones
	return (quoteOrControl | backslash | b) & highs
}

// escape returns the length of a valid escape, without its backslash, at the
// beginning of after; 0 if there is none.
func escape(after []byte) int {
	if len(after) == 0 {
		return 0
	}
	switch after[0] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 1
	case 'u':
		if len(after) < 5 {
			return 0
		}
		for _, c := range after[1:5] {
			if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F') {
				return 0
			}
		}
		return 5
	}
	return 0
}

// literal returns the length of text if b begins with it, or else 0.
func literal(b []byte, text string) int {
	if len(b) < len(text) || string(b[:len(text)]) != text {
		return 0
	}
	return len(text)
}

// number returns the length of the number at the beginning of b, as
// https://www.rfc-editor.org/rfc/rfc8259#section-6 defines it; 0 if there is none.
func number(b []byte) int {
	n := 0
	peek := func() byte {
		if n < len(b) {
			return b[n]
		}
		return 0
	}
	digits := func() bool {
		from := n
		for c := peek(); '0' <= c && c <= '9'; c = peek() {
			n++
		}
		return n > from
	}
	if peek() == '-' {
		n++
	}
	if peek() == '0' {
		n++
	} else if !digits() {
		return 0
	}
	if peek() == '.' {
		n++
		if !digits() {
			return 0
		}
	}
	if c := peek(); c == 'e' || c == 'E' {
		n++
		if c := peek(); c == '+' || c == '-' {
			n++
		}
		if !digits() {
			return 0
		}
	}
	return n
}
