package tools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/schemas"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// Options choose what a server offers.
type Options struct {
	// ReadOnly leaves only the tools that can't change anything at Stripe.
	ReadOnly bool

	// Names picks tools by name; none picks all.
	Names []string

	// ConfirmWrites has the person asked before anything is created or expired,
	// and refuses both where the client can't ask.
	ConfirmWrites bool

	// Caller names who makes a call, so that one caller's confirmation is none
	// for another. Nil is for one caller, as under stdio.
	Caller func(context.Context) string

	// Audit, if set, is told of the creates and expires that were refused before
	// they came to the client, which tells of the others itself.
	Audit func(context.Context, stripeclient.Write)

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

// A tool is an MCP tool and what it does: JSON arguments in, Stripe's JSON
// object out. Its error is a *schemas.Error or a *stripeclient.Error.
type tool struct {
	*mcp.Tool
	call  func(ctx context.Context, arguments json.RawMessage) (json.RawMessage, error)
	write *write // nil if it only reads
}

// operate is what every tool does: validate and decode the arguments, call
// Stripe, cut the answer down to the fields asked for.
func operate[P any](op *schemas.Operation[P], do func(context.Context, *schemas.Input[P]) (*stripeclient.Response, error)) func(context.Context, json.RawMessage) (json.RawMessage, error) {
	return func(ctx context.Context, arguments json.RawMessage) (json.RawMessage, error) {
		in, err := op.Decode(arguments)
		if err != nil {
			return nil, err
		}
		answer, err := do(ctx, in)
		if err != nil {
			return nil, err
		}
		return schemas.Pick(answer.JSON, in.Fields)
	}
}

// all lists the tools in the order of a session's life.
func all(client *stripeclient.Client) []tool {
	return []tool{list(client), create(client), retrieve(client), expire(client), lineItems(client)}
}

// All describes the tools: names, schemas and the hints that say which only
// read. They must not be changed.
var All = sync.OnceValue(func() []*mcp.Tool {
	var described []*mcp.Tool
	for _, t := range all(nil) {
		described = append(described, t.Tool)
	}
	return described
})

// NewServer returns an MCP server with the chosen tools over client. It fails
// on a name that no tool has.
func NewServer(client *stripeclient.Client, opts Options) (*mcp.Server, error) {
	chosen, err := choose(all(client), opts)
	if err != nil {
		return nil, err
	}
	server := mcp.NewServer(&mcp.Implementation{
		Name:    "stripe-checkout-mcp",
		Title:   "Stripe Checkout",
		Version: opts.Version,
	}, &mcp.ServerOptions{
		Instructions: instructions,
		Logger:       opts.Logger,
		// What it offers never changes while it runs, and it logs to its
		// operator, not to the model.
		Capabilities:      &mcp.ServerCapabilities{Tools: &mcp.ToolCapabilities{}, Prompts: &mcp.PromptCapabilities{}},
		CompletionHandler: complete,
	})
	server.AddReceivingMiddleware(RecoverPanics(opts.Logger))
	for _, t := range chosen {
		// Encoded once, not at every tools/list.
		schema, err := json.Marshal(t.InputSchema)
		if err != nil {
			return nil, fmt.Errorf("encoding the input schema of %s: %w", t.Name, err)
		}
		t.InputSchema = json.RawMessage(schema)
		server.AddTool(t.Tool, opts.handler(client, t))
	}
	addPrompts(server, chosen)
	return server, nil
}

// handler runs a tool: confirmed by the person where that is asked for, and
// with a word to the audit log where the client has none to say.
func (o Options) handler(client *stripeclient.Client, t tool) mcp.ToolHandler {
	return func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		arguments := req.Params.Arguments
		if o.ConfirmWrites && t.write != nil {
			confirmed, question, err := o.confirm(ctx, client, t, req)
			switch {
			case err != nil:
				o.auditRefusal(ctx, client, t, err)
				return failure(err)
			case question != nil:
				return question, nil
			}
			arguments = confirmed
		}
		answer, err := t.call(ctx, arguments)
		if err != nil {
			if refused := (*schemas.Error)(nil); errors.As(err, &refused) {
				o.auditRefusal(ctx, client, t, err)
			}
			return failure(err)
		}
		return success(answer), nil
	}
}

func (o Options) auditRefusal(ctx context.Context, client *stripeclient.Client, t tool, err error) {
	if failed, ok := stripeclient.AsError(err); ok && t.write != nil && o.Audit != nil {
		o.Audit(ctx, stripeclient.Write{
			Operation: t.write.operation,
			Livemode:  client.Key(ctx).Livemode(),
			RequestID: failed.RequestID,
			Err:       failed,
		})
	}
}

// choose applies the options to the tools.
func choose(tools []tool, opts Options) ([]tool, error) {
	var known []string
	for _, t := range tools {
		known = append(known, t.Name)
	}
	for _, name := range opts.Names {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("there is no tool %q; the tools are %s", name, strings.Join(known, ", "))
		}
	}
	chosen := slices.DeleteFunc(tools, func(t tool) bool {
		return opts.ReadOnly && !t.Annotations.ReadOnlyHint || len(opts.Names) > 0 && !slices.Contains(opts.Names, t.Name)
	})
	if len(chosen) == 0 {
		return nil, fmt.Errorf("no tool is left: %s can only write, and the server is read-only", strings.Join(opts.Names, ", "))
	}
	return chosen, nil
}
