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
	// keysMaxAge is the age at which keys are fetched again even if none is
	// missing, so that a key the issuer withdrew stops working.
	keysMaxAge = 10 * time.Minute
	// keysStaleAge is how long keys stay in use while the issuer is
	// unreachable.
	keysStaleAge = 24 * time.Hour
	// keysInterval and keysBurst limit the fetches: tokens with made-up key IDs
	// must not make this server flood the issuer.
	keysInterval = 5 * time.Second
	keysBurst    = 3
	// fetchTimeout covers discovery and fetching the keys together.
	fetchTimeout = 10 * time.Second
)

// keySet keeps up with an issuer's signing keys.
type keySet struct {
	issuer string
	client *http.Client
	limit  *rate.Limiter

	mu       sync.Mutex
	keys     []jose.JSONWebKey
	fetched  time.Time     // the last success
	fetching chan struct{} // closed when the current fetch ends; nil if there is none
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

// find returns the keys that may have signed a token with the given key ID, or
// all keys if it is "". It returns none if the issuer has no such key, and an
// error if it can't find out.
//
// While newer keys are fetched, old ones stay in use until they are stale: an
// issuer that hangs must not hang this server.
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
		return nil, errors.New("the keys of " + k.issuer + " are out of date, and were fetched too often to try again now")
	default:
		return k.withID(id), nil
	}
}

// refresh starts a fetch unless one is running or there have been too many. It
// returns a channel that closes when the fetch ends, or nil if there is none.
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
		// RFC 7517 section 5 says to ignore keys that we don't understand.
		var key jose.JSONWebKey
		if json.Unmarshal(raw, &key) == nil && key.Use != "enc" {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("keys of %s: %s contains no usable key", k.issuer, url)
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
