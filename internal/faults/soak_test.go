package faults

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"go.uber.org/goleak"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/httpserver"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/splice"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/tools"
)

var soak = flag.Duration("soak", 3*time.Second, "how long to soak")

// soakOrders is how many sessions to create at most. Stripe has to remember
// them all.
const soakOrders = 20_000

// A shop is what the agents in a soak test share.
type shop struct {
	t      *testing.T
	server *mcp.Server
	url    string // of the server, over HTTP
	stage  *stage
	until  time.Time

	orders atomic.Int64

	mu        sync.Mutex
	audit     audit
	session   map[string]string // by order: the session the agent was told about
	calls     int
	failed    int
	faults    map[string]int
	behaviour map[string]int // by transport
}

// Agents create, read and expire sessions for a while, over stdio and HTTP. On
// the way to Stripe, answers go wrong and connections break at random, and the
// agents misbehave too. Then the test prints, one per line, what must be true
// whatever happened.
//
//	go test ./internal/faults -run TestSoak -soak 1m -v
func TestSoak(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: some of the faults wait for a timeout")
	}
	s := &shop{
		t:         t,
		stage:     &stage{t: t, stripe: sandbox.New(sandbox.Options{MaxSessions: soakOrders + 100})},
		audit:     newAudit(),
		session:   map[string]string{},
		faults:    map[string]int{},
		behaviour: map[string]int{},
	}
	before := goleak.IgnoreCurrent()
	transport, disconnect := s.stripe()
	stop := s.serve(transport)
	empty := heap()

	s.until = time.Now().Add(*soak)
	var agents sync.WaitGroup
	for i := range 2 * len(behaviours) {
		agents.Go(func() {
			var c client = &httpClient{shop: s}
			if i%2 == 0 {
				c = &stdioClient{shop: s}
			}
			s.agent(c, i/2)
		})
	}
	agents.Wait()

	stop() // waits for the calls of clients that have hung up

	s.check()
	disconnect()
	s.stage.stripe, s.session, s.audit = nil, nil, audit{} // from here on, only the server uses memory
	after := heap()
	holds(t, "the heap does not grow", after < empty+(8<<20), "%d KB at the start, %d KB at the end", empty>>10, after>>10)
	runtime.KeepAlive(stop)
	leaks := goleak.Find(before)
	holds(t, "no goroutine is left behind", leaks == nil, "%v", cmp.Or(leaks, errors.New("none")))
}

// stripe returns the transport to Stripe. A third of the answers and many of
// the connections go wrong until the faults are over. disconnect closes
// everything.
func (s *shop) stripe() (transport *http.Transport, disconnect func()) {
	var answers []fault
	for _, f := range all {
		if f.answer != nil && f.name != "200 with 60 MB" { // that one would be most of the work
			answers = append(answers, f)
		}
	}

	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if rand.IntN(2) == 0 {
			w.Header().Set("Connection", "close") // so that the next request gets another chance of a fault
		}
		if !s.stage.healed.Load() && rand.IntN(3) == 0 {
			f := answers[rand.IntN(len(answers))]
			s.count(s.faults, "answers")
			f.answer(s.stage.stripe)(w, r)
			return
		}
		s.stage.stripe.ServeHTTP(w, r)
	}))
	s.stage.direct = front.Listener.Addr().String()

	proxies, stop := proxiesTo(s.t, s.stage.direct)
	var dialer net.Dialer
	transport = &http.Transport{MaxIdleConnsPerHost: 2 * len(behaviours)}
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		address, fate := s.stage.direct, rand.IntN(3*len(proxies))
		switch {
		case s.stage.healed.Load():
		case fate == len(proxies):
			s.count(s.faults, "connections")
			address = "127.0.0.1:1" // nobody listens there
		case fate < len(proxies):
			s.count(s.faults, "connections")
			address = proxies[fate]
		}
		return dialer.DialContext(ctx, network, address)
	}
	return transport, func() {
		transport.CloseIdleConnections()
		stop()
		front.Close()
	}
}

