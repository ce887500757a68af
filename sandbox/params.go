package sandbox

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/currency"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/form"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/parameters"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/pattern"
)

type kind int

const (
	kindString kind = iota
	kindInteger
	kindDecimal
	kindBoolean
	kindObject
	kindList
	kindMap
	kindRange // Unix seconds, or an object of gt, gte, lt, lte
)

// param describes one parameter that stripe-go can send.
type param struct {
	kind   kind
	fields map[string]*param // of an object or a range
	elem   *param            // of a list or a map

	enum       []string
	required   []string // names of fields that an object must have
	maxLength  int
	unsettable bool // an empty text is accepted and means not set
}

// maxText is Stripe's usual length for a text, in characters.
const maxText = 5000

// The parameters of Stripe's operations, read from stripe-go's own structs, so
// that the sandbox knows exactly what the client can send.
var (
	createParams                = describe(stripe.CheckoutSessionCreateParams{}, "create")
	listParams                  = describe(stripe.CheckoutSessionListParams{}, "list")
	retrieveParams              = describe(stripe.CheckoutSessionRetrieveParams{}, "retrieve")
	expireParams                = describe(stripe.CheckoutSessionExpireParams{}, "expire")
	lineItemsParams             = describe(stripe.CheckoutSessionListLineItemsParams{}, "line_items")
	productParams               = describe(stripe.ProductCreateParams{}, "products.create")
	productsParams              = describe(stripe.ProductListParams{}, "products.list")
	retrieveProductParams       = describe(stripe.ProductRetrieveParams{}, "")
	priceParams                 = describe(stripe.PriceCreateParams{}, "prices.create")
	pricesParams                = describe(stripe.PriceListParams{}, "prices.list")
	retrievePriceParams         = describe(stripe.PriceRetrieveParams{}, "")
	couponParams                = describe(stripe.CouponCreateParams{}, "coupons.create")
	couponsParams               = describe(stripe.CouponListParams{}, "coupons.list")
	retrieveCouponParams        = describe(stripe.CouponRetrieveParams{}, "")
	promotionCodeParams         = describe(stripe.PromotionCodeCreateParams{}, "promotion_codes.create")
	promotionCodesParams        = describe(stripe.PromotionCodeListParams{}, "promotion_codes.list")
	retrievePromotionCodeParams = describe(stripe.PromotionCodeRetrieveParams{}, "")
	shippingRateParams          = describe(stripe.ShippingRateRetrieveParams{}, "")
	eventsParams                = describe(stripe.EventListParams{}, "events")
	eventParams                 = describe(stripe.EventRetrieveParams{}, "event")
)

// describe reads a stripe-go struct when it is first needed, because otherwise
// every start of the program would pay for it.
func describe(params any, operation string) func() *param {
	return sync.OnceValue(func() *param {
		return describeType(reflect.TypeOf(params), "", parameters.Of(operation))
	})
}

// describeOwn is describe for the sandbox's own operations, about which
// Stripe's document says nothing.
func describeOwn(params any, facts map[string]parameters.Fact) func() *param {
	return sync.OnceValue(func() *param { return describeType(reflect.TypeOf(params), "", facts) })
}

func describeType(t reflect.Type, path string, facts map[string]parameters.Fact) *param {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	fact := facts[path]
	if t.Kind() == reflect.Slice {
		elem := describeType(t.Elem(), path, facts)
		elem.unsettable = false // but the list as a whole is
		return &param{kind: kindList, elem: elem, unsettable: fact.Emptyable}
	}
	p := &param{
		enum:       slices.DeleteFunc(slices.Clone(fact.Enum), func(value string) bool { return value == "" }),
		maxLength:  cmp.Or(fact.MaxLength, maxText),
		unsettable: fact.Emptyable || slices.Contains(fact.Enum, ""),
	}
	switch t.Kind() {
	case reflect.String:
		p.kind = kindString
	case reflect.Int64:
		p.kind = kindInteger
	case reflect.Float64:
		p.kind = kindDecimal
	case reflect.Bool:
		p.kind = kindBoolean
	case reflect.Map:
		p.kind = kindMap
		p.elem = describeType(t.Elem(), parameters.Join(path, "*"), facts)
	case reflect.Struct:
		p.kind = kindObject
		p.fields = map[string]*param{}
		describeFields(p.fields, t, path, facts)
		for name := range p.fields {
			if facts[parameters.Join(path, name)].Required {
				p.required = append(p.required, name)
			}
		}
		slices.Sort(p.required)
	default:
		panic(fmt.Sprintf("sandbox: stripe-go has a parameter %s of a type the sandbox does not know: %v", path, t))
	}
	return p
}

