package auth

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// fakeIssuer answers requests for metadata and keys without a network, on the
// bubble's clock.
type fakeIssuer struct {
	keys    map[string]crypto.Signer
	err     error         // every request fails
	delay   time.Duration // before every response
	fetches int
	meta    string // instead of valid metadata

	redirects map[string]string
}

func (f *fakeIssuer) RoundTrip(r *http.Request) (*http.Response, error) {
	select {
	case <-time.After(f.delay):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	if f.err != nil {
		return nil, f.err
	}
	if to := f.redirects[r.URL.String()]; to != "" {
		return &http.Response{StatusCode: http.StatusFound, Header: http.Header{"Location": {to}}, Body: http.NoBody, Request: r}, nil
	}
	body := f.meta
	if body == "" {
		body = `{"issuer":"https://issuer.example","jwks_uri":"https://issuer.example/keys"}`
	}
	if r.URL.Path == "/keys" {
		f.fetches++
		var set jose.JSONWebKeySet
		for id, key := range f.keys {
			set.Keys = append(set.Keys, jose.JSONWebKey{Key: key.Public(), KeyID: id})
		}
		data, err := json.Marshal(set)
		if err != nil {
			return nil, err
		}
		body = string(data)
	}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

func (f *fakeIssuer) keySet() *keySet {
	return newKeySet("https://issuer.example", &http.Client{Transport: f})
}

func newECKey(t *testing.T) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestKeySet(t *testing.T) {
	one, two := newECKey(t), newECKey(t)
	find := func(t *testing.T, k *keySet, id string, want int) {
		t.Helper()
		keys, err := k.find(t.Context(), id)
		if err != nil || len(keys) != want {
			t.Errorf("key %q: %d keys, error %v; want %d", id, len(keys), err, want)
		}
	}
	bubble := func(name string, f func(*testing.T, *fakeIssuer, *keySet)) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				issuer := &fakeIssuer{keys: map[string]crypto.Signer{"one": one}}
				f(t, issuer, issuer.keySet())
			})
		})
	}

	bubble("known keys are not fetched again", func(t *testing.T, i *fakeIssuer, k *keySet) {
		for range 100 {
			find(t, k, "one", 1)
			time.Sleep(time.Second)
		}
		if i.fetches != 1 {
			t.Errorf("%d fetches", i.fetches)
		}
	})
	bubble("a new key is found at once", func(t *testing.T, i *fakeIssuer, k *keySet) {
		find(t, k, "one", 1)
		i.keys["two"] = two
		find(t, k, "two", 1)
		find(t, k, "", 2)
	})
	bubble("made-up key ids do not become fetches", func(t *testing.T, i *fakeIssuer, k *keySet) {
		for range 1000 {
			find(t, k, "made-up", 0)
			time.Sleep(10 * time.Millisecond)
		}
		// A burst of 3, then one every 5 s for 10 s.
		if i.fetches > 5 {
			t.Errorf("%d fetches", i.fetches)
		}
		find(t, k, "one", 1)
	})
	bubble("a withdrawn key stops working", func(t *testing.T, i *fakeIssuer, k *keySet) {
		find(t, k, "one", 1)
		i.keys = map[string]crypto.Signer{"two": two}
		time.Sleep(keysMaxAge)
		find(t, k, "one", 1) // still used while newer keys are fetched
		synctest.Wait()
		find(t, k, "one", 0)
		find(t, k, "two", 1)
	})
	bubble("an issuer that hangs does not hang known keys", func(t *testing.T, i *fakeIssuer, k *keySet) {
		find(t, k, "one", 1)
		i.delay = time.Hour
		time.Sleep(keysMaxAge)
		begin := time.Now()
		for range 10 {
			find(t, k, "one", 1)
		}
		if took := time.Since(begin); took != 0 {
			t.Errorf("took %v", took)
		}
		time.Sleep(fetchTimeout) // let the fetch time out inside the bubble
	})
	bubble("keys are used for a day without their issuer", func(t *testing.T, i *fakeIssuer, k *keySet) {
		find(t, k, "one", 1)
		i.err = errors.New("no route to issuer")
		for range 23 {
			time.Sleep(time.Hour)
			find(t, k, "one", 1)
		}
		time.Sleep(time.Hour)
		if _, err := k.find(t.Context(), "one"); err == nil || !strings.Contains(err.Error(), "no route") {
			t.Errorf("error %v, want the issuer's", err)
		}
		i.err = nil
		time.Sleep(keysInterval)
		find(t, k, "one", 1)
	})
	bubble("who waits can give up", func(t *testing.T, i *fakeIssuer, k *keySet) {
		i.delay = 3 * time.Second
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := k.find(ctx, "one"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		find(t, k, "one", 1) // the fetch carried on for others
		if i.fetches != 1 {
			t.Errorf("%d fetches", i.fetches)
		}
	})
	const keys, metadata = "https://issuer.example/keys", "https://issuer.example/.well-known/oauth-authorization-server"
	for from, to := range map[string]string{
		keys:     "http://issuer.example/keys",
		metadata: "http://issuer.example/.well-known/oauth-authorization-server",
	} {
		bubble("redirected without TLS from "+from, func(t *testing.T, i *fakeIssuer, k *keySet) {
			i.redirects = map[string]string{from: to}
			if from == metadata {
				i.redirects["https://issuer.example/.well-known/openid-configuration"] = to
			}
			if _, err := k.find(t.Context(), "one"); err == nil || !strings.Contains(err.Error(), "must be an https URL") {
				t.Errorf("error %v", err)
			}
		})
	}
	bubble("redirected with TLS", func(t *testing.T, i *fakeIssuer, k *keySet) {
		i.redirects = map[string]string{"https://issuer.example/keys": "https://keys.example/keys"}
		find(t, k, "one", 1)
	})
	for name, tc := range map[string]struct{ meta, want string }{
		"metadata of another issuer": {`{"issuer":"https://evil.example","jwks_uri":"https://issuer.example/keys"}`, "evil.example"},
		"keys without TLS":           {`{"issuer":"https://issuer.example","jwks_uri":"http://issuer.example/keys"}`, "https"},
		"metadata is no JSON":        {`<html>`, "invalid character"},
		"no keys":                    {`{"issuer":"https://issuer.example","jwks_uri":"https://issuer.example/none"}`, "none"},
	} {
		bubble(name, func(t *testing.T, i *fakeIssuer, k *keySet) {
			i.meta = tc.meta
			if _, err := k.find(t.Context(), "one"); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want it to contain %q", err, tc.want)
			}
		})
	}
}

func TestMetadataURLs(t *testing.T) {
	for issuer, want := range map[string]string{
		"https://a.example":      "https://a.example/.well-known/oauth-authorization-server https://a.example/.well-known/openid-configuration",
		"https://a.example/":     "https://a.example/.well-known/oauth-authorization-server https://a.example/.well-known/openid-configuration",
		"https://a.example/t/v2": "https://a.example/.well-known/oauth-authorization-server/t/v2 https://a.example/.well-known/openid-configuration/t/v2 https://a.example/t/v2/.well-known/openid-configuration",
	} {
		if got := strings.Join(metadataURLs(issuer), " "); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", issuer, got, want)
		}
	}
}
