package rest

import (
	"log/slog"
	"net/http"
	"sync"

	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/pattern"
)

// A versions answers callers of any API version in the one that this server
// uses, and says so. Stripe's SDKs each send a version of their own: refusing
// all but one would shut out nearly all of them. Anything newer than this
// server is refused by its parameter's name anyway.
type versions struct {
	log *slog.Logger

	mu   sync.Mutex
	told map[string]bool // the versions already logged
}

const (
	versionHeader = "Stripe-Version"
	mostTold      = 100 // limits how much callers can log
)

// versionForm matches 2025-08-27.basil or an older version without a name.
var versionForm = pattern.Lazy(`^\d{4}-\d{2}-\d{2}(\.[a-z]{1,20})?$`)

// answer tells the caller which version the answer is in.
func (v *versions) answer(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set(versionHeader, stripe.APIVersion)
	asked, given, err := single(r, versionHeader)
	switch {
	case err != nil || !given || asked == stripe.APIVersion:
		return err
	case !versionForm().MatchString(asked):
		return refused(http.StatusBadRequest, "parameter_invalid", versionHeader, "Stripe-Version must be a version of Stripe's API, such as %s, in which this server answers.", stripe.APIVersion)
	}
	v.tell(r, asked)
	return nil
}

// tell logs a version once.
func (v *versions) tell(r *http.Request, asked string) {
	v.mu.Lock()
	known := v.told[asked] || len(v.told) == mostTold
	if !known {
		v.told[asked] = true
	}
	v.mu.Unlock()
	if !known {
		v.log.WarnContext(r.Context(), "a caller asked for a version of Stripe's API that this server doesn't answer in", "asked", asked, "answered", stripe.APIVersion)
	}
}
