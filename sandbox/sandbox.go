// Package sandbox is a Stripe Checkout API to try things out and test against
// without an account: the five Checkout Session operations, stateful and in
// memory, with Stripe's rules, errors and wording in the API version that
// stripe-go pins.
//
// It moves no money. A session is paid with Stripe's test cards, either on the
// page at its url or by a request; see docs/sandbox.md.
//
// Sources: https://docs.stripe.com/api/checkout/sessions, and the wording of
// errors as found in public code and bug reports.
package sandbox

import (
	"cmp"
	"container/list"
	"net/http"
	"strings"
	"sync"
	"time"

	"go.etcd.io/bbolt"
)

// Options are the settings of a sandbox; the zero value works well.
type Options struct {
	// Now is the clock by which sessions expire; time.Now if nil.
	Now func() time.Time
	// MaxSessions is how many sessions an account keeps before it forgets the
	// oldest; 1000 if 0.
	MaxSessions int
	// PageURL returns the URL below which ServeHTTP can be reached, without a
	// trailing slash. It is called when a session's url is first needed, and
	// may start to listen then. If it is nil, a session created over HTTP has
	// the host that the request was sent to in its url; otherwise it has the
	// url that Stripe would give it, which leads nowhere.
	PageURL func() string
	// Webhook is where [Server.DeliverEvents] sends events; nowhere if nil.
	Webhook *Webhook
}

// Server is a sandbox. It is an [http.Handler], to serve on a port, and an
// [http.RoundTripper], for a client in the same process. Its memory is bounded.
type Server struct {
	now         func() time.Time
	maxSessions int
	pageURL     func() string
	webhook     *Webhook
	deliveries  chan delivery
	db          *bbolt.DB // nil if everything is in memory

	mu       sync.Mutex
	accounts map[accountID]*list.Element
	recent   *list.List // of *accountEntry, most recently used first
}

type accountEntry struct {
	id accountID
	*account
}

// maxAccounts is how many accounts there can be; beyond that, the least
// recently used one is forgotten.
const maxAccounts = 32

// New returns a sandbox without accounts; each begins with its first request.
func New(options Options) *Server {
	s := &Server{
		now:         options.Now,
		maxSessions: cmp.Or(options.MaxSessions, defaultMaxSessions),
		accounts:    map[accountID]*list.Element{},
		recent:      list.New(),
	}
	s.pageURL = options.PageURL
	if options.Webhook != nil {
		s.webhook, s.deliveries = options.Webhook, make(chan delivery, maxDeliveries)
	}
	if s.now == nil {
		s.now = time.Now
	}
	return s
}

// enter finds or creates the account for a request and brings it to the present
// time of its clock.
func (s *Server) enter(id accountID) (*account, int64) {
	now := s.now().Unix()
	a := s.account(id, now)
	return a, a.present(now)
}

// present returns the time of the account's clock and brings the account to it.
func (a *account) present(now int64) int64 {
	a.journal.run(func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		now += a.ahead
		a.settle(now)
	})
	return now
}

// account finds an account, or creates it with its initial sessions.
func (s *Server) account(id accountID, now int64) *account {
	s.mu.Lock()
	defer s.mu.Unlock()
	if element, ok := s.accounts[id]; ok {
		s.recent.MoveToFront(element)
		return element.Value.(*accountEntry).account
	}
	entry := &accountEntry{id, newAccount(s.maxSessions, id.connected)}
	entry.name = id.name()
	if s.webhook != nil {
		entry.deliver = s.enqueue
	}
	if s.db != nil {
		entry.setJournal(newJournal(s.db, id))
	}
	entry.journal.run(func() { entry.start(now) })
	s.accounts[id] = s.recent.PushFront(entry)
	if s.db == nil && s.recent.Len() > maxAccounts {
		oldest := s.recent.Back()
		s.recent.Remove(oldest)
		delete(s.accounts, oldest.Value.(*accountEntry).id)
	}
	return entry.account
}

// all returns the accounts, most recently used first.
func (s *Server) all() []*account {
	s.mu.Lock()
	defer s.mu.Unlock()
	var accounts []*account
	for e := s.recent.Front(); e != nil; e = e.Next() {
		accounts = append(accounts, e.Value.(*accountEntry).account)
	}
	return accounts
}

// ServeHTTP answers a request to Stripe's API or for a session's page.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/c/") {
		s.servePage(w, r)
		return
	}
	pages := s.pageURL
	if pages == nil {
		pages = func() string { return "http://" + r.Host }
	}
	a := s.answer(r, pages)
	if a == nil {
		panic(http.ErrAbortHandler) // closes the connection
	}
	for name, value := range a.header {
		w.Header()[name] = value
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // #nosec G705 -- JSON. The client is gone if this fails.
}
