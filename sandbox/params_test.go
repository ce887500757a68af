package sandbox

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/stripespec"
)

// leaves lists the paths at which a parameter takes a value, as in
// line_items[].price_data.currency.
func leaves(p *param, path string) []string {
	var paths []string
	switch p.kind {
	case kindObject, kindRange:
		for _, name := range slices.Sorted(maps.Keys(p.fields)) {
			paths = append(paths, leaves(p.fields[name], strings.TrimPrefix(path+"."+name, "."))...)
		}
		if p.kind == kindRange {
			paths = append(paths, path)
		}
	case kindList:
		paths = leaves(p.elem, path+"[]")
	case kindMap:
		paths = leaves(p.elem, path+".*")
	default:
		paths = []string{path}
	}
	return paths
}

// named counts the parameters that have a name: objects and values.
func named(p *param) int {
	n := 0
	for _, field := range p.fields {
		n += 1 + named(field)
	}
	if p.elem != nil {
		n += named(p.elem)
	}
	return n
}

func TestEveryCreateParameterOfStripeGoIsKnown(t *testing.T) {
	if n := named(createParams()); n != 351 {
		t.Errorf("%d create parameters, want the 351 of stripe-go v82.5.1", n)
	}
	form, err := parseForm(sample(createParams(), ""))
	if err != nil {
		t.Fatal(err.Message)
	}
	decoded, err := createParams().decodeParams(form)
	if err != nil {
		t.Fatal(err.Param, err.Message)
	}
	if got := filled(createParams(), decoded); got != 351 {
		t.Errorf("%d of the 351 parameters arrived", got)
	}
}

// Each parameter, with everything in it, makes a session that Stripe could have
// made, or is refused for the one thing that is wrong with the sample.
func TestEveryCreateParameterIsTaken(t *testing.T) {
	bases := map[string]string{
		"payment":      testPayment,
		"subscription": "mode=subscription&success_url=https://example.com&line_items[0][quantity]=1&line_items[0][price]=" + PriceProMonthly,
		"setup":        "mode=setup&currency=usd&success_url=https://example.com",
		"embedded":     "mode=payment&ui_mode=embedded&return_url=https://example.com&line_items[0][quantity]=1&line_items[0][price]=" + PriceTShirt,
	}
	baseOf := map[string]string{
		"payment_method_collection": "subscription", "subscription_data": "subscription", "setup_intent_data": "setup",
		"redirect_on_completion": "embedded", "return_url": "embedded", "ui_mode": "embedded",
	}
	refused := map[string]string{
		"customer":                     "No such customer: 'text'",
		"customer_update":              "`customer_update` can only be used with `customer`.",
		"discounts":                    "You may only specify one of these parameters: coupon, promotion_code.",
		"expand":                       "This property cannot be expanded (text).",
		"expires_at":                   "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.",
		"custom_fields":                "You can not pass `numeric` for a custom field with type `dropdown`.",
		"line_items":                   "You may only specify one of these parameters: price, price_data.",
		"optional_items":               "No such price: 'text'",
		"payment_method_configuration": "No such payment_method_configuration: 'text'",
		"shipping_options":             "You may only specify one of these parameters: shipping_rate, shipping_rate_data.",
		"subscription_data":            "You may only specify one of these parameters: trial_end, trial_period_days.",
	}
	_, create := testServer(0)
	for _, name := range slices.Sorted(maps.Keys(createParams().fields)) {
		base := bases[cmp.Or(baseOf[name], "payment")]
		a := create(Key, "", base+"&"+sample(createParams().fields[name], name))
		if err := stripespec.ValidateResponse("POST", "/v1/checkout/sessions", a.status, a.body); err != nil {
			t.Errorf("%s: %v\n%s", name, err, a.body)
		}
		switch message, wrong := refused[name]; {
		case wrong && !strings.Contains(string(a.body), message):
			t.Errorf("%s: want the refusal %q, got %s", name, message, a.body)
		case !wrong && a.status != 200:
			t.Errorf("%s: HTTP %d: %s", name, a.status, a.body)
		}
	}
}

