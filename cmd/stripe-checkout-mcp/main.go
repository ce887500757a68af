// Stripe-checkout-mcp gives AI agents the Checkout Sessions of Stripe: as MCP
// tools over stdio and streamable HTTP, and as a REST API.
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

// untilSignal returns a context that a signal to end ends. A second signal ends
// the program at once.
func untilSignal() (context.Context, context.CancelFunc) {
	// By default, output that nobody reads kills the program, and with it the
	// calls that run: a session created at Stripe would be in no log.
	signal.Ignore(syscall.SIGPIPE)
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as nohup has it
		signals = append(signals, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), signals...)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}
