package schemas_test

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/stripe/stripe-go/v82/form"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/schemas"
)

func ExampleOperation_Decode() {
	in, err := schemas.Create.Decode(json.RawMessage(`{
		"body": {"mode": "payment", "line_items": [{"price": "price_1", "quantity": 2}]},
		"idempotency_key": "order-6735"
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	values := &form.Values{}
	form.AppendTo(values, in.Params)
	fmt.Println(values.Encode())
	fmt.Println(*in.Params.IdempotencyKey)
	// Output:
	// line_items[0][price]=price_1&line_items[0][quantity]=2&mode=payment
	// order-6735
}

func ExampleOperation_Decode_refused() {
	_, err := schemas.Create.Decode(json.RawMessage(`{"body": {"lineItems": [{"price": "price_1", "quantity": 2}]}}`))
	var refused *schemas.Error
	if errors.As(err, &refused) {
		fmt.Println(refused.Code)
		fmt.Println(refused.Param)
		fmt.Println(refused.Message)
	}
	// Output:
	// parameter_unknown
	// lineItems
	// lineItems is not a parameter. Did you mean line_items?
}

func ExamplePick() {
	answer := json.RawMessage(`{"id":"cs_test_1","amount_total":1000,"customer_details":{"email":"jane@example.com","name":"Jane"}}`)
	picked, err := schemas.Pick(answer, []string{"customer_details.email", "id"}, false)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(picked))
	// Output: {"id":"cs_test_1","customer_details":{"email":"jane@example.com"}}
}
