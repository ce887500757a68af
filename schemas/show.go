package schemas

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// show gives a value as it was written, shortened, without secrets.
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
			return fmt.Sprintf("a text of %d characters", n)
		}
		return strconv.Quote(text)
	default:
		return fmt.Sprint(value)
	}
}

// shown gives a name that was made up by the caller as an error may repeat it.
func shown(name string) string {
	name = secrets.ReplaceAllString(name, "[secret]")
	if runes := []rune(name); len(runes) > 60 {
		name = string(runes[:60]) + "…"
	}
	if quoted := strconv.Quote(name); strings.ContainsRune(quoted, '\\') {
		return quoted // has line breaks and such
	}
	return name
}

// secrets are API keys, signing secrets and client secrets, should one be where
// it doesn't belong.
var secrets = regexp.MustCompile(`(sk|rk|pk|ek)_(live|test)_\w+|(\b|_)(sk|rk|pk|ek)_\w+|whsec_\w+|_secret_\w+`)
