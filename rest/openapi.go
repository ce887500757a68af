package rest

import (
	_ "embed"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/invopop/jsonschema"
	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// An object is a part of the document.
type object = map[string]any

// document returns the OpenAPI 3.1 document of the routes: parameters from the
// schemas that validate arguments, answers from the tools' output schemas,
// examples from the sandbox.
//
// It describes each operation twice, at the capability's path and at Stripe's:
// both are served, and some client depends on each. What they share is in
// components.
//
// It asks for authentication if the server does.
func document(routes []route, version string, authenticated bool) []byte {
	d := builder{
		paths:      map[string]object{},
		parameters: object{},
		bodies:     object{},
		responses:  object{},
		headers:    object{},
		schemas:    object{"Error": errorSchema()},
	}
	d.responses["Error"] = d.errorResponse()
	for _, rt := range routes {
		d.add(rt)
	}
	components := object{
		"parameters":    d.parameters,
		"requestBodies": d.bodies,
		"responses":     d.responses,
		"schemas":       d.schemas,
		"headers":       d.headers,
	}
	var security []any
	if authenticated {
		security = []any{object{"bearer": []any{}}}
		components["securitySchemes"] = object{"bearer": object{
			"type": "http", "scheme": "bearer",
			"description": "Whatever the server is set up to require: a token, your own Stripe key, or an OAuth access token.",
		}}
	} else {
		security = []any{} // nobody is asked for anything
	}
	doc, err := json.Marshal(object{
		"openapi": "3.1.0",
		"info": object{
			"title":       "Stripe Checkout Sessions",
			"version":     version,
			"description": about,
			"contact":     object{"name": "stripe-checkout-mcp", "url": "https://github.com/stripe-checkout-mcp/stripe-checkout-mcp"},
		},
		"servers": []any{object{"url": "/", "description": "This server"}},
		"tags": []any{
			object{"name": tags[0], "description": "At paths that begin with /v1/v1, for clients generated from the published description of this API."},
			object{"name": tags[1], "description": "The same five operations at Stripe's own paths, so that Stripe's SDKs work."},
		},
		"security":   security,
		"paths":      d.paths,
		"components": components,
	})
	if err != nil {
		panic(err) // it consists of our own schemas
	}
	return doc
}

var tags = [2]string{"Checkout Sessions", "Checkout Sessions (Stripe's paths)"}

var about = strings.ReplaceAll(`The five operations on Stripe Checkout Sessions that the same server offers to agents as MCP tools. Successful answers are Stripe's own JSON; an error is an object such as `+"`{\"error\":{\"type\":\"…\",\"message\":\"…\"}}`"+`.

Amounts are in the currency's smallest unit: 1000 is 10.00 USD, 500 is 500 JPY. Times are Unix seconds.

Write the parameters of a GET as Stripe does (`+"`expand[]=customer`, `created[gte]=1767225600`"+`), or give objects and arrays as JSON. Unknown names, values given twice and a body on a GET are refused, never ignored.

Answers are in version `+"`{version}`"+` of Stripe's API, whichever version a request asks for.`, "{version}", stripe.APIVersion)

// A builder collects the parts of a document.
type builder struct {
	paths                                           map[string]object
	parameters, bodies, responses, headers, schemas object
}

func (d *builder) add(rt route) {
	operation := object{
		"summary":     rt.Title,
		"description": rt.about,
		"parameters":  d.parametersOf(rt),
		"responses":   object{"200": d.answerOf(rt), "default": ref("responses", "Error")},
	}
	if rt.Writes() {
		operation["requestBody"] = d.bodyOf(rt)
	}
	for i, path := range rt.paths() {
		at := d.paths[path]
		if at == nil {
			at = object{}
			d.paths[path] = at
		}
		here := maps.Clone(operation)
		here["operationId"] = rt.ids[i]
		here["tags"] = []string{tags[i]}
		at[strings.ToLower(rt.Stripe.Method)] = here
	}
}

// name is what the route's own parts are called in components.
func (rt route) name() string { return rt.ids[1] }

func (d *builder) parametersOf(rt route) []any {
	var all []any
	input, notes := rt.Input.Schema(), rt.Input.Advertised()
	for p := input.Properties.Oldest(); p != nil; p = p.Next() {
		if p.Key == "body" || p.Key == idempotencyArgument {
			continue
		}
		schema := *p.Value
		description := schema.Description
		if p.Key != "session" && p.Key != "fields" && p.Key != "wait_seconds" { // these are not Stripe's and need no more text
			description = strings.TrimSpace(description + " " + property(notes, p.Key).Description)
		}
		schema.Description = ""
		if schema.Type == "object" {
			// JSON text comes first because Swagger UI asks for the first
			// alternative, and would fill in an object.
			schema = jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Type: "string"}, p.Value}}
		}
		parameter := object{"name": p.Key, "in": "query", "description": description, "schema": &schema}
		switch {
		case p.Key == "session":
			parameter["in"], parameter["required"] = "path", true
			parameter["example"] = examples.Session
		case alternative(&schema, "object") != nil:
			parameter["style"], parameter["explode"] = "deepObject", true
		case alternative(&schema, "array") != nil:
			parameter["style"], parameter["explode"] = "form", true
		}
		name := rt.name() + "." + p.Key
		d.parameters[name] = parameter
		all = append(all, ref("parameters", name))
	}
	headers := []string{"Stripe-Account", "Stripe-Context", versionHeader}
	if rt.Writes() {
		headers = append(headers, idempotencyHeader)
	}
	for _, name := range headers {
		d.parameters[name] = headerParameters[name]
		all = append(all, ref("parameters", name))
	}
	return all
}

