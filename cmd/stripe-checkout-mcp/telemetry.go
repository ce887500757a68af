package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/telemetry"
)

// newTelemetry sends traces and metrics where the OTEL_* variables say.
func newTelemetry(ctx context.Context, log *slog.Logger, prometheus bool) (*telemetry.Telemetry, error) {
	return telemetry.New(ctx, telemetry.Config{
		Name:       "stripe-checkout-mcp",
		Version:    version(),
		Prometheus: prometheus,
		Logger:     log,
	})
}

// flushTimeout is how long the process waits for a collector before it exits.
const flushTimeout = 5 * time.Second

// flush sends what telemetry still has queued. Call it when the server has
// stopped serving.
func (b *backend) flush() {
	ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
	defer cancel()
	if err := b.telemetry.Shutdown(ctx); err != nil {
		b.log.Warn("some telemetry was not sent", "error", err)
	}
}
