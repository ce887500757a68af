package auth

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	sdkauth "github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/oauthex"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/netaddr"
)

// OAuthConfig makes the server an OAuth 2.1 resource server that accepts JWT
// access tokens (RFC 9068) from one authorization server.
type OAuthConfig struct {
	// Issuer is the authorization server's issuer identifier, an https URL. Its
	// keys are found by discovery (RFC 8414 or OpenID Connect) and refreshed as
	// they rotate.
	Issuer string
	// Resource is this server's own URL as clients know it, such as
	// https://mcp.example.com/mcp.
	Resource string
	// Audience is what the tokens' aud claim must contain. The default is
	// Resource.
	Audience string
	// Algorithms are the JWS algorithms to accept. The default is RS256, PS256,
	// ES256 and EdDSA. Only asymmetric ones are allowed.
	Algorithms []string
	// ClockSkew is how far the issuer's clock may be off.
	ClockSkew time.Duration
	// AccountClaim and PolicyClaim name the claims that say whom a caller works
	// for: the connected account (acct_…) and the sales policy. If a name is
	// empty, all callers get the server's own. If it is set, a token without
	// the claim is refused. See [Merchant].
	AccountClaim string
	PolicyClaim  string
	// Client fetches the issuer's metadata and keys. The default is
	// http.DefaultClient.
	Client *http.Client
}

var defaultAlgorithms = []jose.SignatureAlgorithm{jose.RS256, jose.PS256, jose.ES256, jose.EdDSA}

var asymmetric = append([]jose.SignatureAlgorithm{jose.RS384, jose.RS512, jose.PS384, jose.PS512, jose.ES384, jose.ES512}, defaultAlgorithms...)

const resourceMetadataPath = "/.well-known/oauth-protected-resource"

// newVerify checks the configuration. It doesn't call the issuer, which may be
// down while this server starts.
func (o OAuthConfig) newVerify() (verify, error) {
	if err := secureURL(o.Issuer); err != nil {
		return nil, fmt.Errorf("OAuth issuer: %w", err)
	}
	if err := secureURL(o.Resource); err != nil {
		return nil, fmt.Errorf("OAuth resource: %w", err)
	}
	algorithms := defaultAlgorithms
	if len(o.Algorithms) > 0 {
		algorithms = nil
		for _, name := range o.Algorithms {
			if !slices.Contains(asymmetric, jose.SignatureAlgorithm(name)) {
				return nil, fmt.Errorf("OAuth algorithm %q is not one of %v", name, asymmetric)
			}
			algorithms = append(algorithms, jose.SignatureAlgorithm(name))
		}
	}
	t := tokenVerifier{
		algorithms: algorithms,
		expected: jwt.Expected{
			Issuer:      o.Issuer,
			AnyAudience: jwt.Audience{cmp.Or(o.Audience, o.Resource)},
		},
		skew: o.ClockSkew,
		keys: newKeySet(o.Issuer, o.Client),

		merchant: merchantClaims{o.AccountClaim, o.PolicyClaim},
	}
	return t.verify, nil
}

// Metadata returns the handler for the protected resource metadata (RFC 9728)
// and its paths: one at the root and, as section 3.1 says, one with the
// resource's path appended.
func (o OAuthConfig) Metadata() (http.Handler, []string) {
	paths := []string{resourceMetadataPath}
	if u, err := url.Parse(o.Resource); err == nil && strings.Trim(u.Path, "/") != "" {
		paths = append(paths, resourceMetadataPath+u.Path)
	}
	return sdkauth.ProtectedResourceMetadataHandler(&oauthex.ProtectedResourceMetadata{
		Resource:               o.Resource,
		AuthorizationServers:   []string{o.Issuer},
		ScopesSupported:        []string{ScopeRead, ScopeWrite},
		BearerMethodsSupported: []string{"header"},
	}), paths
}

// metadataURL is the URL that challenges send clients to.
func (o OAuthConfig) metadataURL() string {
	u, err := url.Parse(o.Resource)
	if err != nil {
		return ""
	}
	_, paths := o.Metadata()
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: paths[len(paths)-1]}).String()
}

