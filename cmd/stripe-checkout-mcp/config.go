package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/clientconfig"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/spelling"
)

// configFlags are the command's own flags. The others are those of stdio.
type configFlags struct {
	write    bool
	url      string
	tokenEnv string
	keyFile  string
}

func configCommand() *cobra.Command {
	var flags configFlags
	var ids, titles []string
	for _, c := range clientconfig.Clients() {
		ids = append(ids, c.ID)
		titles = append(titles, fmt.Sprintf("  %-16s%s", c.ID, c.Title))
	}
	cmd := &cobra.Command{
		Use:   "config CLIENT",
		Short: "Print the configuration entry for an MCP client, or add it to the client's file",
		Long: `Print the configuration entry for an MCP client. With --write, merge it into
the client's own file: a backup is kept, and everything else in the file stays
as it is, including comments. CLIENT is one of

` + strings.Join(titles, "\n") + `

The entry never contains a key. It refers to STRIPE_API_KEY in the environment,
to the client's own secret input or, for clients that have neither, to a file
that contains the key (--key-file). The flags of stdio, such as --sandbox and
--read-only, become part of the entry.`,
		Example: `  stripe-checkout-mcp config claude-code --sandbox --write
  stripe-checkout-mcp config vscode --read-only
  stripe-checkout-mcp config cursor --http https://mcp.example.com/mcp --token-env CHECKOUT_TOKEN`,
		ValidArgs: ids,
		Args:      cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, ok := clientconfig.Lookup(args[0])
			if !ok {
				if meant := spelling.Nearest(args[0], ids); meant != "" {
					return usageError{fmt.Errorf("there is no client %q: did you mean %s?", args[0], meant)}
				}
				return usageError{fmt.Errorf("there is no client %q: the clients are %s", args[0], strings.Join(ids, ", "))}
			}
			sys, err := thisSystem()
			if err != nil {
				return err
			}
			server, err := flags.entry(cmd, client, sys)
			if err != nil {
				return err
			}
			return flags.configure(cmd.OutOrStdout(), cmd.ErrOrStderr(), client, sys, server)
		},
	}
	cmd.Flags().BoolVar(&flags.write, "write", false, "merge the entry into the client's configuration file and keep a backup")
	cmd.Flags().StringVar(&flags.url, "http", "", "connect to the server at this `URL` instead of starting one")
	cmd.Flags().StringVar(&flags.tokenEnv, "token-env", "", "with --http: environment `variable` in which the client finds the bearer token to send")
	cmd.Flags().StringVar(&flags.keyFile, "key-file", "", "`file` that contains the Stripe API key, for the entry to refer to")
	cmd.Flags().AddFlagSet(stdioCommand().Flags())
	return cmd
}

var variableForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// entry returns what the client should start or connect to, according to the
// flags.
func (f *configFlags) entry(cmd *cobra.Command, client *clientconfig.Client, sys clientconfig.System) (clientconfig.Server, error) {
	passed := f.passedOn(cmd.Flags())
	if f.url != "" {
		u, err := url.Parse(f.url)
		switch {
		case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
			return clientconfig.Server{}, usageError{errors.New("--http must be a URL, such as http://127.0.0.1:9090/mcp")}
		case u.User != nil:
			return clientconfig.Server{}, usageError{errors.New("--http contains a password: leave it out and use --token-env")}
		case f.keyFile != "":
			return clientconfig.Server{}, usageError{errors.New("--key-file can't be used with --http: the server at the URL has its own key")}
		case len(passed) > 0:
			return clientconfig.Server{}, usageError{fmt.Errorf("%s can't be used with --http: the server at the URL has its own settings", passed[0])}
		case f.tokenEnv != "" && !variableForm.MatchString(f.tokenEnv):
			return clientconfig.Server{}, usageError{errors.New("--token-env must be the name of an environment variable, such as CHECKOUT_TOKEN, not the token itself")}
		}
		return clientconfig.Server{URL: f.url, TokenVariable: f.tokenEnv}, nil
	}
	if f.tokenEnv != "" {
		return clientconfig.Server{}, usageError{errors.New("--token-env needs --http")}
	}
	command, err := ownPath()
	if err != nil {
		return clientconfig.Server{}, err
	}
	sandbox, err := cmd.Flags().GetBool("sandbox")
	if err != nil {
		return clientconfig.Server{}, err
	}
	server := clientconfig.Server{Command: command, Args: append([]string{"stdio"}, passed...), NeedsKey: !sandbox}
	if server.KeyFile = f.keyFile; server.KeyFile == "" && client.NeedsKeyFile(server) {
		server.KeyFile = cmp.Or(os.Getenv(clientconfig.KeyFileVariable), filepath.Join(clientconfig.ConfigDir(sys), "stripe-checkout-mcp", "stripe-api-key"))
	}
	if server.KeyFile != "" {
		if server.KeyFile, err = filepath.Abs(server.KeyFile); err != nil {
			return server, err
		}
	}
	return server, nil
}

