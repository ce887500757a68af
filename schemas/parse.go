package schemas

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/compact"
)

// deepest is how deeply arguments may nest, several times as deep as any of
// Stripe's.
const deepest = 32

// ParseArguments reads an operation's arguments, which are a JSON object. Empty
// input or null counts as an empty object. Its error is an *Error.
func ParseArguments(data []byte) (map[string]any, error) {
	if trimmed := bytes.TrimSpace(data); len(trimmed) == 0 || string(trimmed) == "null" {
		return map[string]any{}, nil
	}
	value, err := Parse(data, "")
	if err != nil {
		return nil, err
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, invalid("", "", "The arguments must be a JSON object; got %s.", show(value))
	}
	leaveOutNulls(object)
	return object, nil
}

// Parse reads JSON into maps, slices and json.Numbers. Unlike encoding/json, it
// refuses duplicate names, of which one would be silently dropped, and text
// that isn't UTF-8 or contains half of a character, which would be silently
// changed. at is the path of the value within the arguments, "" for all of
// them. Its error is an *Error.
func Parse(data []byte, at string) (any, error) {
	if !utf8.Valid(data) {
		return nil, invalid("", at, "The arguments are not valid JSON: they are not UTF-8 text.")
	}
	if half := loneSurrogate(data); half != "" {
		return nil, invalid("", at, "The arguments are not valid JSON: %s is only half of a character. Write the character itself, or both halves.", half)
	}
	if object, ok := compact.Object(nil, data, deepest); ok {
		if value, ok := faultless(object); ok {
			return value, nil
		}
	}
	return parse(data, at)
}

// parse is the part of Parse that can say what is wrong, and where.
func parse(data []byte, at string) (any, error) {
	p := parser{Decoder: json.NewDecoder(bytes.NewReader(data)), root: at}
	p.UseNumber()
	value, err := p.value()
	if err != nil {
		var refused *Error
		if errors.As(err, &refused) {
			return nil, refused
		}
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, invalid("", at, "The arguments are not valid JSON: %v.", err)
	}
	if _, err := p.Token(); !errors.Is(err, io.EOF) {
		return nil, invalid("", at, "The arguments must be a single JSON object, but more text follows it.")
	}
	return value, nil
}

// faultless returns the value of compact JSON in a third of parse's time. It
// reports false if there is something for parse to refuse or to rewrite: a
// duplicate name, or a number that isn't just digits.
func faultless(compacted []byte) (any, bool) {
	switch compacted[0] {
	case '{':
		object := map[string]any{}
		for name, member := range compact.ByName(compacted) {
			value, ok := faultless(member)
			if _, twice := object[name]; twice || !ok {
				return nil, false
			}
			object[name] = value
		}
		return object, true
	case '[':
		array := []any{}
		for element := range compact.Elements(compacted) {
			value, ok := faultless(element)
			if !ok {
				return nil, false
			}
			array = append(array, value)
		}
		return array, true
	case '"':
		return compact.Text(compacted), true
	case 't', 'f':
		return compacted[0] == 't', true
	case 'n':
		return nil, true
	}
	n := json.Number(compacted)
	_, err := n.Int64()
	return n, err == nil && n[0] != '-'
}

// loneSurrogate returns the first JSON escape that is one half of a surrogate
// pair without the other, or "" if there is none. encoding/json reads such a
// half as U+FFFD.
func loneSurrogate(data []byte) string {
	half := func(at int) (rune, bool) {
		if len(data) < at+6 || data[at] != '\\' || data[at+1] != 'u' {
			return 0, false
		}
		n, err := strconv.ParseUint(string(data[at+2:at+6]), 16, 16)
		return rune(n), err == nil && utf16.IsSurrogate(rune(n))
	}
	for at := bytes.IndexByte(data, '\\'); at >= 0 && at < len(data); {
		if first, ok := half(at); ok {
			second, _ := half(at + 6)
			if utf16.DecodeRune(first, second) == utf8.RuneError {
				return string(data[at : at+6])
			}
			at += 10 // the loop skips the last byte of the pair
		}
		at += 2 // any other escape
		next := bytes.IndexByte(data[min(at, len(data)):], '\\')
		if next < 0 {
			return ""
		}
		at += next
	}
	return ""
}

