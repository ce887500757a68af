package sandbox

import (
	"net/http"
	"slices"
	"sort"
	"sync"
)

// account is what one API key sees. Its memory is bounded: past a number of
// sessions, or of bytes, the oldest session that was created is forgotten.
type account struct {
	catalog *catalog
	journal *journal

	mu       sync.Mutex
	sessions []*session // oldest first
	byID     map[string]*session
	bytes    int
	limit    int

	ahead     int64    // seconds that the clock was moved
	nextDue   int64    // when the next session changes by itself
	events    []*event // oldest first
	connected string
	name      string                 // tells its seeds from those of other accounts
	deliver   func(*account, *event) // sends an event to the webhook; nil: there is none
	faults    map[*operation][]fault

	idempotency idempotency
}

const (
	defaultMaxSessions = 1000
	maxSessionBytes    = 8 << 20
	// sessionOverhead is about what a session takes besides its parameters.
	sessionOverhead = 4 << 10
)

// newAccount is an account without sessions.
func newAccount(limit int, connected string) *account {
	return &account{catalog: newCatalog(), byID: map[string]*session{}, limit: limit, nextDue: never, connected: connected}
}

// start gives an account the sessions that each starts with.
func (a *account) start(now int64) {
	for _, s := range a.seedSessions(now) {
		s.seed = true
		a.add(s)
	}
}

// add stores a session, in the order of creation; of two made in the same
// second the later one counts as newer.
func (a *account) add(s *session) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.journal.put(keptSession, s.id, s)
	a.insert(s)
}

// insert does so without a word to the journal. The caller holds the lock, or
// has the account to itself.
func (a *account) insert(s *session) {
	at := sort.Search(len(a.sessions), func(i int) bool { return a.sessions[i].created > s.created })
	a.sessions = slices.Insert(a.sessions, at, s)
	a.byID[s.id] = s
	a.bytes += s.size
	a.nextDue = min(a.nextDue, s.due())
	for len(a.sessions) > a.limit || a.bytes > maxSessionBytes {
		// Those that were there from the start stay: what a page of documentation
		// names can always be found.
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

// change puts what with makes of a session in its place. Others see all of the
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

// replace puts a session in the place of the one with its id. The caller holds
// the account's lock.
func (a *account) replace(s *session) {
	a.journal.put(keptSession, s.id, s)
	old := a.byID[s.id]
	a.byID[s.id] = s
	a.sessions[slices.Index(a.sessions, old)] = s
	a.nextDue = min(a.nextDue, s.due())
}
