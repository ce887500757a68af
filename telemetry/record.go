package telemetry

import (
	"context"
	"log/slog"
	"slices"
	"sync"
)

// A Record collects what a request's log line will say. Authentication, the
// tool call and the calls to Stripe each add what they know; the access log
// reads it at the end.
type Record struct {
	requestID string

	mu               sync.Mutex
	rpcID            string // of the request's only JSON-RPC call
	caller           string
	tool             string
	errorType        string
	stripeRequestIDs []string
	sent             []string // calls already made to Stripe
	keyRejected      func()   // set if the caller brought the Stripe key
}

type recordKey struct{}

// WithRecord starts the record of a request.
func WithRecord(ctx context.Context, requestID string) (context.Context, *Record) {
	rec := &Record{requestID: requestID}
	return context.WithValue(ctx, recordKey{}, rec), rec
}

// RecordFrom returns the record in ctx, or one that nobody will read.
func RecordFrom(ctx context.Context) *Record {
	if rec, ok := ctx.Value(recordKey{}).(*Record); ok {
		return rec
	}
	return new(Record)
}

// RequestID returns the ID of the HTTP request behind ctx: the client's
// X-Request-Id if it sent an acceptable one, otherwise one made here. Outside
// an HTTP request it is "".
func RequestID(ctx context.Context) string { return RecordFrom(ctx).requestID }

// SetCaller notes who is calling. keyRejected is called if Stripe rejects the
// key that the caller brought.
func (r *Record) SetCaller(id string, keyRejected func()) {
	r.set(func() { r.caller, r.keyRejected = id, keyRejected })
}

// SetRPCID notes the ID of the JSON-RPC call in an HTTP request.
func (r *Record) SetRPCID(id string) { r.set(func() { r.rpcID = id }) }

func (r *Record) set(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
}

// sending notes a call to Stripe and reports whether this request has made the
// same call before.
func (r *Record) sending(call string) (again bool) {
	r.set(func() {
		if again = slices.Contains(r.sent, call); !again {
			r.sent = append(r.sent, call)
		}
	})
	return again
}

// answered notes what Stripe's response headers say.
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

// AppendAttrs appends what the log line should say.
func (r *Record) AppendAttrs(attrs []slog.Attr) []slog.Attr {
	r.mu.Lock()
	defer r.mu.Unlock()
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
