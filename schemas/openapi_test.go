package schemas

import (
	"encoding/json"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/invopop/jsonschema"
	"github.com/stripe/stripe-mock/embedded"
)

// The operations in Stripe's OpenAPI document.
var documented = []struct {
	operation, method, path string
	schema                  func() *jsonschema.Schema
}{
	{"list", "get", "/v1/checkout/sessions", List.Schema},
	{"create", "post", "/v1/checkout/sessions", Create.Schema},
	{"retrieve", "get", "/v1/checkout/sessions/{session}", Retrieve.Schema},
	{"expire", "post", "/v1/checkout/sessions/{session}/expire", Expire.Schema},
	{"line_items", "get", "/v1/checkout/sessions/{session}/line_items", LineItems.Schema},
}

// differences lists how our input schemas may differ from Stripe's document,
// and why. Each entry is an operation, a colon and a path.Match pattern in
// which "*" also matches dots. Any other difference fails the test, as does an
// entry that explains none.
var differences = []explanation{
	// The document is for 2025-09-30.clover; stripe-go v82 uses
	// 2025-08-27.basil.
	{"create:body.branding_settings", "exists", "no", "yes", newer},
	{"create:body.excluded_payment_method_types", "exists", "no", "yes", newer},
	{"create:body.line_items.price_data.product_data.unit_label", "exists", "no", "yes", newer},
	{"create:body.name_collection", "exists", "no", "yes", newer},
	{"create:body.payment_method_options.affirm.capture_method", "exists", "no", "yes", newer},
	{"create:body.payment_method_options.afterpay_clearpay.capture_method", "exists", "no", "yes", newer},
	{"create:body.payment_method_options.alma", "exists", "no", "yes", newer},
	{"create:body.payment_method_options.amazon_pay.capture_method", "exists", "no", "yes", newer},
	{"create:body.payment_method_options.billie", "exists", "no", "yes", newer},
	{"create:body.payment_method_options.card.capture_method", "exists", "no", "yes", newer},
	{"create:body.payment_method_options.cashapp.capture_method", "exists", "no", "yes", newer},
	{"create:body.payment_method_options.demo_pay", "exists", "no", "yes", newer},
	{"create:body.payment_method_options.klarna.capture_method", "exists", "no", "yes", newer},
	{"create:body.payment_method_options.link.capture_method", "exists", "no", "yes", newer},
	{"create:body.payment_method_options.mobilepay.capture_method", "exists", "no", "yes", newer},
	{"create:body.payment_method_options.revolut_pay.capture_method", "exists", "no", "yes", newer},
	{"create:body.payment_method_options.satispay", "exists", "no", "yes", newer},
	{"create:body.subscription_data.billing_mode.flexible", "exists", "no", "yes", newer},

	// Ours.
	{"*:fields", "exists", "yes", "no", "cuts the answer down"},
	{"retrieve:wait_seconds", "exists", "yes", "no", "waits for the payment"},
	{"create:idempotency_key", "exists", "yes", "no", "Stripe takes it as a header"},
	{"expire:idempotency_key", "exists", "yes", "no", "Stripe takes it as a header"},
	{"create:body", "required", "yes", "", "a session of nothing is a mistake"},
	{"*:session", "maxLength", "255", "5000", "ids are about 70 characters long"},
	{"retrieve:session", "maxLength", "255", "66", "Stripe's document contradicts itself; Stripe decides"},

	// `created` also takes dates and digits, which are checked as they are
	// parsed.
	{"list:created", "type", "integer|object|string", "integer|object", "dates"},
	{"list:created.*", "type", "integer|string", "integer", "dates"},
	{"list:created*", "emptyable", "yes", "", "refused as no date"},
	{"list:created*", "minimum", "0", "", "no time is before 1970"},
	{"list:created*", "maximum", "99999999999", "", "beyond are milliseconds"},
	{"list:created", "minProperties", "1", "", nothing},

	// Form encoding and stripe-go.
	{"create:*", "minProperties", "1", "", nothing},
	{"create:body.custom_text.*", "emptyable", "", "yes", "stripe-go has no empty string for an object; a new session has nothing to unset"},
	{"create:body.invoice_creation.invoice_data.rendering_options", "emptyable", "", "yes", "stripe-go has no empty string for an object; a new session has nothing to unset"},
	{"create:*metadata.\\*", "emptyable", "yes", "", "Stripe takes empty values"},
	{"create:*", "minimum", minInteger, "", "int64 in stripe-go"},
	{"create:*", "maximum", maxInteger, "", "int64 in stripe-go"},
	{"create:*currency_options", "keys", `^[a-z]{3}$ -`, "", "ISO currency codes; keys become part of form keys"},

	// Formats.
	{"create:*currency", "format", "", "currency", "Stripe knows its currencies"},
	{"create:body.expires_at", "format", "", "unix-time", "its bounds say it"},
	{"create:body.expires_at", "minimum", "1", "", "after 1970"},
	{"create:body.expires_at", "maximum", "99999999999", "", "beyond are milliseconds"},
	{"create:body.subscription_data.billing_cycle_anchor", "format", "", "unix-time", "its bounds say it"},
	{"create:body.subscription_data.billing_cycle_anchor", "minimum", "1", "", "after 1970"},
	{"create:body.subscription_data.billing_cycle_anchor", "maximum", "99999999999", "", "beyond are milliseconds"},
	{"create:body.subscription_data.trial_end", "format", "", "unix-time", "its bounds say it"},
	{"create:body.subscription_data.trial_end", "minimum", "1", "", "after 1970"},
	{"create:body.subscription_data.trial_end", "maximum", "99999999999", "", "beyond are milliseconds"},
	{"create:*unit_amount_decimal", "format", "", "decimal", "its pattern says it"},
	{"create:*unit_amount_decimal", "pattern", `^\d{1,12}(\.\d{1,12})?$`, "", "12 decimal places at most; a float64 in stripe-go"},
	{"create:*us_bank_account.financial_connections.permissions", "maxLength", "", "5000", "it has an enumeration"},

	// Bounds that Stripe states only in prose; bounds.go quotes it.
	{"l*:limit", "minimum", "1", "", prose},
	{"l*:limit", "maximum", "100", "", prose},
	{"create:body.line_items", "maxItems", "100", "", prose},
	{"create:body.optional_items", "maxItems", "10", "", prose},
	{"create:body.custom_fields", "maxItems", "3", "", prose},
	{"create:body.custom_fields.dropdown.options", "maxItems", "200", "", prose},
	{"create:body.shipping_options", "maxItems", "5", "", prose},
	{"create:body.line_items.quantity", "minimum", "0", "", prose},
	{"create:body.line_items.price_data.unit_amount", "minimum", "0", "", prose},
	{"create:body.payment_intent_data.application_fee_amount", "minimum", "0", "", prose},
	{"create:body.shipping_options.*.amount", "minimum", "0", "", prose},
	{"create:body.subscription_data.trial_period_days", "minimum", "1", "", prose},
	{"create:body.subscription_data.*_percent", "minimum", "0", "", prose},
	{"create:body.subscription_data.*_percent", "maximum", "100", "", prose},
	{"create:body.subscription_data.*_percent", "multipleOf", "0.01", "", prose},
	{"create:*metadata", "keys", `^[^\[\]]*$ 1-40`, "", prose + "; keys become part of form keys"},
	{"create:*metadata", "maxProperties", "50", "", prose},
	{"create:*metadata.\\*", "maxLength", "500", "", prose},
}

