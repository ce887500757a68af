package stripespec

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
)

// changed are the objects in a Checkout sale whose shape in 2025-09-30.clover
// differs from basil, the major version that stripe-go v82 pins: a discount and
// a promotion code contain their coupon. Answers with these are checked against
// basil's document. Everything else in clover is the same in basil, or was in
// basil by 2025-08-27. https://docs.stripe.com/changelog/clover
var changed = map[string]bool{"discount": true, "promotion_code": true}

// loadBasil reads the document of 2025-05-28.basil. It comes from an older
// release of Stripe's mock, which the module file in ./basil keeps in Go's
// module cache.
var loadBasil = sync.OnceValues(func() (*document, error) {
	_, here, _, _ := runtime.Caller(0)
	download := exec.Command("go", "mod", "download", "-json", "github.com/stripe/stripe-mock")
	download.Dir = filepath.Join(filepath.Dir(here), "basil")
	out, err := download.Output()
	if err != nil {
		return nil, fmt.Errorf("stripespec: go mod download in %s: %w\n%s", download.Dir, err, out)
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(out, &module); err != nil {
		return nil, fmt.Errorf("stripespec: go mod download: %w", err)
	}
	text, err := os.ReadFile(filepath.Join(module.Dir, "embedded", "openapi", "spec3.json"))
	if err != nil {
		return nil, fmt.Errorf("stripespec: %w", err)
	}
	return parse(text)
})

func parse(text []byte) (*document, error) {
	var d document
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, fmt.Errorf("stripespec: the OpenAPI document of stripe-mock does not decode: %w", err)
	}
	return &d, nil
}

// documentFor returns the document whose version of the named schema this
// package uses.
func documentFor(component string) (*document, error) {
	if changed[component] {
		return loadBasil()
	}
	return load(), nil
}
