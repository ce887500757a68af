package auth

import "fmt"

const redacted = "[redacted]"

// A Secret holds a credential that no formatter, logger or encoder will print.
//
// The value is in a closure rather than a string field: if the Secret is itself
// in an unexported field, package fmt prints its fields by reflection and
// ignores its methods.
type Secret struct{ reveal func() string }

// NewSecret wraps value.
func NewSecret(value string) Secret {
	return Secret{reveal: func() string { return value }}
}

// Reveal returns the credential, or "" for the zero Secret.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// IsZero reports whether there is no credential.
func (s Secret) IsZero() bool { return s.Reveal() == "" }

// Format implements [fmt.Formatter] for every verb, so that none falls back to
// printing the underlying type.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// MarshalText implements [encoding.TextMarshaler], which encoding/json and
// log/slog use.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
