package httpserver

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/modelcontextprotocol/go-sdk/auth/extauth"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/modelcontextprotocol/go-sdk/oauthex"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
)

// issuer is an authorization server with metadata, keys and a token endpoint
// for the client credentials grant.
type issuer struct {
	*httptest.Server
	oidcOnly bool // serve metadata only at the OpenID Connect path

	mu       sync.Mutex
	keys     map[string]crypto.Signer
	signs    string // key ID of new tokens
	down     bool
	audience string // of tokens from the token endpoint
	fetches  int    // of keys
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	i := &issuer{keys: make(map[string]crypto.Signer)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/{kind}", i.metadata)
	mux.HandleFunc("GET /keys", i.jwks)
	mux.HandleFunc("POST /token", i.token)
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	i.rotate(t, "first", newECKey(t), true)
	return i
}

func newECKey(t *testing.T) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// rotate makes new tokens be signed with a new key. The old keys stay published
// if keep is true.
func (i *issuer) rotate(t *testing.T, id string, key crypto.Signer, keep bool) {
	t.Helper()
	i.mu.Lock()
	defer i.mu.Unlock()
	if !keep {
		clear(i.keys)
	}
	i.keys[id], i.signs = key, id
}

func (i *issuer) metadata(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.down {
		http.Error(w, "down", http.StatusServiceUnavailable)
		return
	}
	if i.oidcOnly && r.PathValue("kind") != "openid-configuration" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"issuer":                                i.URL,
		"jwks_uri":                              i.URL + "/keys",
		"token_endpoint":                        i.URL + "/token",
		"authorization_endpoint":                i.URL + "/authorize",
		"response_types_supported":              []string{"code"},
		"grant_types_supported":                 []string{"client_credentials"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_post"},
		"code_challenge_methods_supported":      []string{"S256"},
	})
}

func (i *issuer) jwks(w http.ResponseWriter, _ *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.fetches++
	if i.down {
		http.Error(w, "down", http.StatusServiceUnavailable)
		return
	}
	// A key of an unknown kind mustn't make the others unusable.
	keys := []any{map[string]string{"kty": "OKP", "crv": "Ed448", "kid": "odd", "x": "AA"}}
	for id, key := range i.keys {
		keys = append(keys, jose.JSONWebKey{Key: key.Public(), KeyID: id, Use: "sig"})
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"keys": keys})
}

// token grants whatever scopes the client asks for.
func (i *issuer) token(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	claims := goodClaims(i, i.audience)
	i.mu.Unlock()
	claims["scope"] = r.FormValue("scope")
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"access_token": i.sign(nil, claims), "token_type": "Bearer", "expires_in": 300, "scope": r.FormValue("scope"),
	})
}

type claims = map[string]any

func goodClaims(i *issuer, audience string) claims {
	return claims{
		"iss": i.URL, "aud": audience, "sub": "agent-7", "scope": auth.ScopeRead,
		"iat": time.Now().Unix(), "exp": time.Now().Add(5 * time.Minute).Unix(),
	}
}

func (i *issuer) sign(header map[string]any, c claims) string {
	i.mu.Lock()
	key, id := i.keys[i.signs], i.signs
	i.mu.Unlock()
	return signWith(key, id, header, c)
}

// signWith makes a token; the headers "alg" and "typ" choose its algorithm and
// type.
func signWith(key any, id string, header map[string]any, c claims) string {
	alg := jose.ES256
	switch key.(type) {
	case *rsa.PrivateKey:
		alg = jose.RS256
	case ed25519.PrivateKey:
		alg = jose.EdDSA
	case []byte:
		alg = jose.HS256
	}
	options := new(jose.SignerOptions).WithType("at+jwt")
	if id != "" {
		options = options.WithHeader("kid", id)
	}
	for k, v := range header {
		if k == "alg" {
			alg = v.(jose.SignatureAlgorithm)
			continue
		}
		options = options.WithHeader(jose.HeaderKey(k), v)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, options)
	if err != nil {
		panic(err)
	}
	raw, err := jwt.Signed(signer).Claims(c).Serialize()
	if err != nil {
		panic(err)
	}
	return raw
}

