// Stripe-checkout-mcp gives AI agents access to Stripe Checkout Sessions: as
// MCP tools over stdio and streamable HTTP, and as a REST API.
package main

import (
	"context"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := untilSignal()
	defer stop()
	root := rootCommand()
	if len(os.Args) > 1 && strings.HasPrefix(os.Args[1], cobra.ShellCompRequestCmd) {
		plainUsage(root)
	}
	os.Exit(run(ctx, root, os.Args[1:]))
}

// untilSignal returns a context that ends when a signal asks the program to
// stop. A second signal kills the program at once.
func untilSignal() (context.Context, context.CancelFunc) {
	// By default, writing output that nobody reads kills the program and its
	// running calls. A session created at Stripe might then be in no log.
	signal.Ignore(syscall.SIGPIPE)
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // nohup ignores it
		signals = append(signals, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), signals...)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}
