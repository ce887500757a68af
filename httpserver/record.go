package httpserver

import (
	"context"
	"sync"
)

// A record gathers, while a request is served, what its log line says. The
// parts that know something (authentication, the tool call, the calls to
// Stripe) write it; the access log reads it at the end.
type record struct {
	mu               sync.Mutex
	caller           string
	tool             string
	errorType        string
	stripeRequestIDs []string
	sent             map[string]bool // calls to Stripe already made once
	keyRejected      func()          // set when the Stripe key is the caller's own
}

type recordKey struct{}

func withRecord(ctx context.Context) (context.Context, *record) {
	rec := new(record)
	return context.WithValue(ctx, recordKey{}, rec), rec
}

// recordFrom returns the record of ctx, or one that nobody reads.
func recordFrom(ctx context.Context) *record {
	if rec, ok := ctx.Value(recordKey{}).(*record); ok {
		return rec
	}
	return new(record)
}

func (r *record) set(f func(*record)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f(r)
}

// sending notes a call to Stripe and reports whether the same one was made
// before within this request.
func (r *record) sending(call string) (again bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	again = r.sent[call]
	if r.sent == nil {
		r.sent = make(map[string]bool)
	}
	r.sent[call] = true
	return again
}
