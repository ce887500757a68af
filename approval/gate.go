package approval

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// A Gate lets through the writes that a person has approved.
type Gate struct {
	*Approver
	// Ask returns what the person is asked about a call.
	Ask func(context.Context, *operations.Service, *operations.Call) (Question, error)
}

// Pass returns nil for a call whose idempotency key is the code of its
// approval, and replaces the code with the real key. For any other call, it
// returns the error that sends the person to the page.
func (g *Gate) Pass(ctx context.Context, service *operations.Service, call *operations.Call) error {
	what := Call{Caller: service.Caller(ctx), Operation: call.Operation.Name, Digest: call.Digest(ctx)}
	code, message := "approval_needed", "A person has to approve this call first"
	if IsCode(call.IdempotencyKey()) {
		key, err := g.Check(what, call.IdempotencyKey())
		switch {
		case err == nil:
			call.SetIdempotencyKey(key)
			return nil
		case errors.Is(err, ErrExpired):
			code = "approval_expired"
		default:
			code = "approval_invalid"
		}
		message = strings.ToUpper(err.Error()[:1]) + err.Error()[1:] + ", so a person has to approve this call"
	}
	question, err := g.Ask(ctx, service, call)
	if err != nil {
		return err
	}
	question.Facts = append(question.Facts, Fact{"Asked by", what.Caller})
	if params, ok := call.Params.(*stripe.CheckoutSessionCreateParams); ok {
		question.Items = items(params)
	}
	link, err := g.Link(what, question)
	if err != nil {
		return err
	}
	refusal := stripeclient.NewInvalidRequest(code, "", message)
	refusal.Advice = fmt.Sprintf("Nothing was done. Give the person this link, which is valid for %d minutes: %s When they approve, the page shows them a code: call again with exactly the same arguments and this code as idempotency_key. If they decline, don't call again.", int(Within.Minutes()), link)
	return refusal
}

// items lists what is sold, in the agent's words. Quoting reveals characters
// that nobody would see.
func items(p *stripe.CheckoutSessionCreateParams) (all []string) {
	const most = 20
	for i, line := range p.LineItems {
		if i == most {
			return append(all, fmt.Sprintf("and %d more", len(p.LineItems)-most))
		}
		quantity := int64(1)
		if line.Quantity != nil {
			quantity = *line.Quantity
		}
		name := "something without a name"
		switch d := line.PriceData; {
		case line.Price != nil:
			name = fmt.Sprintf("the price %.80q", *line.Price)
		case d != nil && d.ProductData != nil && d.ProductData.Name != nil:
			name = fmt.Sprintf("%.200q", *d.ProductData.Name)
		case d != nil && d.Product != nil:
			name = fmt.Sprintf("the product %.80q", *d.Product)
		}
		all = append(all, fmt.Sprintf("%d × %s", quantity, name))
	}
	return all
}
