package schemas

import "encoding/json"

// Output schemas promise no more than every true answer keeps: Stripe's objects
// grow, `fields` cuts them down, and a client may refuse what breaks the
// schema. An error is structured content too, so it is among the properties.

// SessionOutput describes the answer of create, retrieve and expire:
// https://docs.stripe.com/api/checkout/sessions/object.
var SessionOutput = json.RawMessage(`{"type":"object","properties":{` +
	`"id":{"type":"string"},` +
	`"url":{"type":["string","null"],"description":"Where the customer pays, while open."},` +
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
		`"next_page":{"type":"object","description":"Of a page cut down to fields without id: what to ask for the next one with."},` +
		errorProperty + `}}`)
}

const errorProperty = `"error":{"type":"object","description":"If the call failed."}`
