package rest_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// openAPI returns the document as it is served.
func openAPI(t testing.TB, options ...func(*setup)) []byte {
	t.Helper()
	return []byte(newAPI(t, newClient(t, unreachable{t}), options...).get("/openapi.json").want(t, http.StatusOK).text)
}

func TestTheDocumentHasEveryRoute(t *testing.T) {
	var document struct {
		OpenAPI string
		Info    struct{ Description string }
		Paths   map[string]map[string]struct{ OperationID string }
	}
	if err := json.Unmarshal(openAPI(t), &document); err != nil {
		t.Fatal(err)
	}
	var have []string
	for path, methods := range document.Paths {
		for method, operation := range methods {
			have = append(have, strings.ToUpper(method)+" "+path+" "+operation.OperationID)
		}
	}
	slices.Sort(have)
	// The first of each pair is from the capability, the second from Stripe's
	// own OpenAPI document.
	want := []string{
		"GET /v1/v1/checkout/sessions getcheckoutsessions",
		"POST /v1/v1/checkout/sessions postcheckoutsessions",
		"GET /v1/v1/checkout/sessions/{session} getcheckoutsessionssession",
		"POST /v1/v1/checkout/sessions/{session}/expire postcheckoutsessionssessionexpire",
		"GET /v1/v1/checkout/sessions/{session}/line-items getcheckoutsessionssessionlineitems",
		"GET /v1/checkout/sessions GetCheckoutSessions",
		"POST /v1/checkout/sessions PostCheckoutSessions",
		"GET /v1/checkout/sessions/{session} GetCheckoutSessionsSession",
		"POST /v1/checkout/sessions/{session}/expire PostCheckoutSessionsSessionExpire",
		"GET /v1/checkout/sessions/{session}/line_items GetCheckoutSessionsSessionLineItems",
	}
	slices.Sort(want)
	if !slices.Equal(have, want) {
		t.Errorf("the document has\n%s\nwant\n%s", strings.Join(have, "\n"), strings.Join(want, "\n"))
	}
	if document.OpenAPI != "3.1.0" || !strings.Contains(document.Info.Description, stripe.APIVersion) {
		t.Errorf("OpenAPI %s, %s", document.OpenAPI, document.Info.Description)
	}
}

// Callers are told to authenticate only if the server requires it.
func TestTheDocumentAsksForAuthenticationIfTheServerDoes(t *testing.T) {
	for _, authenticated := range []bool{false, true} {
		var document struct {
			Security   []map[string][]string
			Components struct{ SecuritySchemes map[string]any }
		}
		if err := json.Unmarshal(openAPI(t, func(s *setup) { s.rest.Authenticated = authenticated }), &document); err != nil {
			t.Fatal(err)
		}
		_, scheme := document.Components.SecuritySchemes["bearer"]
		if asks := len(document.Security) > 0; asks != authenticated || scheme != authenticated {
			t.Errorf("authenticated is %t, but the document has security %v and schemes %v", authenticated, document.Security, document.Components.SecuritySchemes)
		}
	}
}

// Every field of an error is described, and no others.
func TestTheDocumentDescribesErrors(t *testing.T) {
	var document struct {
		Components struct {
			Schemas struct {
				Error struct {
					Properties struct {
						Error struct {
							Properties map[string]struct{ Type, Description string }
						}
					}
				}
			}
		}
	}
	if err := json.Unmarshal(openAPI(t), &document); err != nil {
		t.Fatal(err)
	}
	described := document.Components.Schemas.Error.Properties.Error.Properties
	all, err := json.Marshal(stripeclient.Error{Type: "a", Code: "a", Param: "a", Message: "a", Advice: "a", HTTPStatus: 1, RequestID: "a", DocURL: "a", DeclineCode: "a"})
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(all, &fields); err != nil {
		t.Fatal(err)
	}
	if have, want := slices.Sorted(maps.Keys(described)), slices.Sorted(maps.Keys(fields)); !slices.Equal(have, want) {
		t.Errorf("the document describes %v, but an error has %v", have, want)
	}
	for name, field := range described {
		if field.Description == "" || field.Type == "" {
			t.Errorf("%s is %+v", name, field)
		}
	}
}