const mcpURL = "https://mcp.example.com/mcp"

func oauthConfig(i *issuer, l Listener) Config {
	if l.Scopes == nil {
		l.Scopes = func(*http.Request) []string { return nil }
	}
	return Config{
		Listeners: []Listener{l},
		Auth:      auth.Config{Mode: auth.OAuth, OAuth: auth.OAuthConfig{Issuer: i.URL, Resource: mcpURL, ClockSkew: time.Minute}},
	}
}

func TestAccessTokens(t *testing.T) {
	i := newIssuer(t)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ecKey := i.keys["first"]
	i.rotate(t, "rsa", rsaKey, true)
	i.rotate(t, "ed", edKey, true)
	i.rotate(t, "first", ecKey, true)

	s := start(t, oauthConfig(i, rest(func(w http.ResponseWriter, r *http.Request) {
		c, _ := auth.CallerFrom(r.Context())
		fmt.Fprint(w, c.ID, " ", strings.Join(c.Scopes, " "))
	})))
	with := func(name string, value any) claims {
		c := goodClaims(i, mcpURL)
		if c[name] = value; value == nil {
			delete(c, name)
		}
		return c
	}
	at := func(d time.Duration) int64 { return time.Now().Add(d).Unix() }
	good := goodClaims(i, mcpURL)
	none := strings.Join([]string{
		"eyJhbGciOiJub25lIn0", strings.Split(i.sign(nil, good), ".")[1], "",
	}, ".")

	for name, tc := range map[string]struct {
		token string
		want  string // the answer, or the reason in the challenge
	}{
		"good":                        {i.sign(nil, good), "agent-7 checkout.read"},
		"typ JWT":                     {i.sign(map[string]any{"typ": "JWT"}, good), "agent-7 checkout.read"},
		"typ with media type":         {i.sign(map[string]any{"typ": "application/at+jwt"}, good), "agent-7 checkout.read"},
		"RSA":                         {signWith(rsaKey, "rsa", nil, good), "agent-7 checkout.read"},
		"EdDSA":                       {signWith(edKey, "ed", nil, good), "agent-7 checkout.read"},
		"no key id":                   {signWith(ecKey, "", nil, good), "agent-7 checkout.read"},
		"one of several audiences":    {i.sign(nil, with("aud", []string{"other", mcpURL})), "agent-7 checkout.read"},
		"scp array":                   {i.sign(nil, with("scp", []string{auth.ScopeWrite})), "agent-7 checkout.read checkout.write"},
		"scp string":                  {i.sign(nil, with("scp", "checkout.write x")), "agent-7 checkout.read checkout.write x"},
		"no scope":                    {i.sign(nil, with("scope", nil)), "agent-7 "},
		"expired within the skew":     {i.sign(nil, with("exp", at(-30*time.Second))), "agent-7 checkout.read"},
		"not yet, within the skew":    {i.sign(nil, with("nbf", at(30*time.Second))), "agent-7 checkout.read"},
		"no sub but a client":         {i.sign(nil, func() claims { c := with("sub", nil); c["client_id"] = "robot"; return c }()), "robot checkout.read"},
		"expired":                     {i.sign(nil, with("exp", at(-90*time.Second))), "expired"},
		"no exp":                      {i.sign(nil, with("exp", nil)), "no exp"},
		"not yet":                     {i.sign(nil, with("nbf", at(90*time.Second))), "not valid yet"},
		"issued in the future":        {i.sign(nil, with("iat", at(90*time.Second))), "not valid yet"},
		"another issuer":              {i.sign(nil, with("iss", "https://evil.example")), "another issuer"},
		"another audience":            {i.sign(nil, with("aud", "https://other.example")), "another audience"},
		"the resource's origin":       {i.sign(nil, with("aud", "https://mcp.example.com")), "another audience"},
		"no audience":                 {i.sign(nil, with("aud", nil)), "another audience"},
		"no subject":                  {i.sign(nil, with("sub", nil)), "no usable sub"},
		"subject too long":            {i.sign(nil, with("sub", strings.Repeat("x", 257))), "no usable sub"},
		"scope of a wrong type":       {i.sign(nil, with("scope", 7)), "are unreadable"},
		"another type":                {i.sign(map[string]any{"typ": "logout+jwt"}, good), "not an access token"},
		"signed by someone else":      {signWith(newECKey(t), "first", nil, good), "was not signed with"},
		"key id nobody knows":         {signWith(newECKey(t), "nobody", nil, good), "was not signed with"},
		"algorithm not accepted":      {signWith(rsaKey, "rsa", map[string]any{"alg": jose.RS512}, good), "accepted algorithm"},
		"algorithm none":              {none, "accepted algorithm"},
		"HMAC with a made-up secret":  {signWith([]byte(strings.Repeat("k", 32)), "first", nil, good), "accepted algorithm"},
		"not a JWT":                   {"hello", "accepted algorithm"},
		"a JWT with payload replaced": {swapPayload(i.sign(nil, good), i.sign(nil, with("scope", auth.ScopeWrite))), "was not signed with"},
	} {
		t.Run(name, func(t *testing.T) {
			resp, body := call(t, s.url("rest"), tc.token)
			if resp.StatusCode == 200 {
				if body != tc.want {
					t.Errorf("answer %q, want %q", body, tc.want)
				}
				return
			}
			if resp.StatusCode != 401 {
				t.Fatalf("status %d: %s", resp.StatusCode, body)
			}
			cs, err := oauthex.ParseWWWAuthenticate(resp.Header.Values("WWW-Authenticate"))
			if err != nil || len(cs) != 1 {
				t.Fatalf("challenges %v: %v", cs, err)
			}
			p := cs[0].Params
			if p["error"] != "invalid_token" || !strings.Contains(p["error_description"], tc.want) {
				t.Errorf("challenge %v, want invalid_token with %q", p, tc.want)
			}
			if want := "https://mcp.example.com/.well-known/oauth-protected-resource/mcp"; p["resource_metadata"] != want {
				t.Errorf("resource_metadata %q, want %q", p["resource_metadata"], want)
			}
		})
	}
}

