package sandbox

import (
	"fmt"
	"maps"
	"net/http"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// creation is where and when a session is created.
type creation struct {
	account *account
	now     int64
}

// createRules are Stripe's rules for create beyond names and types, in the
// order in which the sandbox checks them. Line items have their own rules.
var createRules = []func(p values, in creation) *apiError{
	checkMode,
	checkModeOnly,
	checkURLs,
	checkCustomer,
	checkDiscounts,
	checkExpiry,
	checkAllMetadata,
	checkSubscriptionData,
	checkCustomFields,
	checkShipping,
	checkOptionalItems,
	checkPaymentMethods,
}

func checkMode(p values, _ creation) *apiError {
	mode := p.text("mode")
	switch {
	case mode == "":
		return missingParameter("mode")
	case mode == "setup" && p.has("line_items"):
		return notInMode("line_items", mode)
	case mode == "setup" && !p.has("currency") && !p.has("payment_method_types"):
		return missingParameter("currency")
	case mode != "setup" && len(p.list("line_items")) == 0:
		return invalidCode("parameter_missing", "line_items", "The `line_items` parameter is required in %s mode.", mode)
	}
	return nil
}

// onlyInModes are parameters that are allowed only in some modes.
var onlyInModes = map[string][]string{
	"customer_creation":           {"payment", "setup"},
	"invoice_creation":            {"payment"},
	"optional_items":              {"payment", "subscription"},
	"payment_intent_data":         {"payment"},
	"payment_method_collection":   {"subscription"},
	"setup_intent_data":           {"setup"},
	"shipping_options":            {"payment"},
	"shipping_address_collection": {"payment", "subscription"},
	"submit_type":                 {"payment", "subscription"},
	"subscription_data":           {"subscription"},
}

func checkModeOnly(p values, _ creation) *apiError {
	mode := p.text("mode")
	for _, name := range slices.Sorted(maps.Keys(onlyInModes)) {
		if p.has(name) && !slices.Contains(onlyInModes[name], mode) {
			return notInMode(name, mode)
		}
	}
	if p.text("submit_type") == "subscribe" && mode != "subscription" {
		return invalidRequest("submit_type", "You can not pass `submit_type: 'subscribe'` in `%s` mode.", mode)
	}
	return nil
}

func notInMode(name, mode string) *apiError {
	return invalidRequest(name, "You can not pass `%s` in `%s` mode.", name, mode)
}

// notWithUI are the parameters that each ui_mode excludes.
var notWithUI = map[string][]string{
	"hosted":   {"redirect_on_completion", "return_url"},
	"embedded": {"cancel_url", "success_url"},
	"custom":   {"cancel_url", "success_url"},
}

func uiMode(p values) string {
	if ui := p.text("ui_mode"); ui != "" {
		return ui
	}
	return "hosted"
}

func checkURLs(p values, _ creation) *apiError {
	ui := uiMode(p)
	var excluded []string
	for _, name := range notWithUI[ui] {
		if p.has(name) {
			excluded = append(excluded, name)
		}
	}
	if len(excluded) > 0 {
		return invalidRequest(excluded[0], "The following parameters are not supported with `ui_mode: %s`: %s.", ui, strings.Join(excluded, ", "))
	}
	switch {
	case ui == "hosted" && !p.has("success_url"):
		return missingParameter("success_url")
	case ui == "embedded" && p.text("redirect_on_completion") == "never" && p.has("return_url"):
		return invalidRequest("return_url", "You can not pass `return_url` when `redirect_on_completion` is `never`.")
	case ui == "embedded" && p.text("redirect_on_completion") != "never" && !p.has("return_url"):
		return missingParameter("return_url")
	}
	for _, name := range []string{"success_url", "cancel_url", "return_url"} {
		if err := checkURL(p, name); err != nil {
			return err
		}
	}
	return nil
}

func checkURL(p values, name string) *apiError {
	if !p.has(name) {
		return nil
	}
	text := p.text(name)
	if !strings.Contains(text, "://") {
		return invalidCode("url_invalid", name, "Invalid URL: An explicit scheme (such as https) must be provided.")
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return invalidCode("url_invalid", name, "Not a valid URL")
	}
	return nil
}

func checkCustomer(p values, in creation) *apiError {
	switch id := p.text("customer"); {
	case id == "":
		if p.has("customer_update") {
			return invalidRequest("customer_update", "`customer_update` can only be used with `customer`.")
		}
	case p.has("customer_email"):
		return onlyOneOf("", "customer", "customer_email")
	case p.has("customer_creation"):
		return onlyOneOf("", "customer", "customer_creation")
	default:
		if _, ok := in.account.customer(id); !ok {
			return missingResource(http.StatusBadRequest, "customer", id, "customer")
		}
	}
	if email := p.text("customer_email"); email != "" && !isEmail(email) {
		return invalidCode("email_invalid", "customer_email", "Invalid email address: %s", shorten(email))
	}
	return nil
}

func isEmail(text string) bool {
	parsed, err := mail.ParseAddress(text)
	if err != nil || parsed.Address != text {
		return false
	}
	_, domain, _ := strings.Cut(text, "@")
	return strings.Contains(strings.Trim(domain, "."), ".")
}

func checkDiscounts(p values, in creation) *apiError {
	if !p.has("discounts") {
		return nil
	}
	// Stripe refuses them together, even if the flag is false.
	if p.has("allow_promotion_codes") {
		return onlyOneOf("", "allow_promotion_codes", "discounts")
	}
	discounts := p.list("discounts")
	if limit := 1; len(discounts) > limit {
		return tooMany("discounts", limit)
	}
	for i, d := range discounts {
		path, d := fmt.Sprintf("discounts[%d]", i), d.(values)
		coupon, code := d.text("coupon"), d.text("promotion_code")
		switch {
		case coupon != "" && code != "":
			return onlyOneOf(path, "coupon", "promotion_code")
		case coupon == "" && code == "":
			return missingParameter(joinPath(path, "coupon"))
		}
		if _, err := in.account.catalog.promotion(d, path); err != nil {
			return err
		}
	}
	return nil
}

const (
	shortestLife = 30 * 60
	longestLife  = 24 * 60 * 60
)

func checkExpiry(p values, in creation) *apiError {
	at, given := p.integer("expires_at")
	switch {
	case given && at < in.now+shortestLife:
		return invalidRequest("expires_at", "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.")
	case given && at > in.now+longestLife:
		return invalidRequest("expires_at", "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.")
	}
	return nil
}

func checkAllMetadata(p values, _ creation) *apiError {
	if err := checkMetadata(p.object("metadata"), "metadata"); err != nil {
		return err
	}
	for _, parent := range []string{"payment_intent_data", "setup_intent_data", "subscription_data"} {
		if err := checkMetadata(p.object(parent).object("metadata"), joinPath(parent, "metadata")); err != nil {
			return err
		}
	}
	invoice := p.object("invoice_creation").object("invoice_data").object("metadata")
	return checkMetadata(invoice, "invoice_creation[invoice_data][metadata]")
}

// checkMetadata applies the limits of https://docs.stripe.com/api/metadata.
func checkMetadata(metadata values, path string) *apiError {
	const keys, keyLength, valueLength = 50, 40, 500
	if len(metadata) > keys {
		return invalidRequest(path, "Metadata can have up to %d keys, but you've set %d.", keys, len(metadata))
	}
	for _, key := range slices.Sorted(maps.Keys(metadata)) {
		if n := utf8.RuneCountInString(key); n > keyLength {
			return invalidRequest(path, "Metadata keys can have up to %d characters, but you passed in a key that is %d characters. Invalid key: %s", keyLength, n, shorten(key))
		}
		value := metadata.text(key)
		if n := utf8.RuneCountInString(value); n > valueLength {
			return invalidRequest(joinPath(path, key), "Metadata values can have up to %d characters, but you passed in a value that is %d characters. Invalid value: %s", valueLength, n, shorten(value))
		}
	}
	return nil
}

func checkSubscriptionData(p values, in creation) *apiError {
	data := p.object("subscription_data")
	end, hasEnd := data.integer("trial_end")
	days, hasDays := data.integer("trial_period_days")
	switch {
	case hasEnd && hasDays:
		return onlyOneOf("subscription_data", "trial_end", "trial_period_days")
	case hasEnd && end < in.now+int64((48*time.Hour).Seconds()):
		return invalidRequest("subscription_data[trial_end]", "The `trial_end` date has to be at least 2 days in the future.")
	case hasDays:
		if err := within(days, 1, 730, "subscription_data[trial_period_days]"); err != nil {
			return err
		}
	}
	return checkTaxRates(data, "subscription_data", "default_tax_rates")
}

// checkTaxRates refuses tax rates: the sandbox has none.
func checkTaxRates(p values, path, name string) *apiError {
	for i, rate := range p.list(name) {
		return missingResource(http.StatusBadRequest, "tax rate", rate.(string), fmt.Sprintf("%s[%s][%d]", path, name, i))
	}
	return nil
}

func checkCustomFields(p values, _ creation) *apiError {
	fields := p.list("custom_fields")
	if limit := 3; len(fields) > limit {
		return tooMany("custom_fields", limit)
	}
	seen := map[string]bool{}
	for i, f := range fields {
		path, field := fmt.Sprintf("custom_fields[%d]", i), f.(values)
		key, typ := field.text("key"), field.text("type")
		if seen[key] {
			return invalidRequest(joinPath(path, "key"), "Custom field keys must be unique, but `%s` is used twice.", key)
		}
		seen[key] = true
		if typ == "dropdown" && !field.has("dropdown") {
			return missingParameter(joinPath(path, "dropdown"))
		}
		for _, other := range []string{"dropdown", "numeric", "text"} {
			if other != typ && field.has(other) {
				return invalidRequest(joinPath(path, other), "You can not pass `%s` for a custom field with type `%s`.", other, typ)
			}
		}
	}
	return nil
}

func checkShipping(p values, _ creation) *apiError {
	options := p.list("shipping_options")
	if limit := 5; len(options) > limit {
		return tooMany("shipping_options", limit)
	}
	for i, o := range options {
		path, option := fmt.Sprintf("shipping_options[%d]", i), o.(values)
		rate, data := option.text("shipping_rate"), option.object("shipping_rate_data")
		switch {
		case rate != "" && data != nil:
			return onlyOneOf(path, "shipping_rate", "shipping_rate_data")
		case rate == "" && data == nil:
			return missingParameter(joinPath(path, "shipping_rate"))
		case rate != "" && rate != ShippingRateStandard:
			return missingResource(http.StatusBadRequest, "shipping rate", rate, joinPath(path, "shipping_rate"))
		case data != nil:
			path := joinPath(path, "shipping_rate_data")
			fixed := data.object("fixed_amount")
			if fixed == nil {
				return missingParameter(joinPath(path, "fixed_amount"))
			}
			amount, _ := fixed.integer("amount")
			if err := within(amount, 0, maximumAmount, joinPath(path, "fixed_amount")+"[amount]"); err != nil {
				return err
			}
			if err := checkMetadata(data.object("metadata"), joinPath(path, "metadata")); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkOptionalItems(p values, in creation) *apiError {
	items := p.list("optional_items")
	if limit := 10; len(items) > limit {
		return tooMany("optional_items", limit)
	}
	for i, item := range items {
		path, item := fmt.Sprintf("optional_items[%d]", i), item.(values)
		of, err := in.account.catalog.price(item.text("price"), http.StatusBadRequest, joinPath(path, "price"))
		if err != nil {
			return err
		}
		if of.custom != nil {
			return invalidRequest(joinPath(path, "price"), "A price with `custom_unit_amount` can't be an optional item.")
		}
		if err := fitsMode(of, p.text("mode"), path); err != nil {
			return err
		}
		quantity, _ := item.integer("quantity")
		if err := within(quantity, 1, maxQuantity, joinPath(path, "quantity")); err != nil {
			return err
		}
	}
	return nil
}

func checkPaymentMethods(p values, _ creation) *apiError {
	if id := p.text("payment_method_configuration"); id != "" {
		if p.has("payment_method_types") {
			return onlyOneOf("", "payment_method_configuration", "payment_method_types")
		}
		if id != PaymentConfiguration {
			return missingResource(http.StatusBadRequest, "payment_method_configuration", id, "payment_method_configuration")
		}
	}
	// Stripe's document lists the values of this parameter only in its text.
	transfer := p.object("payment_method_options").object("customer_balance").object("bank_transfer").object("eu_bank_transfer")
	if countries := []string{"BE", "DE", "ES", "FR", "IE", "NL"}; transfer.has("country") && !slices.Contains(countries, transfer.text("country")) {
		const param = "payment_method_options[customer_balance][bank_transfer][eu_bank_transfer][country]"
		return invalidRequest(param, "Invalid %s: must be one of %s", param, orList(countries))
	}
	return nil
}
