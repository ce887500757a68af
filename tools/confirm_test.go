package tools

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/stripespec"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

const (
	oldProtocol = "2025-11-25"
	newProtocol = "2026-07-28"

	createArguments = `{"body":{"mode":"payment","success_url":"https://example.com","line_items":[{"quantity":2,"price_data":{"currency":"usd","unit_amount":1000,"product_data":{"name":"T-shirt"}}}]}}`
)

// A shop is a server with ConfirmWrites and a sandbox behind it, which records
// what reaches it.
type shop struct {
	t      *testing.T
	server *mcp.Server
	caller string

	mu     sync.Mutex
	writes []string // idempotency keys of the requests that write
	audit  []operations.Record
}

func openShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{t: t}
	upstream := stripespec.Transport(t, sandbox.New(sandbox.Options{}))
	key, err := stripeclient.ParseKey(testKey)
	if err != nil {
		t.Fatal(err)
	}
	audit := func(_ context.Context, r operations.Record) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.audit = append(s.audit, r)
	}
	client, err := stripeclient.New(stripeclient.Config{Key: key,
		Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodPost {
				s.mu.Lock()
				s.writes = append(s.writes, r.Header.Get("Idempotency-Key"))
				s.mu.Unlock()
			}
			return upstream.RoundTrip(r)
		})})
	if err != nil {
		t.Fatal(err)
	}
	service, err := operations.New(client, operations.Options{Audit: audit, Caller: func(context.Context) string { return s.caller }})
	if err != nil {
		t.Fatal(err)
	}
	s.server, err = NewServer(service, Options{
		ConfirmWrites: true,
		Logger:        slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// connect connects over "stdio" (a lasting connection) or "http" (stateless).
func (s *shop) connect(over, protocol string, opts *mcp.ClientOptions) *mcp.ClientSession {
	s.t.Helper()
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, opts)
	var transport mcp.Transport
	switch over {
	case "stdio":
		serverSide, clientSide := mcp.NewInMemoryTransports()
		if _, err := s.server.Connect(s.t.Context(), serverSide, nil); err != nil {
			s.t.Fatal(err)
		}
		transport = clientSide
	case "http":
		h := httptest.NewServer(mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return s.server },
			&mcp.StreamableHTTPOptions{Stateless: true, JSONResponse: true}))
		s.t.Cleanup(h.Close)
		transport = &mcp.StreamableClientTransport{Endpoint: h.URL, DisableStandaloneSSE: true, MaxRetries: -1}
	}
	session, err := client.Connect(s.t.Context(), transport, &mcp.ClientSessionOptions{ProtocolVersion: protocol})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { session.Close() })
	if got := session.InitializeResult().ProtocolVersion; got != protocol {
		s.t.Fatalf("the session speaks %s, want %s", got, protocol)
	}
	return session
}

func (s *shop) wantWrites(n int) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.writes) != n {
		s.t.Errorf("%d write requests reached Stripe, want %d", len(s.writes), n)
	}
}

func (s *shop) wantAudit(op *operations.Operation, outcomes ...string) {
	s.t.Helper()
	var got []string
	for _, r := range s.audit {
		if r.Operation != op {
			s.t.Errorf("audited %s, want %s", r.Operation.Name, op.Name)
		}
		got = append(got, r.Outcome)
	}
	if !slices.Equal(got, outcomes) {
		s.t.Errorf("audited %q, want %q", got, outcomes)
	}
}

// personWho returns the options of a client whose person always gives the same
// answer, and the questions they were asked.
func personWho(action string) (*mcp.ClientOptions, *[]string) {
	asked := new([]string)
	return &mcp.ClientOptions{ElicitationHandler: func(_ context.Context, req *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
		*asked = append(*asked, req.Params.Message)
		return &mcp.ElicitResult{Action: action}, nil
	}}, asked
}

func errorCode(t *testing.T, r *mcp.CallToolResult) string {
	t.Helper()
	if !r.IsError {
		return ""
	}
	code, _ := object(t, r)["error"].(map[string]any)["code"].(string)
	return code
}