// serve starts the server. stop lets running calls finish.
func (s *shop) serve(transport *http.Transport) (stop func()) {
	key, err := stripeclient.ParseKey(stripeKey)
	if err != nil {
		s.t.Fatal(err)
	}
	client, err := stripeclient.New(stripeclient.Config{
		Key: key, BaseURL: "http://" + s.stage.direct, Timeout: time.Second, MaxRetries: 1, Transport: transport,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	service, err := operations.New(client, operations.Options{Audit: func(_ context.Context, r operations.Record) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.audit.add(r)
	}})
	if err != nil {
		s.t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	if s.server, err = tools.NewServer(service, tools.Options{Logger: log}); err != nil {
		s.t.Fatal(err)
	}
	handler := splice.Handler(mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return s.server }, &mcp.StreamableHTTPOptions{
		Stateless: true, JSONResponse: true, PropagateRequestCancellation: true, DisableLocalhostProtection: true, Logger: log,
	}))
	limits := httpserver.DefaultLimits()
	limits.RatePerCaller, limits.MaxConcurrentPerCaller = 0, 0 // all agents count as one caller
	over, err := httpserver.New(httpserver.Config{Limits: limits, Logger: log, Listeners: []httpserver.Listener{httpserver.MCP("127.0.0.1:0", handler, nil)}})
	if err != nil {
		s.t.Fatal(err)
	}
	s.url = "http://" + over.Addr("mcp").String() + "/mcp"
	ctx, cancel := context.WithCancel(s.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- over.Run(ctx) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			s.t.Error(err)
		}
	}
}

func (s *shop) count(what map[string]int, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	what[name]++
}

// agent creates sessions until time is up, but at least one. turn says which
// behavior it starts with.
func (s *shop) agent(c client, turn int) {
	defer c.close()
	misbehave := func(op *operations.Operation, arguments string) {
		b := behaviours[turn%len(behaviours)]
		turn++
		s.count(s.behaviour, c.transport()+": "+string(b))
		c.misbehave(b, call(op, arguments))
	}
	for first := true; first || time.Now().Before(s.until); first = false {
		order := s.orders.Add(1)
		if order > soakOrders {
			misbehave(operations.List, `{"limit":10}`)
			continue
		}
		name := fmt.Sprintf("order-%d", order)
		create := `{"idempotency_key":"` + name + `","body":{"mode":"payment","client_reference_id":"` + name + `","success_url":"https://example.com","line_items":[{"quantity":1,"price_data":{"currency":"usd","unit_amount":1000,"product_data":{"name":"T-shirt"}}}]}}`
		misbehave(operations.Create, create)
		id, _ := s.insist(c, operations.Create, create)["id"].(string)
		s.mu.Lock()
		s.session[name] = id
		s.mu.Unlock()

		s.try(c, operations.Retrieve, `{"session":"`+id+`"}`)
		s.try(c, operations.LineItems, `{"session":"`+id+`"}`)
		s.try(c, operations.Create, `{"body":{"mode":"gift"}}`)
		if order%2 == 0 {
			expire := `{"idempotency_key":"withdraw-` + name + `","session":"` + id + `"}`
			misbehave(operations.Expire, expire)
			s.insist(c, operations.Expire, expire)
		}
	}
}

// try makes a call, and returns the session unless it failed.
func (s *shop) try(c client, op *operations.Operation, arguments string) (session map[string]any) {
	result := c.call(call(op, arguments))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	if result.IsError {
		s.failed++
		return nil
	}
	return result.StructuredContent
}

// insist repeats a write with its key until it is done, as agents are told to
// do.
func (s *shop) insist(c client, op *operations.Operation, arguments string) map[string]any {
	const most = 100
	for range most {
		if time.Now().After(s.until) {
			s.stage.healed.Store(true)
		}
		if session := s.try(c, op, arguments); session != nil {
			return session
		}
	}
	s.t.Errorf("%s was not done after %d repeats", op.Name, most)
	return nil
}

