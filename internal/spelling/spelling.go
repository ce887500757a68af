// Package spelling guesses which name a misspelled one was meant to be.
package spelling

import (
	"strings"

	"github.com/agnivade/levenshtein"
)

// Nearest returns the known name that is most similar to name, ignoring case,
// or "" if none differs in at most a third of its letters.
func Nearest(name string, known []string) string {
	best, distance := "", 1+max(1, (len(name)+1)/3)
	for _, k := range known {
		if d := levenshtein.ComputeDistance(strings.ToLower(name), strings.ToLower(k)); d < distance {
			best, distance = k, d
		}
	}
	return best
}
