package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Words describes the rules in a sentence each, for the person who wrote them.
func (r *Rules) Words() (all []string) {
	say := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	if r.MaxAmount != nil {
		say("a session can come to at most %s; other currencies are refused", or(limits(r.MaxAmount)))
	}
	if r.MaxUnitAmount != nil {
		say("one unit can cost at most %s; other currencies are refused", or(limits(r.MaxUnitAmount)))
	}
	if r.Modes != nil {
		say("the mode must be %s", or(r.Modes))
	}
	if r.CatalogOnly {
		say("only prices that exist at Stripe are sold, no price_data")
	}
	switch {
	case r.Prices != nil && r.Products != nil:
		say("only these are sold: %s, and prices of %s", and(r.Prices), and(r.Products))
	case r.Prices != nil:
		say("only these are sold: %s", and(r.Prices))
	case r.Products != nil:
		say("only prices of these products are sold: %s", and(r.Products))
	}
	if r.ReturnHosts != nil {
		say("customers are sent back only to https://%s", strings.Join(r.ReturnHosts, " or https://"))
	}
	if r.ShippingCountries != nil {
		if len(*r.ShippingCountries) == 0 {
			say("nothing is shipped")
		} else {
			say("goods are shipped only to %s", or(*r.ShippingCountries))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(r.Metadata)) {
		say("every session gets the metadata %s=%s", key, r.Metadata[key])
	}
	if r.SessionsPerHour != nil {
		say("at most %d sessions are created in an hour", *r.SessionsPerHour)
	}
	var refused []string
	for _, what := range allowances {
		if !r.allows(what) {
			refused = append(refused, spaced(what))
		}
	}
	if len(refused) > 0 {
		say("refused: %s", strings.Join(refused, ", "))
	}
	if len(r.Allow) > 0 {
		say("allowed: %s", spaced(strings.Join(r.Allow, ", ")))
	}
	return all
}

func limits(of map[string]int64) (all []string) {
	for _, currency := range slices.Sorted(maps.Keys(of)) {
		all = append(all, money(whole(of[currency]), currency))
	}
	return all
}

func spaced(s string) string { return strings.ReplaceAll(s, "_", " ") }

func and(list []string) string { return listed(list, " and ") }
func or(list []string) string  { return listed(list, " or ") }

func listed(list []string, last string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + last + list[len(list)-1]
}
