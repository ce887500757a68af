package operations

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

var benchmarks = []struct {
	op        *Operation
	arguments string
}{
	{List, `{"limit":10}`},
	{Create, `{"body":{"mode":"payment","success_url":"https://example.com/ok?id={CHECKOUT_SESSION_ID}","cancel_url":"https://example.com/cancel",
		"client_reference_id":"order-6735","customer_email":"jane@example.com","metadata":{"order":"6735"},
		"line_items":[{"quantity":1,"price_data":{"currency":"usd","unit_amount":1000,"product_data":{"name":"Mug"}}},{"price":"price_1","quantity":2}]}}`},
	{Retrieve, `{"session":"cs_test_1"}`},
	{Expire, `{"session":"cs_test_1"}`},
	{LineItems, `{"session":"cs_test_1","limit":10}`},
}

// alwaysSession is a Stripe that answers every call with one session, without a
// network.
type alwaysSession []byte

func (s alwaysSession) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(s))}, nil
}

func benchmarkService(b *testing.B) *Service {
	b.Helper()
	key, err := stripeclient.ParseKey("sk_test_1")
	if err != nil {
		b.Fatal(err)
	}
	session, err := os.ReadFile("../bench/testdata/session.json")
	if err != nil {
		b.Fatal(err)
	}
	client, err := stripeclient.New(stripeclient.Config{Key: key, Transport: alwaysSession(session)})
	if err != nil {
		b.Fatal(err)
	}
	service, err := New(client, Options{RepeatWindow: time.Minute, Audit: func(context.Context, Record) {}})
	if err != nil {
		b.Fatal(err)
	}
	return service
}

// BenchmarkPrepare takes a call from its arguments to Stripe's parameters.
func BenchmarkPrepare(b *testing.B) {
	benchmark(b, func(s *Service, op *Operation, arguments json.RawMessage) error {
		_, err := s.Prepare(b.Context(), op, arguments)
		return err
	})
}

// BenchmarkDo makes whole calls, of which only the network is missing.
func BenchmarkDo(b *testing.B) {
	benchmark(b, func(s *Service, op *Operation, arguments json.RawMessage) error {
		_, err := s.Do(b.Context(), op, arguments)
		return err
	})
}

func benchmark(b *testing.B, do func(*Service, *Operation, json.RawMessage) error) {
	service := benchmarkService(b)
	for _, bm := range benchmarks {
		b.Run(bm.op.Name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := do(service, bm.op, json.RawMessage(bm.arguments)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
