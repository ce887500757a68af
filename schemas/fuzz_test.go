package schemas

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// Arguments come from a model, or from anyone else who talks to the server.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		``, `null`, `{}`, `[]`, `{"body":{}}`, `{"session":"cs_test_1"}`,
		oneOffPayment,
		string(inBody(f, newSampler().everything(bodySchema(Create.Schema())))),
		`{"created":{"gte":"2026-01-01","lt":1769904000},"limit":100,"status":"open","customer_details":{"email":"jane@example.com"},"fields":["id"],"expand":["data.customer"]}`,
		`{"created":"2026-01-01T09:30:00.5+02:00"}`,
		`{"session":"cs_test_1","limit":3,"starting_after":"li_1","expand":["data.price"],"fields":["quantity"]}`,
		`{"session":"cs_test_1","body":{"expand":["customer"]},"idempotency_key":"k"}`,
		body(`"line_items":[{"price":"price_1","quantity":1e3},{"quantity":1.0,"price_data":{"currency":"usd","unit_amount_decimal":"0.10"}}]`),
		body(`"shipping_options":[{"shipping_rate_data":{"display_name":"Air","fixed_amount":{"amount":1,"currency":"usd","currency_options":{"usd][x":{"amount":1},"eur":{"amount":-0}}}}}]`),
		body(`"invoice_creation":{"enabled":true,"invoice_data":{"account_tax_ids":[],"custom_fields":[],"metadata":{"a&b":"","é":"\ud83d"}}}`),
		body(`"payment_method_options":{"pay_by_bank":{},"klarna":{"subscriptions":[]}}`),
		body(`"metadata":{"a[b]":1e999999999},"mode":null,"mode":"pay"`),
		body(`"subscription_data":{"application_fee_percent":99.99}`),
		strings.Repeat(`{"body":`, 40), strings.Repeat(`[`, 40), "{\"body\":{\"metadata\":{\"\x00\":\"\xff\"}}}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, arguments []byte) {
		decodeAll(t, List, arguments)
		decodeAll(t, Create, arguments)
		decodeAll(t, Retrieve, arguments)
		decodeAll(t, Expire, arguments)
		decodeAll(t, LineItems, arguments)
	})
}

// decodeAll checks that arguments are either refused with an *Error, or sent
// completely and without additions.
func decodeAll[P any](t *testing.T, o *Operation[P], arguments []byte) {
	in, err := o.Decode(arguments)
	if err != nil {
		var refused *Error
		if !errors.As(err, &refused) || refused.Message == "" || !utf8.ValidString(refused.Message) {
			t.Fatalf("%s: %q is not an *Error with a message", o.Name, err)
		}
		return
	}

	args, err := ParseArguments(arguments)
	if err != nil {
		t.Fatalf("%s accepts what doesn't parse: %v", o.Name, err)
	}
	params := args
	if o.Write {
		params, _ = args["body"].(map[string]any)
	}
	if err := sendsAll(params, in.Params, ""); err != nil {
		t.Fatalf("%s: %v", o.Name, err)
	}
	values := 0
	_ = eachValue(params, nil, "", func(key []string, _ string, _ any) error {
		if !ours[key[0]] {
			values++
		}
		return nil
	})
	sent := encode(in.Params)
	for key, given := range sent {
		if key == "created" || strings.HasPrefix(key, "created[") {
			continue // one value may give two
		}
		values -= len(given)
	}
	if values != 0 {
		t.Fatalf("%s: %d values of %s are missing from what is sent: %v", o.Name, values, arguments, sent)
	}

	written, err := json.Marshal(args)
	if err != nil {
		t.Fatal(err)
	}
	again, err := o.Decode(written)
	if err != nil {
		t.Fatalf("%s accepts %s but refuses it written as %s: %v", o.Name, arguments, written, err)
	}
	if !reflect.DeepEqual(in, again) {
		t.Fatalf("%s reads %s differently when it is written as %s", o.Name, arguments, written)
	}
}

// Answers come from Stripe, field paths from a model.
func FuzzPick(f *testing.F) {
	for _, fields := range []string{"id", "id,customer_details.email", "metadata.a,metadata", "line_items.data.price.id", "data.id", "", ".", "a..b", "newer_than_us.deep.y"} {
		f.Add([]byte(session), fields)
		f.Add([]byte(`{"object":"list","data":[`+session+`],"has_more":true,"url":"/v1/checkout/sessions"}`), fields)
	}
	f.Add([]byte(`{"object":"list","data":{"id":1},"url":"/line_items"}`), "id")
	f.Add([]byte(`{"a":{"a":{"a":[[{"a":1}]]}}}`), "a.a.a.a")
	f.Add([]byte(`{ "a\"b" : "\u0000", "a" :1e400, "\ud800":"\udfff" , "":{}}`), "a,")
	f.Fuzz(func(t *testing.T, answer []byte, fields string) {
		paths := strings.Split(fields, ",")
		picked, err := Pick(answer, paths, false)
		if err != nil {
			var refused *Error
			var envelope struct{ Object, URL string }
			if json.Unmarshal(answer, &envelope) == nil && !errors.As(err, &refused) {
				t.Fatalf("%q of %s: %v is not an *Error", fields, answer, err)
			}
			return
		}
		if !json.Valid(picked) {
			t.Fatalf("%q of %s is not JSON: %s", fields, answer, picked)
		}
		if len(picked) > len(answer) {
			t.Fatalf("%q of %s contains more than it does: %s", fields, answer, picked)
		}
		again, err := Pick(picked, paths, false)
		if err != nil {
			return // what made a path known, a list's url for one, may be cut out
		}
		if !bytes.Equal(again, picked) {
			t.Fatalf("%q of %s is %s, and of that %s", fields, answer, picked, again)
		}
	})
}
