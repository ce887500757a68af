// Gen writes parameters.json, the table of package parameters. Enumerations,
// required keys, lengths and formats come from Stripe's OpenAPI document (the
// copy in the stripe-mock module), meanings from stripe-go's field comments.
//
// Run it with `go generate ./internal/parameters` after either module changes.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/parameters"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/stripespec"
)

// parameter is the part of an OpenAPI schema that Stripe uses for parameters.
type parameter struct {
	Description          string                `json:"description"`
	Type                 string                `json:"type"`
	Enum                 []string              `json:"enum"`
	Required             []string              `json:"required"`
	Format               string                `json:"format"`
	MaxLength            int                   `json:"maxLength"`
	Properties           map[string]*parameter `json:"properties"`
	Items                *parameter            `json:"items"`
	AnyOf                []*parameter          `json:"anyOf"`
	AdditionalProperties json.RawMessage       `json:"additionalProperties"`
}

func main() {
	log.SetFlags(0)
	check(os.WriteFile("parameters.json", generate(), 0o644))
	check(os.WriteFile("newer.json", generateNewer(), 0o644))
}

// generate returns the contents of parameters.json.
func generate() []byte {
	const sessions = "/v1/checkout/sessions"
	operations := []struct {
		name, method, path string
		params             any
	}{
		{"list", "GET", sessions, stripe.CheckoutSessionListParams{}},
		{"create", "POST", sessions, stripe.CheckoutSessionCreateParams{}},
		{"retrieve", "GET", sessions + "/{session}", stripe.CheckoutSessionRetrieveParams{}},
		{"expire", "POST", sessions + "/{session}/expire", stripe.CheckoutSessionExpireParams{}},
		{"line_items", "GET", sessions + "/{session}/line_items", stripe.CheckoutSessionListLineItemsParams{}},

		// The sandbox's other operations.
		{"products.create", "POST", "/v1/products", stripe.ProductCreateParams{}},
		{"products.list", "GET", "/v1/products", stripe.ProductListParams{}},
		{"prices.create", "POST", "/v1/prices", stripe.PriceCreateParams{}},
		{"prices.list", "GET", "/v1/prices", stripe.PriceListParams{}},
		{"coupons.create", "POST", "/v1/coupons", stripe.CouponCreateParams{}},
		{"coupons.list", "GET", "/v1/coupons", stripe.CouponListParams{}},
		{"promotion_codes.create", "POST", "/v1/promotion_codes", stripe.PromotionCodeCreateParams{}},
		{"promotion_codes.list", "GET", "/v1/promotion_codes", stripe.PromotionCodeListParams{}},
	}

	comments := fieldComments()
	all := map[string]map[string]*parameters.Fact{}
	for _, op := range operations {
		facts := map[string]*parameters.Fact{}
		describe(reflect.TypeOf(op.params), "", comments, facts)

		constrain(request(op.method, op.path), "", facts)
		all[op.name] = facts
	}
	return encode(all)
}

// request returns what the document says about an operation's parameters, as
// one object.
func request(method, path string) *parameter {
	schema, err := stripespec.RequestSchema(method, path)
	check(err)
	text, err := json.Marshal(schema)
	check(err)
	var p parameter
	check(json.Unmarshal(text, &p))
	return &p
}

// describe records the parameters that stripe-go's struct t can send and what
// its comments say about them.
func describe(t reflect.Type, at string, comments map[string]string, facts map[string]*parameters.Fact) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() == reflect.Map {
		describe(t.Elem(), parameters.Join(at, "*"), comments, facts)
		return
	}
	if t.Kind() != reflect.Struct {
		return
	}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("form"), ",")
		if name == "" || name == "-" || name == "*" {
			continue
		}
		if len(f.Index) > 1 && !slices.Contains([]string{"limit", "starting_after", "ending_before"}, name) {
			continue // the deprecated twin of a field of the struct itself
		}
		path := parameters.Join(at, name)
		facts[path] = &parameters.Fact{Description: comments[t.Name()+"."+f.Name]}
		describe(f.Type, path, comments, facts)
	}
}

// constrain adds what the OpenAPI document says about the parameters in facts.
func constrain(p *parameter, at string, facts map[string]*parameters.Fact) {
	f := facts[at]
	if f == nil {
		f = &parameters.Fact{} // the root, or newer than this stripe-go
	}
	for _, alternative := range p.AnyOf {
		if slices.Equal(alternative.Enum, []string{""}) {
			f.Emptyable = true
			continue
		}
		constrain(alternative, at, facts)
	}
	if p.Enum != nil {
		f.Enum = slices.Sorted(slices.Values(p.Enum))
	}
	if p.Format != "" {
		f.Format = p.Format
	}
	if p.MaxLength > 0 {
		f.MaxLength = p.MaxLength
	}
	for name, child := range p.Properties {
		path := parameters.Join(at, name)
		constrain(child, path, facts)
		if facts[path] != nil && slices.Contains(p.Required, name) {
			facts[path].Required = true
		}
	}
	if p.Items != nil {
		// No array has a length bound of its own; its items' facts are stored
		// at its path.
		constrain(p.Items, at, facts)
	}
	var value *parameter
	if json.Unmarshal(p.AdditionalProperties, &value) == nil && value != nil {
		constrain(value, parameters.Join(at, "*"), facts)
	}
}

// fieldComments returns the comments of stripe-go's parameter structs, keyed by
// "Type.Field".
func fieldComments() map[string]string {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/stripe/stripe-go/v82").Output()
	check(err)
	comments := map[string]string{}
	for _, name := range []string{"checkout_session.go", "params.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(strings.TrimSpace(string(dir)), name), nil, parser.ParseComments)
		check(err)
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if s, ok := spec.Type.(*ast.StructType); ok {
				for _, f := range s.Fields.List {
					if f.Doc != nil && len(f.Names) == 1 {
						comments[spec.Name.Name+"."+f.Names[0].Name] = plain(f.Doc.Text())
					}
				}
			}
			return false
		})
	}
	return comments
}

var (
	link  = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
	space = regexp.MustCompile(`\s+`)
)

// plain removes links and line breaks: a model reads only the text, not the
// pages behind it.
func plain(doc string) string {
	return strings.TrimSpace(space.ReplaceAllString(link.ReplaceAllString(doc, "$1"), " "))
}

// encode writes one parameter per line, so that changes to Stripe's document
// are easy to review.
func encode(all map[string]map[string]*parameters.Fact) []byte {
	var b bytes.Buffer
	b.WriteString("{\n")
	names := slices.Sorted(maps.Keys(all))
	for i, op := range names {
		fmt.Fprintf(&b, "%q: {\n", op)
		paths := slices.Sorted(maps.Keys(all[op]))
		for j, path := range paths {
			var line bytes.Buffer
			enc := json.NewEncoder(&line)
			enc.SetEscapeHTML(false)
			check(enc.Encode(all[op][path]))
			fmt.Fprintf(&b, "%q: %s%s\n", path, bytes.TrimSpace(line.Bytes()), comma(j, len(paths)))
		}
		fmt.Fprintf(&b, "}%s\n", comma(i, len(names)))
	}
	b.WriteString("}\n")
	return b.Bytes()
}

func comma(i, n int) string {
	if i < n-1 {
		return ","
	}
	return ""
}

func check(err error) {
	if err != nil {
		log.Fatal("gen: ", err)
	}
}
