package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
)

const resource = "https://mcp.example.org/mcp"

// newIssuer starts an authorization server. It returns the server's URL and a
// function that makes tokens with the given scopes and claims. httpserver tests
// whatever else an issuer may do.
func newIssuer(t *testing.T) (url string, token func(scopes string, more ...map[string]any) string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	mux.HandleFunc("GET /.well-known/oauth-authorization-server", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"issuer": server.URL, "jwks_uri": server.URL + "/keys"})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "1"}}})
	})
	return server.URL, func(scopes string, more ...map[string]any) string {
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: "1"}}, (&jose.SignerOptions{}).WithType("at+jwt"))
		if err != nil {
			t.Fatal(err)
		}
		claims := jwt.Signed(signer).Claims(jwt.Claims{
			Issuer: server.URL, Subject: "ada", Audience: jwt.Audience{resource}, Expiry: jwt.NewNumericDate(time.Now().Add(time.Hour)),
		}).Claims(map[string]any{"scope": scopes})
		for _, m := range more {
			claims = claims.Claims(m)
		}
		token, err := claims.Serialize()
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
}

// The scopes match the tools' own hints, all the way through the program.
func TestOAuthScopes(t *testing.T) {
	issuer, token := newIssuer(t)
	s := startService(t, "--sandbox", "--auth", "oauth", "--oauth-issuer", issuer, "--oauth-resource", resource, "--allowed-hosts", "127.0.0.1")

	may := func(scopes, tool, arguments string) bool {
		t.Helper()
		result, err := s.mustConnect(token(scopes)).CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: json.RawMessage(arguments)})
		if err != nil && !strings.Contains(err.Error(), "scope") {
			t.Fatal(err)
		}
		return err == nil && !result.IsError
	}
	const read, write = auth.ScopeRead, auth.ScopeWrite
	for _, test := range []struct {
		scopes, tool, arguments string
		want                    bool
	}{
		{read, listTool, `{}`, true},
		{read, createTool, createArguments("order"), false},
		{write, createTool, createArguments("order"), true},
		{write, listTool, `{}`, false},
		{read + " " + write, createTool, createArguments("order-2"), true},
		{"", listTool, `{}`, false},
	} {
		if got := may(test.scopes, test.tool, test.arguments); got != test.want {
			t.Errorf("scopes %q may call %s: %v, want %v", test.scopes, test.tool, got, test.want)
		}
	}
	if lines := s.log.with("outcome", "created"); len(lines) != 2 || lines[0]["caller"] != "ada" {
		t.Errorf("audited %v", lines)
	}

	resp, err := http.Get(s.base + "/.well-known/oauth-protected-resource/mcp")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var metadata struct {
		Resource             string   `json:"resource"`
		AuthorizationServers []string `json:"authorization_servers"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&metadata); err != nil || metadata.Resource != resource || len(metadata.AuthorizationServers) != 1 || metadata.AuthorizationServers[0] != issuer {
		t.Errorf("metadata %+v, %v", metadata, err)
	}
}
