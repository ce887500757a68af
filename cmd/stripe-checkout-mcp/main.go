// Stripe-checkout-mcp gives AI agents the Checkout Sessions of Stripe: as MCP
// tools over stdio and streamable HTTP, and as a REST API.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, rootCommand()))
}
