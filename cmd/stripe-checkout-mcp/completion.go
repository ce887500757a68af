package main

import (
	"context"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/tools"
)

// completeFlags lets the shell complete the values of flags that have few.
func completeFlags(root *cobra.Command) {
	values := map[string]cobra.CompletionFunc{
		"log-level":       fixed("debug", "info", "warn", "error"),
		"log-format":      fixed("text", "json"),
		"addr":            cobra.NoFileCompletions,
		"http":            cobra.NoFileCompletions,
		"url":             cobra.NoFileCompletions,
		"token-env":       cobra.NoFileCompletions,
		"stripe-api-base": cobra.NoFileCompletions,
		"stripe-account":  cobra.NoFileCompletions,
		"stripe-retries":  cobra.NoFileCompletions,
		"stripe-timeout":  cobra.NoFileCompletions,
		"tools":           completeToolList,
	}
	for _, cmd := range root.Commands() {
		for name, complete := range values {
			if cmd.Flags().Lookup(name) != nil {
				_ = cmd.RegisterFlagCompletionFunc(name, complete) // fails only for a flag that isn't there
			}
		}
	}
}

func fixed(values ...string) cobra.CompletionFunc {
	return cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)
}

// completeTools completes the first argument.
func completeTools(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return knownTools(cmd.Context()), cobra.ShellCompDirectiveNoFileComp
}

// completeToolList completes the last of several names separated by commas.
func completeToolList(cmd *cobra.Command, _ []string, written string) ([]string, cobra.ShellCompDirective) {
	before := written[:strings.LastIndexByte(written, ',')+1]
	var lists []string
	for _, name := range knownTools(cmd.Context()) {
		lists = append(lists, before+name)
	}
	return lists, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// knownTools asks a server on the sandbox, which needs no key.
func knownTools(ctx context.Context) []string {
	log := slog.New(slog.DiscardHandler)
	client, err := (&stripeFlags{sandbox: true}).client(log)
	if err != nil {
		return nil
	}
	server, err := tools.NewServer(client, tools.Options{Logger: log})
	if err != nil {
		return nil
	}
	session, err := connect(ctx, server)
	if err != nil {
		return nil
	}
	defer session.Close()
	names, err := toolNames(ctx, session)
	if err != nil {
		return nil
	}
	return names
}
