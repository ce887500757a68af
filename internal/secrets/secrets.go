// Package secrets finds keys, client secrets and email addresses, which must
// never be in an error, a log or a span, whoever wrote the text.
package secrets

import (
	"regexp"
	"strings"
)

// Stripe's own messages repeat keys ("Invalid API Key provided:
// sk_test_****abcd", and more of a malformed one) and rejected values.
var (
	// \b alone would miss a key after an underscore or a letter, so a prefix
	// with a mode matches anywhere and a bare prefix only as a word.
	keyPattern    = regexp.MustCompile(`([spr]k|ek)_(test|live|org)_[0-9A-Za-z_*]*…?|\b([spr]k|ek|whsec)_[0-9A-Za-z_*]+…?`)
	secretPattern = regexp.MustCompile(`\b((?:cs|pi|seti)_[0-9A-Za-z_]+?)_secret_[0-9A-Za-z%_]+`)
	emailPattern  = regexp.MustCompile(`[^\s"'<>()\[\]:;,=&]+(?:@|%40)[^\s"'<>()\[\]:;,=&]+\.[A-Za-z]+`)
)

// Scrub returns s without its keys, client secrets and email addresses.
func Scrub(s string) string {
	if mayHaveKey(s) {
		s = keyPattern.ReplaceAllStringFunc(s, func(m string) string {
			for _, p := range []string{"sk_test_", "sk_live_", "rk_test_", "rk_live_", "pk_test_", "pk_live_"} {
				if m == p {
					return m
				}
				if strings.HasPrefix(m, p) {
					return p + "…"
				}
			}
			return m[:strings.IndexByte(m, '_')+1] + "…"
		})
	}
	if strings.Contains(s, "_secret_") {
		s = secretPattern.ReplaceAllString(s, "${1}_secret_…")
	}
	if strings.Contains(s, "@") || strings.Contains(s, "%40") {
		s = emailPattern.ReplaceAllString(s, "[email address]")
	}
	return s
}

// HasKey reports whether s contains something that looks like a key.
func HasKey(s string) bool { return mayHaveKey(s) && keyPattern.MatchString(s) }

// mayHaveKey spares most texts the pattern, which is slow: every session ID and
// every idempotency key is searched.
func mayHaveKey(s string) bool { return strings.Contains(s, "k_") || strings.Contains(s, "whsec_") }
