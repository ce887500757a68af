package stripeclient

import (
	"strings"
	"unicode/utf8"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/secrets"
)

// maxText, in bytes, is enough for Stripe's longest message, and keeps a
// proxy's page out of a model's context.
const maxText = 2000

// scrub returns s without keys, client secrets and email addresses, cut to
// maxText bytes. It removes the call's own key in any context.
func scrub(s string, key Key) string {
	// Searching megabytes would take seconds. A secret that the first cut goes
	// through may no longer be recognizable, so the end is cut off again below.
	const first, last = 4 * maxText, maxText / 2
	long := len(s) > first
	if long {
		s = s[:first]
	}
	if secret := key.reveal(); secret != "" {
		s = strings.ReplaceAll(s, secret, key.String())
		// Enough of the key without its prefix is as good as the key.
		if bare := strings.TrimPrefix(secret, publicPrefix(secret)); len(bare) >= 8 {
			s = strings.ReplaceAll(s, bare, "…")
		}
	}
	s = secrets.Scrub(s)
	keep := len(s)
	if long {
		keep = max(0, keep-last)
	}
	if keep = min(keep, maxText); keep < len(s) {
		for keep > 0 && !utf8.RuneStart(s[keep]) {
			keep--
		}
		s = s[:keep] + "…"
	}
	return s
}
