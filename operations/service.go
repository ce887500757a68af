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

// Options choose what a service offers and what checks and records its calls.
type Options struct {
	// ReadOnly leaves only the operations that can't change anything at Stripe.
	ReadOnly bool

	// Tools selects operations by the names of their tools; none selects all.
	Tools []string

	// Policy, if set, is asked about every call with valid arguments, and asked
	// again after a person has confirmed one. It may set parameters; if it
	// doesn't, [Call.Unchanged] saves time. If it returns an error, the call is
	// refused; callers see the error if it is a [*stripeclient.Error] from
	// [stripeclient.NewInvalidRequest].
	Policy func(context.Context, *Call) error

	// Quota, if set, is asked before every call of Stripe and counts those
	// whose number is limited; undo takes back a call that had no effect.
	Quota func(context.Context, *Call) (undo func(), err error)

	// Caller identifies the caller, so that nothing one caller did or confirmed
	// affects another. Nil means that there is only one, as over stdio.
	Caller func(context.Context) string

	// RepeatWindow is how long a create without an idempotency key is answered
	// with the session of an equal create by the same caller; 0 means never.
	RepeatWindow time.Duration

	// Audit, if set, receives a record of every write: for one that is sent,
	// before and after; for any other, once.
	Audit func(context.Context, Record)

	// Logger receives bugs of ours. Nil discards them.
	Logger *slog.Logger
}

// A Service calls the operations of one client. It is safe for concurrent use.
type Service struct {
	client  *stripeclient.Client
	options Options
	repeats *repeats // nil if every create is new
	watches watches
}

// New returns a service. It fails if a name is not a tool's, or if there would
// be nothing left to offer.
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

// Offers reports whether the service offers an operation.
func (s *Service) Offers(op *Operation) bool { return s.Withheld(op) == "" }

// Withheld says why an operation is not offered; "" if it is.
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

// Caller identifies the caller; "" if there is only one.
func (s *Service) Caller(ctx context.Context) string {
	if s.options.Caller == nil {
		return ""
	}
	return s.options.Caller(ctx)
}

// Client returns the client that the service calls Stripe with.
func (s *Service) Client() *stripeclient.Client { return s.client }
