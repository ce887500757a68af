package schemas

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/invopop/jsonschema"
	"github.com/stripe/stripe-go/v82"
)

// maxUnixSeconds is the last time accepted as seconds, in the year 5138:
// anything larger is milliseconds given by mistake.
const maxUnixSeconds = "99999999999"

// createdSchema describes `created`. Stripe takes Unix seconds or a range of
// them; we also accept dates, which models get right far more often.
func createdSchema() *jsonschema.Schema {
	instant := func() *jsonschema.Schema {
		return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{
			{Type: "integer", Minimum: "0", Maximum: maxUnixSeconds},
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

// A span is the seconds that an instant covers: one for a time, a whole UTC day
// for a date. An instant between two seconds covers none: first is then the
// later second and last the earlier one.
type span struct{ first, last int64 }

// setCreated sets the list filter `created` from its JSON value, which the
// schema has already validated. It uses stripe-go's untyped filters because
// RangeQueryParams doesn't send a bound of zero.
func setCreated(p *stripe.CheckoutSessionListParams, value any) error {
	filter := func(op string, seconds int64) {
		p.Filters.AddFilter("created", op, strconv.FormatInt(seconds, 10))
	}
	if bounds, ok := value.(map[string]any); ok {
		for _, name := range slices.Sorted(maps.Keys(bounds)) {
			s, err := parseInstant(bounds[name], inside("created", name))
			if err != nil {
				return err
			}
			switch name {
			case "gt", "lte":
				filter(name, s.last)
			case "gte", "lt":
				filter(name, s.first)
			}
		}
		return nil
	}
	s, err := parseInstant(value, "created")
	if err != nil {
		return err
	}
	if s.first >= s.last {
		filter("", s.last)
		return nil
	}
	filter("gte", s.first)
	filter("lte", s.last)
	return nil
}

var digits = regexp.MustCompile(`^\d+$`)

// parseInstant parses Unix seconds (as a number or as digits), an RFC 3339
// date-time or an RFC 3339 date.
func parseInstant(value any, param string) (span, error) {
	text := fmt.Sprint(value)
	if _, isNumber := value.(json.Number); isNumber || digits.MatchString(text) {
		seconds, err := strconv.ParseInt(text, 10, 64)
		if err != nil || len(text) > len(maxUnixSeconds) {
			return span{}, invalid("", param, "%s must be Unix seconds between 0 and %s; got %s. Milliseconds must be divided by 1000.", param, maxUnixSeconds, show(value))
		}
		// As seconds, this would be a day in August 1970, long before Stripe.
		if day, err := time.Parse("20060102", text); err == nil && day.Year() >= 2000 && day.Year() < 2100 {
			return span{}, invalid("", param, "%s is %s, which looks like a date: write it with hyphens, %s.", param, text, day.Format(time.DateOnly))
		}
		return span{seconds, seconds}, nil
	}
	if day, err := time.Parse(time.DateOnly, text); err == nil && day.Unix() >= 0 {
		return span{day.Unix(), day.AddDate(0, 0, 1).Unix() - 1}, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil && t.Unix() >= 0 {
		return span{t.Add(time.Second - 1).Unix(), t.Unix()}, nil
	}
	return span{}, invalid("", param, "%s must be Unix seconds (1767225600), a date (2026-01-01, the whole UTC day) or a date-time with its zone (2026-01-01T09:30:00Z), 1970 or later; got %s.", param, show(value))
}
