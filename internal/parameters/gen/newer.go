package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
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
)

// Stripe's newest document, an older one, and the stripe-go releases that show
// in which version something was added, oldest first.
const (
	newestDocument = "github.com/stripe/stripe-mock@v0.203.0"
	olderDocument  = "github.com/stripe/stripe-mock@v0.197.0"
)

var releases = []string{
	"github.com/stripe/stripe-go/v83@v83.2.1",
	"github.com/stripe/stripe-go/v84@v84.4.1",
	"github.com/stripe/stripe-go/v85@v85.0.0",
}

// generateNewer returns the contents of newer.json: create's parameters, and
// values of existing parameters, that Stripe's newest document has and the
// pinned version doesn't.
func generateNewer() []byte {
	version, newest := readDocument(newestDocument)

	pinned := map[string]*parameters.Fact{}
	describe(reflect.TypeFor[stripe.CheckoutSessionCreateParams](), "", nil, pinned)
	constrain(request("POST", "/v1/checkout/sessions"), "", pinned)

	older := history{params: map[string]bool{}}
	var olderParams map[string]*parameter
	older.version, olderParams = readDocument(olderDocument)
	for path := range olderParams {
		older.params[path] = true
	}
	histories := []history{older}
	for _, release := range releases {
		histories = append(histories, readHistory(moduleDir(release)))
	}
	since := func(is func(history) bool) string {
		for _, h := range histories {
			if is(h) {
				return h.version
			}
		}
		return version
	}

	var all []parameters.Newer
	for _, path := range slices.Sorted(maps.Keys(newest)) {
		parent := strings.TrimSuffix(path, "."+path[strings.LastIndex(path, ".")+1:])
		p := newest[path]
		switch {
		case pinned[path] == nil && (parent == path || pinned[parent] != nil):
			if strings.HasSuffix(path, ".*") || strings.Contains(path, "demo_pay") {
				continue // a map's values; Stripe's own placeholder
			}
			all = append(all, parameters.Newer{
				Path:        path,
				Since:       since(func(h history) bool { return h.params[path] }),
				Description: firstSentence(plain(p.Description)),
			})
		case pinned[path] != nil && pinned[path].Enum != nil:
			for _, value := range slices.Sorted(slices.Values(p.Enum)) {
				if !slices.Contains(pinned[path].Enum, value) {
					all = append(all, parameters.Newer{
						Path:  path,
						Value: value,
						Since: since(func(h history) bool { return h.values[typeName(path)][value] }),
					})
				}
			}
		}
	}

	var b bytes.Buffer
	b.WriteString("{\n\"create\": [\n")
	for i, n := range all {
		var line bytes.Buffer
		enc := json.NewEncoder(&line)
		enc.SetEscapeHTML(false)
		check(enc.Encode(n))
		fmt.Fprintf(&b, "%s%s\n", bytes.TrimSpace(line.Bytes()), comma(i, len(all)))
	}
	b.WriteString("]\n}\n")
	return b.Bytes()
}

// readDocument returns a document's API version and its create parameters by
// path.
func readDocument(module string) (version string, all map[string]*parameter) {
	text, err := os.ReadFile(filepath.Join(moduleDir(module), "embedded/openapi/spec3.json"))
	check(err)
	var document struct {
		Info  struct{ Version string }
		Paths map[string]map[string]struct {
			RequestBody struct {
				Content map[string]struct{ Schema *parameter }
			}
		}
	}
	check(json.Unmarshal(text, &document))
	all = map[string]*parameter{}
	flatten(document.Paths["/v1/checkout/sessions"]["post"].RequestBody.Content["application/x-www-form-urlencoded"].Schema, "", all)
	return document.Info.Version, all
}

// flatten collects a document's parameters by path.
func flatten(p *parameter, at string, all map[string]*parameter) {
	for _, alternative := range p.AnyOf {
		flatten(alternative, at, all)
	}
	if at != "" {
		if all[at] == nil {
			all[at] = &parameter{Description: p.Description}
		}
		for _, value := range p.Enum {
			if value != "" {
				all[at].Enum = append(all[at].Enum, value)
			}
		}
		all[at].Description = longer(all[at].Description, p.Description)
	}
	for name, child := range p.Properties {
		flatten(child, parameters.Join(at, name), all)
	}
	if p.Items != nil {
		flatten(p.Items, at, all)
	}
	var value *parameter
	if json.Unmarshal(p.AdditionalProperties, &value) == nil && value != nil {
		flatten(value, parameters.Join(at, "*"), all)
	}
}

func longer(a, b string) string {
	if len(b) > len(a) {
		return b
	}
	return a
}

func firstSentence(text string) string {
	if i := strings.Index(text, ". "); i >= 0 {
		return text[:i+1]
	}
	return text
}

// A history is what a release of stripe-go knows.
type history struct {
	version string
	params  map[string]bool            // by path
	values  map[string]map[string]bool // by the enumeration's type
}

func readHistory(dir string) history {
	h := history{params: map[string]bool{}, values: map[string]map[string]bool{}}
	structs := map[string]*ast.StructType{}
	for _, name := range []string{"checkout_session.go", "api_version.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, name), nil, 0)
		check(err)
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.TypeSpec:
				if s, ok := n.Type.(*ast.StructType); ok {
					structs[n.Name.Name] = s
				}
			case *ast.ValueSpec:
				kind, _ := n.Type.(*ast.Ident)
				if kind == nil || len(n.Values) != 1 {
					break
				}
				value, _ := n.Values[0].(*ast.BasicLit)
				if value == nil {
					break
				}
				text := strings.Trim(value.Value, `"`)
				if n.Names[0].Name == "APIVersion" {
					h.version = text
				}
				key := strings.ToLower(kind.Name)
				if h.values[key] == nil {
					h.values[key] = map[string]bool{}
				}
				h.values[key][text] = true
			}
			return true
		})
	}
	h.read(structs, "CheckoutSessionCreateParams", "")
	return h
}

var formName = regexp.MustCompile(`form:"([a-z0-9_]+)`)

// read records the parameters of a struct.
func (h history) read(structs map[string]*ast.StructType, name, at string) {
	s := structs[name]
	if s == nil {
		return
	}
	for _, f := range s.Fields.List {
		if f.Tag == nil {
			continue
		}
		m := formName.FindStringSubmatch(f.Tag.Value)
		if m == nil {
			continue
		}
		path := parameters.Join(at, m[1])
		h.params[path] = true
		ast.Inspect(f.Type, func(n ast.Node) bool {
			if ident, ok := n.(*ast.Ident); ok {
				h.read(structs, ident.Name, path)
			}
			return true
		})
	}
}

// typeName returns stripe-go's name for the enumeration of a parameter's
// values, in lowercase.
func typeName(path string) string {
	return "checkoutsession" + strings.NewReplacer(".", "", "_", "").Replace(path)
}

// moduleDir returns the folder with a module's source, downloading it if
// necessary.
func moduleDir(module string) string {
	out, err := exec.Command("go", "mod", "download", "-json", module).Output()
	check(err)
	var m struct{ Dir string }
	check(json.Unmarshal(out, &m))
	return m.Dir
}
