package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/telemetry"
)

// newTelemetry sends traces and metrics where the OTEL_* environment says.
func newTelemetry(ctx context.Context, log *slog.Logger, prometheus bool) (*telemetry.Telemetry, error) {
	return telemetry.New(ctx, telemetry.Config{
		Name:       "stripe-checkout-mcp",
		Version:    version(),
		Prometheus: prometheus,
		Logger:     log,
	})
}

// flushTimeout bounds how long the end of the process waits for a collector.
const flushTimeout = 5 * time.Second

// flush sends what telemetry has not sent yet, once nothing is served any more.
func (b *backend) flush() {
	ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
	defer cancel()
	if err := b.telemetry.Shutdown(ctx); err != nil {
		b.log.Warn("telemetry was not sent whole", "error", err)
	}
}
