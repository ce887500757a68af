package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/secrets"
)

// The exit codes. The root command's help documents them.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// A usageError reports a command line or an environment variable that this
// program doesn't understand.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// usage turns err into a usageError, unless it is nil.
func usage(err error) error {
	if err == nil {
		return nil
	}
	return usageError{err}
}

// errReported is returned by a command that has already reported what failed.
var errReported = errors.New("failed")

// run executes a command line and returns the exit code. It prints an error
// once, on stderr.
func run(ctx context.Context, root *cobra.Command, args []string) int {
	root.SetArgs(args)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return flagError(cmd, args, err) })
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	// EPIPE: nobody reads the output any more, as with | head.
	if !errors.Is(err, errReported) && !errors.Is(err, syscall.EPIPE) {
		// It may quote a secret that was put in the wrong place.
		fmt.Fprintln(root.ErrOrStderr(), "stripe-checkout-mcp:", secrets.Scrub(err.Error()))
	}
	if _, ok := errors.AsType[usageError](err); ok {
		return exitUsage
	}
	return exitFailed
}

// usageArgs turns a complaint about a command's arguments into a usageError.
func usageArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		err := check(cmd, args)
		switch {
		case err == nil:
			return nil
		case check(cmd, nil) == nil:
			return usageError{fmt.Errorf("%s takes no arguments, but got %q", cmd.CommandPath(), args)}
		default:
			return usageError{fmt.Errorf("usage: %s (see %s --help)", strings.TrimSuffix(cmd.UseLine(), " [flags]"), cmd.CommandPath())}
		}
	}
}
