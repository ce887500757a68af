package schemas

import (
	"fmt"

	"github.com/invopop/jsonschema"
)

// inside names a member of what is at a path, in the notation of Stripe's own
// errors: line_items[0][price]. Parameters wrapped in body are named without
// it, as Stripe knows them.
func inside(at, name string) string {
	if at == "" || at == "body" {
		return name
	}
	return at + "[" + name + "]"
}

// Steps lead to a value. They are put into words only when an error needs it:
// that would cost more than reading or checking the values.
type steps []step

type step struct {
	name  string // in an object
	index int    // in an array; -1 in an object
}

// below returns the path in the notation of errors, for steps that begin at
// root.
func (s steps) below(root string) string {
	at := root
	for _, step := range s {
		if step.index >= 0 {
			at += fmt.Sprintf("[%d]", step.index)
		} else {
			at = inside(at, shown(step.name))
		}
	}
	return at
}

func property(s *jsonschema.Schema, name string) (*jsonschema.Schema, bool) {
	if s.Properties == nil {
		return nil, false
	}
	return s.Properties.Get(name)
}
