package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// discoverKeys returns the jwks_uri in the issuer's metadata. go-sdk's
// auth.GetAuthServerMetadata looks in the same places but rejects issuers that
// don't advertise PKCE, which matters to their clients and not to a resource
// server.
func discoverKeys(ctx context.Context, client *http.Client, issuer string) (string, error) {
	var tried []error
	for _, u := range metadataURLs(issuer) {
		var meta struct {
			Issuer  string `json:"issuer"`
			JWKSURI string `json:"jwks_uri"`
		}
		if err := getJSON(ctx, client, u, &meta); err != nil {
			tried = append(tried, err)
			continue
		}
		if meta.Issuer != issuer {
			return "", fmt.Errorf("%s is the metadata of issuer %q, not of %q", u, meta.Issuer, issuer)
		}
		if err := secureURL(meta.JWKSURI); err != nil {
			return "", fmt.Errorf("%s: jwks_uri: %w", u, err)
		}
		return meta.JWKSURI, nil
	}
	return "", fmt.Errorf("discovery of %s: %w", issuer, errors.Join(tried...))
}

// metadataURLs lists the places where the MCP authorization specification says
// to look: RFC 8414's first, then OpenID Connect Discovery's with the path
// inserted, then with it appended.
func metadataURLs(issuer string) []string {
	const rfc8414, oidc = "/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"
	u, err := url.Parse(issuer)
	if err != nil {
		return nil
	}
	path := strings.TrimSuffix(u.Path, "/")
	at := func(path string) string {
		return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: path}).String()
	}
	urls := []string{at(rfc8414 + path), at(oidc + path)}
	if path != "" {
		urls = append(urls, at(path+oidc))
	}
	return urls
}

// secureRedirect follows a redirect only to a URL that could have been
// configured. Over plain http, an attacker could answer with keys of their own.
func secureRedirect(req *http.Request, via []*http.Request) error {
	if len(via) >= 5 {
		return errors.New("more than 5 redirects")
	}
	if err := secureURL(req.URL.String()); err != nil {
		return fmt.Errorf("redirected: %w", err)
	}
	return nil
}

// getJSON decodes the response to a GET, up to 1 MiB of it, into v.
func getJSON(ctx context.Context, client *http.Client, url string, v any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s", url, resp.Status)
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(v); err != nil {
		return fmt.Errorf("GET %s: %w", url, err)
	}
	return nil
}
