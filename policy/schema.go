package policy

import (
	_ "embed"
	"encoding/json"

	"github.com/invopop/jsonschema"
)

//go:generate go test -run "TestSchema|TestEveryParameter" -update .

// Schema is the JSON Schema of a policy file, for editors and other checks.
//
//go:embed schema.json
var Schema []byte

const schemaID = "https://raw.githubusercontent.com/stripe-checkout-mcp/stripe-checkout-mcp/main/policy/schema.json"

// reflectSchema generates Schema from File.
func reflectSchema() ([]byte, error) {
	r := jsonschema.Reflector{Anonymous: true, DoNotReference: true}
	s := r.Reflect(&File{})
	s.ID = schemaID
	s.Title = "Sales policy of stripe-checkout-mcp"
	s.MinProperties = ptr(uint64(1))
	rules, _ := s.Properties.Get("policies")
	rules.PropertyNames = &jsonschema.Schema{Pattern: nameForm().String()}
	rules.AdditionalProperties.MinProperties = ptr(uint64(1))
	for _, of := range []*jsonschema.Schema{s, rules.AdditionalProperties} {
		for _, name := range []string{"max_amount", "max_unit_amount"} {
			limits, _ := of.Properties.Get(name)
			limits.MinProperties = ptr(uint64(1))
			limits.PropertyNames = &jsonschema.Schema{Pattern: "^[A-Za-z]{3}$"}
			limits.AdditionalProperties = &jsonschema.Schema{Type: "integer", Minimum: json.Number("1")}
		}
		for name, pattern := range map[string]string{
			"prices": priceForm().String(), "products": productForm().String(),
			"return_hosts": hostForm().String(), "shipping_countries": countryForm().String(),
		} {
			list, _ := of.Properties.Get(name)
			list.Items.Pattern = pattern
		}
		metadata, _ := of.Properties.Get("metadata")
		metadata.PropertyNames = &jsonschema.Schema{Pattern: `^[^\[\]]{1,40}$`}
		metadata.AdditionalProperties = &jsonschema.Schema{Type: "string", MinLength: ptr(uint64(1)), MaxLength: ptr(uint64(500))}
	}
	text, err := json.MarshalIndent(s, "", "  ")
	return append(text, '\n'), err
}

func ptr[T any](v T) *T { return &v }