// An audit keeps what the checks need from the records.
type audit struct {
	open                 map[string]bool // writes that were sent but have no outcome yet
	sent, ended, refused int
	done                 map[*operations.Operation]map[string]bool // the sessions
	wrong                []string
}

func newAudit() audit {
	return audit{open: map[string]bool{}, done: map[*operations.Operation]map[string]bool{operations.Create: {}, operations.Expire: {}}}
}

func (a *audit) add(r operations.Record) {
	switch r.Outcome {
	case operations.Sending:
		a.open[r.ID] = true
		a.sent++
		return
	case r.Operation.Done, operations.Replayed: // replayed if the first answer was lost
		a.done[r.Operation][r.Session] = true
	case operations.Refused:
		a.refused++
		if r.Err != nil && r.Err.Sent {
			a.wrong = append(a.wrong, fmt.Sprintf("refused, and sent: %+v", r))
		}
	}
	if a.open[r.ID] {
		delete(a.open, r.ID)
		a.ended++
	} else if r.Outcome != operations.Refused {
		a.wrong = append(a.wrong, fmt.Sprintf("%s, and not sent before: %+v", r.Outcome, r))
	}
}

// check compares the outcome at Stripe with the audit.
func (s *shop) check() {
	t := s.t
	holds(t, "calls were made, and some failed", s.calls > 0 && s.failed > 0, "%d calls, %d failed", s.calls, s.failed)
	holds(t, "answers and connections went wrong", len(s.faults) == 2, "%v", s.faults)
	holds(t, "agents misbehaved in every way", len(s.behaviour) == 2*len(behaviours), "%v", s.behaviour)

	listed, expired := map[string]int{}, 0
	orders := map[string]int{}
	for path := "/v1/checkout/sessions?limit=100"; path != ""; {
		page := s.stage.ask(http.MethodGet, path, "")
		last := ""
		for _, each := range page["data"].([]any) {
			session := each.(map[string]any)
			last = session["id"].(string)
			if order, ok := session["client_reference_id"].(string); ok && strings.HasPrefix(order, "order-") {
				listed[last]++
				orders[order]++
				if session["status"] == "expired" {
					expired++
				}
			}
		}
		path = ""
		if page["has_more"] == true {
			path = "/v1/checkout/sessions?limit=100&starting_after=" + last
		}
	}
	twice, unknown, lost := 0, 0, 0
	for _, n := range orders {
		if n != 1 {
			twice++
		}
	}
	told := map[string]bool{}
	for _, id := range s.session {
		told[id] = true
		if listed[id] != 1 {
			lost++
		}
	}
	for id := range listed {
		if !told[id] {
			unknown++
		}
	}
	holds(t, "no order was created twice", twice == 0, "%d orders, %d of them twice", len(orders), twice)
	holds(t, "every session that an agent was told about is listed once", lost == 0, "%d told about, %d not listed", len(s.session), lost)
	holds(t, "an agent was told about every session at Stripe", unknown == 0, "%d at Stripe, %d unknown", len(listed), unknown)

	a := s.audit
	holds(t, "every write was on record before it was sent, and with its end", len(a.wrong) == 0 && a.sent == a.ended, "%d sent, %d ended, %d refused, wrong: %q", a.sent, a.ended, a.refused, a.wrong)
	created, withdrawn := len(a.done[operations.Create]), len(a.done[operations.Expire])
	holds(t, "the audit has as many sessions as Stripe", created == len(listed) && withdrawn == expired, "created %d of %d, expired %d of %d", created, len(listed), withdrawn, expired)
}

// holds prints whether an invariant holds.
func holds(t *testing.T, what string, ok bool, format string, args ...any) {
	t.Helper()
	text := what + ": " + fmt.Sprintf(format, args...)
	if ok {
		t.Log("holds: " + text)
	} else {
		t.Error("BROKEN: " + text)
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
