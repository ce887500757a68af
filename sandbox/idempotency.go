package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// idempotency remembers the answers to requests with an Idempotency-Key, so
// that a retry does nothing. https://docs.stripe.com/api/idempotent_requests
//
// It keeps answers for a day, or fewer of them beyond a number or a size.
type idempotency struct {
	journal *journal

	mu      sync.Mutex
	entries map[string]*idempotentRequest
	order   []*idempotentRequest // oldest first
	bytes   int
}

type idempotentRequest struct {
	key         string
	fingerprint string
	started     int64
	answer      *answer // nil while the request is under way
}

const (
	idempotencyLife       = 24 * time.Hour
	maxIdempotencyKeys    = 500
	maxIdempotencyBytes   = 4 << 20
	maxIdempotencyKeyRune = 255
)

// begin takes the key for a request. It returns exactly one result: the stored
// answer of the same request, a refusal, or an entry that the caller must
// finish or abandon.
func (i *idempotency) begin(key, fingerprint string, now int64) (*answer, *apiError, *idempotentRequest) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.forget(now)
	if entry, ok := i.entries[key]; ok {
		switch {
		case entry.fingerprint != fingerprint:
			return nil, newError(http.StatusBadRequest, typeIdempotency, "", "", fmt.Sprintf("Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '%s' if you meant to execute a different request.", key)), nil
		case entry.answer == nil:
			return nil, newError(http.StatusConflict, typeIdempotency, "idempotency_key_in_use", "", fmt.Sprintf("There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): %s. Please try again later.", key)), nil
		}
		return entry.answer, nil, nil
	}
	entry := &idempotentRequest{key: key, fingerprint: fingerprint, started: now}
	if i.entries == nil {
		i.entries = map[string]*idempotentRequest{}
	}
	i.entries[key] = entry
	i.order = append(i.order, entry)
	return nil, nil, entry
}

// finish stores the answer for later requests with the key. A nil answer, after
// a panic, frees the key.
func (i *idempotency) finish(entry *idempotentRequest, a *answer) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if a == nil {
		delete(i.entries, entry.key)
		i.order = slices.DeleteFunc(i.order, func(e *idempotentRequest) bool { return e == entry })
		return
	}
	entry.answer = a
	i.bytes += len(a.body)
	i.journal.put(keptIdempotency, entry.key, entry)
	i.forget(entry.started)
}

// restore adds a request that was answered earlier.
func (i *idempotency) restore(entry *idempotentRequest) {
	if i.entries == nil {
		i.entries = map[string]*idempotentRequest{}
	}
	i.entries[entry.key] = entry
	i.order = append(i.order, entry)
	i.bytes += len(entry.answer.body)
}

// forget drops answers that are too old or too many. A request that is under
// way keeps its key.
func (i *idempotency) forget(now int64) {
	for len(i.order) > 0 {
		oldest := i.order[0]
		expired := now-oldest.started >= int64(idempotencyLife.Seconds())
		if oldest.answer == nil || !expired && len(i.order) <= maxIdempotencyKeys && i.bytes <= maxIdempotencyBytes {
			return
		}
		i.bytes -= len(oldest.answer.body)
		i.order[0] = nil
		i.order = i.order[1:]
		delete(i.entries, oldest.key)
		i.journal.remove(keptIdempotency, oldest.key)
	}
}
