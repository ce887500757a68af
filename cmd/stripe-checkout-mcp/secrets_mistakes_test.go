package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/clientconfig"
)

// arguments are the arguments that commands require.
var arguments = map[string][]string{
	"call":            {listTool, "{}"},
	"config":          {"claude-code"},
	"sandbox pay":     {"cs_test_1"},
	"sandbox advance": {"24h"},
	"sandbox fault":   {"create", "lost"},
}

// A key, a client secret or an address is never printed, whichever command,
// flag, variable or argument it was put into by mistake. Nor is a key that is
// in the right place.
func TestMistakesAreNotPrinted(t *testing.T) {
	t.Setenv("STRIPE_API_KEY", markedKey)
	t.Setenv("STRIPE_CHECKOUT_MCP_ADDR", "127.0.0.1:0")
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", "")
	root := rootCommand()
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range commandsUnder(root) {
		path := strings.TrimSpace(strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()))
		command := strings.Fields(path)
		right := slices.Concat(command, arguments[path])
		mistakes := map[string][]string{"no mistake": right}
		for _, mark := range []string{markedKey, markedSecret, markedEmail} {
			for _, more := range []string{mark, "--" + mark, "-" + mark} {
				mistakes[more+" more"] = append(slices.Clone(right), more)
			}
			for i := range arguments[path] {
				mistakes[fmt.Sprint(mark, " for argument ", i)] = slices.Concat(command, arguments[path][:i], []string{mark}, arguments[path][i+1:])
			}
		}
		for mistake, args := range mistakes {
			t.Run(path+"/"+mistake, func(t *testing.T) { printsNoMark(t, args) })
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			for _, mark := range []string{markedKey, markedSecret, markedEmail} {
				if cmd.Name() == "config" && mark != markedKey {
					continue // config prints flags on purpose; only a key is certainly a mistake
				}
				t.Run(path+"/--"+f.Name+" "+mark, func(t *testing.T) { printsNoMark(t, append(slices.Clone(right), "--"+f.Name+"="+mark)) })
				t.Run(path+"/"+environmentName(f.Name)+" "+mark, func(t *testing.T) {
					t.Setenv(environmentName(f.Name), mark)
					printsNoMark(t, right)
				})
			}
		})
	}
}

// printsNoMark runs a command line that is told to stop as soon as it starts.
func printsNoMark(t *testing.T, args []string) {
	t.Helper()
	t.Chdir(t.TempDir()) // some flags name a file to create
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	stderr := newJSONLog()
	stdout, code := executeWith(ended, "", stderr, args...)
	searched(t, strings.Join(args, " "), stdout+stderr.String(), marksOfErrors)
	if code != exitOK && stdout+stderr.String() == "" {
		t.Errorf("%q failed and said nothing", args)
	}
}

// A client's entry never contains the key, whether printed or written.
func TestNothingMarkedIsConfigured(t *testing.T) {
	t.Setenv("STRIPE_API_KEY", markedKey)
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", "")
	for _, client := range clientconfig.Clients() {
		for _, flags := range [][]string{nil, {"--write"}} {
			stdout, stderr, code := execute(t, "", append([]string{"config", client.ID}, flags...)...)
			if code != exitOK {
				t.Errorf("config %s: %s", client.ID, stderr)
			}
			searched(t, "config "+client.ID, stdout+stderr, marks)
		}
	}
	written := 0
	if err := filepath.WalkDir(home, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		written++
		data, err := os.ReadFile(path)
		searched(t, path, string(data), marks)
		return err
	}); err != nil {
		t.Error(err)
	}
	if written == 0 {
		t.Error("no file was written")
	}
}
