package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/pattern"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/spelling"
)

// unknownCommand suggests the command that the user most likely meant.
func unknownCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil // help
	}
	names := availableCommands(root)
	if meant := spelling.Nearest(args[0], names); meant != "" {
		return usageError{fmt.Errorf("there is no command %q: did you mean %s?", args[0], meant)}
	}
	return usageError{fmt.Errorf("there is no command %q: the commands are %s", args[0], strings.Join(names, ", "))}
}

func availableCommands(root *cobra.Command) (names []string) {
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return names
}

// commandIn returns the first argument that isn't a flag, or "".
func commandIn(args []string) string {
	for _, arg := range args {
		if !strings.HasPrefix(arg, "-") {
			return arg
		}
	}
	return ""
}

// flagError suggests the flag that the user most likely meant.
func flagError(cmd *cobra.Command, args []string, err error) error {
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return usageError{valueError("--"+invalid.GetFlag().Name, invalid.GetFlag(), invalid.GetValue(), invalid.Unwrap())}
	}
	if !cmd.HasParent() {
		return rootFlagError(cmd, args, err)
	}
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		if name := unknown.GetSpecifiedName(); len(name) > 1 {
			if meant := spelling.Nearest(name, flagNames(cmd.Flags())); meant != "" {
				return usageError{fmt.Errorf("%s has no flag --%s: did you mean --%s?", cmd.CommandPath(), name, meant)}
			}
		}
	}
	return usageError{fmt.Errorf("%w (see %s --help)", err, cmd.CommandPath())}
}

// rootFlagError reports a flag where a command was expected.
func rootFlagError(root *cobra.Command, args []string, err error) error {
	if before := root.Flags().Args(); len(before) > 0 {
		return unknownCommand(root, before)
	}
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		name := unknown.GetSpecifiedName()
		if meant := spelling.Nearest(commandIn(args), availableCommands(root)); meant != "" {
			if sub, _, err := root.Find([]string{meant}); err == nil && sub.Flags().Lookup(name) != nil {
				return usageError{fmt.Errorf("--%s must come after the command: did you mean %s %s --%[1]s?", name, root.Name(), meant)}
			}
		}
		for _, cmd := range []string{"stdio", "http", "sandbox", "config", "doctor", "call"} {
			if sub, _, err := root.Find([]string{cmd}); err == nil && sub.Flags().Lookup(name) != nil {
				return usageError{fmt.Errorf("--%s needs a command: %s %s --%[1]s", name, root.Name(), cmd)}
			}
		}
	}
	return usageError{fmt.Errorf("%w (see %s --help)", err, root.CommandPath())}
}

// valueError says which values a flag or its variable accepts, rather than how
// Go failed to parse it.
func valueError(name string, flag *pflag.Flag, value string, err error) error {
	takes := map[string]string{
		"bool":     "true or false",
		"int":      "a whole number",
		"int64":    "a whole number",
		"float64":  "a number",
		"duration": "a duration such as 30s or 2m",
		// pflag reads these lists as a line of CSV.
		"stringSlice":   "values separated by commas",
		"stringToInt64": "currencies with whole numbers, such as usd=50000,eur=45000",
	}[flag.Value.Type()]
	switch {
	case flag.Name == "log-level":
		takes = "debug, info, warn or error"
	case takes == "":
		return fmt.Errorf("%s: %w", name, err)
	}
	return fmt.Errorf("%s is %q: use %s", name, value, takes)
}

func flagNames(flags *pflag.FlagSet) (names []string) {
	flags.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}

// unknownVariable refuses a variable that looks like one of ours but isn't: a
// misspelled STRIPE_CHECKOUT_MCP_READ_ONLY must not start a server that writes.
// An empty variable counts as unset.
func unknownVariable(root *cobra.Command) error {
	var known, flags []string
	for _, v := range otherVariables {
		known = append(known, v.name)
	}
	for _, cmd := range commandsUnder(root) {
		for _, flag := range flagNames(cmd.Flags()) {
			known = append(known, environmentName(flag))
		}
	}
	for _, k := range known {
		if flag, ours := strings.CutPrefix(k, environmentPrefix); ours {
			flags = append(flags, flag)
		}
	}
	for _, variable := range os.Environ() {
		name, value, _ := strings.Cut(variable, "=")
		if value == "" || slices.Contains(known, name) {
			continue
		}
		flag, ours := strings.CutPrefix(name, environmentPrefix)
		switch {
		case ours && ofKubernetes().MatchString(flag):
		case ours:
			if meant := spelling.Nearest(flag, flags); meant != "" {
				return usageError{fmt.Errorf("%s is set, but nothing reads it: did you mean %s?", name, environmentPrefix+meant)}
			}
			return usageError{fmt.Errorf("%s is set, but nothing reads it: unset it, or see docs/configuration.md for the variables that exist", name)}
		case strings.HasPrefix(name, "STRIPE_"):
			// Other programs may use variables that begin like this. We assume
			// that ours is meant only if CHECKOUT_ or MCP_ is missing, or there
			// is a typo or two.
			lacking, _ := strings.CutPrefix(name, "STRIPE_CHECKOUT_")
			for _, f := range flags {
				full := environmentPrefix + f
				if lacking == f || name == "STRIPE_MCP_"+f || levenshtein.ComputeDistance(name, full) <= 2 {
					return usageError{fmt.Errorf("%s is set, but nothing reads it: did you mean %s?", name, full)}
				}
			}
		}
	}
	return nil
}

// Kubernetes sets these for a service whose name begins like this program's.
// https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
var ofKubernetes = pattern.Lazy(`^([A-Z0-9_]*_)?(SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)|PORT(_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$`)

// commandsUnder returns a command and all its subcommands.
func commandsUnder(cmd *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{cmd}
	for _, c := range cmd.Commands() {
		all = append(all, commandsUnder(c)...)
	}
	return all
}
