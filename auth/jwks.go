package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/time/rate"
)

const (
	// keysMaxAge is when keys are fetched again even if none is missing, so
	// that one the issuer withdrew stops working.
	keysMaxAge = 10 * time.Minute
	// keysStaleAge is how long keys are used while the issuer is unreachable.
	keysStaleAge = 24 * time.Hour
	// keysInterval and keysBurst bound the fetches: tokens with made-up key ids
	// must not turn this server against the issuer.
	keysInterval = 5 * time.Second
	keysBurst    = 3
	// fetchTimeout is for discovery and keys together.
	fetchTimeout = 10 * time.Second
)

// keySet follows the signing keys of an issuer.
type keySet struct {
	issuer string
	client *http.Client
	limit  *rate.Limiter

	mu       sync.Mutex
	keys     []jose.JSONWebKey
	fetched  time.Time     // the last success
	fetching chan struct{} // closed when the running fetch ends, nil if none runs
	err      error         // of the last fetch
}

func newKeySet(issuer string, client *http.Client) *keySet {
	if client == nil {
		client = http.DefaultClient
	}
	followsSecure := *client
	followsSecure.CheckRedirect = secureRedirect
	return &keySet{issuer: issuer, client: &followsSecure, limit: rate.NewLimiter(rate.Every(keysInterval), keysBurst)}
}

// find returns the keys that may have signed a token with the key id given, all
// of them for "". It returns none if the issuer has no such key, and an error
// if that cannot be found out.
//
// Keys that are merely old are used while newer ones are fetched: an issuer
// that hangs must not hang this server.
func (k *keySet) find(ctx context.Context, id string) ([]jose.JSONWebKey, error) {
	k.mu.Lock()
	found, age := k.withID(id), time.Since(k.fetched)
	if len(found) > 0 && age < keysMaxAge {
		k.mu.Unlock()
		return found, nil
	}
	fetching := k.refresh()
	k.mu.Unlock()

	if len(found) > 0 && age < keysStaleAge {
		return found, nil
	}
	if fetching != nil {
		select {
		case <-fetching:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case k.err != nil:
		return nil, k.err
	case time.Since(k.fetched) >= keysStaleAge:
		return nil, errors.New("the keys of " + k.issuer + " are too old and were asked for too often")
	default:
		return k.withID(id), nil
	}
}

// refresh returns what closes when the fetch that is running ends. It starts
// one if none is, unless there were too many.
func (k *keySet) refresh() <-chan struct{} {
	if k.fetching == nil && k.limit.Allow() {
		done := make(chan struct{})
		k.fetching = done
		go func() {
			defer close(done)
			ctx, cancel := context.WithTimeout(context.Background(), fetchTimeout)
			defer cancel()
			keys, err := k.fetch(ctx)
			k.mu.Lock()
			defer k.mu.Unlock()
			k.fetching, k.err = nil, err
			if err == nil {
				k.keys, k.fetched = keys, time.Now()
			}
		}()
	}
	return k.fetching
}

func (k *keySet) fetch(ctx context.Context) ([]jose.JSONWebKey, error) {
	url, err := discoverKeys(ctx, k.client, k.issuer)
	if err != nil {
		return nil, err
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := getJSON(ctx, k.client, url, &set); err != nil {
		return nil, fmt.Errorf("keys of %s: %w", k.issuer, err)
	}
	var keys []jose.JSONWebKey
	for _, raw := range set.Keys {
		// RFC 7517 section 5: keys that are not understood are to be ignored.
		var key jose.JSONWebKey
		if json.Unmarshal(raw, &key) == nil && key.Use != "enc" {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("keys of %s: none at %s is usable", k.issuer, url)
	}
	return keys, nil
}

func (k *keySet) withID(id string) []jose.JSONWebKey {
	var keys []jose.JSONWebKey
	for _, key := range k.keys {
		if id == "" || key.KeyID == id {
			keys = append(keys, key)
		}
	}
	return keys
}
