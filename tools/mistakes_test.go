package tools

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// The mistakes that agents are most likely to make. Each error says what to
// change; changing just that succeeds in the sandbox.
func TestLikelyMistakes(t *testing.T) {
	s := connectSandbox(t)
	open := succeed(t, s, createTool, tshirt)["id"].(string)
	expired := succeed(t, s, listTool, `{"status":"expired","limit":1}`)["data"].([]any)[0].(map[string]any)["id"].(string)
	page := succeed(t, s, listTool, `{"limit":3}`)["data"].([]any)
	first, last := page[0].(map[string]any)["id"].(string), page[2].(map[string]any)["id"].(string)

	// create completes a body for one T-shirt with the given parameters.
	create := func(with string) string {
		body := map[string]any{
			"mode":        "payment",
			"success_url": "https://example.com/thanks",
			"line_items":  []any{map[string]any{"quantity": 1, "price_data": map[string]any{"currency": "usd", "unit_amount": 1000, "product_data": map[string]any{"name": "T-shirt"}}}},
		}
		var changes map[string]any
		if err := json.Unmarshal([]byte(with), &changes); err != nil {
			t.Fatalf("%s: %v", with, err)
		}
		for name, value := range changes {
			body[name] = value
			if value == nil {
				delete(body, name)
			}
		}
		arguments, err := json.Marshal(map[string]any{"body": body})
		if err != nil {
			t.Fatal(err)
		}
		return string(arguments)
	}
	item := func(with string) string { return create(`{"line_items":[` + with + `]}`) }
	const priceData = `"price_data":{"currency":"usd","unit_amount":1000,"product_data":{"name":"T-shirt"}}`
	soon := time.Now().Add(time.Hour).UTC().Truncate(time.Second)

	for _, mistake := range []struct {
		name, tool   string
		wrong, right string
		text         []string // what the error says
	}{
		{
			"amount as a decimal text", createTool,
			item(`{"quantity":1,"price_data":{"currency":"usd","unit_amount":"10.00","product_data":{"name":"T-shirt"}}}`),
			item(`{"quantity":1,` + priceData + `}`),
			[]string{`line_items[0][price_data][unit_amount] must be an integer, without quotes around it; got "10.00"`, "10.00 USD is 1000"},
		},
		{
			"amount below the minimum", createTool,
			item(`{"quantity":1,"price_data":{"currency":"usd","unit_amount":10,"product_data":{"name":"T-shirt"}}}`),
			item(`{"quantity":1,` + priceData + `}`),
			[]string{"at least $0.50 usd"},
		},
		{
			"price and price_data", createTool,
			item(`{"quantity":1,"price":"price_sandbox_tshirt",` + priceData + `}`),
			item(`{"quantity":1,"price":"price_sandbox_tshirt"}`),
			[]string{"price", "price_data"},
		},
		{
			"no mode", createTool,
			create(`{"mode":null}`), create(`{}`),
			[]string{"mode"},
		},
		{
			"one-time price in subscription mode", createTool,
			create(`{"mode":"subscription"}`),
			create(`{"mode":"subscription","line_items":[{"quantity":1,"price":"price_sandbox_pro_monthly"}]}`),
			[]string{"at least one recurring price"},
		},
		{
			"recurring price in payment mode", createTool,
			item(`{"quantity":1,"price":"price_sandbox_pro_monthly"}`),
			create(`{"mode":"subscription","line_items":[{"quantity":1,"price":"price_sandbox_pro_monthly"}]}`),
			[]string{"recurring price", "`subscription` mode"},
		},
		{
			"a date in expires_at", createTool,
			create(`{"expires_at":"` + soon.Format(time.RFC3339) + `"}`),
			create(fmt.Sprintf(`{"expires_at":%d}`, soon.Unix())),
			[]string{"expires_at must be an integer", fmt.Sprint(soon.Unix())},
		},
		{
			"milliseconds in expires_at", createTool,
			create(fmt.Sprintf(`{"expires_at":%d}`, soon.UnixMilli())),
			create(fmt.Sprintf(`{"expires_at":%d}`, soon.Unix())),
			[]string{"expires_at must be between", "Unix seconds", "milliseconds"},
		},
		{
			"parameters beside the body", createTool,
			`{"mode":"setup","currency":"usd","success_url":"https://example.com"}`,
			`{"body":{"mode":"setup","currency":"usd","success_url":"https://example.com"}}`,
			[]string{"body is required", "mode belongs in body"},
		},
		{
			"camel case", createTool,
			create(`{"clientReferenceId":"7"}`), create(`{"client_reference_id":"7"}`),
			[]string{"Did you mean client_reference_id?"},
		},
		{
			"one line item without its array", createTool,
			create(`{"line_items":{"quantity":1,"price":"price_sandbox_tshirt"}}`),
			item(`{"quantity":1,"price":"price_sandbox_tshirt"}`),
			[]string{"line_items must be an array"},
		},
		{
			"no quantity", createTool,
			item(`{` + priceData + `}`), item(`{"quantity":1,` + priceData + `}`),
			[]string{"quantity"},
		},
		{
			"a product without a name", createTool,
			item(`{"quantity":1,"price_data":{"currency":"usd","unit_amount":1000,"product_data":{}}}`),
			item(`{"quantity":1,` + priceData + `}`),
			[]string{"line_items[0][price_data][product_data][name] is required"},
		},
		{
			"an invented payment method", createTool,
			create(`{"payment_method_types":["credit_card"]}`), create(`{"payment_method_types":["card"]}`),
			[]string{"payment_method_types[0] must be one of", " card,"},
		},
		{
			"success_url when embedded", createTool,
			create(`{"ui_mode":"embedded","return_url":"https://example.com/return"}`),
			create(`{"ui_mode":"embedded","return_url":"https://example.com/return","success_url":null}`),
			[]string{"success_url"},
		},
		{
			"no success_url when hosted", createTool,
			create(`{"success_url":null}`), create(`{}`),
			[]string{"success_url"},
		},
		{
			"customer and customer_email", createTool,
			create(`{"customer":"cus_sandbox_ada","customer_email":"ada@example.com"}`),
			create(`{"customer":"cus_sandbox_ada"}`),
			[]string{"customer", "customer_email"},
		},
		{
			"line items in setup mode", createTool,
			create(`{"mode":"setup"}`), create(`{"mode":"setup","line_items":null,"currency":"usd"}`),
			[]string{"line_items", "setup"},
		},
		{
			"a number in metadata", createTool,
			create(`{"metadata":{"order":1001}}`), create(`{"metadata":{"order":"1001"}}`),
			[]string{"metadata[order] must be a string; got 1001"},
		},
		{
			"a country's name", createTool,
			create(`{"shipping_address_collection":{"allowed_countries":["Germany"]}}`),
			create(`{"shipping_address_collection":{"allowed_countries":["DE"]}}`),
			[]string{"shipping_address_collection[allowed_countries][0]", "ISO 3166-1 alpha-2"},
		},
		{
			"a parameter by half its name", createTool,
			create(`{"items":[]}`), create(`{}`),
			[]string{"items is not a parameter. Did you mean line_items?", "Nothing was sent to Stripe."},
		},
		{
			"limit too large", listTool,
			`{"limit":500}`, `{"limit":100}`,
			[]string{"limit must be between 1 and 100; got 500"},
		},
		{
			"a status of payments", listTool,
			`{"status":"paid"}`, `{"status":"complete"}`,
			[]string{"status must be one of complete, expired, open"},
		},
		{
			"both cursors", listTool,
			`{"starting_after":"` + first + `","ending_before":"` + last + `"}`, `{"starting_after":"` + first + `"}`,
			[]string{"starting_after", "ending_before"},
		},
		{
			"a time in words", listTool,
			`{"created":"last week"}`, `{"created":{"gte":"2026-11-01"}}`,
			[]string{"created must be", "2026-01-01"},
		},
		{
			"an email as a filter of its own", listTool,
			`{"email":"ada@example.com"}`, `{"customer_details":{"email":"ada@example.com"}}`,
			[]string{"email is not a parameter. Did you mean customer_details[email]?"},
		},
		{
			"a field that no session has", listTool,
			`{"fields":["id","total_amount"]}`, `{"fields":["id","amount_total"]}`,
			[]string{`"total_amount"`, `"amount_total"`},
		},
		{
			"a PaymentIntent for a session", retrieveTool,
			`{"session":"pi_sandbox_4"}`, `{"session":"` + open + `"}`,
			[]string{"list the sessions", "payment_intent"},
		},
		{
			"a session's URL for its id", retrieveTool,
			`{"session":"https://checkout.stripe.com/c/pay/` + open + `"}`, `{"session":"` + open + `"}`,
			[]string{"cs_test_"},
		},
		{
			"expanding what can't be", retrieveTool,
			`{"session":"` + open + `","expand":["line_item"]}`, `{"session":"` + open + `","expand":["line_items"]}`,
			[]string{"cannot be expanded", "line_item"},
		},
		{
			"expiring again", expireTool,
			`{"session":"` + expired + `"}`, `{"session":"` + open + `"}`,
			[]string{`"open"`, "expired"},
		},
	} {
		t.Run(mistake.name, func(t *testing.T) {
			result := call(t, s, mistake.tool, mistake.wrong)
			if !result.IsError {
				t.Fatalf("%s succeeds", mistake.wrong)
			}
			got := text(t, result)
			t.Log(got)
			for _, part := range mistake.text {
				if !strings.Contains(got, part) {
					t.Errorf("the text does not say %q:\n%s", part, got)
				}
			}
			if strings.Contains(mistake.wrong, `"fields"`) && strings.Contains(got, "Nothing was sent") {
				t.Errorf("it took Stripe's answer, but says: %s", got)
			}
			succeed(t, s, mistake.tool, mistake.right)
		})
	}
}
