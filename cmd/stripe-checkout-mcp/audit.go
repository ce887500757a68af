package main

import (
	"context"
	"log/slog"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/telemetry"
)

// auditTo writes a line for everything that happens to a write. It says who,
// what and how it ended, and nothing of a customer or of the arguments.
func auditTo(log *slog.Logger) func(context.Context, operations.Record) {
	return func(ctx context.Context, r operations.Record) {
		attrs := []slog.Attr{
			slog.String("caller", callerID(ctx)),
			slog.String("operation", r.Operation.Name),
			slog.String("outcome", r.Outcome),
			slog.Bool("livemode", r.Livemode),
			slog.String("write_id", r.ID),
		}
		add := func(name, value string) {
			if value != "" {
				attrs = append(attrs, slog.String(name, value))
			}
		}
		tool, _ := ctx.Value(toolKey{}).(string)
		add("tool", tool)
		add("account", r.Account)
		add("session", r.Session)
		add("stripe_request_id", r.RequestID)
		add("request_id", telemetry.RequestID(ctx))
		if r.Err != nil {
			add("error_type", r.Err.Type)
			add("error_code", r.Err.Code)
		}
		log.LogAttrs(ctx, slog.LevelInfo, "audit", attrs...)
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
