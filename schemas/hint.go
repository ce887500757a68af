package schemas

import (
	"fmt"
	"strings"
	"time"
)

// hint names the usual cause of a wrong amount, time or id.
func hint(at string, value any) string {
	name := strings.TrimSuffix(at[strings.LastIndex(at, "[")+1:], "]")
	text, _ := value.(string)
	switch {
	case name == "unit_amount" || name == "amount" || strings.HasSuffix(name, "_amount"):
		return " Amounts are whole numbers in the currency's smallest unit: 10.00 USD is 1000, 500 JPY is 500."
	case name == "expires_at" || name == "trial_end" || name == "billing_cycle_anchor":
		for _, layout := range []string{time.RFC3339, time.DateTime, time.DateOnly} {
			if t, err := time.Parse(layout, text); err == nil {
				return fmt.Sprintf(" Use Unix seconds: %s (UTC) is %d.", text, t.Unix())
			}
		}
		return " Use Unix seconds, not milliseconds and not a date."
	case strings.HasSuffix(name, "_decimal"):
		return " Use a decimal in the currency's smallest unit, with at most 12 places: 1000.5 is 10.005 USD."
	case at == "created":
		return " Use Unix seconds (not milliseconds), a date, a date-time, or an object with gt, gte, lt or lte."
	case strings.HasPrefix(at, "created["):
		return " Use Unix seconds (not milliseconds), a date or a date-time."
	case at == "session":
		return " Checkout Session ids start with cs_; list sessions to find one."
	}
	return ""
}
