package schemas

import "encoding/json"

// Output schemas promise no more than every real answer keeps: Stripe's objects
// grow, `fields` shortens them, and a client may refuse an answer that breaks
// the schema. An error is structured content too, so it is one of the
// properties.

// SessionOutput describes the answer of create, retrieve and expire:
// https://docs.stripe.com/api/checkout/sessions/object.
var SessionOutput = json.RawMessage(`{"type":"object","properties":{` +
	`"id":{"type":"string"},` +
	`"url":{"type":["string","null"],"description":"Where the customer pays while it is open."},` +
	`"status":{"type":["string","null"],"enum":["open","complete","expired",null]},` +
	`"payment_status":{"type":"string","enum":["paid","unpaid","no_payment_required"]},` +
	`"mode":{"type":"string"},` +
	`"amount_total":{"type":["integer","null"],"description":"Smallest currency unit."},` +
	`"currency":{"type":["string","null"]},` +
	`"expires_at":{"type":"integer"},` +
	`"livemode":{"type":"boolean","description":"false: test data."},` +
	errorProperty + `}}`)

// SessionListOutput describes the answer of list.
var SessionListOutput = listOutput("Checkout Sessions, newest first.")

// LineItemListOutput describes the answer of list line items:
// https://docs.stripe.com/api/checkout/sessions/line_items.
var LineItemListOutput = listOutput("Line items: {id, description, quantity, price, amount_subtotal, amount_total, currency}.")

func listOutput(data string) json.RawMessage {
	return json.RawMessage(`{"type":"object","properties":{` +
		`"data":{"type":"array","items":{"type":"object"},"description":"` + data + `"},` +
		`"has_more":{"type":"boolean"},` +
		`"next_page":{"type":"object","description":"If fields leave out id: the argument that gets the next page."},` +
		errorProperty + `}}`)
}

const errorProperty = `"error":{"type":"object","description":"Set if the call failed."}`