func TestPersonIsAskedBeforeAWrite(t *testing.T) {
	for _, connection := range []struct {
		over, protocol string
		canAsk         bool
	}{
		{"stdio", oldProtocol, true},
		{"stdio", newProtocol, true},
		{"http", oldProtocol, false}, // a stateless server can't ask in the middle of a call
		{"http", newProtocol, true},
	} {
		for action, want := range map[string]string{
			"accept":  "",
			"decline": "confirmation_declined",
			"cancel":  "confirmation_canceled",
			"shrug":   "confirmation_canceled",
		} {
			t.Run(connection.over+" "+connection.protocol+" "+action, func(t *testing.T) {
				s := openShop(t)
				person, asked := personWho(action)
				result := call(t, s.connect(connection.over, connection.protocol, person), createTool, createArguments)
				questions, writes := 1, 0
				if !connection.canAsk {
					want, questions = "confirmation_unavailable", 0
				}
				if want == "" {
					writes = 1
				}
				if got := errorCode(t, result); got != want {
					t.Errorf("error code %q, want %q", got, want)
				}
				if len(*asked) != questions {
					t.Errorf("%d questions asked, want %d", len(*asked), questions)
				}
				s.wantWrites(writes)
				wantAudit := []string{operations.Sending, "created"}
				if want != "" {
					wantAudit = []string{operations.Refused}
				}
				s.wantAudit(operations.Create, wantAudit...)
			})
		}
	}
}

// A client that claims that it can ask, and then can't, is told so, like any
// other.
func TestClientsThatFailToAsk(t *testing.T) {
	for name, answer := range map[string]func() (*mcp.ElicitResult, error){
		"an error":          func() (*mcp.ElicitResult, error) { return nil, errors.New("no window") },
		"an unknown method": func() (*mcp.ElicitResult, error) { return nil, &jsonrpc.Error{Code: jsonrpc.CodeMethodNotFound} },
		"no answer":         func() (*mcp.ElicitResult, error) { return &mcp.ElicitResult{}, nil },
		"an extra answer":   func() (*mcp.ElicitResult, error) { return &mcp.ElicitResult{Action: "yes"}, nil },
	} {
		t.Run(name, func(t *testing.T) {
			s := openShop(t)
			session := s.connect("stdio", oldProtocol, &mcp.ClientOptions{ElicitationHandler: func(context.Context, *mcp.ElicitRequest) (*mcp.ElicitResult, error) { return answer() }})
			result := call(t, session, createTool, createArguments)
			if code := errorCode(t, result); !strings.HasPrefix(code, "confirmation_") {
				t.Errorf("got code %q: %s", code, text(t, result))
			}
			s.wantWrites(0)
			s.wantAudit(operations.Create, operations.Refused)
		})
	}
}

