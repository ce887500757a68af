package sandbox

import (
	"maps"
	"strings"
)

// The person who pays if the request doesn't say who does.
var sampleAddress = values{"line1": "510 Townsend St", "city": "San Francisco", "state": "CA", "postal_code": "94103", "country": "US"}

// fill adds whatever else the session asks for to what was entered.
func (s *session) fill(p values) values {
	filled := values{
		"email": "jenny@example.com", "name": "Jenny Rosen", "address": sampleAddress,
		"expiry": "12/34", "cvc": "123", "authentication": "complete",
	}
	if s.params.object("phone_number_collection").flag("enabled") {
		filled["phone"] = "+12015550123"
	}
	if collection := s.params.object("shipping_address_collection"); collection != nil {
		filled["shipping"] = values{"name": "Jenny Rosen", "address": sampleShipping(collection.list("allowed_countries"))}
	}
	if answers := s.sampleAnswers(); len(answers) > 0 {
		filled["custom_fields"] = answers
	}
	if s.params.has("consent_collection") {
		filled["consent"] = values{"terms_of_service": true}
	}
	if s.amountToChoose() && !s.lines[0].price.custom.hasPreset {
		low, _ := s.lines[0].price.custom.bounds(s.currency)
		filled["amount"] = max(low, 1000)
	}
	if typ := s.sampleMethod(p); typ != "" {
		filled["payment_method"] = typ
		filled[methodParam(typ)] = firstMethod(typ).number
	}
	return filled.under(p)
}

// under returns v with given put over it, at every depth.
func (v values) under(given values) values {
	both := maps.Clone(v)
	for name, value := range given {
		if inner, ok := value.(values); ok {
			value = both.object(name).under(inner)
		}
		if both == nil {
			both = values{}
		}
		both[name] = value
	}
	return both
}

// sampleMethod returns the kind of payment method that was entered, or else the
// session's first.
func (s *session) sampleMethod(p values) string {
	types := s.methodTypes()
	switch {
	case p.has("payment_method"):
		return p.text("payment_method")
	case p.has("card"):
		return "card"
	case len(types) == 0:
		return ""
	}
	for _, typ := range types {
		if findMethod(typ, p.text("bank_account")) != nil {
			return typ
		}
	}
	return types[0]
}

func sampleShipping(allowed []any) values {
	for _, country := range allowed {
		if country == "US" {
			return sampleAddress
		}
	}
	address := values{"line1": "1 Main Street", "city": "Springfield", "postal_code": "12345"}
	if len(allowed) > 0 {
		address["country"] = allowed[0]
	}
	return address
}

func (s *session) sampleAnswers() values {
	answers := values{}
	for _, f := range s.params.list("custom_fields") {
		field := f.(values)
		typ := field.text("type")
		content := field.object(typ)
		answer := content.text("default_value")
		if options := content.list("options"); answer == "" && len(options) > 0 {
			answer = options[0].(values).text("value")
		}
		if answer == "" {
			sample := map[string]string{"text": "Sample", "numeric": "1"}[typ]
			if least, given := content.integer("minimum_length"); given && int64(len(sample)) < least {
				sample = strings.Repeat(sample, 255)[:min(least, 255)]
			}
			if most, given := content.integer("maximum_length"); given && int64(len(sample)) > most {
				sample = sample[:max(most, 1)]
			}
			answer = sample
		}
		answers[field.text("key")] = answer
	}
	return answers
}
