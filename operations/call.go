package operations

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/schemas"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// ErrInternal is all that a caller is told about a bug of ours. The log has
// more.
//
//lint:ignore ST1005 a caller reads this sentence as it is
var ErrInternal = errors.New("The server failed on arguments that its own schema allows. Its log says where; please report it.")

// A Call is one call of an operation, with valid arguments.
type Call struct {
	Operation *Operation
	// Session is the id (cs_…) of the session that the call is about; "" if
	// there is none.
	Session string
	// Params are stripe-go's parameters for the operation, such as a
	// *stripe.CheckoutSessionCreateParams. Only [Options.Policy] may change them.
	Params stripe.ParamsContainer
	// Fields are the paths to return; none means all of them.
	Fields []string
	// Wait is how long a retrieve waits until the session is no longer open or
	// unpaid; 0 means not at all. Progress, if set, is called from time to time
	// with how long it has waited.
	Wait     time.Duration
	Progress func(waited time.Duration)

	service   *Service
	form      []byte // Params in stripe-go's encoding
	unchanged bool   // since they were encoded
	repeated  bool
}

// Do makes a complete call of an operation.
func (s *Service) Do(ctx context.Context, op *Operation, arguments json.RawMessage) (*stripeclient.Response, error) {
	call, err := s.Prepare(ctx, op, arguments)
	if err != nil {
		return nil, err
	}
	return call.Do(ctx)
}

// Prepare decodes and validates arguments and asks the policy. It records a
// write that is refused.
//
// Its errors are those of [Call.Do].
func (s *Service) Prepare(ctx context.Context, op *Operation, arguments json.RawMessage) (*Call, error) {
	parsed, err := schemas.ParseArguments(arguments)
	if err != nil {
		return nil, s.Refuse(ctx, op, err)
	}
	return s.PrepareParsed(ctx, op, parsed)
}

// PrepareParsed is [Service.Prepare] for arguments that [schemas.Parse] has
// read.
func (s *Service) PrepareParsed(ctx context.Context, op *Operation, arguments map[string]any) (*Call, error) {
	in, err := op.decode(arguments)
	if err != nil {
		return nil, s.Refuse(ctx, op, err)
	}
	call := &Call{Operation: op, Session: in.session, Params: in.params, Fields: in.fields, Wait: in.wait, service: s, form: in.form}
	if s.options.Policy != nil {
		if err := s.options.Policy(ctx, call); err != nil {
			return nil, call.Refuse(ctx, err)
		}
		if !call.unchanged {
			call.form = stripeclient.Encode(call.Params)
		}
	}
	return call, nil
}

// Unchanged is for a policy that sets no parameters: they need not be encoded
// again.
func (c *Call) Unchanged() { c.unchanged = true }

// Do calls Stripe and reduces the answer to the fields asked for. It records a
// write before and after.
//
// [stripeclient.AsError] recognizes an error about the call. Any other error is
// logged and returned as [ErrInternal].
func (c *Call) Do(ctx context.Context) (*stripeclient.Response, error) {
	var response *stripeclient.Response
	var err error
	if c.Operation.Creates && c.IdempotencyKey() == "" && c.service.repeats != nil {
		response, err = c.doUnlessRepeated(ctx)
	} else if c.Wait > 0 {
		response, err = c.await(ctx)
	} else {
		response, err = c.send(ctx)
	}
	if err != nil {
		return nil, c.service.known(ctx, c.Operation, err)
	}
	picked, err := schemas.Pick(response.JSON, c.Fields, c.backward())
	switch {
	case err == nil:
		response.JSON = picked
	case c.Operation.Writes():
		// The write is done: its answer must not be lost over a mistaken path.
		_ = c.service.known(ctx, c.Operation, err)
	default:
		return nil, c.service.known(ctx, c.Operation, err)
	}
	return response, nil
}

// send calls Stripe, once.
func (c *Call) send(ctx context.Context) (*stripeclient.Response, error) {
	s := c.service
	if c.Operation.Writes() && c.Params.GetParams().IdempotencyKey == nil {
		c.SetIdempotencyKey(rand.Text())
	}
	undo := func() {}
	if s.options.Quota != nil {
		var err error
		if undo, err = s.options.Quota(ctx, c); err != nil {
			s.write(c).refused(ctx, err)
			return nil, err
		}
	}
	write := s.write(c)
	response, err := s.client.Do(ctx, stripeclient.Request{
		Operation: &c.Operation.Stripe,
		Session:   c.Session,
		Params:    c.Params,
		Form:      c.form,
		Sending:   func() { write.sending(ctx) },
	})
	if err != nil {
		if failed, ok := stripeclient.AsError(err); ok && !failed.InDoubt {
			undo()
		}
		write.failed(ctx, err)
		return nil, err
	}
	if response.Replayed() && response.Attempts == 1 {
		undo() // it was counted the first time
	}
	write.done(ctx, response)
	return response, nil
}

// backward reports whether the call asks for the page before an id.
func (c *Call) backward() bool {
	list, ok := c.Params.(stripe.ListParamsContainer)
	return ok && list.GetListParams().EndingBefore != nil
}

// IdempotencyKey returns the key of a write: the caller's own or, once
// [Call.Do] has begun, possibly a generated one. It returns "" if there is
// none.
func (c *Call) IdempotencyKey() string {
	if key := c.Params.GetParams().IdempotencyKey; key != nil {
		return *key
	}
	return ""
}

// SetIdempotencyKey sets the key of a write.
func (c *Call) SetIdempotencyKey(key string) { c.Params.GetParams().IdempotencyKey = &key }

// Refuse records that a call is not made because of err. It returns the error
// for its caller.
func (c *Call) Refuse(ctx context.Context, err error) error {
	c.service.write(c).refused(ctx, err)
	return c.service.known(ctx, c.Operation, err)
}

// Refuse is [Call.Refuse] for arguments that never became a call.
func (s *Service) Refuse(ctx context.Context, op *Operation, err error) error {
	return (&Call{Operation: op, service: s}).Refuse(ctx, err)
}

// known returns err if it is about the call; otherwise it logs err and returns
// ErrInternal.
func (s *Service) known(ctx context.Context, op *Operation, err error) error {
	if _, ok := stripeclient.AsError(err); ok {
		return err
	}
	// The types are enough to find the bug; the text could contain a customer's
	// data.
	var types []string
	for e := err; e != nil; e = errors.Unwrap(e) {
		types = append(types, fmt.Sprintf("%T", e))
	}
	s.options.Logger.LogAttrs(ctx, slog.LevelError, "internal error",
		slog.String("operation", op.Name), slog.String("type", strings.Join(types, " of ")))
	return ErrInternal
}
