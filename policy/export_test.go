package policy

var (
	ReflectSchema = reflectSchema
	RuleOf        = ruleOf
)
