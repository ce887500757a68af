package schemas

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// deepest is how far arguments may nest: several times what Stripe's do.
const deepest = 32

// ParseArguments reads an operation's arguments, a JSON object. Nothing at all,
// or null, is an empty one. Its error is an *Error.
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

// Parse reads JSON as maps, slices and json.Numbers. Unlike encoding/json it
// refuses a name given twice, of which one value would be silently dropped, and
// text that isn't UTF-8 or has half a character, which would be silently
// changed. at is the path of the value in the arguments, "" for all of them. Its
// error is an *Error.
func Parse(data []byte, at string) (any, error) {
	if !utf8.Valid(data) {
		return nil, invalid("", at, "The arguments are not valid JSON: they are not UTF-8 text.")
	}
	if half := loneSurrogate(data); half != "" {
		return nil, invalid("", at, "The arguments are not valid JSON: %s is half of a character. Write the character itself, or both of its halves.", half)
	}
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
		return nil, invalid("", at, "The arguments must be one JSON object; there is more text after it.")
	}
	return value, nil
}

// loneSurrogate gives the first escape in JSON that is one half of a surrogate
// pair without the other; "" if there is none. encoding/json reads it as U+FFFD.
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
			at += 10 // the last of the pair is skipped below
		}
		at += 2 // the escape, whatever it is of
		next := bytes.IndexByte(data[min(at, len(data)):], '\\')
		if next < 0 {
			return ""
		}
		at += next
	}
	return ""
}

// Canonical writes arguments in one way, whichever way a client wrote them: two
// that are equal here decode to the same. Its error is that of Decode.
func Canonical(arguments []byte) (json.RawMessage, error) {
	object, err := ParseArguments(arguments)
	if err != nil {
		return nil, err
	}
	return json.Marshal(object)
}

// leaveOutNulls takes a null for an argument that was left out, at any depth: a
// client in OpenAI's strict mode fills in all that its model left out. An object
// of nothing but nulls was left out, too. It reports whether that is so. Arrays
// keep their nulls, which stand for no argument.
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

// A parser knows where in the arguments it is. It says so in errors only: a
// path built for every value would cost more than the values.
type parser struct {
	*json.Decoder
	root string
	path []any // names and indices below root
}

func (p *parser) at() string {
	at := p.root
	for _, step := range p.path {
		switch step := step.(type) {
		case string:
			at = inside(at, shown(step))
		case int:
			at += fmt.Sprintf("[%d]", step)
		}
	}
	return at
}

// child reads the value at the next step.
func (p *parser) child(step any) (any, error) {
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
		return nil, invalid("", "", "The arguments are nested more than %d deep; no parameter is.", deepest)
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
		value, err := p.child(len(array))
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
		name := token.(string) // the decoder refuses any other
		if _, twice := object[name]; twice {
			path := inside(p.at(), shown(name))
			return nil, invalid("", path, "%s is given twice; give it once.", path)
		}
		if object[name], err = p.child(name); err != nil {
			return nil, err
		}
	}
	_, err := p.Token() // }
	return object, err
}

// number writes a whole number as its digits (1000.0 and 1e3 are 1000: JSON
// Schema calls all of them integers) and refuses one so long that computing
// with it would be the attack.
func (p *parser) number(n json.Number) (json.Number, error) {
	const longest = 40
	_, exponent, _ := strings.Cut(strings.ToLower(n.String()), "e")
	e, err := strconv.Atoi(strings.TrimPrefix(exponent, "+"))
	if exponent != "" && (err != nil || e < -longest || e > longest) || len(n) > longest {
		return "", invalid("", p.at(), "%s is too long a number: at most %d digits.", p.at(), longest)
	}
	if r, ok := new(big.Rat).SetString(n.String()); ok && r.IsInt() {
		return json.Number(r.Num().String()), nil
	}
	return n, nil
}
