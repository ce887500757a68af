package sandbox

import (
	"slices"
	"sort"
	"sync"
)

// account is what one API key sees. Its memory is bounded: past a number of
// sessions, or of bytes, the oldest session is forgotten.
type account struct {
	mu       sync.Mutex
	sessions []*session // oldest first
	byID     map[string]*session
	bytes    int
	limit    int

	idempotency idempotency
}

const (
	defaultMaxSessions = 1000
	maxSessionBytes    = 8 << 20
	// sessionOverhead is about what a session takes besides its parameters.
	sessionOverhead = 4 << 10
)

func newAccount(limit int, now int64) *account {
	a := &account{byID: map[string]*session{}, limit: limit}
	for _, s := range seeds(now) {
		a.add(s)
	}
	return a
}

// add stores a session, in the order of creation; of two made in the same
// second the later one counts as newer.
func (a *account) add(s *session) {
	a.mu.Lock()
	defer a.mu.Unlock()
	at := sort.Search(len(a.sessions), func(i int) bool { return a.sessions[i].created > s.created })
	a.sessions = slices.Insert(a.sessions, at, s)
	a.byID[s.id] = s
	a.bytes += s.size
	for len(a.sessions) > a.limit || a.bytes > maxSessionBytes && len(a.sessions) > 1 {
		oldest := a.sessions[0]
		a.sessions[0] = nil
		a.sessions = a.sessions[1:]
		a.bytes -= oldest.size
		delete(a.byID, oldest.id)
	}
}

func (a *account) session(id string) (*session, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	s, ok := a.byID[id]
	return s, ok
}

// newestFirst returns the account's sessions as they are now.
func (a *account) newestFirst() []*session {
	a.mu.Lock()
	defer a.mu.Unlock()
	sessions := slices.Clone(a.sessions)
	slices.Reverse(sessions)
	return sessions
}

// expire ends an open session; ended says whether it was open.
func (a *account) expire(id string, now int64) (s *session, ended, found bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	old, found := a.byID[id]
	if !found || old.statusAt(now) != "open" {
		return old, false, found
	}
	expired := *old
	expired.status, expired.expired = "expired", now
	a.byID[id] = &expired
	a.sessions[slices.Index(a.sessions, old)] = &expired
	return &expired, true, true
}
