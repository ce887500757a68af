package policy

import "time"

var (
	ReflectSchema = reflectSchema
	RuleOf        = ruleOf
)

func (p *Policy) SetClock(now func() time.Time) { p.now = now }
