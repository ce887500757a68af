package schemas

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// session is indented, as Stripe writes it, and contains what is easily lost on
// the way.
const session = `{
  "id": "cs_test_1",
  "object": "checkout.session",
  "amount_total": 9007199254740993,
  "created": 1767225600.0,
  "currency": null,
  "customer": "cus_1",
  "customer_details": {
    "name": "Jos\u00e9 \ud83d\ude00 <&>",
    "address": {"line1": "a\/b", "city": null},
    "email": "jane@example.com"
  },
  "custom_fields": [
    {"key": "size", "type": "text"},
    {"key": "colour", "type": "text", "optional": true}
  ],
  "line_items": {
    "object": "list",
    "data": [
      {"id": "li_1", "quantity": 1, "price": {"id": "price_1", "unit_amount": 1000}},
      {"id": "li_2", "quantity": 2, "price": null}
    ],
    "has_more": false
  },
  "metadata": {"z": "1", "a": "2", "caf\u00e9": "3", "<b>": "4"},
  "newer_than_us": {"deep": {"x": 1e2, "y": [1, 2]}},
  "payment_intent": {"id": "pi_1", "amount": 5}
}`

func TestPick(t *testing.T) {
	tests := []struct{ name, fields, want string }{
		{"all", "", string(compacted(t, session))},
		{"one", "id", `{"id":"cs_test_1"}`},
		{"Stripe's order, not ours", "object id", `{"id":"cs_test_1","object":"checkout.session"}`},
		{"twice", "id id", `{"id":"cs_test_1"}`},
		{"big integer", "amount_total", `{"amount_total":9007199254740993}`},
		{"number as written", "created", `{"created":1767225600.0}`},
		{"null", "currency", `{"currency":null}`},
		{"below null", "currency customer_details.address.city", `{"currency":null,"customer_details":{"address":{"city":null}}}`},
		{"nested", "customer_details.email", `{"customer_details":{"email":"jane@example.com"}}`},
		{"nested, in Stripe's order", "customer_details.email customer_details.address.line1", `{"customer_details":{"address":{"line1":"a\/b"},"email":"jane@example.com"}}`},
		{"escapes as written", "customer_details.name", `{"customer_details":{"name":"Jos\u00e9 \ud83d\ude00 <&>"}}`},
		{"object as written", "customer_details.address", `{"customer_details":{"address":{"line1":"a\/b","city":null}}}`},
		{"whole wins over part", "customer_details.address.city customer_details.address", `{"customer_details":{"address":{"line1":"a\/b","city":null}}}`},
		{"whole wins over part, given first", "customer_details.address customer_details.address.city", `{"customer_details":{"address":{"line1":"a\/b","city":null}}}`},
		{"whole wins over an unknown part", "customer_details.address customer_details.address.newer", `{"customer_details":{"address":{"line1":"a\/b","city":null}}}`},
		{"in each item of an array", "custom_fields.key custom_fields.optional", `{"custom_fields":[{"key":"size"},{"key":"colour","optional":true}]}`},
		{"in no item of an array", "custom_fields.label", `{"custom_fields":[{},{}]}`},
		{"in a nested list", "line_items.data.price.id line_items.has_more", `{"line_items":{"data":[{"price":{"id":"price_1"}},{"price":null}],"has_more":false}}`},
		{"metadata", "metadata", `{"metadata":{"z":"1","a":"2","caf\u00e9":"3","<b>":"4"}}`},
		{"metadata in Stripe's order", "metadata.a metadata.z", `{"metadata":{"z":"1","a":"2"}}`},
		{"names as written", "metadata.café metadata.<b>", `{"metadata":{"caf\u00e9":"3","<b>":"4"}}`},
		{"metadata that isn't there", "id metadata.order", `{"id":"cs_test_1","metadata":{}}`},
		{"expanded", "payment_intent.id", `{"payment_intent":{"id":"pi_1"}}`},
		{"not expanded", "customer.email", `{"customer":"cus_1"}`},
		{"known, but not in this answer", "id shipping_cost.amount_total", `{"id":"cs_test_1"}`},
		{"in this answer, but unknown", "newer_than_us.deep.y", `{"newer_than_us":{"deep":{"y":[1,2]}}}`},
		{"below an unknown field", "newer_than_us.gubbins", `{"newer_than_us":{}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Pick(compacted(t, session), strings.Fields(tt.fields), false)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestPickFromLists(t *testing.T) {
	const (
		sessions = `{"object":"list", "data":[ {"id":"cs_2","status":"open","amount_total":9007199254740993}, {"id":"cs_1","status":null} ], "has_more":true, "url":"/v1/checkout/sessions", "total_count": 2e0}`
		items    = `{"object":"list","data":[{"id":"li_1","quantity":1,"amount_discount":0,"price":{"id":"price_1"}}],"has_more":false,"url":"/v1/checkout/sessions/cs_1/line_items"}`
		none     = `{"object":"list","data":[],"has_more":false,"url":"/v1/checkout/sessions"}`
	)
	tests := []struct{ name, answer, fields, want string }{
		{"all", sessions, "", string(compacted(t, sessions))},
		{"each item, in the same envelope", sessions, "id", `{"object":"list","data":[{"id":"cs_2"},{"id":"cs_1"}],"has_more":true,"url":"/v1/checkout/sessions","total_count":2e0}`},
		{"without ids", sessions, "status", `{"object":"list","data":[{"status":"open"},{"status":null}],"has_more":true,"url":"/v1/checkout/sessions","total_count":2e0,"next_page":{"starting_after":"cs_1"}}`},
		{"without ids, the last page", items, "quantity", `{"object":"list","data":[{"quantity":1}],"has_more":false,"url":"/v1/checkout/sessions/cs_1/line_items"}`},
		{"in some items", sessions, "amount_total", `{"object":"list","data":[{"amount_total":9007199254740993},{}],"has_more":true,"url":"/v1/checkout/sessions","total_count":2e0,"next_page":{"starting_after":"cs_1"}}`},
		{"line items", items, "quantity price.id", `{"object":"list","data":[{"quantity":1,"price":{"id":"price_1"}}],"has_more":false,"url":"/v1/checkout/sessions/cs_1/line_items"}`},
		{"no items", none, "id customer_details.email", none},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Pick(compacted(t, tt.answer), strings.Fields(tt.fields), false)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}

	if got, err := Pick(compacted(t, sessions), []string{"status"}, true); err != nil || !strings.HasSuffix(string(got), `"next_page":{"ending_before":"cs_2"}}`) {
		t.Errorf("backward: %s, %v", got, err)
	}

	const itemsOnly = ` In a list, paths apply to each item, and has_more always stays: use "id", not "data.id".`
	testUnknownFields(t, sessions, map[string]string{
		"data.id":    `fields contains "data", but Stripe's object has no such field.` + itemsOnly,
		"has_more":   `fields contains "has_more", but Stripe's object has no such field.` + itemsOnly,
		"statuss":    `fields contains "statuss", but Stripe's object has no such field. Did you mean "status"?`,
		"quantity":   `fields contains "quantity", but Stripe's object has no such field.`,
		"id.gubbins": `fields contains "id.gubbins", but Stripe's object has no such field.`,
	})
	testUnknownFields(t, items, map[string]string{
		"quantiti":        `fields contains "quantiti", but Stripe's object has no such field. Did you mean "quantity"?`,
		"price.unitAmnt":  `fields contains "price.unitAmnt", but Stripe's object has no such field. Did you mean "price.unit_amount"?`,
		"payment_status":  `fields contains "payment_status", but Stripe's object has no such field.`,
		"line_items.data": `fields contains "line_items", but Stripe's object has no such field.`,
	})
	testUnknownFields(t, none, map[string]string{
		"idd": `fields contains "idd", but Stripe's object has no such field. Did you mean "id"?`,
	})
}

