package sandbox

import (
	"net/http"
	"strings"
)

// The events that the sandbox has, for the ways a Checkout Session can end.
// https://docs.stripe.com/api/events/types
const (
	eventCompleted    = "checkout.session.completed"
	eventExpired      = "checkout.session.expired"
	eventAsyncSuccess = "checkout.session.async_payment_succeeded"
	eventAsyncFailure = "checkout.session.async_payment_failed"
)

// event is Stripe's Event. It never changes except for pending, which the
// account's lock guards.
type event struct {
	id, typ string
	created int64
	session object // the session right after the event
	// The API request that caused it; empty if a person or the clock did.
	requestID, idempotencyKey string
	connected                 string // the connected account of the event
	pending                   int64  // outstanding webhook deliveries
}

// maxEvents is how many events an account keeps.
const maxEvents = 500

func (e *event) object() object {
	o := object{
		"id": e.id, "object": "event",
		"api_version":      apiVersion,
		"created":          e.created,
		"data":             object{"object": e.session},
		"livemode":         false,
		"pending_webhooks": e.pending,
		"request":          object{"id": idOrNull(e.requestID), "idempotency_key": idOrNull(e.idempotencyKey)},
		"type":             e.typ,
	}
	if e.connected != "" {
		o["account"] = e.connected
	}
	return o
}

// record adds an event for what has just happened to a session. The caller
// holds the account's lock.
func (a *account) record(typ string, s *session, now int64, cause *request) {
	e := &event{id: newID("evt_1", 23), typ: typ, created: now, session: s.object(now), connected: a.connected}
	if cause != nil {
		e.requestID, e.idempotencyKey = cause.id, cause.idempotencyKey
	}
	if a.deliver != nil {
		a.deliver(a, e)
	}
	a.journal.put(keptEvent, e.id, e)
	a.events = append(a.events, e)
	if len(a.events) > maxEvents {
		a.journal.remove(keptEvent, a.events[0].id)
		a.events[0] = nil
		a.events = a.events[1:]
	}
}

func (r *request) listEvents([]string) (object, *apiError) {
	cursor, err := newPage(r.params)
	if err != nil {
		return nil, err
	}
	types := r.params.list("types")
	if typ := r.params.text("type"); typ != "" {
		if len(types) > 0 {
			return nil, onlyOneOf("", "type", "types")
		}
		types = []any{typ}
	}
	if limit := 20; len(types) > limit {
		return nil, tooMany("types", limit)
	}
	delivered, hasDelivered := r.params["delivery_success"].(bool)

	r.account.mu.Lock()
	defer r.account.mu.Unlock()
	newest := make([]*event, len(r.account.events))
	for i, e := range r.account.events {
		newest[len(newest)-1-i] = e
	}
	events, more, err := paginate(newest, cursor, "event", func(e *event) string { return e.id }, func(e *event) bool {
		return inRange(r.params["created"], e.created) &&
			(len(types) == 0 || e.isOneOf(types)) &&
			(!hasDelivered || delivered == (e.pending == 0))
	})
	if err != nil {
		return nil, err
	}
	data := make([]any, len(events))
	for i, e := range events {
		data[i] = e.object()
	}
	return listObject(eventsPath, data, more), nil
}

// isOneOf matches types as Stripe does: * stands for anything.
func (e *event) isOneOf(types []any) bool {
	for _, t := range types {
		pattern := t.(string)
		if prefix, wildcard := strings.CutSuffix(pattern, "*"); pattern == e.typ || wildcard && strings.HasPrefix(e.typ, prefix) {
			return true
		}
	}
	return false
}

func (r *request) retrieveEvent([]string) (object, *apiError) {
	r.account.mu.Lock()
	defer r.account.mu.Unlock()
	for _, e := range r.account.events {
		if e.id == r.object {
			return e.object(), nil
		}
	}
	return nil, missingResource(http.StatusNotFound, "event", r.object, "id")
}
