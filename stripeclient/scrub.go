package stripeclient

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// What must not pass through an error or a log, whoever wrote the text.
// Stripe's own messages repeat keys ("Invalid API Key provided:
// sk_test_****abcd", and more of a malformed one) and rejected values.
var (
	// \b alone would miss a key after an underscore or a letter, so a prefix
	// with a mode matches anywhere and a bare prefix only as a word.
	keyPattern    = regexp.MustCompile(`([spr]k|ek)_(test|live|org)_[0-9A-Za-z_*]*…?|\b([spr]k|ek|whsec)_[0-9A-Za-z_*]+…?`)
	secretPattern = regexp.MustCompile(`\b((?:cs|pi|seti)_[0-9A-Za-z_]+?)_secret_[0-9A-Za-z%_]+`)
	emailPattern  = regexp.MustCompile(`[^\s"'<>()\[\]:;,=&]+(?:@|%40)[^\s"'<>()\[\]:;,=&]+\.[A-Za-z]+`)
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
	s = keyPattern.ReplaceAllStringFunc(s, func(m string) string {
		for _, p := range []string{"sk_test_", "sk_live_", "rk_test_", "rk_live_", "pk_test_", "pk_live_"} {
			if strings.HasPrefix(m, p) {
				return p + "…"
			}
		}
		return m[:strings.IndexByte(m, '_')+1] + "…"
	})
	s = secretPattern.ReplaceAllString(s, "${1}_secret_…")
	s = emailPattern.ReplaceAllString(s, "[email address]")
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

// mentionsKey reports whether s contains something that looks like a key. Every
// session id is checked, so it avoids the expensive pattern where it can.
func mentionsKey(s string) bool {
	return (strings.Contains(s, "k_") || strings.Contains(s, "whsec_")) && keyPattern.MatchString(s)
}
