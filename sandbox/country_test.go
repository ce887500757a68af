package sandbox

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/parameters"
)

// renamed are countries for which the library still has an old name.
var renamed = map[string]string{"MK": "North Macedonia", "SZ": "Eswatini", "TR": "Türkiye"}

//go:generate go test -run TestCountryNames -update .

// Every country that Stripe ships to has a name, the one in Unicode's CLDR.
func TestCountryNames(t *testing.T) {
	var want strings.Builder
	for _, code := range parameters.Of("create")["shipping_address_collection.allowed_countries"].Enum {
		if code == "ZZ" {
			continue // unknown
		}
		region, err := language.ParseRegion(code)
		if err != nil {
			t.Fatal(err)
		}
		name := display.English.Regions().Name(region)
		if newer, ok := renamed[code]; ok {
			name = newer
		}
		want.WriteString(code + " " + name + "\n")
	}
	const file = "page/countries.txt"
	if *update {
		if err := os.WriteFile(file, []byte(want.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want.String() {
		t.Errorf("%s is out of date: run go generate ./sandbox", file)
	}
}
