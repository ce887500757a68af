package auth

import "strings"

// challenge writes WWW-Authenticate headers as in RFC 6750 section 3 and, for
// OAuth, RFC 9728 section 5.1 and the MCP authorization specification.
type challenge struct {
	metadataURL string // OAuth only
}

// unauthorized challenges a request without a credential, or whose credential
// is not accepted for the given reason.
func (c challenge) unauthorized(reason string) string {
	var params []string
	if reason != "" {
		params = append(params, param("error", "invalid_token"))
		if description := printable(reason); description != "" { // go-sdk's client rejects an empty value
			params = append(params, param("error_description", description))
		}
	}
	if c.metadataURL != "" {
		// Start with the least: the client is asked for more when it needs
		// more.
		params = append(params, param("scope", ScopeRead))
	}
	return c.header(params)
}

// forbidden challenges a caller to come back with the given scopes.
func (c challenge) forbidden(scopes []string) string {
	return c.header([]string{
		param("error", "insufficient_scope"),
		param("scope", strings.Join(scopes, " ")),
	})
}

func (c challenge) header(params []string) string {
	if c.metadataURL != "" {
		params = append(params, param("resource_metadata", c.metadataURL))
	}
	if len(params) == 0 {
		params = []string{param("realm", "stripe-checkout-mcp")}
	}
	return "Bearer " + strings.Join(params, ", ")
}

func param(name, value string) string { return name + `="` + value + `"` }

// printable drops the characters that RFC 6750 forbids in descriptions.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' {
			return -1
		}
		return r
	}, s)
}
