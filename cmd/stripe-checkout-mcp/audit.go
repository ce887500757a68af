package main

import (
	"context"
	"log/slog"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/telemetry"
)

// auditTo logs a line for everything that happens to a write. The line says who
// did what and how it ended. It contains no customer data and no arguments.
func auditTo(log *slog.Logger) func(context.Context, operations.Record) {
	return func(ctx context.Context, r operations.Record) {
		attrs := append(make([]slog.Attr, 0, 16), // with room for the rest
			slog.String("caller", callerID(ctx)),
			slog.String("operation", r.Operation.Name),
			slog.String("outcome", r.Outcome),
			slog.Bool("livemode", r.Livemode),
			slog.String("write_id", r.ID),
		)
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

// callerID names who is making a call: the caller that a listener
// authenticated, or "local" for whoever started this process.
func callerID(ctx context.Context) string {
	if caller, ok := auth.CallerFrom(ctx); ok {
		return caller.ID
	}
	return "local"
}

type toolKey struct{}

// nameTool puts the name of the called tool in the context. REST calls have
// none.
func nameTool(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		if call, ok := req.GetParams().(*mcp.CallToolParamsRaw); ok {
			ctx = context.WithValue(ctx, toolKey{}, call.Name)
		}
		return next(ctx, method, req)
	}
}