func TestPickUnknown(t *testing.T) {
	testUnknownFields(t, session, map[string]string{
		"amount":                        `fields contains "amount", but Stripe's object has no such field.`,
		"amountTotal":                   `fields contains "amountTotal", but Stripe's object has no such field. Did you mean "amount_total"?`,
		"customer_details.emall":        `fields contains "customer_details.emall", but Stripe's object has no such field. Did you mean "customer_details.email"?`,
		"customer.emall":                `fields contains "customer.emall", but Stripe's object has no such field. Did you mean "customer.email"?`,
		"line_items.data.price.amount":  `fields contains "line_items.data.price.amount", but Stripe's object has no such field. Did you mean "line_items.data.price.unit_amount"?`,
		"metadata.a.b":                  `fields contains "metadata.a.b", but Stripe's object has no such field.`,
		"":                              `fields contains "", but Stripe's object has no such field.`,
		"customer.":                     `fields contains "customer.", but Stripe's object has no such field.`,
		".id":                           `fields contains "", but Stripe's object has no such field.`,
		"-":                             `fields contains "-", but Stripe's object has no such field.`,
		"LastResponse":                  `fields contains "LastResponse", but Stripe's object has no such field.`,
		"custom_fields[0].key":          `fields contains "custom_fields[0]", but Stripe's object has no such field. Did you mean "custom_fields"?`,
		strings.Repeat("gubbins", 2000): `fields contains "` + strings.Repeat("gubbins", 9)[:60] + `…", but Stripe's object has no such field.`,
	})
}

func testUnknownFields(t *testing.T, answer string, tests map[string]string) {
	t.Helper()
	for field, want := range tests {
		_, err := Pick(compacted(t, answer), []string{"object", field}, false)
		var refused *Error
		if !errors.As(err, &refused) {
			t.Errorf("%.50q: got %v, want an *Error", field, err)
			continue
		}
		if refused.Param != "fields" || refused.Message != want {
			t.Errorf("%.50q: got %s: %s\nwant %s", field, refused.Param, refused.Message, want)
		}
	}
}

// compacted returns an answer as stripeclient does.
func compacted(t testing.TB, answer string) json.RawMessage {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(answer)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
