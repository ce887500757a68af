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

// A place is where a value is in the arguments; nil means the arguments
// themselves. The path is built only when an error needs it: a path for every
// value would cost more than checking the values.
type place struct {
	above *place
	name  string // in an object
	index int    // in an array; -1 in an object
}

func (p *place) String() string {
	switch {
	case p == nil:
		return ""
	case p.index >= 0:
		return fmt.Sprintf("%s[%d]", p.above, p.index)
	}
	return inside(p.above.String(), shown(p.name))
}

func property(s *jsonschema.Schema, name string) (*jsonschema.Schema, bool) {
	if s.Properties == nil {
		return nil, false
	}
	return s.Properties.Get(name)
}
