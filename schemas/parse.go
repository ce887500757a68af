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
)

// parseArguments reads a JSON object as maps, slices and json.Numbers. Unlike
// encoding/json it refuses a name given twice, of which one value would be
// silently dropped. Nothing at all, or null, is an empty object.
func parseArguments(data []byte) (map[string]any, error) {
	if trimmed := bytes.TrimSpace(data); len(trimmed) == 0 || string(trimmed) == "null" {
		return map[string]any{}, nil
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	value, err := parseValue(dec, "")
	if err != nil {
		var refused *Error
		if errors.As(err, &refused) {
			return nil, refused
		}
		return nil, invalid("", "", "The arguments are not valid JSON: %v.", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, invalid("", "", "The arguments must be one JSON object; there is more text after it.")
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, invalid("", "", "The arguments must be a JSON object; got %s.", show(value))
	}
	return object, nil
}

func parseValue(dec *json.Decoder, at string) (any, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case json.Delim:
		if token == '[' {
			return parseArray(dec, at)
		}
		return parseObject(dec, at)
	case json.Number:
		return normal(token, at)
	default:
		return token, nil
	}
}

func parseArray(dec *json.Decoder, at string) ([]any, error) {
	array := []any{}
	for dec.More() {
		value, err := parseValue(dec, fmt.Sprintf("%s[%d]", at, len(array)))
		if err != nil {
			return nil, err
		}
		array = append(array, value)
	}
	_, err := dec.Token() // ]
	return array, err
}

func parseObject(dec *json.Decoder, at string) (map[string]any, error) {
	object := map[string]any{}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, err
		}
		key := name.(string) // the decoder refuses any other
		path := join(at, key)
		if _, twice := object[key]; twice {
			return nil, invalid("", path, "%s is given twice; give it once.", path)
		}
		if object[key], err = parseValue(dec, path); err != nil {
			return nil, err
		}
	}
	_, err := dec.Token() // }
	return object, err
}

// normal writes a whole number as its digits (1000.0 and 1e3 are 1000: JSON
// Schema calls all of them integers) and refuses one so long that computing
// with it would be the attack.
func normal(n json.Number, at string) (json.Number, error) {
	const longest = 40
	_, exponent, _ := strings.Cut(strings.ToLower(n.String()), "e")
	e, err := strconv.Atoi(strings.TrimPrefix(exponent, "+"))
	if exponent != "" && (err != nil || e < -longest || e > longest) || len(n) > longest {
		return "", invalid("", at, "%s is too long a number: at most %d digits.", at, longest)
	}
	if r, ok := new(big.Rat).SetString(n.String()); ok && r.IsInt() {
		return json.Number(r.Num().String()), nil
	}
	return n, nil
}
