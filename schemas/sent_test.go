package schemas

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"
	"github.com/stripe/stripe-go/v82"
	"github.com/stripe/stripe-go/v82/form"
)

// unsendable are the create parameters that no request can carry, and why.
// Decode refuses them.
var unsendable = map[string]string{
	"payment_method_options.pay_by_bank": "an object without parameters: form encoding has no empty object",
}

// createPaths is the number of parameter paths that stripe-go v82.5.1 has for
// create.
const createPaths = 351

func TestEveryCreateParameterIsSent(t *testing.T) {
	paths := formPaths(reflect.TypeFor[stripe.CheckoutSessionCreateParams]())
	if len(paths) != createPaths {
		t.Fatalf("stripe-go has %d create paths, want %d", len(paths), createPaths)
	}
	sent := 0
	for _, path := range paths {
		t.Run(path, func(t *testing.T) {
			body := newSampler().with(bodySchema(Create.Schema()), strings.Split(path, "."))
			in, err := Create.Decode(inBody(t, body))
			if why, exception := unsendable[path]; exception {
				var refused *Error
				if !errors.As(err, &refused) || refused.Param != form.FormatKey(strings.Split(path, ".")) {
					t.Fatalf("got %v, want a refusal: %s", err, why)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := encode(in.Params)
			wantSent(t, got, flatten(body))
			if !pathsIn(got)[path] {
				t.Fatalf("%s is not in the request: %v", path, got)
			}
			sent++
		})
	}
	if sent != len(paths)-len(unsendable) {
		t.Errorf("%d of %d paths were sent, want all but %d", sent, len(paths), len(unsendable))
	}
	for path := range unsendable {
		if !slices.Contains(paths, path) {
			t.Errorf("%s is an exception but not a parameter", path)
		}
	}
	t.Logf("%d of %d create parameter paths are sent; %d refused", sent, len(paths), len(unsendable))
}

func TestEverythingIsSentAtOnce(t *testing.T) {
	body := newSampler().everything(bodySchema(Create.Schema()))
	in, err := Create.Decode(inBody(t, body))
	if err != nil {
		t.Fatal(err)
	}
	got := encode(in.Params)
	wantSent(t, got, flatten(body))

	sent := pathsIn(got)
	for _, path := range formPaths(reflect.TypeFor[stripe.CheckoutSessionCreateParams]()) {
		if _, exception := unsendable[path]; !exception && !sent[path] {
			t.Errorf("%s is not in the request", path)
		}
	}
}

// stripe-go uses pointers to tell zero from not given: free items, "no" and
// "none" must reach Stripe.
func TestZeroValuesAreSent(t *testing.T) {
	tests := []struct{ body, key, value string }{
		{`{"line_items":[{"price":"price_1","quantity":0}]}`, "line_items[0][quantity]", "0"},
		{`{"line_items":[{"quantity":1,"price_data":{"currency":"usd","product":"prod_1","unit_amount":0}}]}`, "line_items[0][price_data][unit_amount]", "0"},
		{`{"line_items":[{"quantity":1,"price_data":{"currency":"usd","product":"prod_1","unit_amount_decimal":"0.0"}}]}`, "line_items[0][price_data][unit_amount_decimal]", "0"},
		{`{"subscription_data":{"application_fee_percent":0}}`, "subscription_data[application_fee_percent]", "0.0000"},
		{`{"automatic_tax":{"enabled":false}}`, "automatic_tax[enabled]", "false"},
		{`{"allow_promotion_codes":false}`, "allow_promotion_codes", "false"},
		{`{"metadata":{"order":""}}`, "metadata[order]", ""},
		{`{"invoice_creation":{"enabled":true,"invoice_data":{"account_tax_ids":[]}}}`, "invoice_creation[invoice_data][account_tax_ids]", ""},
		{`{"invoice_creation":{"enabled":true,"invoice_data":{"custom_fields":[]}}}`, "invoice_creation[invoice_data][custom_fields]", ""},
		{`{"invoice_creation":{"enabled":true,"invoice_data":{"rendering_options":{"amount_tax_display":""}}}}`, "invoice_creation[invoice_data][rendering_options][amount_tax_display]", ""},
		{`{"payment_method_options":{"klarna":{"subscriptions":[]}}}`, "payment_method_options[klarna][subscriptions]", ""},
		{`{"payment_method_options":{"paypal":{"capture_method":""}}}`, "payment_method_options[paypal][capture_method]", ""},
		{`{"payment_method_options":{"paypal":{"setup_future_usage":""}}}`, "payment_method_options[paypal][setup_future_usage]", ""},
		{`{"payment_method_options":{"acss_debit":{"mandate_options":{"custom_mandate_url":""}}}}`, "payment_method_options[acss_debit][mandate_options][custom_mandate_url]", ""},
		{`{"payment_method_options":{"sepa_debit":{"mandate_options":{"reference_prefix":""}}}}`, "payment_method_options[sepa_debit][mandate_options][reference_prefix]", ""},
	}
	for _, tt := range tests {
		t.Run(tt.key, func(t *testing.T) {
			in, err := Create.Decode(inBody(t, json.RawMessage(tt.body)))
			if err != nil {
				t.Fatal(err)
			}
			if got := encode(in.Params)[tt.key]; !slices.Equal(got, []string{tt.value}) {
				t.Errorf("%s is sent as %q, want %q", tt.key, got, tt.value)
			}
		})
	}
}

// Complete requests, as they are sent.
func TestRequestIsAsStripeExpects(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{
			"one-off payment",
			`{"mode":"payment","success_url":"https://example.com/ok?id={CHECKOUT_SESSION_ID}","line_items":[
				{"price":"price_1","quantity":2},
				{"quantity":1,"price_data":{"currency":"usd","unit_amount":1000,"product_data":{"name":"Mug & lid","images":["https://example.com/1.png","https://example.com/2.png"]}}}]}`,
			"line_items[0][price]=price_1\n" +
				"line_items[0][quantity]=2\n" +
				"line_items[1][price_data][currency]=usd\n" +
				"line_items[1][price_data][product_data][images][0]=https://example.com/1.png\n" +
				"line_items[1][price_data][product_data][images][1]=https://example.com/2.png\n" +
				"line_items[1][price_data][product_data][name]=Mug & lid\n" +
				"line_items[1][price_data][unit_amount]=1000\n" +
				"line_items[1][quantity]=1\n" +
				"mode=payment\n" +
				"success_url=https://example.com/ok?id={CHECKOUT_SESSION_ID}",
		},
		{
			"maps, decimals and percentages",
			`{"metadata":{"order":"6735","tags":"a,b"},
				"line_items":[{"quantity":3,"price_data":{"currency":"usd","product":"prod_1","unit_amount_decimal":"0.10"}}],
				"subscription_data":{"application_fee_percent":12.5,"trial_end":1798675200},
				"shipping_options":[{"shipping_rate_data":{"display_name":"Air","fixed_amount":{"amount":500,"currency":"usd","currency_options":{"eur":{"amount":450},"gbp":{"amount":400,"tax_behavior":"inclusive"}}}}}]}`,
			"line_items[0][price_data][currency]=usd\n" +
				"line_items[0][price_data][product]=prod_1\n" +
				"line_items[0][price_data][unit_amount_decimal]=0.1\n" +
				"line_items[0][quantity]=3\n" +
				"metadata[order]=6735\n" +
				"metadata[tags]=a,b\n" +
				"shipping_options[0][shipping_rate_data][display_name]=Air\n" +
				"shipping_options[0][shipping_rate_data][fixed_amount][amount]=500\n" +
				"shipping_options[0][shipping_rate_data][fixed_amount][currency]=usd\n" +
				"shipping_options[0][shipping_rate_data][fixed_amount][currency_options][eur][amount]=450\n" +
				"shipping_options[0][shipping_rate_data][fixed_amount][currency_options][gbp][amount]=400\n" +
				"shipping_options[0][shipping_rate_data][fixed_amount][currency_options][gbp][tax_behavior]=inclusive\n" +
				"subscription_data[application_fee_percent]=12.5000\n" +
				"subscription_data[trial_end]=1798675200",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in, err := Create.Decode(inBody(t, json.RawMessage(tt.body)))
			if err != nil {
				t.Fatal(err)
			}
			if got := lines(encode(in.Params)); got != tt.want {
				t.Errorf("sent\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestEveryParameterOfTheOtherOperationsIsSent(t *testing.T) {
	t.Run("list", func(t *testing.T) {
		otherOperation(t, List, []string{
			"created", "created.gt", "created.gte", "created.lt", "created.lte", "customer", "customer_details", "customer_details.email",
			"ending_before", "expand", "limit", "payment_intent", "payment_link", "starting_after", "status", "subscription",
		})
	})
	t.Run("retrieve", func(t *testing.T) { otherOperation(t, Retrieve, []string{"expand"}) })
	t.Run("expire", func(t *testing.T) { otherOperation(t, Expire, []string{"expand"}) })
	t.Run("line_items", func(t *testing.T) {
		otherOperation(t, LineItems, []string{"ending_before", "expand", "limit", "starting_after"})
	})
}

func otherOperation[P any](t *testing.T, o *Operation[P], want []string) {
	paths := formPaths(reflect.TypeFor[P]())
	if !slices.Equal(paths, want) {
		t.Fatalf("stripe-go has the parameters %v, want %v", paths, want)
	}
	full := o.Schema()
	if o.Write {
		full = bodySchema(full)
	}
	at := func(params map[string]any) json.RawMessage {
		args := maps.Clone(params)
		if o.Write {
			args = map[string]any{"body": params}
		}
		if o.Session {
			args["session"] = "cs_test_1"
		}
		return arguments(t, args)
	}

	all := map[string]any{}
	for _, path := range paths {
		t.Run(path, func(t *testing.T) {
			params := newSampler().with(full, strings.Split(path, ".")).(map[string]any)
			delete(params, "session")
			in, err := o.Decode(at(params))
			if err != nil {
				t.Fatal(err)
			}
			wantSent(t, encode(in.Params), flatten(params))
			maps.Copy(all, params)
		})
	}

	t.Run("at once", func(t *testing.T) {
		in, err := o.Decode(at(all))
		if err != nil {
			t.Fatal(err)
		}
		wantSent(t, encode(in.Params), flatten(all))
	})
}

// Arguments that are not Stripe's parameters are returned separately.
func TestSessionFieldsAndIdempotencyKey(t *testing.T) {
	create, err := Create.Decode(json.RawMessage(`{"body":{"mode":"setup"},"idempotency_key":"order-6735"}`))
	if err != nil {
		t.Fatal(err)
	}
	if key := create.Params.IdempotencyKey; key == nil || *key != "order-6735" {
		t.Errorf("the idempotency key of create is %v", key)
	}
	if got := lines(encode(create.Params)); got != "mode=setup" {
		t.Errorf("create sends %q", got)
	}

	expire, err := Expire.Decode(json.RawMessage(`{"session":"cs_test_1","body":{},"idempotency_key":"expire-6735"}`))
	if err != nil {
		t.Fatal(err)
	}
	if key := expire.Params.IdempotencyKey; key == nil || *key != "expire-6735" || expire.Session != "cs_test_1" {
		t.Errorf("expire has the session %q and the idempotency key %v", expire.Session, key)
	}
	if got := lines(encode(expire.Params)); got != "" {
		t.Errorf("expire sends %q", got)
	}

	retrieve, err := Retrieve.Decode(json.RawMessage(`{"session":"cs_test_1","fields":["id","customer_details.email"],"body":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	if retrieve.Session != "cs_test_1" || !slices.Equal(retrieve.Fields, []string{"id", "customer_details.email"}) || retrieve.Params.IdempotencyKey != nil {
		t.Errorf("retrieve has the session %q, the fields %q", retrieve.Session, retrieve.Fields)
	}
	if got := lines(encode(retrieve.Params)); got != "" {
		t.Errorf("retrieve sends %q", got)
	}
}

// formPaths returns every parameter path, including those of objects and
// arrays, that form encoding can make from a stripe-go parameter struct.
func formPaths(t reflect.Type) []string {
	paths := map[string]bool{}
	var walk func(t reflect.Type, at string)
	walk = func(t reflect.Type, at string) {
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice:
			walk(t.Elem(), at)
		case reflect.Map:
			walk(t.Elem(), join(at, "*"))
		case reflect.Struct:
			for i := range t.NumField() {
				f := t.Field(i)
				name, _, _ := strings.Cut(f.Tag.Get("form"), ",")
				switch {
				case f.Type == reflect.TypeFor[stripe.ListParams]():
					paths["limit"], paths["starting_after"], paths["ending_before"] = true, true, true
				case name != "-" && name != "*":
					paths[join(at, name)] = true
					walk(f.Type, join(at, name))
				}
			}
		}
	}
	walk(t, "")
	return slices.Sorted(maps.Keys(paths))
}

// A sampler makes valid values. Every scalar is different, so that a value sent
// under the wrong name is noticed.
type sampler struct{ n int }

func newSampler() *sampler { return &sampler{n: 10} }

// with returns the smallest value that has something at the path.
func (p *sampler) with(s *jsonschema.Schema, path []string) any {
	if len(path) == 0 {
		return p.least(s)
	}
	for _, a := range s.AnyOf {
		if a.Properties != nil {
			return p.with(a, path)
		}
	}
	switch {
	case s.Items != nil:
		return []any{p.with(s.Items, path)}
	case s.Properties != nil:
		object := p.required(s)
		child, ok := s.Properties.Get(path[0])
		if !ok {
			panic("the schema has no " + path[0])
		}
		object[path[0]] = p.with(child, path[1:])
		return object
	default: // a map
		return map[string]any{sampleKeys(s)[0]: p.with(s.AdditionalProperties, path[1:])}
	}
}

// least returns the smallest valid value of a schema.
func (p *sampler) least(s *jsonschema.Schema) any {
	switch {
	case len(s.AnyOf) > 0:
		return p.least(s.AnyOf[0])
	case s.Type == "array":
		return []any{p.least(s.Items)}
	case s.Properties != nil:
		object := p.required(s)
		if first := s.Properties.Oldest(); len(object) == 0 && first != nil {
			object[first.Key] = p.least(first.Value)
		}
		return object
	case s.Type == "object":
		return map[string]any{sampleKeys(s)[0]: p.least(s.AdditionalProperties)}
	default:
		return p.scalar(s)
	}
}

func (p *sampler) required(s *jsonschema.Schema) map[string]any {
	object := map[string]any{}
	for _, name := range s.Required {
		child, _ := s.Properties.Get(name)
		object[name] = p.least(child)
	}
	return object
}

// everything returns a value with everything the schema allows: two of each
// array's items and of each map's keys.
func (p *sampler) everything(s *jsonschema.Schema) any {
	switch {
	case s.Type == "array":
		return []any{p.everything(s.Items), p.everything(s.Items)}
	case s.Properties != nil:
		object := map[string]any{}
		for child := s.Properties.Oldest(); child != nil; child = child.Next() {
			if child.Value.Properties == nil || child.Value.Properties.Len() > 0 {
				object[child.Key] = p.everything(child.Value)
			}
		}
		return object
	case s.Type == "object":
		object := map[string]any{}
		for _, key := range sampleKeys(s) {
			object[key] = p.everything(s.AdditionalProperties)
		}
		return object
	default:
		return p.scalar(s)
	}
}

func (p *sampler) scalar(s *jsonschema.Schema) any {
	p.n++
	switch {
	case len(s.Enum) > 0:
		return s.Enum[len(s.Enum)-1] // "" comes first
	case s.Type == "boolean":
		return true
	case s.Type == "integer":
		return p.n
	case s.Type == "number":
		return float64(p.n%100) + 0.25
	case s.Pattern != "":
		return fmt.Sprintf("%d.125", p.n)
	default:
		return fmt.Sprintf("text %d", p.n)
	}
}

// sampleKeys are two keys for a map, which pathOf recognizes.
func sampleKeys(s *jsonschema.Schema) []string {
	if s.AdditionalProperties.Type == "object" {
		return []string{"usd", "eur"}
	}
	return []string{"first key", "second key"}
}

var (
	sampleKey  = regexp.MustCompile(`\[(usd|eur|first key|second key)\]`)
	arrayIndex = regexp.MustCompile(`\[\d+\]`)
	bracketed  = regexp.MustCompile(`\[([^]]*)\]`)
)

// pathOf returns the parameter path of a form key.
func pathOf(key string) string {
	key = sampleKey.ReplaceAllString(key, ".*")
	key = arrayIndex.ReplaceAllString(key, "")
	return bracketed.ReplaceAllString(key, ".$1")
}

// pathsIn returns the paths of everything that is sent, and of the objects and
// arrays around it.
func pathsIn(sent url.Values) map[string]bool {
	paths := map[string]bool{}
	for key := range sent {
		for path := pathOf(key); path != ""; path = path[:max(0, strings.LastIndex(path, "."))] {
			paths[path] = true
		}
	}
	return paths
}

// flatten encodes a form as https://docs.stripe.com/api shows it: nested names
// in brackets, arrays by index. It is independent of the code under test.
func flatten(value any) url.Values {
	sent := url.Values{}
	var add func(key string, value any)
	add = func(key string, value any) {
		switch v := value.(type) {
		case map[string]any:
			for name, child := range v {
				if key != "" {
					name = key + "[" + name + "]"
				}
				add(name, child)
			}
		case []any:
			for i, child := range v {
				add(fmt.Sprintf("%s[%d]", key, i), child)
			}
		case float64:
			sent.Add(key, strconv.FormatFloat(v, 'f', 4, 64)) // as stripe-go writes a percentage
		default:
			sent.Add(key, fmt.Sprint(v))
		}
	}
	add("", value)
	return sent
}

// encode returns the form that stripe-go will send.
func encode(params any) url.Values {
	values := &form.Values{}
	form.AppendTo(values, params)
	return values.ToValues()
}

func wantSent(t *testing.T, got, want url.Values) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("sent\n%s\nwant\n%s", lines(got), lines(want))
	}
}

func lines(sent url.Values) string {
	var all []string
	for _, key := range slices.Sorted(maps.Keys(sent)) {
		for _, value := range sent[key] {
			all = append(all, key+"="+value)
		}
	}
	return strings.Join(all, "\n")
}

func bodySchema(s *jsonschema.Schema) *jsonschema.Schema {
	body, _ := s.Properties.Get("body")
	return body
}

func arguments(t testing.TB, args any) json.RawMessage {
	t.Helper()
	data, err := json.Marshal(args)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func inBody(t testing.TB, body any) json.RawMessage {
	t.Helper()
	return arguments(t, map[string]any{"body": body})
}
