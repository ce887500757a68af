package tools

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/segmentio/asm/ascii"
)

// invisible are characters that a model reads but a person doesn't see, or that
// reverse what a person sees: in a customer's name, they can hide instructions.
// Besides Unicode's format characters (bidirectional controls, zero-width
// characters, tags) and separators, these are variation selectors and fillers.
var invisible = []*unicode.RangeTable{unicode.Cf, unicode.Zl, unicode.Zp, unicode.Variation_Selector, {
	R16: []unicode.Range16{
		{0x0080, 0x009F, 1}, // controls; JSON itself escapes the lower ones
		{0x034F, 0x034F, 1}, // combining grapheme joiner
		{0x115F, 0x1160, 1}, // Hangul fillers
		{0x17B4, 0x17B5, 1}, // Khmer vowels that are not shown
		{0x2800, 0x2800, 1}, // Braille blank
		{0x3164, 0x3164, 1}, // Hangul filler
		{0xE000, 0xF8FF, 1}, // private use
		{0xFFA0, 0xFFA0, 1}, // Hangul filler
	},
	R32: []unicode.Range32{{0xE0000, 0xE0FFF, 1}, {0xF0000, 0x10FFFF, 1}}, // tags and their block; private use
}}

// showInvisible writes the invisible characters in JSON as escapes (\u202e). To
// a parser this means the same, and a model that reads it as text sees that
// they are there. It returns text itself if there are none.
func showInvisible(text string) string {
	if ascii.ValidString(text) { // by far the most common case, and the one that matters for speed
		return text
	}
	var shown strings.Builder
	kept := 0 // how much of text is in shown
	for i := 0; i < len(text); {
		if text[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		if unicode.In(r, invisible...) {
			shown.WriteString(text[kept:i])
			shown.WriteString(escape(r))
			kept = i + size
		}
		i += size
	}
	if kept == 0 {
		return text
	}
	shown.WriteString(text[kept:])
	return shown.String()
}

func escape(r rune) string {
	if high, low := utf16.EncodeRune(r); high != unicode.ReplacementChar {
		return fmt.Sprintf(`\u%04x\u%04x`, high, low)
	}
	return fmt.Sprintf(`\u%04x`, r)
}
