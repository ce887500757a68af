package tools

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/approval"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
)

// Options say how the tools are served.
type Options struct {
	// ConfirmWrites makes the client ask the person before anything is created
	// or expired, and refuses both if the client can't ask.
	ConfirmWrites bool

	// Approvals, if set, asks the person on a page if the client can't ask.
	Approvals *approval.Gate

	// AsSent leaves invisible and bidirectional characters in the text of
	// results as they are; otherwise they are written as escapes (\u202e).
	AsSent bool

	// Version is this program's version, for the server's implementation info.
	Version string

	// Logger receives internal errors of the server. It must not be nil.
	Logger *slog.Logger
}

// instructions tell a model what the tools do together. Every client sends them
// with every conversation, so they are short.
const instructions = `Sell through Stripe Checkout: create a session, give its url to the customer, retrieve it to see whether it was paid, expire it to withdraw it. List to find a session, list line items to see what is in it. livemode true is real money: ask the person before you create or expire. Amounts are in the currency's smallest unit. An error says what to change; repeat an unanswered create or expire with the same idempotency_key.`

// The hints for the two kinds of tool. Expiring is not a destructive update in
// Stripe's sense, because the session stays. But it can't be undone either, so
// it is never called idempotent or read-only.
var (
	reading = &mcp.ToolAnnotations{ReadOnlyHint: true, IdempotentHint: true, DestructiveHint: new(false), OpenWorldHint: new(true)}
	writing = &mcp.ToolAnnotations{DestructiveHint: new(false), OpenWorldHint: new(true)}
)

// A tool is an operation as agents see it.
type tool struct {
	*operations.Operation
	description string
	icon        string // a path for [icon]
	// question is what a person is asked before a write. Its error is treated
	// like an error of the call.
	question func(context.Context, *operations.Service, *operations.Call) (*question, error)
}

// all lists the tools in the order of a session's life.
var all = []tool{list, create, retrieve, expire, lineItems}

// described returns the tool as tools/list shows it.
func (t tool) described() *mcp.Tool {
	hints := reading
	if t.Writes() {
		hints = writing
	}
	return &mcp.Tool{
		Name:         t.Tool,
		Title:        t.Title,
		Icons:        icon(t.icon),
		Description:  t.description,
		Annotations:  hints,
		InputSchema:  t.input(),
		OutputSchema: t.Output,
	}
}

// ServerOptions returns the options of a server that don't depend on its tools.
func ServerOptions(logger *slog.Logger) *mcp.ServerOptions {
	return &mcp.ServerOptions{Instructions: instructions, Logger: logger, SetCacheable: cacheable}
}

// NewServer returns an MCP server with the tools whose operations the service
// offers.
func NewServer(service *operations.Service, opts Options) (*mcp.Server, error) {
	return newServer(service, opts, all)
}

func newServer(service *operations.Service, opts Options, all []tool) (*mcp.Server, error) {
	options := ServerOptions(opts.Logger)
	options.CompletionHandler = complete
	// What the server offers never changes while it runs, and it logs to its
	// operator rather than to the model.
	options.Capabilities = &mcp.ServerCapabilities{
		Tools: &mcp.ToolCapabilities{}, Prompts: &mcp.PromptCapabilities{}, Resources: &mcp.ResourceCapabilities{},
	}
	server := mcp.NewServer(&mcp.Implementation{
		Name:    "stripe-checkout-mcp",
		Title:   "Stripe Checkout",
		Version: opts.Version,
		Icons:   icon(cardIcon),
	}, options)
	if opts.ConfirmWrites {
		server.AddReceivingMiddleware(opts.unasked(service, all))
	}
	addCard(server, service.Offers)
	server.AddReceivingMiddleware(RecoverPanics(opts.Logger), withoutSecrets, declaredMethods)
	for _, t := range all {
		if !service.Offers(t.Operation) {
			continue
		}
		if t.Writes() && t.question == nil {
			return nil, fmt.Errorf("tools: %s writes but has no question to ask first", t.Tool)
		}
		described := t.described()
		// Encode once rather than for every tools/list.
		for _, schema := range []*any{&described.InputSchema, &described.OutputSchema} {
			encoded, err := json.Marshal(*schema)
			if err != nil {
				return nil, fmt.Errorf("encoding a schema of %s: %w", t.Tool, err)
			}
			*schema = json.RawMessage(encoded)
		}
		server.AddTool(described, opts.handler(service, t))
	}
	addPrompts(server, service.Offers)
	return server, nil
}

// cacheable says how long a client may cache a list: what is on offer changes
// only with the program, and is the same for all callers except those who show
// cards.
func cacheable(_ context.Context, req mcp.Request, c *mcp.Cacheable) {
	c.TTLMs, c.CacheScope = int((5 * time.Minute).Milliseconds()), "public"
	if ShowsCard(req) {
		c.CacheScope = "private"
	}
}

// handler runs a tool, after the person has confirmed it if required.
func (o Options) handler(service *operations.Service, t tool) mcp.ToolHandler {
	return func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		call, err := service.Prepare(ctx, t.Operation, req.Params.Arguments)
		if err != nil {
			return failure(err)
		}
		if o.ConfirmWrites && t.Writes() {
			question, err := o.confirm(ctx, service, t, call, req)
			switch {
			case err != nil:
				return failure(call.Refuse(ctx, err))
			case question != nil:
				return question, nil
			}
		}
		if token := req.Params.GetProgressToken(); token != nil && call.Wait > 0 {
			call.Progress = func(waited time.Duration) {
				// A client that no longer listens doesn't affect the call.
				_ = req.Session.NotifyProgress(ctx, &mcp.ProgressNotificationParams{
					ProgressToken: token, Progress: waited.Seconds(), Total: call.Wait.Seconds(),
					Message: "The session is not paid yet.",
				})
			}
		}
		answer, err := call.Do(ctx)
		if err != nil {
			return failure(err)
		}
		return o.success(call, answer), nil
	}
}
