package main

import (
	"context"
	"log/slog"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/telemetry"
)

// auditTo writes a line for every create and expire, whatever came of it. It
// says who, what and how it ended, and nothing of a customer or of the
// arguments.
func auditTo(log *slog.Logger) func(context.Context, stripeclient.Write) {
	return func(ctx context.Context, w stripeclient.Write) {
		attrs := []slog.Attr{
			slog.String("caller", callerID(ctx)),
			slog.String("operation", w.Operation),
			slog.String("outcome", outcome(w)),
			slog.Bool("livemode", w.Livemode),
		}
		add := func(name, value string) {
			if value != "" {
				attrs = append(attrs, slog.String(name, value))
			}
		}
		tool, _ := ctx.Value(toolKey{}).(string)
		add("tool", tool)
		add("session", w.Session)
		add("stripe_request_id", w.RequestID)
		add("request_id", telemetry.RequestID(ctx))
		if w.Err != nil {
			add("error_type", w.Err.Type)
			add("error_code", w.Err.Code)
		}
		log.LogAttrs(ctx, slog.LevelInfo, "audit", attrs...)
	}
}

// outcome is in Stripe's words what was done, refused for what did not leave
// this server, and failed for what Stripe refused or may not have carried out.
func outcome(w stripeclient.Write) string {
	switch {
	case w.Refused():
		return "refused"
	case w.Err != nil:
		return "failed"
	case w.Operation == stripeclient.OperationExpire:
		return "expired"
	default:
		return "created"
	}
}

// callerID is who makes a call: whom a listener authenticated, or whoever
// started this process.
func callerID(ctx context.Context) string {
	if caller, ok := auth.CallerFrom(ctx); ok {
		return caller.ID
	}
	return "local"
}

type toolKey struct{}

// nameTool tells what is below which tool is called. REST calls have none.
func nameTool(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		if call, ok := req.GetParams().(*mcp.CallToolParamsRaw); ok {
			ctx = context.WithValue(ctx, toolKey{}, call.Name)
		}
		return next(ctx, method, req)
	}
}