// Over HTTP, an old client may claim in a call's metadata that it can ask; but
// nobody can be asked in the middle of a stateless call.
func TestClaimsOfOldClients(t *testing.T) {
	s := openShop(t)
	h := httptest.NewServer(mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return s.server },
		&mcp.StreamableHTTPOptions{Stateless: true, JSONResponse: true}))
	defer h.Close()
	req, err := http.NewRequest(http.MethodPost, h.URL, strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"_meta":{"io.modelcontextprotocol/clientCapabilities":{"elicitation":{}}},"name":"`+createTool+`","arguments":`+createArguments+`}}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	req.Header.Set("MCP-Protocol-Version", oldProtocol)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var got struct {
		Result struct {
			StructuredContent struct {
				Error struct{ Code string }
			}
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil || got.Result.StructuredContent.Error.Code != "confirmation_unavailable" {
		t.Errorf("got %+v, %v", got, err)
	}
	s.wantWrites(0)
}

func TestExpireAsksAboutTheSession(t *testing.T) {
	s := openShop(t)
	person, asked := personWho("accept")
	session := s.connect("http", newProtocol, person)
	created := succeed(t, session, createTool, createArguments)
	expired := succeed(t, session, expireTool, `{"session":"`+created["id"].(string)+`"}`)
	if expired["status"] != "expired" {
		t.Errorf("the session is %v", expired["status"])
	}
	want := "Expire the Stripe Checkout Session " + created["id"].(string) + "? Nobody can pay on its page after that, and it can't be undone.\n\nAmount: 20.00 USD\nCurrency: USD\nMode: payment\nLivemode: no, this is test mode\nStatus: open"
	if len(*asked) != 2 || (*asked)[1] != want {
		t.Errorf("asked %q, want %q", *asked, want)
	}
}

func TestNobodyIsAskedInVain(t *testing.T) {
	s := openShop(t)
	person, asked := personWho("accept")
	session := s.connect("stdio", newProtocol, person)
	for name, test := range map[string]struct{ tool, arguments string }{
		"arguments that are wrong":         {createTool, `{"body":{"mode":"gift"}}`},
		"arguments given twice":            {createTool, `{"body":{},"body":{"mode":"payment"}}`},
		"arguments that are not an object": {createTool, `[]`},
		"a session that isn't there":       {expireTool, `{"session":"cs_test_none"}`},
	} {
		t.Run(name, func(t *testing.T) {
			if result := call(t, session, test.tool, test.arguments); !result.IsError {
				t.Error("succeeded")
			}
		})
	}
	call(t, session, listTool, `{}`) // reading needs nobody
	if len(*asked) != 0 {
		t.Errorf("asked %q", *asked)
	}
	s.wantWrites(0)
}

func TestClientThatCannotAskIsRefused(t *testing.T) {
	for _, over := range []string{"stdio", "http"} {
		for _, protocol := range []string{oldProtocol, newProtocol} {
			t.Run(over+" "+protocol, func(t *testing.T) {
				s := openShop(t)
				session := s.connect(over, protocol, nil)
				result := call(t, session, createTool, createArguments)
				if got := errorCode(t, result); got != "confirmation_unavailable" {
					t.Errorf("error code %q", got)
				}
				if !containsAll(text(t, result), "this client can't ask", "elicitation") {
					t.Errorf("the refusal says %q", text(t, result))
				}
				s.wantWrites(0)
			})
		}
	}
}

// question makes the first request of a call by hand.
func (s *shop) question(session *mcp.ClientSession, tool, arguments string) *mcp.CallToolResult {
	s.t.Helper()
	result := call(s.t, session, tool, arguments)
	if !result.NeedsInput() || result.RequestState == "" || len(result.InputRequests) != 1 {
		s.t.Fatalf("no question: %+v", result)
	}
	return result
}

func byHand() *mcp.ClientOptions {
	opts, _ := personWho("accept")
	opts.MultiRoundTrip = &mcp.MultiRoundTripOptions{Disabled: true}
	return opts
}

var accepted = mcp.InputResponseMap{confirmation: &mcp.ElicitResult{Action: "accept"}}

func TestTamperedConfirmationIsRefused(t *testing.T) {
	for _, over := range []string{"stdio", "http"} {
		s := openShop(t)
		session := s.connect(over, newProtocol, byHand())
		state := s.question(session, createTool, createArguments).RequestState
		expiry, rest, _ := strings.Cut(state, ".")
		otherKey := signer{secret: []byte("another server's"), tool: createTool, arguments: json.RawMessage(createArguments)}

		for name, call := range map[string]mcp.CallToolParams{
			"other arguments":   {Name: createTool, Arguments: json.RawMessage(strings.Replace(createArguments, "1000", "9000", 1)), RequestState: state, InputResponses: accepted},
			"one more argument": {Name: createTool, Arguments: json.RawMessage(strings.Replace(createArguments, `{"body"`, `{"idempotency_key":"k","body"`, 1)), RequestState: state, InputResponses: accepted},
			"another tool":      {Name: expireTool, Arguments: json.RawMessage(`{"session":"cs_test_1"}`), RequestState: state, InputResponses: accepted},
			"no state":          {Name: createTool, Arguments: json.RawMessage(createArguments), InputResponses: accepted},
			"a made-up state":   {Name: createTool, Arguments: json.RawMessage(createArguments), RequestState: "yes", InputResponses: accepted},
			"another key":       {Name: createTool, Arguments: json.RawMessage(createArguments), RequestState: otherKey.state("n", time.Now().Add(time.Hour)), InputResponses: accepted},
			"a longer life":     {Name: createTool, Arguments: json.RawMessage(createArguments), RequestState: expiry + "0." + rest, InputResponses: accepted},
			"another nonce":     {Name: createTool, Arguments: json.RawMessage(createArguments), RequestState: expiry + ".x" + rest, InputResponses: accepted},
			"a state cut short": {Name: createTool, Arguments: json.RawMessage(createArguments), RequestState: state[:len(state)-1], InputResponses: accepted},
			"no answer":         {Name: createTool, Arguments: json.RawMessage(createArguments), RequestState: state},
			"another question":  {Name: createTool, Arguments: json.RawMessage(createArguments), RequestState: state, InputResponses: mcp.InputResponseMap{"other": &mcp.ElicitResult{Action: "accept"}}},
		} {
			t.Run(over+" "+name, func(t *testing.T) {
				result, err := session.CallTool(t.Context(), &call)
				if err != nil {
					t.Fatal(err)
				}
				if got := errorCode(t, result); got != "confirmation_invalid" {
					t.Errorf("error code %q: %+v", got, result)
				}
				s.wantWrites(0)
			})
		}
		t.Run(over+" another caller", func(t *testing.T) {
			s.caller = "mallory"
			defer func() { s.caller = "" }()
			result, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: createTool, Arguments: json.RawMessage(createArguments), RequestState: state, InputResponses: accepted})
			if err != nil {
				t.Fatal(err)
			}
			if got := errorCode(t, result); got != "confirmation_invalid" {
				t.Errorf("error code %q", got)
			}
			s.wantWrites(0)
		})
	}
}

