package stripespec

import (
	"bytes"
	"fmt"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/message"
)

// ValidateResponse reports an error if Stripe's API could not answer like this:
// body must be the JSON that the document defines for this operation and HTTP
// status. For any status that it does not name, which is all but 200, it must
// be an error object.
func ValidateResponse(method, pathTemplate string, status int, body []byte) error {
	schema, err := compile(fmt.Sprintf("responses/%s/%d%s", method, status, pathTemplate), func() (map[string]any, error) {
		return ResponseSchema(method, pathTemplate, status)
	})
	if err != nil {
		return err
	}
	if err := validate(schema, body); err != nil {
		return fmt.Errorf("the answer to %s %s (HTTP %d) is not one that Stripe would give: %w", method, pathTemplate, status, err)
	}
	return nil
}

// ValidateComponent reports an error if body is not the JSON of the named
// object of Stripe's API, such as "checkout.session" or "error".
func ValidateComponent(name string, body []byte) error {
	schema, err := compileComponent(name)
	if err != nil {
		return err
	}
	if err := validate(schema, body); err != nil {
		return fmt.Errorf("not the %s of Stripe's API: %w", name, err)
	}
	return nil
}

func validate(schema *jsonschema.Schema, body []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("not JSON: %w", err)
	}
	return schema.Validate(value)
}

func compileComponent(name string) (*jsonschema.Schema, error) {
	return compile("components/"+name, func() (map[string]any, error) { return Component(name) })
}

// compiled holds every schema of the process, so that each is compiled only
// once.
var compiled = struct {
	sync.Mutex
	schemas map[string]*jsonschema.Schema
}{schemas: map[string]*jsonschema.Schema{}}

// compile returns the schema with that name; source returns its OpenAPI form
// when it is first needed.
func compile(name string, source func() (map[string]any, error)) (*jsonschema.Schema, error) {
	compiled.Lock()
	defer compiled.Unlock()
	if schema, ok := compiled.schemas[name]; ok {
		return schema, nil
	}
	openAPI, err := source()
	if err != nil {
		return nil, err
	}
	// Braces in a path template are not URL characters.
	url := "stripe:///" + strings.NewReplacer("{", "(", "}", ")").Replace(name)
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.RegisterVocabulary(&jsonschema.Vocabulary{URL: "stripe:///vocabulary", Compile: compileRef})
	c.AssertVocabs()
	if err := c.AddResource(url, convert(openAPI)); err != nil {
		return nil, fmt.Errorf("stripespec: %w", err)
	}
	schema, err := c.Compile(url)
	if err != nil {
		return nil, fmt.Errorf("stripespec: %w", err)
	}
	compiled.schemas[name] = schema
	return schema, nil
}

// lazyRef is a reference to a component that is compiled when a value first
// reaches it.
type lazyRef struct{ name string }

func compileRef(_ *jsonschema.CompilerContext, schema map[string]any) (jsonschema.SchemaExt, error) {
	if name, ok := schema[refKeyword].(string); ok {
		return lazyRef{name}, nil
	}
	return nil, nil
}

func (r lazyRef) Validate(ctx *jsonschema.ValidatorContext, value any) {
	schema, err := compileComponent(r.name)
	if err != nil {
		ctx.AddError(brokenRef{r.name, err})
		return
	}
	if err := ctx.Validate(schema, value, nil); err != nil {
		ctx.AddErr(err)
	}
}

// brokenRef reports a reference to a component that the document lacks.
type brokenRef struct {
	name string
	err  error
}

func (brokenRef) KeywordPath() []string { return []string{refKeyword} }

func (b brokenRef) LocalizedString(p *message.Printer) string {
	return p.Sprintf("no schema for %s: %v", b.name, b.err)
}
