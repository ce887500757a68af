package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/approval"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/httpserver"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/tools"
)

// approvalTokensVariable holds the tokens of people who may approve, as
// tokensVariable holds those of callers.
const approvalTokensVariable = environmentPrefix + "APPROVAL_TOKENS"

// approvalFlags say where people approve writes, and who may.
type approvalFlags struct {
	addr      string
	url       string
	tokenFile string
}

func (f *approvalFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.addr, "approval-addr", "", "with --confirm-writes: serve a page on this `address` where a person approves writes that the client can't ask about")
	flags.StringVar(&f.url, "approval-url", "", "`URL` at which people reach that page, such as https://approve.example.com; not needed for a loopback address")
	flags.StringVar(&f.tokenFile, "approval-token-file", "", "`file` with the tokens of people who may approve, one per line, re-read when it changes; or set "+approvalTokensVariable)
}

// gate returns the gate that lets approved writes through, or nil if there is
// no page.
func (f *approvalFlags) gate(client *stripeclient.Client, confirmWrites, tls bool) (*approval.Gate, error) {
	switch {
	case f.addr == "" && (f.url != "" || f.tokenFile != "" || os.Getenv(approvalTokensVariable) != ""):
		return nil, fmt.Errorf("--approval-url, --approval-token-file and %s need --approval-addr: say where to serve the page", approvalTokensVariable)
	case f.addr == "":
		return nil, nil
	case !confirmWrites:
		return nil, errors.New("--approval-addr needs --confirm-writes: without it, no write needs approval")
	}
	if err := checkAddr("approval-addr", f.addr); err != nil {
		return nil, err
	}
	page := f.url
	if page == "" {
		host, _, err := net.SplitHostPort(f.addr)
		if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return nil, errors.New("--approval-url is missing: give the URL at which people reach the page, such as https://approve.example.com")
		}
		page = "http://" + f.addr
		if tls {
			page = "https://" + f.addr
		}
	}
	secret, err := client.ServerKey().Derive("approvals")
	if err != nil {
		return nil, err
	}
	if secret == nil {
		return nil, errors.New("--approval-addr can't be used with --auth stripe-key: approvals are signed with the server's own key, and it has none")
	}
	approver, err := approval.New(page, secret)
	if err != nil {
		return nil, fmt.Errorf("--approval-url: %w", err)
	}
	return &approval.Gate{Approver: approver, Ask: tools.Approval}, nil
}

// listeners returns the page's listener, if there is a page. The people who may
// approve are never the callers: nothing that a caller has is enough.
func (f *approvalFlags) listeners(gate *approval.Gate, config httpserver.Config) ([]httpserver.Listener, error) {
	if gate == nil {
		return nil, nil
	}
	options := auth.Options{
		Failures:       config.Limits.AuthFailures,
		MaxTracked:     config.Limits.MaxTracked,
		TrustedProxies: config.TrustedProxies,
		Logger:         config.Logger,
	}
	people, err := auth.New(auth.Config{Mode: auth.Token, TokenFile: f.tokenFile, Tokens: words(os.Getenv(approvalTokensVariable))}, options)
	if err != nil {
		return nil, fmt.Errorf("who may approve (--approval-token-file, %s): %w", approvalTokensVariable, err)
	}
	var callers *auth.Authenticator
	if config.Auth.Mode == auth.Token {
		quiet := options
		quiet.Failures, quiet.Logger = 0, slog.New(slog.DiscardHandler) // a person's token always fails here
		if callers, err = auth.New(config.Auth, quiet); err != nil {
			return nil, err
		}
	}
	login := func(r *http.Request, token string) (string, error) {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+token)
		known, refusal := people.Authenticate(r)
		switch {
		case refusal != nil && refusal.Status == http.StatusTooManyRequests:
			//lint:ignore ST1005 the page shows this sentence to a person
			return "", errors.New("Too many wrong tokens came from your network. Wait a minute, then try again.")
		case refusal != nil:
			//lint:ignore ST1005 the page shows this sentence to a person
			return "", errors.New("This token doesn't belong to anyone who may approve.")
		}
		if callers != nil {
			if _, refusal := callers.Authenticate(r); refusal == nil {
				//lint:ignore ST1005 the page shows this sentence to a person
				return "", errors.New("This is an agent's token. Agents may not approve: use a token that no agent has.")
			}
		}
		person, _ := auth.CallerFrom(known.Context())
		return person.ID, nil
	}
	return []httpserver.Listener{{Name: "approval", Addr: f.addr, Handler: gate.Handler(login, config.Logger), Public: true}}, nil
}

// words splits s at commas and white space.
func words(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r <= ' ' })
}