// bodyOf describes the body of a POST: the parameters as JSON, bare or inside
// body, or as a form.
func (d *builder) bodyOf(rt route) object {
	name := rt.name()
	params := property(rt.Input.Schema(), "body")
	required := slices.Contains(rt.Input.Schema().Required, "body")

	d.schemas[name] = params
	whole := object{
		"type": "object",
		"properties": object{
			"body":              ref("schemas", name),
			idempotencyArgument: property(rt.Input.Schema(), idempotencyArgument),
		},
		"required":             []string{"body"},
		"additionalProperties": false,
	}
	asJSON := object{"schema": object{"anyOf": []any{ref("schemas", name), whole}}}
	asForm := object{"schema": ref("schemas", name), "encoding": formEncoding(params)}
	if example := examples.Requests[rt.Tool]; example != nil {
		asJSON["examples"] = object{
			"bare": object{"summary": "The parameters themselves", "value": example},
			"body": object{"summary": "Inside body, as for the MCP tool", "value": object{"body": example}},
		}
		asForm["example"] = example
	}
	d.bodies[name] = object{
		"description": "The parameters, as Stripe documents them.",
		"required":    required,
		"content":     object{jsonType: asJSON, formType: asForm},
	}
	return ref("requestBodies", name)
}

// formEncoding says that structures are encoded as name[member]=….
func formEncoding(params *jsonschema.Schema) object {
	encoding := object{}
	for p := params.Properties.Oldest(); p != nil; p = p.Next() {
		if p.Value.Type == "array" || p.Value.Type == "object" {
			encoding[p.Key] = object{"style": "deepObject", "explode": true}
		}
	}
	return encoding
}

func (d *builder) answerOf(rt route) object {
	d.schemas[rt.OutputName] = withoutError(rt.Output)
	headers := []string{"Request-Id", versionHeader}
	if rt.Writes() {
		headers = append(headers, idempotencyHeader, "Idempotent-Replayed")
	}
	d.responses[rt.name()] = object{
		"description": "Stripe's answer.",
		"headers":     d.headersOf(headers...),
		"content": object{jsonType: object{
			"schema":   ref("schemas", rt.OutputName),
			"examples": object{"sandbox": object{"summary": "From the embedded sandbox", "value": examples.Answers[rt.Tool]}},
		}},
	}
	return ref("responses", rt.name())
}

// withoutError removes the error from the properties of a tool's output, which
// includes it because a tool returns both in the same place.
func withoutError(output json.RawMessage) object {
	var schema object
	if err := json.Unmarshal(output, &schema); err != nil {
		panic(err) // one of our own schemas
	}
	if properties, ok := schema["properties"].(object); ok {
		delete(properties, "error")
	}
	return schema
}

