package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
)

func sandboxCommand() *cobra.Command {
	var addr, webhook, file string
	var log logFlags
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Serve the embedded Stripe Checkout sandbox on its own port",
		Long: `Serve the embedded Stripe Checkout sandbox on its own port, for several
servers to share or for other programs to test against. Each API key (any test
key will do) has its own account, kept in memory or in --sandbox-file. The
url of a session opens a page to pay it on, with Stripe's test cards: no money
moves.

An account starts with these, and with some sessions; Stripe's API makes more:

` + sandboxSeeds(),
		Example: `  stripe-checkout-mcp sandbox
  stripe-checkout-mcp sandbox --webhook http://127.0.0.1:4242/webhook
  STRIPE_API_KEY=` + sandbox.Key + ` stripe-checkout-mcp stdio --stripe-api-base http://127.0.0.1:12111`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			logger, err := log.logger(cmd.ErrOrStderr(), slog.LevelDebug)
			if err != nil {
				return err
			}
			if err := checkAddr("addr", addr); err != nil {
				return err
			}
			hook, err := newWebhook(webhook, logger)
			if err != nil {
				return err
			}
			stripe, err := openSandboxFile(file, sandbox.Options{Webhook: hook})
			if err != nil {
				return err
			}
			listener, err := net.Listen("tcp", addr)
			if err != nil {
				return listenError("--addr", addr, err)
			}
			logger.Info("sandbox is serving", "url", "http://"+listener.Addr().String(), "key", sandbox.Key)
			if hook != nil {
				logger.Info("events are sent", "webhook", hook.URL, "signing_secret", hook.Secret)
				go stripe.DeliverEvents(cmd.Context())
			}
			server := &http.Server{Handler: onThisMachine(listener, stripe), ReadHeaderTimeout: 10 * time.Second}
			context.AfterFunc(cmd.Context(), func() { _ = server.Close() })
			if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&addr, "addr", sandboxAddr, "`address` to listen on")
	cmd.Flags().StringVar(&webhook, "webhook", "", "`URL` to send events to, signed as Stripe signs; the secret is printed at start, or taken from "+webhookSecret)
	registerSandboxFile(cmd.Flags(), &file)
	log.register(cmd.Flags())
	cmd.AddCommand(sandboxPayCommand(), sandboxAdvanceCommand(), sandboxFaultCommand())
	return cmd
}

// sandboxSeeds lists what an account of the sandbox starts with.
func sandboxSeeds() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, s := range sandbox.Seeds() {
		fmt.Fprintf(w, "  %s\t%s\n", s.ID, s.About)
	}
	_ = w.Flush() // to memory
	return strings.TrimRight(b.String(), "\n")
}

// webhookSecret is the variable that fixes what events are signed with.
const webhookSecret = "STRIPE_WEBHOOK_SECRET"

// newWebhook is where events go; nil if to nowhere.
func newWebhook(to string, log *slog.Logger) (*sandbox.Webhook, error) {
	if to == "" {
		return nil, nil
	}
	if u, err := url.Parse(to); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, usageError{fmt.Errorf("--webhook is %q: use a URL such as http://127.0.0.1:4242/webhook", to)}
	}
	secret := cmp.Or(os.Getenv(webhookSecret), sandbox.NewWebhookSecret())
	return &sandbox.Webhook{URL: to, Secret: secret, Logger: log}, nil
}