// That the document allows what these tests send and receive means something
// only if it refuses what is wrong.
func TestTheDocumentRefusesWhatIsWrong(t *testing.T) {
	v, err := specification()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, method, path, typ, body string }{
		{"an integer too large", "GET", sessions + "?limit=101", "", ""},
		{"not an integer", "GET", sessions + "?limit=ten", "", ""},
		{"an unknown value", "GET", sessions + "?status=paid", "", ""},
		{"an unknown name in JSON", "POST", sessions, "application/json", `{"mode":"payment","lineItems":[]}`},
		{"an unknown name in body", "POST", stripeSessions, "application/json", `{"body":{"lineItems":[]}}`},
		{"in body and beside it", "POST", sessions, "application/json", `{"body":{},"mode":"payment"}`},
		{"an unknown name in a form", "POST", sessions, formType, `lineItems[0][price]=a`},
		{"an unknown name deep in a form", "POST", sessions, formType, `line_items[0][cost]=1`},
		{"not an integer in a form", "POST", sessions, formType, `line_items[0][quantity]=many`},
		{"no body", "POST", sessions, "application/json", ``},
		{"another content type", "POST", sessions, "text/plain", `x`},
	} {
		r := httptest.NewRequest(tt.method, tt.path, strings.NewReader(tt.body))
		if tt.typ != "" {
			r.Header.Set("Content-Type", tt.typ)
		}
		if ok, _ := v.ValidateHttpRequest(r); ok {
			t.Errorf("%s: the document allows %s %s %s", tt.name, tt.method, tt.path, tt.body)
		}
	}
	for _, tt := range []struct {
		name   string
		status int
		body   string
	}{
		{"a status that doesn't exist", 200, `{"id":"cs_1","status":"paid"}`},
		{"an amount that is not an integer", 200, `{"id":"cs_1","amount_total":"10.00"}`},
		{"an error without a type", 400, `{"error":{"message":"No.","http_status":400,"retryable":false}}`},
		{"an error without error", 500, `{"message":"No."}`},
	} {
		r := httptest.NewRequest(http.MethodGet, sessions+"/cs_1", nil)
		recorder := httptest.NewRecorder()
		recorder.Header().Set("Content-Type", "application/json")
		recorder.WriteHeader(tt.status)
		recorder.Body.WriteString(tt.body)
		if ok, _ := v.ValidateHttpResponse(r, recorder.Result()); ok {
			t.Errorf("%s: the document allows %s", tt.name, tt.body)
		}
	}
}

// The parameters of an operation are those of its tool; more precisely, the
// schemas are the same, because both are marshaled from the same value.
func TestTheDocumentHasTheToolsParameters(t *testing.T) {
	var document struct {
		Paths map[string]map[string]struct {
			Parameters []struct {
				Ref string `json:"$ref"`
			}
		}
		Components struct {
			Parameters map[string]struct{ Name, In, Description string }
			Schemas    map[string]struct{ Properties map[string]any }
		}
	}
	if err := json.Unmarshal(openAPI(t), &document); err != nil {
		t.Fatal(err)
	}
	// The contract's inputParameters without body, and our two additions.
	want := map[string][]string{
		sessions:                           {"created", "customer", "customer_details", "ending_before", "expand", "fields", "limit", "payment_intent", "payment_link", "starting_after", "status", "subscription"},
		sessions + "/{session}":            {"expand", "fields", "session", "wait_seconds"},
		sessions + "/{session}/line-items": {"ending_before", "expand", "fields", "limit", "session", "starting_after"},
	}
	for path, names := range want {
		var have []string
		for _, p := range document.Paths[path]["get"].Parameters {
			parameter := document.Components.Parameters[strings.TrimPrefix(p.Ref, "#/components/parameters/")]
			if parameter.In != "header" {
				have = append(have, parameter.Name)
			}
			if parameter.Description == "" {
				t.Errorf("%s: %s has no description", path, parameter.Name)
			}
		}
		slices.Sort(have)
		if !slices.Equal(have, names) {
			t.Errorf("%s takes %v, want %v", path, have, names)
		}
	}
	if n := len(document.Components.Schemas["PostCheckoutSessions"].Properties); n < 40 {
		t.Errorf("create has %d top-level parameters", n)
	}
}

// Spectral's OpenAPI rules pass as the capability promises: without errors,
// warnings or hints.
func TestSpectral(t *testing.T) {
	node := nodeModules(t)
	lint := func(documents map[string][]byte) ([]byte, error) {
		dir := t.TempDir()
		arguments := []string{"lint", "--ruleset", "spectral.yaml", "--fail-severity", "hint"}
		for name, document := range documents {
			file := filepath.Join(dir, name+".json")
			if err := os.WriteFile(file, document, 0o600); err != nil {
				t.Fatal(err)
			}
			arguments = append(arguments, file)
		}
		cmd := exec.CommandContext(t.Context(), filepath.Join(node, "node_modules/.bin/spectral"), arguments...)
		cmd.Dir = node
		return cmd.CombinedOutput()
	}
	if out, err := lint(map[string][]byte{
		"all":       openAPI(t),
		"read-only": openAPI(t, func(o *setup) { o.operations.ReadOnly = true }),
		"one":       openAPI(t, func(o *setup) { o.operations.Tools = []string{"stripe-post-checkout-sessions"} }),
	}); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	broken := bytes.ReplaceAll(openAPI(t), []byte(`"operationId":"GetCheckoutSessions"`), []byte(`"operationId":"getcheckoutsessions"`))
	if out, err := lint(map[string][]byte{"broken": broken}); err == nil || !strings.Contains(string(out), "operation-operationId-unique") {
		t.Errorf("Spectral finds nothing wrong with two operations with the same id: %v\n%s", err, out)
	}
}
