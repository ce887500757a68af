// Schemas writes, for the kinds that the manifests use, JSON Schemas that refuse
// unknown fields, out of Kubernetes' own OpenAPI documents:
//
//	go run ./packaging/kubernetes/schemas DIR
//
// DIR holds the documents as a cluster serves them under /openapi/v3, and as
// sigs.k8s.io/kubectl-validate has them in pkg/openapiclient/builtins/1.30.
// kubeconform would fetch such schemas from the internet.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
)

var kinds = []struct{ document, definition, file string }{
	{"apis/apps/v1.json", "io.k8s.api.apps.v1.Deployment", "deployment-apps-v1.json"},
	{"api/v1.json", "io.k8s.api.core.v1.Service", "service-v1.json"},
	{"apis/autoscaling/v2.json", "io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler", "horizontalpodautoscaler-autoscaling-v2.json"},
	{"apis/policy/v1.json", "io.k8s.api.policy.v1.PodDisruptionBudget", "poddisruptionbudget-policy-v1.json"},
	{"apis/networking.k8s.io/v1.json", "io.k8s.api.networking.v1.NetworkPolicy", "networkpolicy-networking-v1.json"},
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: schemas DIR, with Kubernetes' OpenAPI documents")
	}
	for _, k := range kinds {
		if err := write(filepath.Join(os.Args[1], k.document), k.definition, filepath.Join("packaging/kubernetes/schemas", k.file)); err != nil {
			log.Fatal(err)
		}
	}
}

func write(document, definition, file string) error {
	data, err := os.ReadFile(document)
	if err != nil {
		return err
	}
	var openapi struct {
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal(data, &openapi); err != nil {
		return fmt.Errorf("%s: %w", document, err)
	}
	c := converter{from: openapi.Components.Schemas, to: map[string]any{}}
	c.need(definition)
	schema, err := json.Marshal(map[string]any{
		"$schema":     "http://json-schema.org/draft-07/schema#",
		"$ref":        "#/definitions/" + definition,
		"definitions": c.to,
	})
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(schema, '\n'), 0o644)
}

// A converter collects the definitions that are needed.
type converter struct{ from, to map[string]any }

func (c converter) need(name string) {
	if _, done := c.to[name]; done {
		return
	}
	c.to[name] = nil // while it is converted: definitions refer to themselves
	c.to[name] = c.convert(c.from[name])
}

// kept are the keywords that say what is valid.
var kept = map[string]bool{
	"type": true, "properties": true, "required": true, "items": true, "additionalProperties": true,
	"allOf": true, "oneOf": true, "enum": true, "$ref": true, "minimum": true, "maximum": true,
}

func (c converter) convert(node any) any {
	schema, ok := node.(map[string]any)
	if !ok {
		return node
	}
	out := map[string]any{}
	for key, value := range schema {
		switch {
		case !kept[key]:
		case key == "$ref":
			name := strings.TrimPrefix(value.(string), "#/components/schemas/")
			c.need(name)
			out[key] = "#/definitions/" + name
		case key == "properties":
			properties := map[string]any{}
			for name, property := range value.(map[string]any) {
				properties[name] = c.convert(property)
			}
			out[key] = properties
			if _, more := schema["additionalProperties"]; !more {
				out["additionalProperties"] = false
			}
		case key == "allOf" || key == "oneOf":
			var all []any
			for _, one := range value.([]any) {
				all = append(all, c.convert(one))
			}
			out[key] = all
		default:
			out[key] = c.convert(value)
		}
	}
	return out
}