func swapPayload(token, other string) string {
	a, b := strings.Split(token, "."), strings.Split(other, ".")
	return strings.Join([]string{a[0], b[1], a[2]}, ".")
}

func TestIssuerRotatesItsKeys(t *testing.T) {
	i := newIssuer(t)
	i.oidcOnly = true
	s := start(t, oauthConfig(i, rest(ok)))
	status := func(token string) int {
		resp, _ := call(t, s.url("rest"), token)
		return resp.StatusCode
	}
	first := i.sign(nil, goodClaims(i, mcpURL))
	if got := status(first); got != 200 {
		t.Fatalf("first key: %d", got)
	}
	i.rotate(t, "second", newECKey(t), true)
	second := i.sign(nil, goodClaims(i, mcpURL))
	if got := status(second); got != 200 {
		t.Errorf("new key: %d", got)
	}
	if got := status(first); got != 200 {
		t.Errorf("old key, still published: %d", got)
	}
	i.rotate(t, "third", newECKey(t), false)
	if got := status(i.sign(nil, goodClaims(i, mcpURL))); got != 200 {
		t.Errorf("third key: %d", got)
	}
	if got := status(first); got != 401 {
		t.Errorf("withdrawn key: %d, want 401", got)
	}
}

// A token that can't be checked is not a bad token: the client must keep it.
func TestIssuerDown(t *testing.T) {
	i := newIssuer(t)
	i.down = true
	s := start(t, oauthConfig(i, rest(ok)))
	token := i.sign(nil, goodClaims(i, mcpURL))
	resp, body := call(t, s.url("rest"), token)
	if resp.StatusCode != 503 || resp.Header.Get("Retry-After") == "" || resp.Header.Get("WWW-Authenticate") != "" {
		t.Errorf("status %d, headers %v: %s", resp.StatusCode, resp.Header, body)
	}
	if log := s.log.String(); strings.Contains(log, token) {
		t.Error("the token is in the log")
	}
	i.mu.Lock()
	i.down = false
	i.mu.Unlock()
	if resp, body := call(t, s.url("rest"), token); resp.StatusCode != 200 {
		t.Errorf("issuer up again: %d %s", resp.StatusCode, body)
	}
}

