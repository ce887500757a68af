package policy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/pattern"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/spelling"
)

// Rules are the contents of a policy file. A limit that isn't set doesn't
// apply; whatever Allow could name but doesn't is refused.
type Rules struct {
	// MaxAmount is the most that one session can come to, by currency, in the
	// currency's smallest unit. Other currencies are refused.
	MaxAmount map[string]int64 `json:"max_amount,omitempty" yaml:"max_amount" jsonschema_description:"The most that a customer can pay in one session, by currency, in the currency's smallest unit (50000 is 500.00 usd). Other currencies are refused."`

	// MaxUnitAmount is the highest price of one unit, in the same form.
	MaxUnitAmount map[string]int64 `json:"max_unit_amount,omitempty" yaml:"max_unit_amount" jsonschema_description:"The highest price of one unit, by currency, in the currency's smallest unit. Other currencies are refused."`

	Modes []string `json:"modes,omitempty" yaml:"modes" jsonschema:"enum=payment,enum=subscription,enum=setup,minItems=1" jsonschema_description:"The modes that a session may have; all if left out."`

	CatalogOnly bool     `json:"catalog_only,omitempty" yaml:"catalog_only" jsonschema_description:"Sell only prices that exist at Stripe, by their ids: no price_data."`
	Prices      []string `json:"prices,omitempty" yaml:"prices" jsonschema:"minItems=1" jsonschema_description:"Sell only these prices (price_…), and those of the products listed."`
	Products    []string `json:"products,omitempty" yaml:"products" jsonschema:"minItems=1" jsonschema_description:"Sell only prices of these products (prod_…), and the prices listed."`

	// ReturnHosts are where success_url, cancel_url and return_url may lead.
	ReturnHosts []string `json:"return_hosts,omitempty" yaml:"return_hosts" jsonschema:"minItems=1" jsonschema_description:"Host names that success_url, cancel_url and return_url may lead to: shop.example.com, or *.example.com for every name under it."`

	// If ShippingCountries is nil, shipping is not restricted; if it is empty,
	// nothing may be shipped.
	ShippingCountries *[]string `json:"shipping_countries,omitempty" yaml:"shipping_countries" jsonschema_description:"Two-letter codes of the countries that may be shipped to; [] for none."`

	Allow []string `json:"allow,omitempty" yaml:"allow" jsonschema:"enum=discounts,enum=promotion_codes,enum=trials,enum=free_sessions,enum=tax,enum=invoices,enum=transfers" jsonschema_description:"What a session may have that would otherwise be refused: discounts (coupons and promotion codes that the agent applies), promotion_codes (that customers enter), trials, free_sessions (nothing to pay), tax (on top of max_amount), invoices (which Stripe charges for), transfers (money, fees or liability to other accounts)."`

	// Metadata is put on every session.
	Metadata map[string]string `json:"metadata,omitempty" yaml:"metadata" jsonschema_description:"Metadata to put on every session; a call can't set these keys to anything else."`

	SessionsPerHour *int `json:"sessions_per_hour,omitempty" yaml:"sessions_per_hour" jsonschema:"minimum=1" jsonschema_description:"How many sessions may be created in any hour, counted by each process of the server."`
}

// A File is a whole policy file: the rules for everyone without a policy of
// their own, and the named policies of those who have one.
type File struct {
	Rules `json:",inline" yaml:",inline"`

	Policies map[string]Rules `json:"policies,omitempty" yaml:"policies" jsonschema_description:"Policies by name, for callers whose token or access token names one. Such a policy stands alone: the rules above don't apply to it."`
}

// The names that Allow can contain.
// https://docs.stripe.com/api/checkout/sessions/create
const (
	allowDiscounts      = "discounts"
	allowPromotionCodes = "promotion_codes"
	allowTrials         = "trials"
	allowFree           = "free_sessions"
	allowTax            = "tax"
	allowInvoices       = "invoices"
	allowTransfers      = "transfers"
)

