package operations

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// Options choose what a service offers and who watches over it.
type Options struct {
	// ReadOnly leaves only the operations that can't change anything at Stripe.
	ReadOnly bool

	// Tools picks operations by the names of their tools; none picks all.
	Tools []string

	// Policy, if set, is asked about every call whose arguments are valid: twice,
	// where a person is asked in between. It may set parameters. Its error
	// refuses the call: a [*stripeclient.Error] made by
	// [stripeclient.NewInvalidRequest] reaches the caller.
	Policy func(context.Context, *Call) error

	// Quota, if set, is asked before every call of Stripe. It counts those that
	// are limited in number; undo takes back one that came to nothing.
	Quota func(context.Context, *Call) (undo func(), err error)

	// Caller names who makes a call, so that what one caller did or confirmed is
	// nothing to another. Nil is for one caller, as under stdio.
	Caller func(context.Context) string

	// RepeatWindow is for how long a create without an idempotency key that
	// equals one of the same caller is answered with the session that one made;
	// 0 for never.
	RepeatWindow time.Duration

	// Audit, if set, is told of every write: of one that is sent, before that and
	// afterwards, of any other once.
	Audit func(context.Context, Record)

	// Logger is told of what is a bug of ours. Nil discards.
	Logger *slog.Logger
}

// A Service calls the operations of one client. It is safe for concurrent use.
type Service struct {
	client  *stripeclient.Client
	options Options
	repeats *repeats // nil: every create is a new one
	watches watches
}

// New returns a service. It fails on a name that no tool has, and if nothing
// would be left to offer.
func New(client *stripeclient.Client, options Options) (*Service, error) {
	for _, name := range options.Tools {
		if !slices.Contains(Tools(), name) {
			return nil, fmt.Errorf("there is no tool %q; the tools are %s", name, strings.Join(Tools(), ", "))
		}
	}
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	repeats, err := newRepeats(options.RepeatWindow)
	if err != nil {
		return nil, err
	}
	s := &Service{client: client, options: options, repeats: repeats}
	if !slices.ContainsFunc(All(), s.Offers) {
		return nil, fmt.Errorf("no tool is left: %s can only write, and the server is read-only", strings.Join(options.Tools, ", "))
	}
	return s, nil
}

// Offers reports whether an operation is one of those chosen.
func (s *Service) Offers(op *Operation) bool { return s.Withheld(op) == "" }

// Withheld says why an operation is not offered, or nothing if it is.
func (s *Service) Withheld(op *Operation) string {
	switch {
	case s.options.ReadOnly && op.Writes():
		return "This server is read-only."
	case len(s.options.Tools) > 0 && !slices.Contains(s.options.Tools, op.Tool):
		return "This server was set up without this operation."
	default:
		return ""
	}
}

// Caller names who makes a call; "" where there is only one caller.
func (s *Service) Caller(ctx context.Context) string {
	if s.options.Caller == nil {
		return ""
	}
	return s.options.Caller(ctx)
}

// Client is the one that the service calls.
func (s *Service) Client() *stripeclient.Client { return s.client }