// An explanation is a permitted difference and the reason for it.
type explanation struct{ path, aspect, ours, stripes, why string }

const (
	newer   = "newer than stripe-go v82, which can't send it"
	nothing = "an empty object has no form encoding"
	prose   = "said in Stripe's prose"

	whatever = "*" // for Stripe's value
)

func (e explanation) explains(d difference) bool {
	matched, err := path.Match(e.path, d.path)
	return err == nil && matched && e.aspect == d.aspect && e.ours == d.ours && (e.stripes == d.stripes || e.stripes == whatever)
}

// judge returns the differences that nothing explains and the explanations that
// explain nothing.
func judge(found []difference, explanations []explanation) (unexplained []difference, stale []explanation) {
	used := make([]bool, len(explanations))
	for _, d := range found {
		explained := false
		for i, e := range explanations {
			if e.explains(d) {
				used[i], explained = true, true
			}
		}
		if !explained {
			unexplained = append(unexplained, d)
		}
	}
	for i, e := range explanations {
		if !used[i] {
			stale = append(stale, e)
		}
	}
	return unexplained, stale
}

func TestInputSchemasAreStripes(t *testing.T) {
	var found []difference
	paths, missing := 0, 0
	for _, d := range documented {
		stripes := shapesOf(stripesInput(t, d.method, d.path), stripesEmptyable)
		for _, diff := range compare(shapesOf(reparse(t, d.schema()), oursEmptyable), stripes) {
			if diff.aspect == "exists" && diff.ours == "no" {
				for p := range stripes {
					if p == diff.path || strings.HasPrefix(p, diff.path+".") {
						missing++
					}
				}
			}
			diff.path = d.operation + ":" + diff.path
			found = append(found, diff)
		}
		paths += len(stripes)
	}
	unexplained, stale := judge(found, differences)
	for _, d := range unexplained {
		t.Errorf("unexplained: %v", d)
	}
	for _, e := range stale {
		t.Errorf("stale: no schema differs by %+v", e)
	}
	t.Logf("compared %d paths of Stripe's document; %d are newer than stripe-go v82", paths, missing)
}

