package sandbox

import (
	"strings"
	"sync"
)

// countryNames are the English names of countries by code. The list is a file
// because a library of names would add two megabytes to the program; a test
// generates it with that library.
var countryNames = sync.OnceValue(func() map[string]string {
	text, _ := pageFiles.ReadFile("page/countries.txt") // embedded
	names := map[string]string{}
	for line := range strings.Lines(string(text)) {
		code, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		names[code] = name
	}
	return names
})

func countryName(code string) string {
	if name, ok := countryNames()[code]; ok {
		return name
	}
	return code
}
