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
)

// nearest is the name that was most likely meant, or "".
func nearest(name string, known []string) string {
	best, distance := "", 1+max(1, len(name)/3)
	for _, k := range known {
		if d := levenshtein.ComputeDistance(strings.ToLower(name), strings.ToLower(k)); d < distance {
			best, distance = k, d
		}
	}
	return best
}

// unknownCommand says which command was likely meant.
func unknownCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil // help
	}
	var names []string
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	if meant := nearest(args[0], names); meant != "" {
		return usageError{fmt.Errorf("there is no command %q: did you mean %s?", args[0], meant)}
	}
	return usageError{fmt.Errorf("there is no command %q: the commands are %s", args[0], strings.Join(names, ", "))}
}

// flagError says which flag was likely meant.
func flagError(cmd *cobra.Command, err error) error {
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		if name := unknown.GetSpecifiedName(); len(name) > 1 {
			if meant := nearest(name, flagNames(cmd.Flags())); meant != "" {
				return usageError{fmt.Errorf("%s has no flag --%s: did you mean --%s?", cmd.CommandPath(), name, meant)}
			}
		}
	}
	return usageError{fmt.Errorf("%w (see %s --help)", err, cmd.CommandPath())}
}

func flagNames(flags *pflag.FlagSet) (names []string) {
	flags.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}

// misspeltVariable finds a variable that looks like a flag's but is none. A
// misspelt STRIPE_CHECKOUT_MCP_READ_ONLY must not start a server that writes.
// Variables that resemble none are let be: Kubernetes sets some for a service
// of this program's name.
func misspeltVariable(root *cobra.Command) error {
	var known []string
	for _, v := range otherVariables {
		known = append(known, v.name)
	}
	for _, cmd := range commandsUnder(root) {
		for _, flag := range flagNames(cmd.Flags()) {
			known = append(known, environmentName(flag))
		}
	}
	for _, variable := range os.Environ() {
		name, value, _ := strings.Cut(variable, "=")
		suffix, ours := strings.CutPrefix(name, environmentPrefix)
		if !ours || value == "" || slices.Contains(known, name) {
			continue
		}
		if suffix == "PORT" || strings.HasPrefix(suffix, "PORT_") || strings.HasPrefix(suffix, "SERVICE_") {
			continue // https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
		}
		var flags []string
		for _, k := range known {
			flags = append(flags, strings.TrimPrefix(k, environmentPrefix))
		}
		if meant := nearest(suffix, flags); meant != "" {
			return usageError{fmt.Errorf("%s is set, but nothing reads it: did you mean %s?", name, environmentPrefix+meant)}
		}
	}
	return nil
}

// commandsUnder lists a command and all below it.
func commandsUnder(cmd *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{cmd}
	for _, c := range cmd.Commands() {
		all = append(all, commandsUnder(c)...)
	}
	return all
}
