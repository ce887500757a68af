package sandbox

import (
	"net/http"
	"slices"
	"sort"
	"sync"
)

// account is what one API key sees. Its memory is bounded: beyond a number of
// sessions or of bytes, it forgets the oldest session that was created.
type account struct {
	catalog *catalog
	journal *journal

	mu       sync.Mutex
	sessions []*session // oldest first
	byID     map[string]*session
	bytes    int
	limit    int

	ahead     int64    // how many seconds the clock was moved
	nextDue   int64    // when the next session changes by itself
	events    []*event // oldest first
	connected string
	name      string                 // distinguishes its seeds from those of other accounts
	deliver   func(*account, *event) // sends an event to the webhook; nil if there is none
	faults    map[*operation][]fault

	idempotency idempotency
}

const (
	defaultMaxSessions = 1000
	maxSessionBytes    = 8 << 20
	// sessionOverhead is roughly what a session takes besides its parameters,
	// in bytes.
	sessionOverhead = 4 << 10
)

// newAccount returns an account without sessions.
func newAccount(limit int, connected string) *account {
	return &account{catalog: newCatalog(), byID: map[string]*session{}, limit: limit, nextDue: never, connected: connected}
}

// start gives an account its initial sessions.
func (a *account) start(now int64) {
	for _, s := range a.seedSessions(now) {
		s.seed = true
		a.add(s)
	}
}

// add stores a session in the order of creation; of two created in the same
// second, the later one counts as newer.
func (a *account) add(s *session) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.journal.put(keptSession, s.id, s)
	a.insert(s)
}

// insert does the same without telling the journal. The caller holds the lock
// or has the account to itself.
func (a *account) insert(s *session) {
	at := sort.Search(len(a.sessions), func(i int) bool { return a.sessions[i].created > s.created })
	a.sessions = slices.Insert(a.sessions, at, s)
	a.byID[s.id] = s
	a.bytes += s.size
	a.nextDue = min(a.nextDue, s.due())
	for len(a.sessions) > a.limit || a.bytes > maxSessionBytes {
		// The initial sessions stay, so that anything named in the
		// documentation can always be found.
		i := slices.IndexFunc(a.sessions, func(old *session) bool { return !old.seed && old != s })
		if i < 0 {
			return
		}
		oldest := a.sessions[i]
		a.sessions = slices.Delete(a.sessions, i, i+1)
		a.bytes -= oldest.size
		delete(a.byID, oldest.id)
		a.journal.remove(keptSession, oldest.id)
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

// change replaces a session with what with makes of it. Others see the whole
// change or nothing.
func (a *account) change(id string, with func(*session) (*session, *apiError)) (*session, *apiError) {
	a.mu.Lock()
	defer a.mu.Unlock()
	old, found := a.byID[id]
	if !found {
		return nil, missingResource(http.StatusNotFound, "checkout.session", id, "session")
	}
	changed, err := with(old)
	if err != nil {
		return nil, err
	}
	a.replace(changed)
	return changed, nil
}

// replace replaces the session that has the same id. The caller holds the
// account's lock.
func (a *account) replace(s *session) {
	a.journal.put(keptSession, s.id, s)
	old := a.byID[s.id]
	a.byID[s.id] = s
	a.sessions[slices.Index(a.sessions, old)] = s
	a.nextDue = min(a.nextDue, s.due())
}
