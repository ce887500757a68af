package main

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
)

// completeFlags lets the shell complete the values of flags that take only a
// few.
func completeFlags(root *cobra.Command) {
	values := map[string]cobra.CompletionFunc{
		"log-level":       fixed("debug", "info", "warn", "error"),
		"log-format":      fixed("text", "json"),
		"auth":            fixed("none", "token", "stripe-key", "oauth"),
		"livemode":        fixed("allow", "deny"),
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
				_ = cmd.RegisterFlagCompletionFunc(name, complete) // fails only if there is no such flag
			}
		}
	}
}

// plainUsage removes the backquotes around the name of a flag's value, because
// shells show the usage text verbatim.
func plainUsage(root *cobra.Command) {
	for _, cmd := range commandsUnder(root) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) { f.Usage = strings.ReplaceAll(f.Usage, "`", "") })
	}
}

func fixed(values ...string) cobra.CompletionFunc {
	return cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)
}

// completeTools completes the first argument.
func completeTools(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return operations.Tools(), cobra.ShellCompDirectiveNoFileComp
}

// completeToolList completes the last name in a comma-separated list.
func completeToolList(_ *cobra.Command, _ []string, written string) ([]string, cobra.ShellCompDirective) {
	before := written[:strings.LastIndexByte(written, ',')+1]
	var lists []string
	for _, name := range operations.Tools() {
		lists = append(lists, before+name)
	}
	return lists, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}
