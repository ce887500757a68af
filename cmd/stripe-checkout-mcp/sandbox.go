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
		Long: `Serve the embedded Stripe Checkout sandbox on its own port, so that several
servers can share it or other programs can test against it. Each API key (any
test key will do) has its own account, kept in memory or in --sandbox-file. A
session's url opens a page where you pay with Stripe's test cards. No money
moves.

An account starts with some sessions and the objects below. To create more, use
Stripe's API.

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
			logger.Info("serving the sandbox", "url", "http://"+listener.Addr().String(), "key", sandbox.Key)
			if hook != nil {
				how := []any{"webhook", hook.URL}
				if os.Getenv(webhookSecret) == "" {
					how = append(how, "signing_secret", hook.Secret)
				}
				logger.Info("sending events", how...)
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
	cmd.Flags().StringVar(&webhook, "webhook", "", "`URL` to send events to, signed as Stripe signs them; the secret is printed at the start, or taken from "+webhookSecret)
	registerSandboxFile(cmd.Flags(), &file)
	log.register(cmd.Flags())
	cmd.AddCommand(sandboxPayCommand(), sandboxAdvanceCommand(), sandboxFaultCommand())
	return cmd
}

// sandboxSeeds lists the objects that a sandbox account starts with.
func sandboxSeeds() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, s := range sandbox.Seeds() {
		fmt.Fprintf(w, "  %s\t%s\n", s.ID, s.About)
	}
	_ = w.Flush() // can't fail: it writes to memory
	return strings.TrimRight(b.String(), "\n")
}

// webhookSecret is the variable that sets the secret events are signed with.
const webhookSecret = "STRIPE_WEBHOOK_SECRET"

// newWebhook says where events go. It returns nil if they go nowhere.
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
