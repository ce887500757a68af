package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/secrets"
)

func doctorCommand() *cobra.Command {
	var flags serverFlags
	var addr, probe string
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check the key, Stripe, the clock and the port, and say what to fix",
		Long: `Check whether this program would work here: the settings, the key and what it
may do, the connection to Stripe, the clock, and the port that http listens on.
Each failure comes with a next step. It lists one Checkout Session and changes
nothing.

With --url, only ask a running server whether it is ready, as a container's
health check does.`,
		Example: `  STRIPE_API_KEY=rk_test_… stripe-checkout-mcp doctor
  stripe-checkout-mcp doctor --sandbox
  stripe-checkout-mcp doctor --url http://127.0.0.1:9090/readyz`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if probe != "" {
				return ready(cmd.Context(), cmd.OutOrStdout(), probe)
			}
			d := &doctor{flags: &flags, addr: addr, now: time.Now}
			d.examine(cmd.Context())
			if d.report(cmd.OutOrStdout(), newPainter(cmd.OutOrStdout())) > 0 {
				return errReported
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&addr, "addr", "127.0.0.1:9090", "`address` that http will listen on")
	cmd.Flags().StringVar(&probe, "url", "", "only ask the server at this `URL` whether it is ready")
	flags.register(cmd.Flags())
	return cmd
}

// ready asks a running server for a 200.
func ready(ctx context.Context, out io.Writer, probe string) error {
	if u, err := url.Parse(probe); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return usageError{errors.New("--url must be a URL, such as http://127.0.0.1:9090/readyz")}
	}
	status, _, err := get(ctx, probe)
	if err != nil {
		return fmt.Errorf("no answer from %s: %w", probe, err)
	}
	if status != http.StatusOK {
		return fmt.Errorf("%s answered %d %s", probe, status, http.StatusText(status))
	}
	_, err = fmt.Fprintln(out, "ready")
	return err
}

// get fetches the beginning of a page, within 3 seconds.
func get(ctx context.Context, page string) (status int, body string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, page, nil)
	if err != nil {
		return 0, "", err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy, transport.DisableKeepAlives = nil, true // a proxy might answer for this machine
	resp, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		if inner, ok := errors.AsType[*url.Error](err); ok {
			err = inner.Err
		}
		return 0, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 64))
	return resp.StatusCode, string(text), err
}

// The outcomes of a check.
const (
	passed  = "ok"
	noted   = "note"
	failed  = "FAIL"
	skipped = "-"
)

type finding struct {
	outcome, check, detail string
	next                   string // what to do about it
}

// report prints the findings as a table and returns how many failed.
func (d *doctor) report(out io.Writer, p painter) (failures int) {
	colors := map[string]string{passed: green, noted: yellow, failed: red}
	width := 0
	for _, f := range d.findings {
		width = max(width, len(f.check))
	}
	for _, f := range d.findings {
		outcome := p.paint(colors[f.outcome], fmt.Sprintf("%-4s", f.outcome))
		fmt.Fprintf(out, "%s  %-*s  %s\n", outcome, width, f.check, secrets.Scrub(f.detail)) // it may quote a setting
		if f.next != "" {
			fmt.Fprintf(out, "%s  next: %s\n", strings.Repeat(" ", 6+width), f.next)
		}
		if f.outcome == failed {
			failures++
		}
	}
	switch failures {
	case 0:
		fmt.Fprintln(out, "\nAll is well.")
	case 1:
		fmt.Fprintln(out, "\nOne check failed.")
	default:
		fmt.Fprintf(out, "\n%d checks failed.\n", failures)
	}
	return failures
}