// Canonical rewrites arguments in one form, however the client wrote them:
// arguments with the same canonical form decode to the same input. Its error is
// that of Decode.
func Canonical(arguments []byte) (json.RawMessage, error) {
	object, err := ParseArguments(arguments)
	if err != nil {
		return nil, err
	}
	return json.Marshal(object)
}

// leaveOutNulls treats a null as an argument that was left out, at any depth,
// because a client in OpenAI's strict mode sends null for whatever its model
// left out. An object that contains only nulls was left out, too; leaveOutNulls
// reports whether value is one. Arrays keep their nulls, which don't stand for
// arguments.
func leaveOutNulls(value any) bool {
	switch value := value.(type) {
	case nil:
		return true
	case []any:
		for _, v := range value {
			leaveOutNulls(v)
		}
	case map[string]any:
		given := len(value)
		for name, v := range value {
			if leaveOutNulls(v) {
				delete(value, name)
			}
		}
		return given > 0 && len(value) == 0
	}
	return false
}

// A parser tracks where in the arguments it is, for its errors.
type parser struct {
	*json.Decoder
	root string
	path steps
}

func (p *parser) at() string { return p.path.below(p.root) }

// child reads the value at the next step.
func (p *parser) child(step step) (any, error) {
	p.path = append(p.path, step)
	value, err := p.value()
	p.path = p.path[:len(p.path)-1]
	return value, err
}

func (p *parser) value() (any, error) {
	token, err := p.Token()
	if err != nil {
		return nil, err
	}
	if len(p.path) > deepest {
		return nil, invalid("", "", "The arguments are nested more than %d levels deep, which no parameter needs.", deepest)
	}
	switch token := token.(type) {
	case json.Delim:
		if token == '[' {
			return p.array()
		}
		return p.object()
	case json.Number:
		return p.number(token)
	default:
		return token, nil
	}
}

func (p *parser) array() ([]any, error) {
	array := []any{}
	for p.More() {
		value, err := p.child(step{index: len(array)})
		if err != nil {
			return nil, err
		}
		array = append(array, value)
	}
	_, err := p.Token() // ]
	return array, err
}

func (p *parser) object() (map[string]any, error) {
	object := map[string]any{}
	for p.More() {
		token, err := p.Token()
		if err != nil {
			return nil, err
		}
		name := token.(string) // the decoder refuses anything else
		if _, twice := object[name]; twice {
			path := inside(p.at(), shown(name))
			return nil, invalid("", path, "%s is given twice; give it once.", path)
		}
		if object[name], err = p.child(step{name, -1}); err != nil {
			return nil, err
		}
	}
	_, err := p.Token() // }
	return object, err
}

// number writes a whole number as its digits (1000.0 and 1e3 become 1000,
// because JSON Schema calls all of them integers). It refuses a number so long
// that computing with it would be an attack in itself.
func (p *parser) number(n json.Number) (json.Number, error) {
	if _, err := n.Int64(); err == nil && n[0] != '-' {
		return n, nil // has only digits
	}
	const longest = 40
	_, exponent, _ := strings.Cut(strings.ToLower(n.String()), "e")
	e, err := strconv.Atoi(strings.TrimPrefix(exponent, "+"))
	if exponent != "" && (err != nil || e < -longest || e > longest) || len(n) > longest {
		return "", invalid("", p.at(), "%s is too long: a number can have at most %d digits.", p.at(), longest)
	}
	if r, ok := new(big.Rat).SetString(n.String()); ok && r.IsInt() {
		return json.Number(r.Num().String()), nil
	}
	return n, nil
}
