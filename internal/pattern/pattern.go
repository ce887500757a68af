// Package pattern is for regular expressions that most runs of the program never
// need: each takes 10 to 200 KB and up to a millisecond to compile.
package pattern

import (
	"regexp"
	"sync"
)

// Lazy returns what compiles an expression when it is first called.
func Lazy(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