func describeFields(fields map[string]*param, t reflect.Type, path string, facts map[string]parameters.Fact) {
	for i := range t.NumField() {
		field := t.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("form"), ",")
		switch {
		case field.Type == reflect.TypeFor[stripe.ListParams]():
			for _, cursor := range []string{"EndingBefore", "Limit", "StartingAfter"} {
				f, _ := field.Type.FieldByName(cursor)
				fields[f.Tag.Get("form")] = describeType(f.Type, f.Tag.Get("form"), facts)
			}
			continue
		case name == "" || name == "-" || name == "*":
			// Embedded Params are the deprecated way to send expand and metadata.
			continue
		}
		described := describeType(field.Type, parameters.Join(path, name), facts)
		if other, twice := fields[name]; twice {
			// stripe-go has two fields for created: a time and a range.
			if described.kind != kindObject {
				described = other
			}
			described.kind = kindRange
		}
		fields[name] = described
	}
}

// values are decoded parameters: string, int64, bool, []any and values, each of
// the type that its param says. Decimals stay strings, as at Stripe.
type values map[string]any

// decodeParams decodes a form into values. It refuses what Stripe refuses
// before running an operation, in Stripe's order: unknown names first.
func (p *param) decodeParams(n *form.Node) (values, *apiError) {
	if unknown := p.findUnknown(n, "", nil); len(unknown) > 0 {
		return nil, unknownParameters(unknown)
	}
	decoded, err := p.decodeObject(n, "")
	if err != nil {
		return nil, err
	}
	return decoded, nil
}

// findUnknown appends the names in a form that are not parameters.
func (p *param) findUnknown(n *form.Node, path string, unknown []string) []string {
	for _, name := range n.Names {
		known := p.elem // of a list or a map
		if p.fields != nil {
			known = p.fields[name]
		} else if known == nil {
			break // a value with keys has a wrong type, not a wrong name
		}
		child := joinPath(path, name)
		if known == nil {
			unknown = append(unknown, child)
			continue
		}
		unknown = known.findUnknown(n.Members[name], child, unknown)
	}
	if p.kind == kindList {
		for i, item := range n.Items {
			unknown = p.elem.findUnknown(item, joinPath(path, strconv.Itoa(i)), unknown)
		}
	}
	return unknown
}

func (p *param) decode(n *form.Node, path string) (any, *apiError) {
	switch p.kind {
	case kindObject:
		return p.decodeObject(n, path)
	case kindList:
		return p.decodeList(n, path)
	case kindMap:
		return p.decodeMap(n, path)
	case kindRange:
		if n.Kind() != form.Text {
			return p.decodeObject(n, path)
		}
		return decodeInteger(n.Text(), path)
	}
	if n.Kind() != form.Text {
		return nil, invalidRequest(path, "Invalid string: %s", showForm(n))
	}
	switch p.kind {
	case kindInteger:
		return decodeInteger(n.Text(), path)
	case kindBoolean:
		if n.Text() != "true" && n.Text() != "false" {
			return nil, invalidRequest(path, "Invalid boolean: %s", shorten(n.Text()))
		}
		return n.Text() == "true", nil
	case kindDecimal:
		return decodeDecimal(n.Text(), path)
	default:
		return p.decodeString(n.Text(), path)
	}
}

// unset reports whether a form gives the parameter an empty value, which Stripe
// takes as "not set" where that is possible and refuses elsewhere.
func (p *param) unset(n *form.Node, path string) (bool, *apiError) {
	if n.Kind() != form.Text || n.Text() != "" {
		return false, nil
	}
	if p.unsettable {
		return true, nil
	}
	if p.kind == kindObject && len(p.fields) == 0 {
		return false, nil // it can only be an empty value
	}
	return false, emptyParameter(path)
}