// filled counts the parameters that a decoded request has.
func filled(p *param, value any) int {
	n := 0
	switch v := value.(type) {
	case values:
		for name, inner := range v {
			field := p.elem
			if p.kind == kindObject {
				field = p.fields[name]
				n++
			}
			n += filled(field, inner)
		}
	case []any:
		for _, item := range v {
			n += filled(p.elem, item)
		}
	}
	return n
}

// sample returns a form with a suitable value for the parameter and everything
// in it. stripe-go's empty objects, which contain no parameters, get none.
func sample(p *param, path string) string {
	value := ""
	switch p.kind {
	case kindObject:
		var forms []string
		for _, name := range slices.Sorted(maps.Keys(p.fields)) {
			forms = append(forms, sample(p.fields[name], joinPath(path, name)))
		}
		if len(forms) == 0 {
			return path + "="
		}
		return strings.Join(forms, "&")
	case kindList:
		return sample(p.elem, path+"[0]")
	case kindMap:
		return sample(p.elem, path+"[eur]")
	case kindInteger:
		value = "1"
	case kindDecimal:
		value = "1.5"
	case kindBoolean:
		value = "true"
	default:
		value = sampleText(p, path)
	}
	return path + "=" + value
}

func sampleText(p *param, path string) string {
	switch {
	case p.enum != nil:
		return p.enum[0]
	case strings.Contains(path, "currency") && !strings.Contains(path, "currency_options"):
		return "usd"
	case strings.HasSuffix(path, "_url"):
		return "https://example.com"
	case strings.HasSuffix(path, "[eu_bank_transfer][country]"):
		return "DE"
	case strings.HasSuffix(path, "email"):
		return "buyer@example.com"
	}
	return "text"
}

func TestListParameters(t *testing.T) {
	want := []string{
		"created", "created.gt", "created.gte", "created.lt", "created.lte", "customer", "customer_details.email",
		"ending_before", "expand[]", "limit", "payment_intent", "payment_link", "starting_after", "status", "subscription",
	}
	got := leaves(listParams(), "")
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("list takes %v, want %v", got, want)
	}
	for name, p := range map[string]*param{"retrieve": retrieveParams(), "expire": expireParams()} {
		if got := leaves(p, ""); !slices.Equal(got, []string{"expand[]"}) {
			t.Errorf("%s takes %v, want expand only", name, got)
		}
	}
	if got := leaves(lineItemsParams(), ""); !slices.Equal(got, []string{"ending_before", "expand[]", "limit", "starting_after"}) {
		t.Errorf("line items takes %v", got)
	}
}

// A parameter that the newer document no longer has would be unconstrained: all
// of stripe-go's parameters must be in it, except those listed here with the
// reason.
func TestConstraintsCoverStripeGo(t *testing.T) {
	gone := map[string]string{}
	schema, err := stripespec.RequestSchema("POST", "/v1/checkout/sessions")
	if err != nil {
		t.Fatal(err)
	}
	inDocument := map[string]bool{}
	collectPaths(schema, "", inDocument)
	for _, path := range leaves(createParams(), "") {
		if _, listed := gone[path]; !inDocument[path] && !listed {
			t.Errorf("%s is not in Stripe's document", path)
		}
	}
}

func collectPaths(schema map[string]any, path string, to map[string]bool) {
	to[path] = true
	properties, _ := schema["properties"].(map[string]any)
	for name, p := range properties {
		collectPaths(p.(map[string]any), strings.TrimPrefix(path+"."+name, "."), to)
	}
	if items, ok := schema["items"].(map[string]any); ok {
		collectPaths(items, path+"[]", to)
	}
	if values, ok := schema["additionalProperties"].(map[string]any); ok {
		collectPaths(values, path+".*", to)
	}
	alternatives, _ := schema["anyOf"].([]any)
	for _, a := range alternatives {
		collectPaths(a.(map[string]any), path, to)
	}
}
