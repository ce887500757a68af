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

// Options are how the tools are served, whichever are.
type Options struct {
	// ConfirmWrites has the person asked before anything is created or expired,
	// and refuses both where the client can't ask.
	ConfirmWrites bool

	// Approvals, if set, has a person asked on a page where the client can't ask.
	Approvals *approval.Gate

	// AsSent leaves the invisible and bidirectional characters in the text of
	// results as they are; without it, they are written as escapes (\u202e).
	AsSent bool

	// Version is this program's, for the server's implementation info.
	Version string

	// Logger receives what goes wrong inside the server. It may not be nil.
	Logger *slog.Logger
}

// instructions tell a model what the tools are for together. Every client
// sends them with every conversation, so they are short.
const instructions = `Sell through Stripe Checkout: create a session, give its url to the customer, retrieve it to see whether it was paid, expire it to withdraw it. List to find a session, list line items to see what is in it. livemode true is real money: ask the person before you create or expire. Amounts are in the currency's smallest unit. An error says what to change; repeat an unanswered create or expire with the same idempotency_key.`

// The hints of the two kinds of tool. Expiring is no destructive update in
// Stripe's sense (the session stays), but neither can it be undone, so it is
// never called idempotent or read-only.
var (
	reading = &mcp.ToolAnnotations{ReadOnlyHint: true, IdempotentHint: true, DestructiveHint: new(false), OpenWorldHint: new(true)}
	writing = &mcp.ToolAnnotations{DestructiveHint: new(false), OpenWorldHint: new(true)}
)

// A tool is an operation as agents see it.
type tool struct {
	*operations.Operation
	description string
	icon        string // a path for [icon]
	// question is what a person is asked before a write. Its error is as that of
	// the call.
	question func(context.Context, *operations.Service, *operations.Call) (*question, error)
}

// all lists the tools in the order of a session's life.
var all = []tool{list, create, retrieve, expire, lineItems}

// described is the tool as tools/list shows it.
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
		InputSchema:  t.Input.Advertised(),
		OutputSchema: t.Output,
	}
}

// ServerOptions returns the options of a server that don't depend on its tools.
func ServerOptions(logger *slog.Logger) *mcp.ServerOptions {
	return &mcp.ServerOptions{Instructions: instructions, Logger: logger, SetCacheable: cacheable}
}

// NewServer returns an MCP server with those tools whose operations the service
// offers.
func NewServer(service *operations.Service, opts Options) (*mcp.Server, error) {
	return newServer(service, opts, all)
}

func newServer(service *operations.Service, opts Options, all []tool) (*mcp.Server, error) {
	options := ServerOptions(opts.Logger)
	options.CompletionHandler = complete
	// What it offers never changes while it runs, and it logs to its operator,
	// not to the model.
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
	if err := addCard(server, service.Offers); err != nil {
		return nil, err
	}
	server.AddReceivingMiddleware(RecoverPanics(opts.Logger), declaredMethods)
	for _, t := range all {
		if !service.Offers(t.Operation) {
			continue
		}
		if t.Writes() && t.question == nil {
			return nil, fmt.Errorf("tools: %s writes, and there is no question to ask before that", t.Tool)
		}
		described := t.described()
		// Encoded once, not at every tools/list.
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

// cacheable says how long a client may go without asking again: what there is
// changes only with the program, and is the same for every caller but those who
// show cards.
func cacheable(_ context.Context, req mcp.Request, c *mcp.Cacheable) {
	c.TTLMs, c.CacheScope = int((5 * time.Minute).Milliseconds()), "public"
	if ShowsCard(req) {
		c.CacheScope = "private"
	}
}

// handler runs a tool, confirmed by the person where that is asked for.
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
				// A client that no longer listens is none of the call's business.
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
