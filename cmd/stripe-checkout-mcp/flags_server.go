package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/spf13/pflag"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/approval"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/policy"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/splice"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/telemetry"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/tools"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/upstream"
)

// serverFlags are the flags that stdio and http share: for the tools, for
// Stripe and for the log.
type serverFlags struct {
	stripe        stripeFlags
	policy        policyFlags
	log           logFlags
	readOnly      bool
	tools         []string
	confirmWrites bool
	repeatWindow  time.Duration
	showInvisible bool
}

func (f *serverFlags) register(flags *pflag.FlagSet) {
	f.stripe.register(flags)
	f.policy.register(flags)
	f.log.register(flags)
	flags.BoolVar(&f.readOnly, "read-only", false, "offer only the three tools that can't change anything")
	flags.StringSliceVar(&f.tools, "tools", nil, "offer only the tools with these comma-separated `names`")
	flags.BoolVar(&f.confirmWrites, "confirm-writes", false, "have the client ask the user before a session is created or expired; refuse if the client can't ask")
	flags.DurationVar(&f.repeatWindow, "repeat-window", 2*time.Minute, "how long an identical create by the same caller returns the existing session instead of a new one, unless it has its own idempotency_key; 0 turns this off")
	flags.BoolVar(&f.showInvisible, "show-invisible", true, "in result text, show invisible and bidirectional characters, which customers may have typed, as escapes such as \\u202e")
}

// A backend is everything that the transports serve.
type backend struct {
	service   *operations.Service
	policy    *policy.Policy // nil: none
	approvals *approval.Gate // nil: no page
	server    *mcp.Server
	telemetry *telemetry.Telemetry
	log       *slog.Logger
}

// backendOptions are the ways in which http and the other commands differ from
// stdio.
type backendOptions struct {
	callerKeys bool // every call brings a key; the server has none
	noAudit    bool // write no audit lines
	prometheus bool
	upstream   upstream.Limits
	toolScope  auth.ToolScope // nil: no scopes
	approvals  approvalFlags
	tls        bool
	// pages makes the sandbox serve payment pages, for servers that keep
	// running.
	pages     bool
	newServer newServer // nil: tools.NewServer
}

type newServer = func(*operations.Service, tools.Options) (*mcp.Server, error)

// backend connects to Stripe. Logs go to stderr.
func (f *serverFlags) backend(ctx context.Context, stderr io.Writer, opts backendOptions) (*backend, error) {
	log, err := f.log.logger(stderr, slog.LevelDebug)
	if err != nil {
		return nil, err
	}
	// go-sdk logs the start and end of every session at the info level, which
	// for a stateless server means several lines per request.
	quiet, err := f.log.logger(stderr, slog.LevelWarn)
	if err != nil {
		return nil, err
	}
	record := stderr
	if opts.noAudit {
		record = io.Discard
	}
	audit, err := f.log.audit(record)
	if err != nil {
		return nil, err
	}
	if f.tools != nil && len(f.tools) == 0 {
		// --tools "$UNSET" in a shell must not offer all of them.
		return nil, usageError{errors.New("--tools is empty: name the tools to offer, or leave it out to offer all")}
	}
	config, err := f.stripe.config(opts.callerKeys)
	if err != nil {
		return nil, err
	}
	if f.stripe.sandbox {
		if config.Transport, err = f.stripe.openSandbox(ctx, opts.pages, log); err != nil {
			return nil, err
		}
	}
	telemetry, err := newTelemetry(ctx, log, opts.prometheus)
	if err != nil {
		return nil, usageError{err} // about an OTEL_* variable
	}
	config.Transport = telemetry.Transport(config.Transport)
	if !f.stripe.sandbox { // the sandbox has no rate limits
		config.Transport = upstream.New(opts.upstream, config.Transport)
	}
	config.Logger = log
	client, err := stripeclient.New(config)
	if err != nil {
		return nil, usageError{err}
	}
	policy, err := f.policy.policy(log)
	if err != nil {
		return nil, usageError{err}
	}
	options := operations.Options{
		ReadOnly:     f.readOnly,
		Tools:        f.tools,
		Caller:       callerID,
		RepeatWindow: f.repeatWindow,
		Audit:        auditTo(audit),
		Logger:       log,
	}
	obey(policy, client, &options)
	service, err := operations.New(client, options)
	if err != nil {
		return nil, usageError{err}
	}
	approvals, err := opts.approvals.gate(client, f.confirmWrites, opts.tls)
	if err != nil {
		return nil, usageError{err}
	}
	if opts.newServer == nil {
		opts.newServer = tools.NewServer
	}
	server, err := opts.newServer(service, tools.Options{
		Approvals:     approvals,
		ConfirmWrites: f.confirmWrites,
		AsSent:        !f.showInvisible,
		Version:       version(),
		Logger:        quiet,
	})
	if err != nil {
		return nil, err
	}
	// The first is outermost, so that refused calls are measured too.
	middleware := []mcp.Middleware{splice.Middleware, tools.RecoverPanics(quiet), telemetry.Middleware(operations.Tools()...), nameTool}
	if opts.toolScope != nil {
		middleware = append(middleware, auth.RequireToolScopes(opts.toolScope))
	}
	server.AddReceivingMiddleware(middleware...)
	return &backend{service, policy, approvals, server, telemetry, log}, nil
}
