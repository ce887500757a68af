package schemas

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	second "github.com/google/jsonschema-go/jsonschema"
	"github.com/invopop/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/compact"
	"github.com/stripe/stripe-go/v82/form"

	decoder "github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/form"
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

// Arguments made from the schemas, with mistakes or without: bytes alone seldom
// get past the first names.
func FuzzMade(f *testing.F) {
	for i := range 40 {
		seed := make([]byte, 1000)
		for j := range seed {
			seed[j] = byte((i*131 + j*j*17 + j*i*7) >> (j % 5))
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed []byte) {
		m := &maker{seed: seed}
		m.mistakes = m.below(3)
		switch m.below(8) {
		case 0:
			decodeAll(t, List, m.arguments(t, List.Schema()))
		case 1:
			decodeAll(t, Retrieve, m.arguments(t, Retrieve.Schema()))
		case 2:
			decodeAll(t, Expire, m.arguments(t, Expire.Schema()))
		case 3:
			decodeAll(t, LineItems, m.arguments(t, LineItems.Schema()))
		default:
			decodeAll(t, Create, m.arguments(t, Create.Schema()))
		}
	})
}

// A maker makes up values by a schema. Its choices are bytes; out of bytes, it
// makes the first choice.
type maker struct {
	seed     []byte
	mistakes int // that it may still make: with many, nothing hangs on a single one
}

func (m *maker) arguments(t *testing.T, s *jsonschema.Schema) json.RawMessage {
	return arguments(t, m.value(s))
}

func (m *maker) below(n int) int {
	if len(m.seed) == 0 {
		return 0
	}
	b := m.seed[0]
	m.seed = m.seed[1:]
	return int(b) % n
}

// mistake reports whether to make one here.
func (m *maker) mistake() bool {
	if m.mistakes == 0 || m.below(12) != 11 {
		return false
	}
	m.mistakes--
	return true
}

func (m *maker) value(s *jsonschema.Schema) any {
	if m.mistake() {
		strange := []any{"", " ", "usd", "2026-01-01", true, 0, -1, 1.5, 1e30, nil, []any{}, []any{nil}, map[string]any{}, map[string]any{"a": 1}}
		return strange[m.below(len(strange))]
	}
	switch {
	case len(s.AnyOf) > 0:
		return m.value(s.AnyOf[m.below(len(s.AnyOf))])
	case len(s.Enum) > 0:
		return s.Enum[m.below(len(s.Enum))]
	case s.Type == "boolean":
		return m.below(2) == 1
	case s.Type == "integer" || s.Type == "number":
		return m.number(s)
	case s.Type == "array":
		array := []any{}
		for range m.size(s.MinItems, s.MaxItems, 1) {
			array = append(array, m.value(s.Items))
		}
		return array
	case s.Type == "object":
		return m.object(s)
	default:
		return m.text(s)
	}
}

func (m *maker) object(s *jsonschema.Schema) map[string]any {
	object := map[string]any{}
	for p := s.Properties.Oldest(); p != nil; p = p.Next() {
		if wanted := slices.Contains(s.Required, p.Key); wanted != m.mistake() || !wanted && m.below(8) == 7 {
			object[p.Key] = m.value(p.Value)
		}
	}
	if p := s.Properties.Oldest(); p != nil && len(object) == 0 && s.MinProperties != nil && !m.mistake() {
		object[p.Key] = m.value(p.Value)
	}
	if s.AdditionalProperties != nil && s.AdditionalProperties != jsonschema.FalseSchema {
		for i := range m.size(s.MinProperties, s.MaxProperties, 1) {
			key := fmt.Sprintf("k%c%c", 'a'+i/26, 'a'+i%26)
			if m.mistake() {
				key = []string{"", "[", "USD", "é", strings.Repeat("k", 41)}[m.below(5)]
			}
			object[key] = m.value(s.AdditionalProperties)
		}
	}
	return object
}

func (m *maker) number(s *jsonschema.Schema) json.Number {
	choices := []json.Number{cmp.Or(s.Minimum, "1"), cmp.Or(s.Maximum, "2"), "1", "50", "1767225600"}
	if s.Type == "number" {
		choices = append(choices, "0.5", "99.99")
	}
	if m.mistake() {
		choices = []json.Number{"-1", "0", "0.125", "1.0", "1e3", "101", "1e40", cmp.Or(s.Maximum, "9") + "1", "-" + cmp.Or(s.Maximum, "9") + "1"}
	}
	return choices[m.below(len(choices))]
}

func (m *maker) text(s *jsonschema.Schema) string {
	if s.Pattern != "" && !m.mistake() {
		return []string{"0.125", "12", "usd", "1767225600"}[m.below(4)]
	}
	return strings.Repeat([]string{"a", "é", "[", "1"}[m.below(4)], m.size(s.MinLength, s.MaxLength, 3))
}

// size is one that a schema allows, or next to it by mistake.
func (m *maker) size(least, most *uint64, usual int) int {
	low, high := usual, usual+1
	if least != nil {
		low = int(*least)
	}
	if most != nil {
		high = min(int(*most), 5000)
	}
	if m.mistake() {
		low, high = max(0, low-1), high+1
	}
	return []int{low, min(low+1, high), high}[m.below(3)]
}

