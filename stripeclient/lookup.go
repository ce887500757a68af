package stripeclient

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/stripe/stripe-go/v82"
)

// Lookup returns a Stripe object by its path, such as /v1/prices/price_1, for
// what a sales policy has to know about it. It expands the fields in expand.
func (c *Client) Lookup(ctx context.Context, path string, expand ...string) (json.RawMessage, error) {
	params := &stripe.PriceParams{} // all these objects take expand, and nothing else
	for _, field := range expand {
		params.AddExpand(field)
	}
	answer, err := c.Do(ctx, Request{Operation: &Operation{Method: http.MethodGet, Path: path}, Params: params})
	if err != nil {
		return nil, err
	}
	return answer.JSON, nil
}