// oursEmptyable reports whether our schema accepts an empty string or array.
func oursEmptyable(s *jsonSchema) bool {
	switch {
	case s.Items != nil:
		return s.MinItems == ""
	case s.Type == "string":
		return s.MinLength == "" && len(s.Enum) == 0 && s.Pattern == ""
	}
	return false
}

func stripesEmptyable(s *jsonSchema) bool { return slices.ContainsFunc(s.AnyOf, isNothing) }

// A document is the part of Stripe's OpenAPI document that the tests read.
type document struct {
	Paths      map[string]map[string]json.RawMessage
	Components struct{ Schemas map[string]*jsonSchema }
}

var stripesDocument = sync.OnceValues(func() (*document, error) {
	d := new(document)
	return d, json.Unmarshal(embedded.OpenAPISpec, d)
})

// operation returns one operation of the document.
func (d *document) operation(method, path string, into any) error {
	return json.Unmarshal(d.Paths[path][method], into)
}

// stripesInput arranges an operation's path, query and form parameters as our
// schemas do: the form in body, the others beside it.
func stripesInput(t *testing.T, method, path string) *jsonSchema {
	t.Helper()
	spec, err := stripesDocument()
	if err != nil {
		t.Fatal(err)
	}
	var operation struct {
		Parameters []struct {
			Name     string
			Required bool
			Schema   *jsonSchema
		}
		RequestBody struct {
			Required bool
			Content  map[string]struct{ Schema *jsonSchema }
		}
	}
	if err := spec.operation(method, path, &operation); err != nil {
		t.Fatal(err)
	}
	body := operation.RequestBody.Content["application/x-www-form-urlencoded"].Schema
	if body == nil {
		t.Fatalf("%s %s has no form in Stripe's document", method, path)
	}
	all := &jsonSchema{Type: "object", Properties: map[string]*jsonSchema{"body": body}}
	if operation.RequestBody.Required {
		all.Required = append(all.Required, "body")
	}
	for _, p := range operation.Parameters {
		all.Properties[p.Name] = p.Schema
		if p.Required {
			all.Required = append(all.Required, p.Name)
		}
	}
	return all
}

// A test of the comparison itself: each made-up change to a schema is found
// exactly once.
func TestCompareFindsDifferences(t *testing.T) {
	const base = `{"type":"object","required":["mode"],"properties":{
		"mode":{"type":"string","enum":["payment","setup"]},
		"name":{"type":"string","maxLength":10,"minLength":1},
		"note":{"type":"string"},
		"quantity":{"type":"integer","minimum":0},
		"tags":{"type":"array","minItems":1,"items":{"type":"string","maxLength":20,"minLength":1}},
		"labels":{"type":"object","additionalProperties":{"type":"string","minLength":1}},
		"card":{"type":"object","required":["brand"],"properties":{"brand":{"type":"string","minLength":1}}},
		"created":{"anyOf":[{"type":"integer"},{"type":"object","properties":{"gt":{"type":"integer"}}}]}}}`
	tests := []struct {
		name, old, new string
		want           []difference
	}{
		{"nothing", `"mode"`, `"mode"`, nil},
		{"order alone", `["payment","setup"]`, `["setup","payment"]`, nil},
		{"path missing", `"name":{"type":"string","maxLength":10,"minLength":1},`, ``, []difference{{"name", "exists", "yes", "no"}}},
		{"path added", `"name":{`, `"nom":{"type":"string","minLength":1},"name":{`, []difference{{"nom", "exists", "no", "yes"}}},
		{"object missing, with everything below it", `"card":{"type":"object","required":["brand"],"properties":{"brand":{"type":"string","minLength":1}}},`, ``, []difference{{"card", "exists", "yes", "no"}}},
		{"path below added", `{"brand":`, `{"expiry":{"type":"integer"},"brand":`, []difference{{"card.expiry", "exists", "no", "yes"}}},
		{"type", `"quantity":{"type":"integer"`, `"quantity":{"type":"number"`, []difference{{"quantity", "type", "integer", "number"}}},
		{"type of items", `"items":{"type":"string","maxLength":20,"minLength":1}`, `"items":{"type":"integer","maxLength":20}`, []difference{{"tags", "type", "[]string", "[]integer"}}},
		{"array or not", `{"type":"array","minItems":1,"items":{"type":"string","maxLength":20,"minLength":1}}`, `{"type":"string","maxLength":20,"minLength":1}`, []difference{{"tags", "type", "[]string", "string"}}},
		{"type in anyOf", `{"anyOf":[{"type":"integer"}`, `{"anyOf":[{"type":"string","minLength":1}`, []difference{{"created", "type", "integer|object", "object|string"}}},
		{"alternative missing", `{"type":"integer"},{"type":"object","properties"`, `{"type":"object","properties"`, []difference{{"created", "type", "integer|object", "object"}}},
		{"type below anyOf", `"gt":{"type":"integer"}`, `"gt":{"type":"boolean"}`, []difference{{"created.gt", "type", "integer", "boolean"}}},
		{"map or not", `"additionalProperties":{"type":"string","minLength":1}`, `"additionalProperties":false`, []difference{{"labels", "type", "map", "object"}, {"labels.*", "exists", "yes", "no"}}},
		{"map values", `"additionalProperties":{"type":"string","minLength":1}`, `"additionalProperties":{"type":"integer"}`, []difference{{"labels.*", "type", "string", "integer"}}},
		{"enumeration value missing", `["payment","setup"]`, `["payment"]`, []difference{{"mode", "enum", `"payment" "setup"`, `"payment"`}}},
		{"no enumeration", `,"enum":["payment","setup"]`, `,"minLength":1`, []difference{{"mode", "enum", `"payment" "setup"`, ""}}},
		{"required", `"required":["mode"]`, `"required":["mode","note"]`, []difference{{"note", "required", "", "yes"}}},
		{"not required", `"required":["brand"],`, ``, []difference{{"card.brand", "required", "yes", ""}}},
		{"required but undefined", `"required":["mode"]`, `"required":["mode","ghost"]`, []difference{{"ghost", "exists", "no", "yes"}}},
		{"maxLength", `"maxLength":10`, `"maxLength":11`, []difference{{"name", "maxLength", "10", "11"}}},
		{"maxLength of items", `"maxLength":20`, `"maxLength":21`, []difference{{"tags", "maxLength", "20", "21"}}},
		{"bound of zero", `,"minimum":0`, ``, []difference{{"quantity", "minimum", "0", ""}}},
		{"emptyable", `"maxLength":10,"minLength":1`, `"maxLength":10`, []difference{{"name", "emptyable", "", "yes"}}},
		{"emptyable array", `"minItems":1,`, ``, []difference{{"tags", "emptyable", "", "yes"}}},
		{"emptyable items", `"maxLength":20,"minLength":1`, `"maxLength":20`, []difference{{"tags", "emptyable items", "", "yes"}}},
	}
	shapes := func(schema string) map[string]shape {
		return shapesOf(reparse(t, json.RawMessage(schema)), oursEmptyable)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if strings.Count(base, tt.old) == 0 {
				t.Fatalf("%q is not in the schema", tt.old)
			}
			got := compare(shapes(base), shapes(strings.Replace(base, tt.old, tt.new, 1)))
			if !slices.Equal(got, tt.want) {
				t.Errorf("found %v, want %v", got, tt.want)
			}
		})
	}
}

