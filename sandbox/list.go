package sandbox

import (
	"net/http"
	"strings"
)

const defaultPage = 10

// page is a position in a list, which Stripe shows newest first.
type page struct {
	limit                       int
	startingAfter, endingBefore string
}

func newPage(p values) (page, *apiError) {
	cursor := page{limit: defaultPage, startingAfter: p.text("starting_after"), endingBefore: p.text("ending_before")}
	if cursor.startingAfter != "" && cursor.endingBefore != "" {
		return page{}, invalidRequest("", "Received both starting_after and ending_before parameters. Please pass in only one.")
	}
	if limit, ok := p.integer("limit"); ok {
		if err := within(limit, 1, 100, "limit"); err != nil {
			return page{}, err
		}
		cursor.limit = int(limit)
	}
	return cursor, nil
}

// paginate returns a page of those in all that match. ending_before returns the
// items right before the cursor, in the same order.
func paginate[T any](all []T, cursor page, kind string, id func(T) string, match func(T) bool) (items []T, more bool, err *apiError) {
	at := func(cursor, param string) (int, *apiError) {
		for i, item := range all {
			if id(item) == cursor {
				return i, nil
			}
		}
		return 0, missingResource(http.StatusBadRequest, kind, cursor, param)
	}
	matching := func(from []T) []T {
		var matches []T
		for _, item := range from {
			if match(item) {
				matches = append(matches, item)
			}
		}
		return matches
	}

	if cursor.endingBefore != "" {
		i, err := at(cursor.endingBefore, "ending_before")
		if err != nil {
			return nil, false, err
		}
		before := matching(all[:i])
		surplus := max(0, len(before)-cursor.limit)
		return before[surplus:], surplus > 0, nil
	}
	if cursor.startingAfter != "" {
		i, err := at(cursor.startingAfter, "starting_after")
		if err != nil {
			return nil, false, err
		}
		all = all[i+1:]
	}
	items = matching(all)
	if len(items) > cursor.limit {
		return items[:cursor.limit], true, nil
	}
	return items, false, nil
}

// sessionFilter returns whether a session is one that the parameters of list
// ask for.
func sessionFilter(p values, now int64) func(*session) bool {
	equal := func(param, value string) bool { return !p.has(param) || p.text(param) == value }
	email := p.object("customer_details").text("email")
	return func(s *session) bool {
		return equal("customer", s.customer) &&
			equal("payment_intent", s.paymentIntent) &&
			equal("payment_link", s.paymentLink) &&
			equal("subscription", s.subscription) &&
			equal("status", s.statusAt(now)) &&
			(email == "" || s.buyer != nil && strings.EqualFold(s.buyer.email, email)) &&
			inRange(p["created"], s.created)
	}
}

// inRange reports whether t is the time, or in the range, that the parameter
// gives.
func inRange(param any, t int64) bool {
	switch r := param.(type) {
	case int64:
		return t == r
	case values:
		for name, holds := range map[string]func(bound int64) bool{
			"gt":  func(bound int64) bool { return t > bound },
			"gte": func(bound int64) bool { return t >= bound },
			"lt":  func(bound int64) bool { return t < bound },
			"lte": func(bound int64) bool { return t <= bound },
		} {
			if bound, given := r.integer(name); given && !holds(bound) {
				return false
			}
		}
	}
	return true
}
