package main

import (
	"io"
	"log/slog"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/spf13/pflag"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/tools"
)

// serverFlags are what stdio and http have in common: the tools, the Stripe
// behind them, and the log.
type serverFlags struct {
	stripe   stripeFlags
	log      logFlags
	readOnly bool
	tools    []string
}

func (f *serverFlags) register(flags *pflag.FlagSet) {
	f.stripe.register(flags)
	f.log.register(flags)
	flags.BoolVar(&f.readOnly, "read-only", false, "offer only the three tools that can't change anything")
	flags.StringSliceVar(&f.tools, "tools", nil, "offer only these tools, `names` separated by commas")
}

// server returns the MCP server, the client of Stripe it is over, and a logger
// to stderr.
func (f *serverFlags) server(stderr io.Writer) (*mcp.Server, *stripeclient.Client, *slog.Logger, error) {
	log, err := f.log.logger(stderr, slog.LevelDebug)
	if err != nil {
		return nil, nil, nil, err
	}
	// go-sdk logs every session's start and end as info: for a stateless
	// server, several lines a request.
	quiet, err := f.log.logger(stderr, slog.LevelWarn)
	if err != nil {
		return nil, nil, nil, err
	}
	client, err := f.stripe.client(log)
	if err != nil {
		return nil, nil, nil, err
	}
	server, err := tools.NewServer(client, tools.Options{
		ReadOnly: f.readOnly,
		Names:    f.tools,
		Version:  releaseVersion,
		Logger:   quiet,
	})
	return server, client, log, err
}