func (d *builder) errorResponse() object {
	return object{
		"description": "What was wrong, and where. The status is Stripe's if it answered.",
		"headers":     d.headersOf("Request-Id", versionHeader, idempotencyHeader, "Retry-After"),
		"content": object{jsonType: object{
			"schema":   ref("schemas", "Error"),
			"examples": object{"sandbox": object{"summary": "From the embedded sandbox", "value": examples.Error}},
		}},
	}
}

// errorSchema describes {"error":{…}} from the struct that is sent.
func errorSchema() object {
	r := jsonschema.Reflector{Anonymous: true, DoNotReference: true, AllowAdditionalProperties: true}
	failure := r.Reflect(&stripeclient.Error{})
	failure.Version = ""
	for p := failure.Properties.Oldest(); p != nil; p = p.Next() {
		p.Value.Description = errorFields[p.Key]
	}
	failure.Required = []string{"type", "message", "http_status", "retryable"}
	return object{
		"type":       "object",
		"properties": object{"error": failure},
		"required":   []string{"error"},
	}
}

var errorFields = map[string]string{
	"type":         "Stripe's error type: invalid_request_error, card_error, idempotency_error, api_error, authentication_error, permission_error, rate_limit_error; or api_connection_error, when no complete answer came.",
	"code":         "Programs can tell errors apart by this: https://docs.stripe.com/error-codes.",
	"param":        "The parameter at fault.",
	"message":      "What was wrong, and what would be right.",
	"advice":       "What to do about it.",
	"http_status":  "The status of this answer.",
	"request_id":   "The id of Stripe's answer, for Stripe's support and the Dashboard's log.",
	"doc_url":      "Stripe's page about the code.",
	"decline_code": "Why a card was declined.",
	"retryable":    "Whether the same call, with the same idempotency key, may succeed later.",
}

var headerParameters = object{
	idempotencyHeader: headerParameter(idempotencyHeader, "Makes a repeated call act only once. Without it, a key is generated, and the answer's header has it.", object{"type": "string", "minLength": 1, "maxLength": 255}),
	"Stripe-Account":  headerParameter("Stripe-Account", "The connected account to act on.", object{"type": "string", "pattern": "^acct_[A-Za-z0-9]{1,250}$"}),
	"Stripe-Context":  headerParameter("Stripe-Context", "The same as Stripe-Account.", object{"type": "string", "pattern": "^acct_[A-Za-z0-9]{1,250}$"}),
	versionHeader:     headerParameter(versionHeader, "Any version of Stripe's API. The answer is in "+stripe.APIVersion+", as its Stripe-Version header says.", object{"type": "string", "pattern": versionForm().String()}),
}

func headerParameter(name, description string, schema object) object {
	return object{"name": name, "in": "header", "description": description, "schema": schema}
}

// headersOf returns an answer's headers of these names.
func (d *builder) headersOf(names ...string) object {
	headers := object{}
	for _, name := range names {
		d.headers[name] = answerHeaders[name]
		headers[name] = ref("headers", name)
	}
	return headers
}

var answerHeaders = object{
	"Request-Id":          object{"description": "Stripe's id of the request (req_…), or this server's id if Stripe was not called.", "schema": object{"type": "string"}},
	versionHeader:         object{"description": "The API version of the answer.", "schema": object{"type": "string"}},
	idempotencyHeader:     object{"description": "The key of a create or expire: reuse it to repeat the call.", "schema": object{"type": "string"}},
	"Idempotent-Replayed": object{"description": "true if this is the answer to an earlier request with the same key.", "schema": object{"type": "string"}},
	"Retry-After":         object{"description": "Seconds to wait before the next call.", "schema": object{"type": "integer"}},
}

func ref(kind, name string) object { return object{"$ref": "#/components/" + kind + "/" + name} }

//go:embed examples.json
var examplesJSON []byte

// examples are the sandbox's answers by tool; a test generates them.
var examples = func() (e struct {
	Session  string
	Requests map[string]json.RawMessage
	Answers  map[string]json.RawMessage
	Error    json.RawMessage
}) {
	if err := json.Unmarshal(examplesJSON, &e); err != nil {
		panic(err) // an embedded file
	}
	return e
}()