// decodeAll checks that arguments are either refused with an *Error, or sent as
// a form that says exactly the same.
func decodeAll[P any](t *testing.T, o *Operation[P], arguments []byte) {
	agree(t, o, arguments)
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
	values := &form.Values{}
	form.AppendTo(values, in.Params)
	if string(in.Form) != values.Encode() {
		t.Fatalf("%s sends %q for %s, whose parameters are %q", o.Name, in.Form, arguments, values.Encode())
	}
	sent, err := decoder.Parse(values.Encode())
	if err != nil {
		t.Fatalf("%s sends %q for %s: %v", o.Name, values.Encode(), arguments, err)
	}
	top := map[string]any{}
	for name, value := range params {
		if !ours[name] {
			top[name] = value
		}
	}
	delete(sent.Members, "created") // one date may become two values
	if difference := differs(sent, top, ""); difference != "" {
		t.Fatalf("%s sends %q for %s: %s", o.Name, values.Encode(), arguments, difference)
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

// differs says where a form differs from a value; "" if nowhere.
func differs(sent *decoder.Node, value any, at string) string {
	children := map[string]any{}
	switch v := value.(type) {
	case map[string]any:
		children = v
	case []any:
		for i, item := range v {
			children[fmt.Sprint(i)] = item
		}
	default:
		if sent.Kind() != decoder.Text || !sameValue(sent.Text(), fmt.Sprint(v)) {
			return fmt.Sprintf("%q is %v", at, sent.Texts)
		}
		return ""
	}
	if len(children) == 0 && at != "" {
		return differs(sent, "", at) // what Stripe takes as "none"
	}
	for name, child := range children {
		if sent.Members[name] == nil {
			return fmt.Sprintf("%q has no %q", at, name)
		}
		if difference := differs(sent.Members[name], child, join(at, name)); difference != "" {
			return difference
		}
	}
	if len(sent.Members) != len(children) || len(sent.Kinds) > 1 || len(sent.Texts)+len(sent.Items) > 0 {
		return fmt.Sprintf("%q has more than that", at)
	}
	return ""
}

// agree checks that two other validators find the same mistakes in the
// arguments.
func agree[P any](t *testing.T, o *Operation[P], arguments []byte) {
	t.Helper()
	args, err := ParseArguments(arguments)
	if err != nil {
		return
	}
	ours := check(o.Schema(), args)
	if theirs := compiled(t, o.Schema()).Validate(args); (ours == nil) != (theirs == nil) {
		t.Fatalf("%s: about %s, we say %+v, but one validator %v", o.Name, arguments, ours, theirs)
	}
	comparable := true
	theirs := resolve(t, o.Schema()).Validate(plain(args, &comparable))
	if comparable && (ours == nil) != (theirs == nil) {
		t.Fatalf("%s: about %s, we say %+v, but the other validator %v", o.Name, arguments, ours, theirs)
	}
}

var compiledSchemas sync.Map

func compiled(t *testing.T, schema *jsonschema.Schema) *validator.Schema {
	t.Helper()
	if known, ok := compiledSchemas.Load(schema); ok {
		return known.(*validator.Schema)
	}
	text, err := json.Marshal(schema)
	if err != nil {
		t.Fatal(err)
	}
	c := compileOutput(t, text)
	compiledSchemas.Store(schema, c)
	return c
}

var resolved sync.Map // from a schema to its form for the second validator

func resolve(t *testing.T, schema any) *second.Resolved {
	if known, ok := resolved.Load(schema); ok {
		return known.(*second.Resolved)
	}
	text, err := json.Marshal(schema)
	if err != nil {
		t.Fatal(err)
	}
	parsed := new(second.Schema)
	if err := json.Unmarshal(text, parsed); err != nil {
		t.Fatal(err)
	}
	r, err := parsed.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	resolved.Store(schema, r)
	return r
}

// plain gives numbers the types that the second validator knows. It can't
// compare numbers that a float64 would round to a whole number.
func plain(value any, comparable *bool) any {
	switch v := value.(type) {
	case map[string]any:
		object := map[string]any{}
		for name, child := range v {
			object[name] = plain(child, comparable)
		}
		return object
	case []any:
		array := []any{}
		for _, child := range v {
			array = append(array, plain(child, comparable))
		}
		return array
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		exact, _ := new(big.Rat).SetString(v.String())
		rounded, _ := exact.Float64()
		whole := rounded == math.Trunc(rounded)
		if exact.IsInt() {
			return math.Copysign(1e300, rounded) // beyond the schema's limits, which are float64s in that validator
		}
		*comparable = *comparable && !whole
		return rounded
	default:
		return value
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
		answer, ok := compact.Object(nil, answer, 200)
		if !ok {
			return // stripeclient returns nothing else
		}
		paths := strings.Split(fields, ",")
		picked, err := Pick(answer, paths, false)
		if err != nil {
			var refused *Error
			if !errors.As(err, &refused) {
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