// passedOn returns the flags for stdio that were given here or in the
// environment, so that the entry starts stdio as this shell would.
func (f *configFlags) passedOn(flags *pflag.FlagSet) (args []string) {
	stdio := stdioCommand().Flags()
	flags.Visit(func(flag *pflag.Flag) {
		switch {
		case stdio.Lookup(flag.Name) == nil:
		case flag.Value.Type() == "bool" && flag.Value.String() == "true":
			args = append(args, "--"+flag.Name)
		case flag.Value.String() == flag.DefValue:
		case flag.Name == "policy": // the client runs in another directory
			path, err := filepath.Abs(flag.Value.String())
			if err != nil {
				path = flag.Value.String()
			}
			args = append(args, "--policy="+path)
		default:
			args = append(args, "--"+flag.Name+"="+strings.Trim(flag.Value.String(), "[]")) // a list prints as [a,b]
		}
	})
	return args
}

// configure prints the entry, or writes it and says what to do next.
func (f *configFlags) configure(out, errOut io.Writer, client *clientconfig.Client, sys clientconfig.System, server clientconfig.Server) error {
	path, err := client.Path(sys)
	if err != nil && f.write {
		return err
	}
	if !f.write {
		entry, err := client.Render(server)
		if err != nil {
			return usageError{err}
		}
		if path != "" {
			fmt.Fprintf(errOut, "The entry for %s, which goes in %s (or use --write):\n", client.Title, path)
		}
		if _, err := out.Write(entry); err != nil {
			return err
		}
		fmt.Fprint(errOut, nextSteps(client, server))
		return nil
	}
	change, err := client.Install(path, server)
	switch {
	case err != nil:
		return err
	case !change.Changed:
		fmt.Fprintf(out, "%s already has the entry: %s is unchanged.\n", client.Title, change.Path)
	default:
		fmt.Fprintf(out, "Wrote the entry for %s to %s.\n", client.Title, change.Path)
		if change.Backup != "" {
			fmt.Fprintf(out, "The original file is in %s.\n", change.Backup)
		}
	}
	fmt.Fprint(errOut, nextSteps(client, server))
	return nil
}

// nextSteps says what else the user has to do.
func nextSteps(client *clientconfig.Client, server clientconfig.Server) string {
	restart := "Restart " + client.Title + " for this to take effect.\n"
	switch {
	case server.URL != "" && server.TokenVariable != "" && client.ID == "vscode":
		return restart + "It asks for the token when it first connects.\n"
	case server.URL != "" && server.TokenVariable != "":
		return restart + "Set " + server.TokenVariable + " in the environment it starts from.\n"
	case server.URL != "" || !server.NeedsKey:
		return restart
	case server.KeyFile != "":
		if _, err := os.Stat(server.KeyFile); err == nil {
			return restart
		}
		return fmt.Sprintf("Put your Stripe API key, preferably a restricted one, in %s, readable only by you.\n", server.KeyFile) + restart
	case client.ID == "vscode":
		return restart + "It asks for your Stripe API key when it first starts the server.\n"
	case client.ID == "goose":
		return restart + "Set STRIPE_API_KEY in the environment it starts from, or store it with goose configure.\n"
	default:
		return restart + "Set STRIPE_API_KEY in the environment it starts from, or name a file that contains the key with --key-file.\n"
	}
}

func thisSystem() (clientconfig.System, error) {
	home, err := os.UserHomeDir()
	return clientconfig.System{OS: runtime.GOOS, Home: home, Getenv: os.Getenv}, err
}

// ownPath returns the path under which clients should start this program. It
// prefers the path that a shell would find, because package managers keep that
// one across updates.
func ownPath() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("finding this program: %w", err)
	}
	found, err := exec.LookPath("stripe-checkout-mcp")
	if err != nil {
		return self, nil
	}
	if found, err = filepath.Abs(found); err != nil {
		return self, nil
	}
	a, errA := os.Stat(self)
	b, errB := os.Stat(found)
	if errA == nil && errB == nil && os.SameFile(a, b) {
		return found, nil
	}
	return self, nil
}
