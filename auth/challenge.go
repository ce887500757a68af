package auth

import "strings"

// challenge writes WWW-Authenticate as RFC 6750 section 3 and, for OAuth,
// RFC 9728 section 5.1 and the MCP authorization specification have it.
type challenge struct {
	metadataURL string // OAuth only
}

// unauthorized challenges a request with no credential, or with one that is not
// accepted for the reason given.
func (c challenge) unauthorized(reason string) string {
	var params []string
	if reason != "" {
		params = append(params, param("error", "invalid_token"))
		if description := printable(reason); description != "" { // go-sdk's client takes no empty value
			params = append(params, param("error_description", description))
		}
	}
	if c.metadataURL != "" {
		// The least a client can start with: it is asked for more when needed.
		params = append(params, param("scope", ScopeRead))
	}
	return c.header(params)
}

// forbidden challenges a caller to come back with the scopes given.
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

// printable leaves out the characters RFC 6750 bars from descriptions.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' {
			return -1
		}
		return r
	}, s)
}
