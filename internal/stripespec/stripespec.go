// Package stripespec uses Stripe's own OpenAPI document in tests: it says
// whether Stripe's API could give an answer or accept a request.
//
// The document is the one in the stripe-mock module, 7 MB of JSON. It must
// never be part of the binary, so only tests and generators may import this
// package. Its API version (see [Version]) is newer than the one stripe-go
// pins: something that it has and stripe-go doesn't is never an error here, and
// for objects whose shape has changed, an older document is used instead.
//
// Everything is loaded on first use, and only as far as necessary.
package stripespec

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync"

	"github.com/stripe/stripe-mock/embedded"
)

type document struct {
	Info struct {
		Version string `json:"version"`
	} `json:"info"`
	Paths      map[string]json.RawMessage `json:"paths"`
	Components struct {
		Schemas map[string]json.RawMessage `json:"schemas"`
	} `json:"components"`

	segments map[string][]string // of each path
	items    sync.Map            // operations by method, for each path used so far
}

// load splits the document into paths and schemas and leaves them undecoded,
// because a test uses only a few of the 1,400.
var load = sync.OnceValue(func() *document {
	d, err := parse(embedded.OpenAPISpec)
	if err != nil {
		panic(err)
	}
	d.segments = make(map[string][]string, len(d.Paths))
	for path := range d.Paths {
		d.segments[path] = strings.Split(path, "/")
	}
	return d
})

// methods returns the undecoded operations of a path by method.
func methods(pathTemplate string) (map[string]json.RawMessage, error) {
	d := load()
	if item, ok := d.items.Load(pathTemplate); ok {
		return item.(map[string]json.RawMessage), nil
	}
	raw, ok := d.Paths[pathTemplate]
	if !ok {
		return nil, fmt.Errorf("stripespec: Stripe's API has no path %s", pathTemplate)
	}
	var item map[string]json.RawMessage
	if err := json.Unmarshal(raw, &item); err != nil {
		return nil, fmt.Errorf("stripespec: path %s: %w", pathTemplate, err)
	}
	d.items.Store(pathTemplate, item)
	return item, nil
}

// Version returns the API version of the document, such as "2025-09-30.clover".
func Version() string { return load().Info.Version }

// operation is the part of an OpenAPI 3.0 operation that this package reads.
type operation struct {
	Parameters []struct {
		Name     string         `json:"name"`
		In       string         `json:"in"`
		Required bool           `json:"required"`
		Schema   map[string]any `json:"schema"`
	} `json:"parameters"`
	RequestBody struct {
		Content map[string]struct {
			Schema map[string]any `json:"schema"`
		} `json:"content"`
	} `json:"requestBody"`
	Responses map[string]struct {
		Content map[string]struct {
			Schema map[string]any `json:"schema"`
		} `json:"content"`
	} `json:"responses"`
}

const formType = "application/x-www-form-urlencoded"

func findOperation(method, pathTemplate string) (*operation, error) {
	item, err := methods(pathTemplate)
	if err != nil {
		return nil, err
	}
	rawOp, ok := item[strings.ToLower(method)]
	if !ok {
		return nil, fmt.Errorf("stripespec: Stripe's API has no %s %s", method, pathTemplate)
	}
	var op operation
	if err := json.Unmarshal(rawOp, &op); err != nil {
		return nil, fmt.Errorf("stripespec: %s %s: %w", method, pathTemplate, err)
	}
	return &op, nil
}

// Component returns the OpenAPI 3.0 schema with that name under
// components/schemas, such as "checkout.session", as Stripe wrote it. The
// caller owns the result.
func Component(name string) (map[string]any, error) {
	d, err := documentFor(name)
	if err != nil {
		return nil, err
	}
	raw, ok := d.Components.Schemas[name]
	if !ok {
		return nil, fmt.Errorf("stripespec: Stripe's API has no schema %q", name)
	}
	var schema map[string]any
	if err := json.Unmarshal(raw, &schema); err != nil {
		return nil, fmt.Errorf("stripespec: schema %q: %w", name, err)
	}
	return schema, nil
}

// RequestSchema returns one OpenAPI 3.0 object schema with all parameters that
// the operation takes in its query (GET) or form body (POST), as Stripe wrote
// them. It leaves out path parameters. The caller owns the result.
func RequestSchema(method, pathTemplate string) (map[string]any, error) {
	op, err := findOperation(method, pathTemplate)
	if err != nil {
		return nil, err
	}
	properties := map[string]any{}
	var required []any
	if body, ok := op.RequestBody.Content[formType]; ok {
		if p, ok := body.Schema["properties"].(map[string]any); ok {
			maps.Copy(properties, p)
		}
		if r, ok := body.Schema["required"].([]any); ok {
			required = append(required, r...)
		}
	}
	for _, p := range op.Parameters {
		if p.In != "query" {
			continue
		}
		properties[p.Name] = p.Schema
		if p.Required {
			required = append(required, p.Name)
		}
	}
	schema := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		schema["required"] = required
	}
	return schema, nil
}

// ResponseSchema returns the OpenAPI 3.0 schema of the operation's JSON answer
// with that HTTP status; for any status that the document does not name, that
// is its error.
func ResponseSchema(method, pathTemplate string, status int) (map[string]any, error) {
	op, err := findOperation(method, pathTemplate)
	if err != nil {
		return nil, err
	}
	response, ok := op.Responses[strconv.Itoa(status)]
	if !ok {
		response, ok = op.Responses["default"]
	}
	schema := response.Content["application/json"].Schema
	if !ok || schema == nil {
		return nil, fmt.Errorf("stripespec: %s %s has no JSON answer for status %d", method, pathTemplate, status)
	}
	return schema, nil
}

// Match returns the path template of the operation that a request is for: for
// GET /v1/checkout/sessions/cs_1 it is "/v1/checkout/sessions/{session}".
func Match(method, path string) (template string, ok bool) {
	segments := strings.Split(path, "/")
	best := -1
	for candidate, parts := range load().segments {
		if len(parts) != len(segments) {
			continue
		}
		literal := 0
		for i, part := range parts {
			if strings.HasPrefix(part, "{") && segments[i] != "" {
				continue
			}
			if part != segments[i] {
				literal = -1
				break
			}
			literal++
		}
		// A literal segment is a better match than a parameter:
		// /v1/customers/search is not a customer.
		if literal > best {
			best, template = literal, candidate
		}
	}
	if best < 0 {
		return "", false
	}
	item, err := methods(template)
	_, ok = item[strings.ToLower(method)]
	return template, ok && err == nil
}
