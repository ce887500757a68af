package rest_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stripe/stripe-go/v82"
)

// docs/rest.md states the actual API version, paths and error.
func TestTheDocs(t *testing.T) {
	data, err := os.ReadFile("../docs/rest.md")
	if err != nil {
		t.Fatal(err)
	}
	docs := string(data)
	failure := newAPI(t, newClient(t, unreachable{t})).get(sessions + "?lmit=3").text
	for _, want := range []string{stripe.APIVersion, "`GET " + sessions + "`", "`GET " + stripeSessions + "`", failure} {
		if !strings.Contains(docs, want) {
			t.Errorf("docs/rest.md lacks %s", want)
		}
	}
}
