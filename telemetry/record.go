package telemetry

import (
	"context"
	"log/slog"
	"sync"
)

// A Record gathers, while a request is served, what its log line says. The
// parts that know something (authentication, the tool call, the calls to
// Stripe) write it; the access log reads it at the end.
type Record struct {
	requestID string

	mu               sync.Mutex
	rpcID            string // of the one JSON-RPC call in the request
	caller           string
	tool             string
	errorType        string
	stripeRequestIDs []string
	sent             map[string]bool // calls to Stripe already made once
	keyRejected      func()          // set when the Stripe key is the caller's own
}

type recordKey struct{}

// WithRecord begins the record of a request.
func WithRecord(ctx context.Context, requestID string) (context.Context, *Record) {
	rec := &Record{requestID: requestID}
	return context.WithValue(ctx, recordKey{}, rec), rec
}

// RecordFrom returns the record of ctx, or one that nobody reads.
func RecordFrom(ctx context.Context) *Record {
	if rec, ok := ctx.Value(recordKey{}).(*Record); ok {
		return rec
	}
	return new(Record)
}

// RequestID returns the id of the HTTP request that ctx belongs to: the
// client's X-Request-Id if it sent a sane one, else one made here. It is "" for
// a context that belongs to no HTTP request.
func RequestID(ctx context.Context) string { return RecordFrom(ctx).requestID }

// SetCaller notes who calls. If Stripe rejects a key that the caller brought,
// keyRejected is called.
func (r *Record) SetCaller(id string, keyRejected func()) {
	r.set(func() { r.caller, r.keyRejected = id, keyRejected })
}

// SetRPCID notes the id of the JSON-RPC call that an HTTP request holds.
func (r *Record) SetRPCID(id string) { r.set(func() { r.rpcID = id }) }

func (r *Record) set(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
}

// sending notes a call to Stripe and reports whether the same one was made
// before within this request.
func (r *Record) sending(call string) (again bool) {
	r.set(func() {
		again = r.sent[call]
		if r.sent == nil {
			r.sent = make(map[string]bool)
		}
		r.sent[call] = true
	})
	return again
}

// answered notes what the headers of Stripe's answer say.
func (r *Record) answered(requestID string, keyRejected bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if requestID != "" {
		r.stripeRequestIDs = append(r.stripeRequestIDs, requestID)
	}
	if keyRejected && r.keyRejected != nil {
		r.keyRejected()
	}
}

// Attrs returns what was noted, for the log.
func (r *Record) Attrs() []slog.Attr {
	r.mu.Lock()
	defer r.mu.Unlock()
	var attrs []slog.Attr
	for _, a := range []slog.Attr{
		slog.String("caller", r.caller),
		slog.String("tool", r.tool),
		slog.String("error_type", r.errorType),
	} {
		if a.Value.String() != "" {
			attrs = append(attrs, a)
		}
	}
	if len(r.stripeRequestIDs) > 0 {
		attrs = append(attrs, slog.Any("stripe_request_ids", r.stripeRequestIDs))
	}
	return attrs
}
