package faults

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/tools"
)

var soak = flag.Duration("soak", 0, "for how long to soak; 0 leaves it out")

const (
	soakAgents = 16
	// soakOrders stays below what the sandbox remembers.
	soakOrders = 800
)

// A shop is what the agents of a soak have in common.
type shop struct {
	stage   *stage
	faulty  atomic.Bool
	orders  atomic.Int64
	calls   atomic.Int64
	failed  atomic.Int64
	mu      sync.Mutex
	session map[string]string   // by order: what the agent was told was created
	records []operations.Record // of the audit
}

// Agents sell, look and withdraw for a while, with faults on the way to Stripe
// at random. What is true afterwards, whatever happened, is printed a line each.
//
//	go test ./internal/faults -run TestSoak -soak 1m -v
func TestSoak(t *testing.T) {
	if *soak == 0 {
		t.Skip("-soak says for how long")
	}
	atRest := settledGoroutines()
	shop := &shop{stage: &stage{t: t, stripe: sandbox.New(sandbox.Options{})}, session: map[string]string{}}
	shop.faulty.Store(true)
	var short []fault // those that don't take until time runs out
	for _, f := range all {
		if f.answer != nil && f.name != "200 with 60 MB" {
			short = append(short, f)
		}
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if shop.faulty.Load() && rand.IntN(3) == 0 {
			short[rand.IntN(len(short))].answer(shop.stage.stripe)(w, r)
			return
		}
		shop.stage.stripe.ServeHTTP(w, r)
	}))
	key, err := stripeclient.ParseKey(sandbox.Key)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: soakAgents}
	client, err := stripeclient.New(stripeclient.Config{Key: key, BaseURL: server.URL, Timeout: 30 * time.Second, MaxRetries: 1, Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	service, err := operations.New(client, operations.Options{Audit: func(_ context.Context, r operations.Record) {
		shop.mu.Lock()
		defer shop.mu.Unlock()
		shop.records = append(shop.records, r)
	}})
	if err != nil {
		t.Fatal(err)
	}

	until := time.Now().Add(*soak)
	var agents sync.WaitGroup
	for range soakAgents {
		agents.Go(func() { shop.agent(t, service, until) })
	}
	time.Sleep(*soak / 3)
	early := heap()
	agents.Wait()
	late := heap()

	shop.check(t)
	transport.CloseIdleConnections()
	server.Close()
	holds(t, "the heap does not grow", late < 2*early+(32<<20), "%d KB after a third of the time, %d KB at the end", early>>10, late>>10)
	n := settledGoroutines()
	holds(t, "no goroutine is left behind", n <= atRest, "%d at rest, %d at the end", atRest, n)
}

// agent is one client of a server of its own.
func (s *shop) agent(t *testing.T, service *operations.Service, until time.Time) {
	server, err := tools.NewServer(service, tools.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Error(err)
		return
	}
	here, there := mcp.NewInMemoryTransports()
	if _, err := server.Connect(t.Context(), there, nil); err != nil {
		t.Error(err)
		return
	}
	session, err := mcp.NewClient(&mcp.Implementation{Name: "soak", Version: "1"}, nil).Connect(t.Context(), here, nil)
	if err != nil {
		t.Error(err)
		return
	}
	defer func() { _ = session.Close() }()
	call := func(op *operations.Operation, arguments string) (object map[string]any, failed bool) {
		s.calls.Add(1)
		result, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: op.Tool, Arguments: json.RawMessage(arguments)})
		if err != nil {
			t.Errorf("%s: %v", op.Name, err)
			return nil, true
		}
		object, _ = result.StructuredContent.(map[string]any)
		if result.IsError {
			s.failed.Add(1)
		}
		return object, result.IsError
	}
	// insist repeats a write with its key until it is done, as an agent is told.
	insist := func(op *operations.Operation, arguments string) map[string]any {
		for attempt := 0; ; attempt++ {
			if time.Now().After(until) {
				s.faulty.Store(false)
			}
			object, failed := call(op, arguments)
			if !failed {
				return object
			}
			if attempt == 100 {
				t.Errorf("%s was not done after %d repeats: %v", op.Name, attempt, object)
				return nil
			}
		}
	}

	for time.Now().Before(until) {
		order := s.orders.Add(1)
		if order > soakOrders {
			call(operations.List, `{"limit":10}`)
			continue
		}
		name := fmt.Sprintf("order-%d", order)
		created := insist(operations.Create, `{"idempotency_key":"`+name+`","body":{"mode":"payment","client_reference_id":"`+name+`","success_url":"https://example.com","line_items":[{"quantity":1,"price_data":{"currency":"usd","unit_amount":1000,"product_data":{"name":"T-shirt"}}}]}}`)
		id, _ := created["id"].(string)
		s.mu.Lock()
		s.session[name] = id
		s.mu.Unlock()
		call(operations.Retrieve, `{"session":"`+id+`"}`)
		call(operations.LineItems, `{"session":"`+id+`"}`)
		call(operations.Create, `{"body":{"mode":"gift"}}`)
		if order%2 == 0 {
			insist(operations.Expire, `{"idempotency_key":"withdraw-`+name+`","session":"`+id+`"}`)
		}
	}
}

// check asks Stripe and the audit.
func (s *shop) check(t *testing.T) {
	holds(t, "there were calls, and faults among them", s.calls.Load() > 0 && s.failed.Load() > 0, "%d calls, %d failed", s.calls.Load(), s.failed.Load())

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
	holds(t, "no order was made twice", twice == 0, "%d orders, %d of them twice", len(orders), twice)
	holds(t, "every session that an agent was told of is listed once", lost == 0, "%d told of, %d not", len(s.session), lost)
	holds(t, "every session at Stripe is one that an agent was told of", unknown == 0, "%d at Stripe, %d unknown", len(listed), unknown)

	sent, ended, refused := map[string]bool{}, map[string]string{}, 0
	done := map[*operations.Operation]map[string]bool{operations.Create: {}, operations.Expire: {}}
	for _, r := range s.records {
		switch r.Outcome {
		case operations.Sending:
			sent[r.ID] = true
			continue
		case r.Operation.Done, operations.Replayed: // the latter where the first answer was lost
			done[r.Operation][r.Session] = true
		case operations.Refused:
			refused++
			if r.Err != nil && r.Err.Sent {
				t.Errorf("refused, and sent: %+v", r)
			}
			if !sent[r.ID] {
				continue
			}
		}
		ended[r.ID] = r.Outcome
	}
	holds(t, "every write that was sent is on record with its end", len(sent) == len(ended), "%d sent, %d ended, %d refused", len(sent), len(ended), refused)
	created, withdrawn := len(done[operations.Create]), len(done[operations.Expire])
	holds(t, "the audit has as many sessions as Stripe", created == len(listed) && withdrawn == expired, "created %d of %d, expired %d of %d", created, len(listed), withdrawn, expired)
}

// holds prints an invariant.
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

// settledGoroutines is how many there are once their number no longer falls.
func settledGoroutines() int {
	least, since := runtime.NumGoroutine(), time.Now()
	for time.Since(since) < time.Second {
		time.Sleep(10 * time.Millisecond)
		if n := runtime.NumGoroutine(); n < least {
			least, since = n, time.Now()
		}
	}
	return least
}
