package schemas

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// show returns a value as it was written, but shortened and without secrets.
func show(value any) string {
	switch value := value.(type) {
	case nil:
		return "null"
	case map[string]any:
		return "an object"
	case []any:
		return "an array"
	case string:
		text := secrets.ReplaceAllString(value, "[secret]")
		if n := utf8.RuneCountInString(text); n > 80 {
			return fmt.Sprintf("a string of %d characters", n)
		}
		return strconv.Quote(text)
	default:
		return fmt.Sprint(value)
	}
}

// shown returns a name that the caller made up in a form that is safe to repeat
// in an error.
func shown(name string) string {
	name = secrets.ReplaceAllString(name, "[secret]")
	if runes := []rune(name); len(runes) > 60 {
		name = string(runes[:60]) + "…"
	}
	if quoted := strconv.Quote(name); strings.ContainsRune(quoted, '\\') {
		return quoted // contains line breaks and the like
	}
	return name
}

// secrets matches API keys, signing secrets and client secrets that someone put
// where they don't belong.
var secrets = regexp.MustCompile(`(sk|rk|pk|ek)_(live|test)_\w+|(\b|_)(sk|rk|pk|ek)_\w+|whsec_\w+|_secret_\w+`)
