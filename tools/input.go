package tools

import (
	"embed"
	"encoding/json"
)

//go:generate go test -run TestInputSchemas -update .

// The tools' input schemas. To make them at start, from stripe-go's types and
// Stripe's document, takes 3 ms and 1.5 MB of memory, which a server that only
// waits for calls can do without.
//
//go:embed input
var inputs embed.FS

// input returns the input schema that tools/list shows.
func (t tool) input() any {
	made, err := inputs.ReadFile("input/" + t.Tool + ".json")
	if err != nil {
		return t.Input.Advertised() // a tool that isn't among ours, as in a test
	}
	return json.RawMessage(made)
}
