package schemas

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

const oneOffPayment = `{"body":{"mode":"payment","success_url":"https://example.com/ok?id={CHECKOUT_SESSION_ID}","cancel_url":"https://example.com/cancel",
	"client_reference_id":"order-6735","customer_email":"jane@example.com","metadata":{"order":"6735"},
	"line_items":[{"quantity":1,"price_data":{"currency":"usd","unit_amount":1000,"product_data":{"name":"Mug"}}},{"price":"price_1","quantity":2}]},
	"idempotency_key":"order-6735"}`

func BenchmarkCreateDecode(b *testing.B) {
	everything := inBody(b, newSampler().everything(bodySchema(Create.Schema())))
	for _, bm := range []struct {
		name string
		args []byte
	}{
		{"one-off payment", []byte(oneOffPayment)},
		{"every parameter", everything},
	} {
		b.Run(bm.name, func(b *testing.B) {
			b.SetBytes(int64(len(bm.args)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Create.Decode(bm.args); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// The cost of refusing a wrong call.
func BenchmarkCreateRefuse(b *testing.B) {
	args := []byte(`{"body":{"mode":"pay","lineItems":[],"amount":"10.00"}}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Create.Decode(args); err == nil {
			b.Fatal("accepted")
		}
	}
}

func BenchmarkPick(b *testing.B) {
	var page bytes.Buffer
	if err := json.Compact(&page, []byte(`{"object":"list","url":"/v1/checkout/sessions","has_more":true,"data":[`+strings.Repeat(session+",", 19)+session+`]}`)); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(page.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Pick(page.Bytes(), []string{"id", "url", "status", "amount_total", "customer_details.email"}, false); err != nil {
			b.Fatal(err)
		}
	}
}
