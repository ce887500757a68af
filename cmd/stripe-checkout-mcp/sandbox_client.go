package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/netaddr"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
)

// The subcommands of sandbox ask a running one for things that Stripe's API
// can't do.

func sandboxPayCommand() *cobra.Command {
	var to sandboxClient
	var card, bankAccount string
	var data []string
	cmd := &cobra.Command{
		Use:   "pay SESSION",
		Short: "Pay a session in a running sandbox, as a person would on its page",
		Long: `Pay a session in a running sandbox, as a person would on its page, and print it.
SESSION is its ID or its URL. Anything else the session asks for is filled in
for you; --data sets a value yourself, under the names listed in
docs/sandbox.md.`,
		Example: `  stripe-checkout-mcp sandbox pay cs_test_…
  stripe-checkout-mcp sandbox pay cs_test_… --card 4000000000009995
  stripe-checkout-mcp sandbox pay cs_test_… -d email=ada@example.com -d 'custom_fields[size]=m'`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			form := url.Values{}
			for _, d := range data {
				name, value, ok := strings.Cut(d, "=")
				if !ok {
					return usageError{fmt.Errorf("--data %s has no value: write NAME=VALUE", d)}
				}
				form.Set(name, value)
			}
			if card != "" {
				form.Set("card", card)
			}
			if bankAccount != "" {
				form.Set("bank_account", bankAccount)
			}
			session := args[0]
			if u, err := url.Parse(session); err == nil && u.Host != "" {
				to.addr = u.Host
				session = u.Path[strings.LastIndexByte(u.Path, '/')+1:]
			}
			body, err := to.post(cmd.Context(), "/sandbox/sessions/"+url.PathEscape(session)+"/pay", form)
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(body)
			return err
		},
	}
	to.register(cmd)
	cmd.Flags().StringVar(&card, "card", "", "`number` of the test card to pay with (default 4242424242424242)")
	cmd.Flags().StringVar(&bankAccount, "bank-account", "", "`number` of the test bank account to pay with, for delayed payments")
	cmd.Flags().StringArrayVarP(&data, "data", "d", nil, "`name=value` to enter on the page; can be repeated")
	return cmd
}

func sandboxAdvanceCommand() *cobra.Command {
	var to sandboxClient
	cmd := &cobra.Command{
		Use:   "advance DURATION",
		Short: "Move a running sandbox's clock forward: sessions expire, delayed payments settle",
		Example: `  stripe-checkout-mcp sandbox advance 24h
  stripe-checkout-mcp sandbox advance 3d`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := parseDuration(args[0])
			if err != nil {
				return usageError{err}
			}
			body, err := to.post(cmd.Context(), "/sandbox/advance", url.Values{"seconds": {strconv.FormatInt(int64(d.Seconds()), 10)}})
			if err != nil {
				return err
			}
			var clock struct{ Now int64 }
			if err := json.Unmarshal(body, &clock); err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), "The sandbox's clock is at", time.Unix(clock.Now, 0).UTC().Format(time.RFC3339))
			return err
		},
	}
	to.register(cmd)
	return cmd
}

// parseDuration understands days, which Go's durations lack.
func parseDuration(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < time.Second {
		return 0, fmt.Errorf("%q is not a duration of at least a second: write something like 90m, 24h or 3d", s)
	}
	return d, nil
}

func sandboxFaultCommand() *cobra.Command {
	var to sandboxClient
	times := 1
	cmd := &cobra.Command{
		Use:   "fault OPERATION FAULT",
		Short: "Make the next call of an operation fail in a running sandbox",
		Long: `Make the next call of an operation fail in a running sandbox.

OPERATION is list, create, retrieve, expire or line_items. FAULT is
  429       too many requests
  500       an error at Stripe
  409       a request with the same idempotency key is in progress
  timeout   no answer, and nothing happened
  lost      no answer, but the call went through

The tools retry a failed request twice; with --times 3, the agent sees it fail.`,
		Example: `  stripe-checkout-mcp sandbox fault create lost
  stripe-checkout-mcp sandbox fault list 500 --times 3`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			_, err := to.post(cmd.Context(), "/sandbox/faults", url.Values{"operation": {args[0]}, "fault": {args[1]}, "times": {strconv.Itoa(times)}})
			return err
		},
	}
	to.register(cmd)
	cmd.Flags().IntVar(&times, "times", 1, "how many `calls` should fail")
	_ = cmd.RegisterFlagCompletionFunc("times", cobra.NoFileCompletions)
	cmd.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		choices := [][]string{{"list", "create", "retrieve", "expire", "line_items"}, {"429", "500", "409", "timeout", "lost"}}
		if len(args) >= len(choices) {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return choices[len(args)], cobra.ShellCompDirectiveNoFileComp
	}
	return cmd
}

// sandboxAddr is where the sandbox listens by default.
const sandboxAddr = "127.0.0.1:12111"

// sandboxClient talks to a running sandbox.
type sandboxClient struct{ addr string }

func (c *sandboxClient) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.addr, "addr", sandboxAddr, "`address` the sandbox listens on")
	_ = cmd.RegisterFlagCompletionFunc("addr", cobra.NoFileCompletions)
}

// post returns the sandbox's answer, or its error.
func (c *sandboxClient) post(ctx context.Context, path string, form url.Values) ([]byte, error) {
	key, err := c.key()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+c.addr+path, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, usageError{fmt.Errorf("--addr %s: %w", c.addr, err)}
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "Bearer "+key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("no sandbox at %s (start one with: stripe-checkout-mcp sandbox): %w", c.addr, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode == http.StatusOK {
		return body, nil
	}
	var failure struct {
		Error struct{ Message, Param string }
	}
	if json.Unmarshal(body, &failure) != nil || failure.Error.Message == "" {
		return nil, fmt.Errorf("%s is not a sandbox: it answered %s", c.addr, resp.Status)
	}
	if failure.Error.Param != "" {
		return nil, fmt.Errorf("%s (%s)", failure.Error.Message, failure.Error.Param)
	}
	return nil, errors.New(failure.Error.Message)
}

// key returns the key that names the account: the one in the environment, which
// must not leave this machine, or the sandbox's own.
func (c *sandboxClient) key() (string, error) {
	if os.Getenv("STRIPE_API_KEY") == "" && os.Getenv("STRIPE_API_KEY_FILE") == "" {
		return sandbox.Key, nil
	}
	text, err := keyFromEnvironment()
	if err != nil {
		return "", err
	}
	text = strings.TrimSpace(text)
	if _, err := (&livemode{deny: true}).parseKey(text); err != nil {
		return "", err
	}
	if !netaddr.IsLoopback(hostname(c.addr)) {
		return "", fmt.Errorf("your Stripe API key was not sent to %s, which is not this machine: unset it to use the sandbox's own", c.addr)
	}
	return text, nil
}