var allowances = []string{allowDiscounts, allowPromotionCodes, allowTrials, allowFree, allowTax, allowInvoices, allowTransfers}

func (r *Rules) allows(what string) bool { return slices.Contains(r.Allow, what) }

// Parse reads a policy file in YAML or JSON. Its errors say what to write
// instead.
func Parse(data []byte) (*File, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var document yaml.Node
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		return nil, errors.New("the policy is empty: it would allow almost everything; set a rule, such as max_amount: {usd: 50000}")
	} else if err != nil {
		return nil, err
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("the policy contains more than one YAML document: keep one")
	}
	top := document.Content[0]
	if top.Kind != yaml.MappingNode {
		return nil, errors.New("the policy is not a mapping of rules, such as max_amount: {usd: 50000}")
	}
	if err := checkNumbers(top); err != nil {
		return nil, err
	}
	if err := checkNames(top, ruleNames(true), ""); err != nil {
		return nil, err
	}
	for name, node := range members(top) {
		if name != "policies" {
			continue
		}
		for name, rules := range members(node) {
			if err := checkNames(rules, ruleNames(false), "policies."+name+"."); err != nil {
				return nil, err
			}
		}
	}
	var file File
	if err := document.Decode(&file); err != nil {
		return nil, err
	}
	if reflect.ValueOf(file).IsZero() {
		return nil, errors.New("the policy sets no rule: add one, such as max_amount: {usd: 50000}")
	}
	if err := file.check(""); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(file.Policies)) {
		rules := file.Policies[name]
		if !nameForm().MatchString(name) {
			return nil, fmt.Errorf("policies contains the name %q: use letters, digits, dots, dashes and underscores", name)
		}
		if reflect.ValueOf(rules).IsZero() {
			return nil, fmt.Errorf("policies.%s is empty: set a rule, such as max_amount: {usd: 50000}", name)
		}
		if err := rules.check("policies." + name + "."); err != nil {
			return nil, err
		}
		file.Policies[name] = rules
	}
	return &file, nil
}

// members yields the names in a mapping and their values, and follows aliases.
func members(node *yaml.Node) func(yield func(string, *yaml.Node) bool) {
	return func(yield func(string, *yaml.Node) bool) {
		for node.Alias != nil {
			node = node.Alias
		}
		if node.Kind != yaml.MappingNode {
			return // decoding reports it
		}
		for i := 0; i+1 < len(node.Content); i += 2 {
			if !yield(node.Content[i].Value, node.Content[i+1]) {
				return
			}
		}
	}
}

// checkNumbers refuses fractions, which decoding would truncate: whoever writes
// 19.99 means 1999.
func checkNumbers(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode && node.ShortTag() == "!!float" {
		return fmt.Errorf("line %d: %s is not a whole number: write amounts in the currency's smallest unit, 1999 for 19.99 usd, and text in quotes", node.Line, node.Value)
	}
	for _, child := range node.Content {
		if err := checkNumbers(child); err != nil {
			return err
		}
	}
	return nil
}

func checkNames(node *yaml.Node, known []string, at string) error {
	for name := range members(node) {
		if slices.Contains(known, name) {
			continue
		}
		if meant := spelling.Nearest(name, known); meant != "" {
			return fmt.Errorf("there is no rule %s%s: did you mean %s?", at, name, meant)
		}
		return fmt.Errorf("there is no rule %s%s: the rules are %s", at, name, strings.Join(known, ", "))
	}
	return nil
}

func ruleNames(file bool) (names []string) {
	t := reflect.TypeFor[Rules]()
	for i := range t.NumField() {
		names = append(names, t.Field(i).Tag.Get("yaml"))
	}
	if file {
		names = append(names, "policies")
	}
	return names
}