func TestStripesEmptyables(t *testing.T) {
	got := shapesOf(reparse(t, json.RawMessage(`{"properties":{
		"message":{"anyOf":[{"type":"string","maxLength":9},{"enum":[""],"type":"string"}]},
		"method":{"type":"string","enum":["","manual"]}}}`)), stripesEmptyable)
	if want := (shape{"type": "string", "maxLength": "9", "emptyable": "yes"}); !maps.Equal(got["message"], want) {
		t.Errorf("message is %v, want %v", got["message"], want)
	}
	if want := (shape{"type": "string", "enum": `"" "manual"`}); !maps.Equal(got["method"], want) {
		t.Errorf("method is %v, want %v", got["method"], want)
	}
}

func TestJudge(t *testing.T) {
	table := []explanation{
		{"create:body.a", "exists", "no", "yes", "newer"},
		{"create:body.*.b", "maxLength", "5", "", "prose"},
		{"create:body.m.\\*", "type", "string", "integer", "a literal star"},
	}
	found := []difference{
		{"create:body.a", "exists", "no", "yes"},
		{"create:body.x.y.b", "maxLength", "5", ""},
		{"create:body.m.*", "type", "string", "integer"},
	}
	if unexplained, stale := judge(found, table); unexplained != nil || stale != nil {
		t.Errorf("unexplained %v, stale %v; want none", unexplained, stale)
	}
	for i, d := range []difference{
		{"list:body.a", "exists", "no", "yes"},
		{"create:body.a", "exists", "yes", "no"},
		{"create:body.x.y.b", "maxLength", "6", ""},
		{"create:body.x.y.b", "minLength", "5", ""},
		{"create:body.m.k", "type", "string", "integer"},
	} {
		if unexplained, _ := judge(append(slices.Clip(found), d), table); !slices.Equal(unexplained, []difference{d}) {
			t.Errorf("%d: unexplained %v, want %v", i, unexplained, d)
		}
	}
	for i := range found {
		if _, stale := judge(slices.Delete(slices.Clone(found), i, i+1), table); !slices.Equal(stale, table[i:i+1]) {
			t.Errorf("stale %v, want %v", stale, table[i])
		}
	}
}
