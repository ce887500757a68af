package httpserver

import (
	"context"
	"crypto/rand"
	"regexp"
)

const requestIDHeader = "X-Request-Id"

// A request id from outside goes into logs: letters, digits and hyphens hold
// every common form (UUID, ULID, trace id), and no Stripe key, which has
// underscores.
var saneRequestID = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)

type requestIDKey struct{}

// RequestID returns the id of the HTTP request that ctx belongs to: the
// client's X-Request-Id if it sent a sane one, else one made here. It is "" for
// a context of no HTTP request.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

func requestID(header string) string {
	if saneRequestID.MatchString(header) {
		return header
	}
	return rand.Text()
}