func (p *param) decodeObject(n *form.Node, path string) (values, *apiError) {
	if len(p.fields) == 0 && n.Kind() == form.Text && n.Text() == "" {
		return values{}, nil
	}
	if path != "" && (n.Kind() == form.Text || n.Kind() == form.List) {
		return nil, invalidRequest(path, "Invalid object")
	}
	decoded := values{}
	for _, name := range n.Names {
		field, child := p.fields[name], joinPath(path, name)
		if unset, err := field.unset(n.Members[name], child); err != nil {
			return nil, err
		} else if unset {
			continue
		}
		value, err := field.decode(n.Members[name], child)
		if err != nil {
			return nil, err
		}
		decoded[name] = value
	}
	for _, name := range p.required {
		if _, ok := decoded[name]; !ok {
			return nil, missingParameter(joinPath(path, name))
		}
	}
	return decoded, nil
}

func (p *param) decodeMap(n *form.Node, path string) (values, *apiError) {
	if n.Kind() == form.Text || n.Kind() == form.List {
		return nil, invalidRequest(path, "Invalid object")
	}
	decoded := values{}
	for _, name := range n.Names {
		// An empty value in a map, such as metadata, unsets its key.
		child := n.Members[name]
		if child.Kind() == form.Text && child.Text() == "" {
			continue
		}
		value, err := p.elem.decode(child, joinPath(path, name))
		if err != nil {
			return nil, err
		}
		decoded[name] = value
	}
	return decoded, nil
}

func (p *param) decodeList(n *form.Node, path string) ([]any, *apiError) {
	items, ok := listOf(n)
	if !ok {
		return nil, invalidRequest(path, "Invalid array")
	}
	decoded := make([]any, 0, len(items))
	for i, item := range items {
		child := joinPath(path, strconv.Itoa(i))
		if unset, err := p.elem.unset(item, child); err != nil {
			return nil, err
		} else if unset {
			continue
		}
		value, err := p.elem.decode(item, child)
		if err != nil {
			return nil, err
		}
		decoded = append(decoded, value)
	}
	return decoded, nil
}

func (p *param) decodeString(value, path string) (any, *apiError) {
	if leaf := path[strings.LastIndex(path, "[")+1:]; strings.TrimSuffix(leaf, "]") == "currency" {
		// Stripe accepts a currency in any case and answers in lowercase.
		value = strings.ToLower(value)
		if !currency.Known(value) {
			return nil, invalidRequest(path, "Invalid currency: %s. Stripe currently supports these currencies: %s", shorten(value), strings.Join(currency.Codes(), ", "))
		}
		return value, nil
	}
	if len(p.enum) > 0 && !slices.Contains(p.enum, value) {
		return nil, invalidRequest(path, "Invalid %s: must be one of %s", path, orList(p.enum))
	}
	if utf8.RuneCountInString(value) > p.maxLength {
		return nil, invalidRequest(path, "Invalid string: %s; must be at most %d characters", shorten(value), p.maxLength)
	}
	return value, nil
}

func decodeInteger(value, path string) (any, *apiError) {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || strings.HasPrefix(value, "+") {
		return nil, invalidInteger(path, "Invalid integer: %s", shorten(value))
	}
	return n, nil
}

var decimalPattern = pattern.Lazy(`^-?[0-9]{1,18}(\.[0-9]{1,18})?$`)

func decodeDecimal(value, path string) (any, *apiError) {
	if !decimalPattern().MatchString(value) {
		return nil, invalidRequest(path, "Invalid decimal: %s", shorten(value))
	}
	return value, nil
}

// joinPath writes a parameter's name as Stripe does: line_items[0][quantity].
func joinPath(path, name string) string {
	if path == "" {
		return name
	}
	return path + "[" + name + "]"
}

// orList writes alternatives as Stripe does: "a, b, or c".
func orList(names []string) string {
	switch len(names) {
	case 1:
		return names[0]
	case 2:
		return names[0] + " or " + names[1]
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + ", or " + names[last]
}

// shorten keeps an error from repeating a long value.
func shorten(value string) string {
	const most = 100
	runes := []rune(strings.ToValidUTF8(value, "\uFFFD"))
	if len(runes) <= most {
		return string(runes)
	}
	return string(runes[:most]) + "..."
}

// Accessors for decoded values; a missing parameter is the zero value.

func (v values) text(name string) string   { s, _ := v[name].(string); return s }
func (v values) object(name string) values { o, _ := v[name].(values); return o }
func (v values) list(name string) []any    { l, _ := v[name].([]any); return l }
func (v values) flag(name string) bool     { b, _ := v[name].(bool); return b }

func (v values) has(name string) bool { _, ok := v[name]; return ok }

func (v values) integer(name string) (n int64, ok bool) { n, ok = v[name].(int64); return n, ok }