func TestProtectedResourceMetadata(t *testing.T) {
	i := newIssuer(t)
	s := start(t, oauthConfig(i, rest(ok)))
	for _, path := range []string{"/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp"} {
		meta, err := oauthex.GetProtectedResourceMetadata(t.Context(), s.url("rest")+path, mcpURL, http.DefaultClient)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(meta.AuthorizationServers, []string{i.URL}) ||
			!slices.Equal(meta.ScopesSupported, []string{auth.ScopeRead, auth.ScopeWrite}) ||
			!slices.Equal(meta.BearerMethodsSupported, []string{"header"}) {
			t.Errorf("%s: %+v", path, meta)
		}
	}
}

// If a listener's scopes were forgotten, every token could do everything.
func TestScopesAreRequired(t *testing.T) {
	cfg := oauthConfig(newIssuer(t), rest(ok))
	cfg.Listeners[0].Scopes = nil
	if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), "scopes") {
		t.Errorf("error %v, want one about scopes", err)
	}
}

func toolScope(tool string) string {
	if tool == "read" {
		return auth.ScopeRead
	}
	return "" // auth.ScopeWrite
}

// go-sdk's own client goes through all of it: challenge, metadata, token, call,
// then a second round for the scope it lacks.
func TestClientCompletesAuthorization(t *testing.T) {
	i := newIssuer(t)
	scope := auth.ToolScope(toolScope)
	calls := func(ctx context.Context) (*mcp.CallToolResult, error) {
		c, _ := auth.CallerFrom(ctx)
		return text(strings.Join(slices.Sorted(slices.Values(c.Scopes)), " ")), nil
	}
	// The URL is known only once the server listens.
	probe := start(t, Config{Listeners: []Listener{rest(ok)}})
	addr := probe.Addr("rest").String()
	_ = probe.end()
	cfg := oauthConfig(i, MCP(addr, mcpHandler("read", calls, auth.RequireToolScopes(scope)), scope))
	cfg.Auth.OAuth.Resource = "http://" + addr + "/mcp"
	i.audience = cfg.Auth.OAuth.Resource
	s := start(t, cfg)

	handler, err := extauth.NewClientCredentialsHandler(&extauth.ClientCredentialsHandlerConfig{
		Credentials: &oauthex.ClientCredentials{
			ClientID:         "robot",
			ClientSecretAuth: &oauthex.ClientSecretAuth{ClientSecret: "robot-secret"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	session, err := client.Connect(t.Context(), &mcp.StreamableClientTransport{
		Endpoint: s.url("mcp") + "/mcp", OAuthHandler: handler, DisableStandaloneSSE: true, MaxRetries: -1,
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	r, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "read"})
	if err != nil {
		t.Fatal(err)
	}
	if got := textOf(t, r); got != auth.ScopeRead {
		t.Errorf("scopes %q at first, want the least: %q", got, auth.ScopeRead)
	}
	// The tool doesn't exist, but the scope is checked before anything else.
	_, err = session.CallTool(t.Context(), &mcp.CallToolParams{Name: "write"})
	if err == nil || !strings.Contains(err.Error(), "unknown tool") {
		t.Errorf("second call: %v, want it to get past authorization", err)
	}
	r, err = session.CallTool(t.Context(), &mcp.CallToolParams{Name: "read"})
	if err != nil {
		t.Fatal(err)
	}
	if got := textOf(t, r); got != auth.ScopeRead+" "+auth.ScopeWrite {
		t.Errorf("scopes %q in the end", got)
	}
}
