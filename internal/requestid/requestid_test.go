package requestid

import (
	"net/http"
	"strings"
	"testing"
)

func TestStripe(t *testing.T) {
	t.Parallel()
	for id, ok := range map[string]bool{
		"req_a1B2c3":                      true,
		"req_v2-a_B":                      true,
		"req_" + strings.Repeat("a", 100): true,
		"req_" + strings.Repeat("a", 101): false,
		"":                                false,
		"req_":                            false,
		"a1B2c3":                          false,
		"areq_1":                          false,
		"req_a b":                         false,
		"req_a\nb":                        false,
		"req_é":                           false,
		"req_\xff":                        false,
		"req_a@example.com":               false,
	} {
		want := ""
		if ok {
			want = id
		}
		if got := Stripe(http.Header{"Request-Id": {id}}); got != want {
			t.Errorf("%q: got %q, want %q", id, got, want)
		}
	}
}