// secureURL accepts an absolute https URL, or http on a loopback address.
func secureURL(s string) error {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || u.Fragment != "" || u.User != nil:
		return fmt.Errorf("%q is not an absolute URL without a user and a fragment", s)
	case u.Scheme != "https" && (u.Scheme != "http" || !netaddr.IsLoopback(u.Hostname())):
		return fmt.Errorf("%q must be an https URL", s)
	}
	return nil
}

// tokenVerifier verifies access tokens as in RFC 9068 section 4.
type tokenVerifier struct {
	algorithms []jose.SignatureAlgorithm
	expected   jwt.Expected
	skew       time.Duration
	keys       *keySet
	merchant   merchantClaims
}

func (t tokenVerifier) verify(ctx context.Context, raw string) (Caller, error) {
	token, err := jwt.ParseSigned(raw, t.algorithms)
	if err != nil || len(token.Headers) != 1 {
		return Caller{}, &invalidError{"it is not a JWT signed with an accepted algorithm"}
	}
	header := token.Headers[0]
	if typ, ok := header.ExtraHeaders[jose.HeaderType].(string); ok && !isAccessTokenType(typ) {
		return Caller{}, &invalidError{"it is a JWT but not an access token"}
	}
	keys, err := t.keys.find(ctx, header.KeyID)
	if err != nil {
		return Caller{}, err
	}
	if !slices.ContainsFunc(keys, func(key jose.JSONWebKey) bool {
		return (key.Algorithm == "" || key.Algorithm == header.Algorithm) && token.Claims(key.Key) == nil
	}) {
		return Caller{}, &invalidError{"it was not signed with one of the issuer's keys"}
	}
	var claims struct {
		jwt.Claims
		Scope    scopes `json:"scope"`
		Scp      scopes `json:"scp"`
		ClientID string `json:"client_id"`
	}
	var all map[string]json.RawMessage
	if token.UnsafeClaimsWithoutVerification(&claims, &all) != nil { // verified above
		return Caller{}, &invalidError{"its claims are unreadable"}
	}
	if err := t.validate(claims.Claims); err != nil {
		return Caller{}, err
	}
	id := cmp.Or(claims.Subject, claims.ClientID)
	if id == "" || len(id) > 256 {
		return Caller{}, &invalidError{"it has no usable sub claim"}
	}
	merchant, err := t.merchant.merchant(all)
	if err != nil {
		return Caller{}, err
	}
	return Caller{ID: id, Scopes: append(claims.Scope, claims.Scp...), Merchant: merchant}, nil
}

func (t tokenVerifier) validate(claims jwt.Claims) error {
	if claims.Expiry == nil {
		return &invalidError{"it has no exp claim"}
	}
	expected := t.expected.WithTime(time.Now())
	switch err := claims.ValidateWithLeeway(expected, t.skew); {
	case err == nil:
		return nil
	case errors.Is(err, jwt.ErrInvalidIssuer):
		return &invalidError{"it is from another issuer"}
	case errors.Is(err, jwt.ErrInvalidAudience):
		return &invalidError{"it is meant for another audience"}
	case errors.Is(err, jwt.ErrExpired):
		return &invalidError{"it has expired"}
	case errors.Is(err, jwt.ErrNotValidYet), errors.Is(err, jwt.ErrIssuedInTheFuture):
		return &invalidError{"it is not valid yet"}
	default:
		return &invalidError{"its claims are not accepted"}
	}
}

// isAccessTokenType rules out the JWTs that issuers sign for other purposes.
// Many issuers still call an access token just "JWT".
func isAccessTokenType(typ string) bool {
	switch strings.TrimPrefix(strings.ToLower(typ), "application/") {
	case "at+jwt", "jwt":
		return true
	}
	return false
}

// scopes is the scope claim: a string of words (RFC 8693 section 4.2) or an
// array, as several issuers write scp.
type scopes []string

func (s *scopes) UnmarshalJSON(data []byte) error {
	var words string
	if err := json.Unmarshal(data, &words); err == nil {
		*s = strings.Fields(words)
		return nil
	}
	return json.Unmarshal(data, (*[]string)(s))
}
