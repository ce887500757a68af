package schemas

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/invopop/jsonschema"
	"github.com/stripe/stripe-go/v82"
)

// maxUnixSeconds is the last time that is taken as seconds: what lies beyond
// (year 5138) is milliseconds given by mistake.
const maxUnixSeconds = "99999999999"

// minCreated is the first time that a number for `created` can mean (2001, some
// years before Stripe): below it lies a date without its hyphens, 20260131.
const minCreated = "1000000000"

// createdSchema describes `created`: Stripe takes Unix seconds or a range of
// them; we also take dates, which models write far better.
func createdSchema() *jsonschema.Schema {
	instant := func() *jsonschema.Schema {
		return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{
			{Type: "integer", Minimum: minCreated, Maximum: maxUnixSeconds},
			{Type: "string"},
		}}
	}
	span := jsonschema.NewProperties()
	for _, bound := range []string{"gt", "gte", "lt", "lte"} {
		span.Set(bound, instant())
	}
	s := instant()
	s.AnyOf = append(s.AnyOf, &jsonschema.Schema{
		Type:                 "object",
		Properties:           span,
		AdditionalProperties: jsonschema.FalseSchema,
		MinProperties:        ptr(uint64(1)),
	})
	return s
}

// A span is the seconds an instant names: one for a time, a whole UTC day for
// a date. Between two seconds lies an empty one: the later, then the earlier.
type span struct{ first, last int64 }

// setCreated sets the list filter `created` from its JSON value, which has
// passed the schema.
func setCreated(p *stripe.CheckoutSessionListParams, value any) error {
	if bounds, ok := value.(map[string]any); ok {
		p.CreatedRange = new(stripe.RangeQueryParams)
		for name, v := range bounds {
			s, err := parseInstant(v, "created."+name)
			if err != nil {
				return err
			}
			switch name {
			case "gt":
				p.CreatedRange.GreaterThan = s.last
			case "gte":
				p.CreatedRange.GreaterThanOrEqual = s.first
			case "lt":
				p.CreatedRange.LesserThan = s.first
			case "lte":
				p.CreatedRange.LesserThanOrEqual = s.last
			}
		}
		return nil
	}
	s, err := parseInstant(value, "created")
	if err != nil {
		return err
	}
	if s.first >= s.last {
		p.Created = &s.last
		return nil
	}
	p.CreatedRange = &stripe.RangeQueryParams{GreaterThanOrEqual: s.first, LesserThanOrEqual: s.last}
	return nil
}

var digits = regexp.MustCompile(`^\d+$`)

// parseInstant reads Unix seconds (a number or its digits), an RFC 3339
// date-time, or an RFC 3339 date.
func parseInstant(value any, param string) (span, error) {
	text := fmt.Sprint(value)
	if _, isNumber := value.(json.Number); isNumber || digits.MatchString(text) {
		seconds, err := strconv.ParseInt(text, 10, 64)
		if err != nil || len(text) < len(minCreated) || len(text) > len(maxUnixSeconds) {
			return span{}, invalid("", param, "%s must be Unix seconds between %s and %s, or a date with hyphens (2026-01-31); got %s. Milliseconds must be divided by 1000.", param, minCreated, maxUnixSeconds, show(value))
		}
		return span{seconds, seconds}, nil
	}
	if day, err := time.Parse(time.DateOnly, text); err == nil && day.Unix() > 0 {
		return span{day.Unix(), day.AddDate(0, 0, 1).Unix() - 1}, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil && t.Unix() > 0 {
		return span{t.Add(time.Second - 1).Unix(), t.Unix()}, nil
	}
	return span{}, invalid("", param, "%s must be Unix seconds (1767225600), a date (2026-01-01, the whole UTC day) or a date-time with its zone (2026-01-01T09:30:00Z) after 1970; got %s.", param, show(value))
}