// For an older client on a lasting connection, go-sdk fetches the answers, but
// nothing stops the client from sending its own.
func TestOldClientCannotAnswerUnasked(t *testing.T) {
	s := openShop(t)
	person, asked := personWho("decline")
	result, err := s.connect("stdio", oldProtocol, person).CallTool(t.Context(), &mcp.CallToolParams{
		Name: createTool, Arguments: json.RawMessage(createArguments), RequestState: "yes", InputResponses: accepted})
	if err != nil {
		t.Fatal(err)
	}
	if got := errorCode(t, result); got != "confirmation_invalid" || len(*asked) != 0 {
		t.Errorf("error code %q, asked %q", got, *asked)
	}
	s.wantWrites(0)
}

func TestReplayedConfirmationMakesOneSession(t *testing.T) {
	s := openShop(t)
	session := s.connect("http", newProtocol, byHand())
	state := s.question(session, createTool, createArguments).RequestState
	ids := map[any]bool{}
	for range 3 {
		// White space and order differ: a client may rewrite the arguments.
		arguments := strings.Replace(createArguments, `{"mode":"payment",`, `{ "mode" : "payment", `, 1)
		result, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: createTool, Arguments: json.RawMessage(arguments), RequestState: state, InputResponses: accepted})
		if err != nil || result.IsError {
			t.Fatal(result, err)
		}
		ids[object(t, result)["id"]] = true
	}
	if len(ids) != 1 {
		t.Errorf("one confirmation made the sessions %v", ids)
	}
	// Asking the same question again is a new request.
	again := s.question(session, createTool, createArguments).RequestState
	if again == state {
		t.Error("two questions have one state")
	}
}

func TestConfirmedCallKeepsItsIdempotencyKey(t *testing.T) {
	s := openShop(t)
	person, _ := personWho("accept")
	succeed(t, s.connect("http", newProtocol, person), createTool, strings.Replace(createArguments, `{"body"`, `{"idempotency_key":"mine","body"`, 1))
	if len(s.writes) != 1 || s.writes[0] != "mine" {
		t.Errorf("sent with the keys %q", s.writes)
	}
}

func TestConfirmationHoldsForAWhile(t *testing.T) {
	asked := time.Unix(1_700_000_000, 0)
	s := signer{secret: []byte("secret"), tool: createTool, arguments: json.RawMessage(`{}`)}
	state := s.state("nonce", asked.Add(confirmWithin))
	if nonce, err := s.check(state, asked.Add(confirmWithin)); nonce != "nonce" || err != nil {
		t.Errorf("in time: %q, %v", nonce, err)
	}
	_, err := s.check(state, asked.Add(confirmWithin+time.Second))
	if failed, ok := stripeclient.AsError(err); !ok || failed.Code != "confirmation_expired" {
		t.Errorf("too late: %v", err)
	}
}

// Replicas share nothing but the Stripe key.
func TestAnyReplicaTakesTheAnswer(t *testing.T) {
	first, second := openShop(t), openShop(t)
	state := first.question(first.connect("http", newProtocol, byHand()), createTool, createArguments).RequestState
	result, err := second.connect("http", newProtocol, byHand()).CallTool(t.Context(), &mcp.CallToolParams{Name: createTool, Arguments: json.RawMessage(createArguments), RequestState: state, InputResponses: accepted})
	if err != nil || result.IsError {
		t.Fatal(result, err)
	}
	first.wantWrites(0)
	second.wantWrites(1)
}

// The audit log also has arguments that never reached Stripe.
func TestAuditOfRefusedArguments(t *testing.T) {
	s := openShop(t)
	call(t, s.connect("stdio", newProtocol, byHand()), createTool, `{"body":{"customer_email":"jenny@example.com","mode":"gift"}}`)
	s.wantAudit(operations.Create, operations.Refused)
}
