package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// The exit codes, documented in the help of the root command.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// A usageError is a command line, or a setting in the environment, that this
// program doesn't understand.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// usage makes an error, if there is one, a usageError.
func usage(err error) error {
	if err == nil {
		return nil
	}
	return usageError{err}
}

// errReported is the failure of a command that has said itself what failed.
var errReported = errors.New("failed")

// run executes a command line and returns the exit code. Errors go to stderr,
// once.
func run(ctx context.Context, root *cobra.Command, args []string) int {
	root.SetArgs(args)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return flagError(cmd, args, err) })
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	// Nobody reads the output any more, as with | head.
	if !errors.Is(err, errReported) && !errors.Is(err, syscall.EPIPE) {
		fmt.Fprintln(root.ErrOrStderr(), "stripe-checkout-mcp:", err)
	}
	if _, ok := errors.AsType[usageError](err); ok {
		return exitUsage
	}
	return exitFailed
}

// usageArgs makes what a command finds wrong with its arguments a usageError.
func usageArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		err := check(cmd, args)
		switch {
		case err == nil:
			return nil
		case check(cmd, nil) == nil:
			return usageError{fmt.Errorf("%s takes no arguments, but was given %q", cmd.CommandPath(), args)}
		default:
			return usageError{fmt.Errorf("usage: %s (see %s --help)", strings.TrimSuffix(cmd.UseLine(), " [flags]"), cmd.CommandPath())}
		}
	}
}