// These forms are also the patterns in the JSON Schema. regexp unrolls bounds
// such as {1,255}, which takes a millisecond and 200 KB each. Most servers have
// no policy and don't pay for it.
var (
	nameForm     = pattern.Lazy(`^[A-Za-z0-9._-]{1,64}$`)
	currencyForm = pattern.Lazy(`^[a-z]{3}$`)
	countryForm  = pattern.Lazy(`^[A-Z]{2}$`)
	hostForm     = pattern.Lazy(`^(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:[0-9]{1,5})?$`)
	priceForm    = pattern.Lazy(`^price_[A-Za-z0-9_]{1,250}$`)
	productForm  = pattern.Lazy(`^[A-Za-z0-9_-]{1,255}$`) // merchants can choose their products' ids
)

// check refuses rules that are meaningless or can't have been meant. It
// normalizes currencies, countries and hosts for comparison.
func (r *Rules) check(at string) error {
	for _, limit := range []struct {
		name string
		of   *map[string]int64
	}{{"max_amount", &r.MaxAmount}, {"max_unit_amount", &r.MaxUnitAmount}} {
		if *limit.of == nil {
			continue
		}
		lower := map[string]int64{}
		for currency, most := range *limit.of {
			code := strings.ToLower(currency)
			switch {
			case !currencyForm().MatchString(code):
				return fmt.Errorf("%s%s has the currency %q: use a three-letter code such as usd", at, limit.name, currency)
			case most <= 0:
				return fmt.Errorf("%s%s allows %d %s: use a positive amount in the smallest unit, such as 50000 for 500.00 usd; leave a currency out to refuse it", at, limit.name, most, code)
			}
			if _, twice := lower[code]; twice {
				return fmt.Errorf("%s%s has %s twice", at, limit.name, code)
			}
			lower[code] = most
		}
		if len(lower) == 0 {
			return fmt.Errorf("%s%s names no currency: write, for example, {usd: 50000}, or leave it out", at, limit.name)
		}
		*limit.of = lower
	}
	if err := checkList(at+"modes", r.Modes, "payment, subscription or setup", func(s string) bool { return slices.Contains([]string{"payment", "subscription", "setup"}, s) }); err != nil {
		return err
	}
	if err := checkList(at+"prices", r.Prices, "the id of a price, price_…", priceForm().MatchString); err != nil {
		return err
	}
	if err := checkList(at+"products", r.Products, "the id of a product, prod_…", productForm().MatchString); err != nil {
		return err
	}
	if err := checkList(at+"return_hosts", r.ReturnHosts, "a host name such as shop.example.com or *.example.com, in lower case and without https://", hostForm().MatchString); err != nil {
		return err
	}
	if r.ShippingCountries != nil && len(*r.ShippingCountries) > 0 {
		if err := checkList(at+"shipping_countries", *r.ShippingCountries, "a two-letter code in capitals, such as US", countryForm().MatchString); err != nil {
			return err
		}
	}
	for _, what := range r.Allow {
		if slices.Contains(allowances, what) {
			continue
		}
		if meant := spelling.Nearest(what, allowances); meant != "" {
			return fmt.Errorf("%sallow has %q: did you mean %s?", at, what, meant)
		}
		return fmt.Errorf("%sallow has %q: it can have %s", at, what, strings.Join(allowances, ", "))
	}
	for key, value := range r.Metadata {
		// https://docs.stripe.com/api/metadata
		if key == "" || len(key) > 40 || strings.ContainsAny(key, "[]") || value == "" || len(value) > 500 {
			return fmt.Errorf("%smetadata has %q: Stripe accepts keys of 1 to 40 characters without brackets, and values of 1 to 500", at, key)
		}
	}
	if r.SessionsPerHour != nil && *r.SessionsPerHour < 1 {
		return fmt.Errorf("%ssessions_per_hour is %d: use a positive number, or start the server with --read-only", at, *r.SessionsPerHour)
	}
	return nil
}

func checkList(name string, list []string, want string, ok func(string) bool) error {
	if list != nil && len(list) == 0 {
		return fmt.Errorf("%s is empty: nothing would be allowed; list what is allowed, or leave it out", name)
	}
	for _, s := range list {
		if !ok(s) {
			return fmt.Errorf("%s has %q: use %s", name, s, want)
		}
	}
	return nil
}
