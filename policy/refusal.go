package policy

import "fmt"

// A Refusal says which rule a session breaks, and what would be allowed.
type Refusal struct {
	Rule    string // as in a policy file, or "parameters" if no rule knows the parameter
	Param   string // in Stripe's notation: line_items[0][price_data][unit_amount]
	Message string

	asked bool // Stripe was asked, for example about prices
}

func (r *Refusal) Error() string { return r.Message }

// Refusal returns what callers see: no session was created.
func (r *Refusal) Refusal() (code, param, message string, answered bool) {
	return "policy_" + r.Rule, r.Param, r.Message, r.asked
}

// refuse returns a Refusal. The format says what is wrong and what is allowed.
func (c *check) refuse(rule, param, format string, args ...any) error {
	message := fmt.Sprintf(format, args...)
	if c.asked {
		message += " No session was created."
	}
	return &Refusal{Rule: rule, Param: param, Message: message, asked: c.asked}
}
