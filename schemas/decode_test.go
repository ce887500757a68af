package schemas

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stripe/stripe-go/v82"
)

// These tests pin, word for word, what an agent reads after a mistake: what was
// wrong, where, and what would be right.
const (
	amountHint  = " Amounts are whole numbers in the currency's smallest unit: 10.00 USD is 1000, 500 JPY is 500."
	decimalHint = " Use a decimal in the currency's smallest unit, with at most 12 places: 1000.5 is 10.005 USD."
	secondsHint = " Use Unix seconds, not milliseconds and not a date."
	sessionHint = " Checkout Session ids start with cs_; list sessions to find one."

	createNames = "adaptive_pricing, after_expiration, allow_promotion_codes, automatic_tax, billing_address_collection, cancel_url, client_reference_id, " +
		"consent_collection, currency, customer, customer_creation, customer_email, customer_update, custom_fields, custom_text, discounts, expand, expires_at, " +
		"invoice_creation, line_items, locale, metadata, mode, optional_items, origin_context, payment_intent_data, payment_method_collection, " +
		"payment_method_configuration, payment_method_data, payment_method_options, payment_method_types, permissions, phone_number_collection, " +
		"redirect_on_completion, return_url, saved_payment_method_options, setup_intent_data, shipping_address_collection, shipping_options, submit_type, " +
		"subscription_data, success_url, tax_id_collection, ui_mode, wallet_options"
	listNames = "created, customer, customer_details, expand, payment_intent, payment_link, status, subscription, ending_before, limit, starting_after, body, fields"
)

// A refusal is a call's arguments and the error they cause. "%" in the message
// stands for the parameter.
type refusal struct {
	name, args           string
	code, param, message string
}

func testRefusals[P any](t *testing.T, o *Operation[P], tests []refusal) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in, err := o.Decode(json.RawMessage(tt.args))
			var refused *Error
			if !errors.As(err, &refused) {
				t.Fatalf("got %v and %v, want an *Error", in, err)
			}
			want := Error{tt.code, tt.param, strings.ReplaceAll(tt.message, "%", tt.param), false}
			if *refused != want {
				t.Errorf("got\n%q %q\n%s\nwant\n%q %q\n%s", refused.Code, refused.Param, refused.Message, want.Code, want.Param, want.Message)
			}
			if refused.Error() != refused.Message {
				t.Errorf("the error reads %q", refused.Error())
			}
		})
	}
}

// body puts members into the body of a create.
func body(members string) string { return `{"body":{` + members + `}}` }

func item(members string) string { return body(`"line_items":[{` + members + `}]`) }

func TestRefusedNames(t *testing.T) {
	testRefusals(t, Create, []refusal{
		{"misspelt", body(`"mod":"payment"`), "parameter_unknown", "mod", "% is not a parameter. Did you mean mode?"},
		{"camel case", body(`"lineItems":[]`), "parameter_unknown", "lineItems", "% is not a parameter. Did you mean line_items?"},
		{"hyphens", body(`"success-url":"x"`), "parameter_unknown", "success-url", "% is not a parameter. Did you mean success_url?"},
		{"capitals", body(`"Mode":"payment"`), "parameter_unknown", "Mode", "% is not a parameter. Did you mean mode?"},
		{"stripe-go's name", body(`"SuccessURL":"x"`), "parameter_unknown", "SuccessURL", "% is not a parameter. Did you mean success_url?"},
		{"star, which is stripe-go's mark of an embedded struct", body(`"*":{}`), "parameter_unknown", "*", "% is not a parameter. Parameters here: " + createNames + "."},
		{"misspelt, deep", item(`"price_data":{"currency":"usd","unit_ammount":1}`), "parameter_unknown", "line_items[0][price_data][unit_ammount]", "% is not a parameter. Did you mean line_items[0][price_data][unit_amount]?"},
		{"at the wrong place", body(`"unit_amount":1000`), "parameter_unknown", "unit_amount", "% is not a parameter. Did you mean line_items[][price_data][unit_amount]?"},
		{"at one of several places", body(`"price":"price_1"`), "parameter_unknown", "price", "% is not a parameter. Did you mean line_items[][price] or optional_items[][price]?"},
		{"like nothing", body(`"gubbins":1`), "parameter_unknown", "gubbins", "% is not a parameter. Parameters here: " + createNames + "."},
		{"like nothing, deep", item(`"price":"price_1","gubbins":1`), "parameter_unknown", "line_items[0][gubbins]", "% is not a parameter. Parameters here: adjustable_quantity, dynamic_tax_rates, price, price_data, quantity, tax_rates."},
		{"two like nothing list the names only once", body(`"foo":1,"bar":2`), "parameter_unknown", "bar", "% is not a parameter. Parameters here: " + createNames + ". foo is not a parameter."},
		{"form encoding", body(`"line_items[0][price]":"price_1"`), "parameter_unknown", "line_items[0][price]", "% is not a parameter. Pass line_items as nested JSON: names contain no brackets or dots."},
		{"dots", body(`"automatic_tax.enabled":true`), "parameter_unknown", "automatic_tax.enabled", "% is not a parameter. Pass automatic_tax as nested JSON: names contain no brackets or dots."},
		{"outside body", `{"mode":"payment"}`, "parameter_missing", "body", "% is required. mode belongs in body."},
		{"below one that takes no parameters", body(`"payment_method_options":{"pay_by_bank":{"x":1}}`), "parameter_unknown", "payment_method_options[pay_by_bank][x]", "% is not a parameter. payment_method_options[pay_by_bank] takes no parameters."},
		{"line break", body(`"a\nb":1`), "parameter_unknown", `"a\nb"`, "% is not a parameter. Parameters here: " + createNames + "."},
		{"long", body(`"` + strings.Repeat("mode", 5000) + `":1`), "parameter_unknown", strings.Repeat("mode", 15) + "…", "% is not a parameter. Parameters here: " + createNames + "."},
		{"twice", body(`"mode":"payment","mode":"setup"`), "", "mode", "% is given twice; give it once."},
		{"twice, spelled differently", body(`"mode":"payment","mod\u0065":"setup"`), "", "mode", "% is given twice; give it once."},
		{"twice, deep", item(`"price":"price_1","quantity":1,"quantity":2`), "", "line_items[0][quantity]", "% is given twice; give it once."},
		{"twice at the top", `{"body":{},"body":{}}`, "", "body", "% is given twice; give it once."},
	})
	testRefusals(t, List, []refusal{
		{"of another operation", `{"session":"cs_1"}`, "parameter_unknown", "session", "% is not a parameter. Parameters here: " + listNames + "."},
		{"at the wrong place", `{"email":"jane@example.com"}`, "parameter_unknown", "email", "% is not a parameter. Did you mean customer_details[email]?"},
		{"in a range", `{"gte":1}`, "parameter_unknown", "gte", "% is not a parameter. Did you mean created[gte]?"},
		{"form encoding", `{"created[gte]":1}`, "parameter_unknown", "created[gte]", "% is not a parameter. Pass created as nested JSON: names contain no brackets or dots."},
		{"in an empty body", `{"body":{"limit":5}}`, "parameter_unknown", "limit", "% belongs outside body."},
		{"deprecated in stripe-go", `{"filters":{}}`, "parameter_unknown", "filters", "% is not a parameter. Parameters here: " + listNames + "."},
	})
	testRefusals(t, Expire, []refusal{
		{"another name", `{"session_id":"cs_1"}`, "parameter_missing", "session", "% is required (Id of the Checkout Session: it starts with cs_test_ or cs_live_)." + sessionHint + " session_id is not a parameter. Did you mean session?"},
		{"in body", `{"session":"cs_1","expand":["customer"]}`, "parameter_unknown", "expand", "% belongs in body."},
		{"of stripe-go's Params", `{"session":"cs_1","body":{"metadata":{"a":"b"}}}`, "parameter_unknown", "metadata", "% is not a parameter. Parameters here: expand."},
	})
}

func TestRefusedMissing(t *testing.T) {
	testRefusals(t, Create, []refusal{
		{"nothing at all", ``, "parameter_missing", "body", "% is required."},
		{"null", `null`, "parameter_missing", "body", "% is required."},
		{"no body", `{}`, "parameter_missing", "body", "% is required."},
		{"currency", item(`"quantity":1,"price_data":{"unit_amount":1000}`), "parameter_missing", "line_items[0][price_data][currency]", "% is required (Three-letter ISO currency code, in lowercase)."},
		{"amount", body(`"shipping_options":[{"shipping_rate_data":{"display_name":"Air","fixed_amount":{"currency":"usd"}}}]`), "parameter_missing", "shipping_options[0][shipping_rate_data][fixed_amount][amount]", "% is required (A non-negative integer in cents representing how much to charge)." + amountHint},
		{"in an empty object", body(`"automatic_tax":{}`), "parameter_missing", "automatic_tax[enabled]", "% is required (Set to `true` to calculate tax automatically using the customer's location)."},
	})
	testRefusals(t, Retrieve, []refusal{
		{"session", `{}`, "parameter_missing", "session", "% is required (Id of the Checkout Session: it starts with cs_test_ or cs_live_)." + sessionHint},
		{"session is empty", `{"session":""}`, "parameter_invalid_empty", "session", "% is empty; set a value or leave it out." + sessionHint},
	})
	testRefusals(t, List, []refusal{
		{"email", `{"customer_details":{}}`, "parameter_missing", "customer_details[email]", "% is required (Customer's email address)."},
	})
}

func TestRefusedTypes(t *testing.T) {
	testRefusals(t, Create, []refusal{
		{"body as text", `{"body":"{}"}`, "", "body", "% must be an object, without quotes around it; got \"{}\"."},
		{"body as array", `{"body":[]}`, "", "body", "% must be an object; got an array."},
		{"null for a required argument", `{"body":null}`, "parameter_missing", "body", "% is required."},
		{"null in an array", body(`"line_items":[null]`), "parameter_invalid_empty", "line_items[0]", "% is null; use an object or leave it out."},
		{"number for text", body(`"success_url":5`), "", "success_url", "% must be a string; got 5."},
		{"number for a metadata value", body(`"metadata":{"order":6735}`), "", "metadata[order]", "% must be a string; got 6735."},
		{"text for an array", body(`"payment_method_types":"card"`), "", "payment_method_types", "% must be an array; got \"card\"."},
		{"array as text", body(`"payment_method_types":"[\"card\"]"`), "", "payment_method_types", `% must be an array, without quotes around it; got "[\"card\"]".`},
		{"object for an array", body(`"line_items":{"price":"price_1"}`), "", "line_items", "% must be an array; got an object."},
		{"text for an object", body(`"metadata":"order"`), "", "metadata", "% must be an object; got \"order\"."},
		{"text for a boolean", body(`"allow_promotion_codes":"true"`), "", "allow_promotion_codes", "% must be a boolean, without quotes around it; got \"true\"."},
		{"number for a boolean", body(`"allow_promotion_codes":1`), "", "allow_promotion_codes", "% must be a boolean; got 1."},
		{"text for an integer", item(`"price":"price_1","quantity":"2"`), "parameter_invalid_integer", "line_items[0][quantity]", "% must be an integer, without quotes around it; got \"2\"."},
		{"fraction for an integer", item(`"price":"price_1","quantity":1.5`), "parameter_invalid_integer", "line_items[0][quantity]", "% must be an integer; got 1.5."},
		{"amount with decimals, as text", item(`"price_data":{"currency":"usd","unit_amount":"10.00"}`), "parameter_invalid_integer", "line_items[0][price_data][unit_amount]", "% must be an integer, without quotes around it; got \"10.00\"." + amountHint},
		{"amount with decimals", item(`"price_data":{"currency":"usd","unit_amount":10.5}`), "parameter_invalid_integer", "line_items[0][price_data][unit_amount]", "% must be an integer; got 10.5." + amountHint},
		{"amount with a currency sign", item(`"price_data":{"currency":"usd","unit_amount":"$10"}`), "parameter_invalid_integer", "line_items[0][price_data][unit_amount]", "% must be an integer; got \"$10\"." + amountHint},
		{"decimal as a number", item(`"price_data":{"currency":"usd","unit_amount_decimal":10.5}`), "", "line_items[0][price_data][unit_amount_decimal]", "% must be a string; got 10.5." + decimalHint},
		{"date in expires_at", body(`"expires_at":"2026-12-31"`), "parameter_invalid_integer", "expires_at", "% must be an integer; got \"2026-12-31\". Use Unix seconds: 2026-12-31 (UTC) is 1798675200."},
		{"date-time in expires_at", body(`"expires_at":"2026-12-31T10:00:00+02:00"`), "parameter_invalid_integer", "expires_at", "% must be an integer; got \"2026-12-31T10:00:00+02:00\". Use Unix seconds: 2026-12-31T10:00:00+02:00 (UTC) is 1798704000."},
		{"date and time in trial_end", body(`"subscription_data":{"trial_end":"2026-12-31 10:00:00"}`), "parameter_invalid_integer", "subscription_data[trial_end]", "% must be an integer; got \"2026-12-31 10:00:00\". Use Unix seconds: 2026-12-31 10:00:00 (UTC) is 1798711200."},
		{"words in expires_at", body(`"expires_at":"tomorrow"`), "parameter_invalid_integer", "expires_at", "% must be an integer; got \"tomorrow\"." + secondsHint},
		{"long text", body(`"expires_at":"` + strings.Repeat("x", 1000) + `"`), "parameter_invalid_integer", "expires_at", "% must be an integer; got a string of 1000 characters." + secondsHint},
	})
	testRefusals(t, List, []refusal{
		{"text for an integer", `{"limit":"10"}`, "parameter_invalid_integer", "limit", "% must be an integer, without quotes around it; got \"10\"."},
		{"text for an array", `{"fields":"id"}`, "", "fields", "% must be an array; got \"id\"."},
	})
	testRefusals(t, LineItems, []refusal{
		{"number for an id", `{"session":5}`, "", "session", "% must be a string; got 5." + sessionHint},
	})
}

func TestRefusedValues(t *testing.T) {
	const countryHint = "% must be a country code: ISO 3166-1 alpha-2, or AC, TA, XK, ZZ; not AS CC CU CX FM HM IR KP MH MP NF PW SY UM VI; got "
	shipTo := func(country string) string {
		return body(`"shipping_address_collection":{"allowed_countries":["US",` + country + `]}`)
	}
	fixedAmount := func(options string) string {
		return body(`"shipping_options":[{"shipping_rate_data":{"display_name":"Air","fixed_amount":{"amount":500,"currency":"usd","currency_options":` + options + `}}}]`)
	}
	testRefusals(t, Create, []refusal{
		{"enumeration", body(`"mode":"pay"`), "", "mode", "% must be one of payment, setup, subscription; got \"pay\"."},
		{"enumeration, empty", body(`"mode":""`), "", "mode", "% must be one of payment, setup, subscription; got \"\"."},
		{"enumeration with one value", body(`"payment_method_options":{"affirm":{"setup_future_usage":"on_session"}}`), "", "payment_method_options[affirm][setup_future_usage]", "% must be none; got \"on_session\"."},
		{"enumeration with an empty value", body(`"payment_method_options":{"paypal":{"capture_method":"auto"}}`), "", "payment_method_options[paypal][capture_method]", "% must be one of \"\", manual; got \"auto\"."},
		{"long enumeration", body(`"payment_method_types":["card","cards"]`), "", "payment_method_types[1]",
			"% must be one of acss_debit, affirm, afterpay_clearpay, alipay, alma, amazon_pay, au_becs_debit, bacs_debit, bancontact, billie, blik, boleto, card, cashapp, crypto, customer_balance, eps, fpx, giropay, grabpay, ideal, kakao_pay, klarna, konbini, kr_card, link, mobilepay, multibanco, naver_pay, nz_bank_account, oxxo, p24, pay_by_bank, payco, paynow, paypal, pix, promptpay, revolut_pay, samsung_pay, satispay, sepa_debit, sofort, swish, twint, us_bank_account, wechat_pay, zip; got \"cards\"."},
		{"three-letter country", shipTo(`"USA"`), "", "shipping_address_collection[allowed_countries][1]", countryHint + `"USA".`},
		{"country by name", shipTo(`"Germany"`), "", "shipping_address_collection[allowed_countries][1]", countryHint + `"Germany".`},
		{"country Stripe doesn't ship to", shipTo(`"CU"`), "", "shipping_address_collection[allowed_countries][1]", countryHint + `"CU".`},
		{"country in lowercase", shipTo(`"us"`), "", "shipping_address_collection[allowed_countries][1]", "% must be US; got \"us\"."},

		{"empty text", body(`"success_url":""`), "parameter_invalid_empty", "success_url", "% is empty; set a value or leave it out."},
		{"empty text in an array", body(`"expand":[""]`), "parameter_invalid_empty", "expand[0]", "% is empty; set a value or leave it out."},
		{"empty text in an array that may be empty", body(`"invoice_creation":{"enabled":true,"invoice_data":{"account_tax_ids":[""]}}`), "parameter_invalid_empty", "invoice_creation[invoice_data][account_tax_ids][0]", "% is empty; set a value or leave it out."},
		{"empty array", body(`"line_items":[]`), "parameter_invalid_empty", "line_items", "% must have at least 1 item; for none, leave it out."},
		{"empty object", body(`"line_items":[{}]`), "parameter_invalid_empty", "line_items[0]", "% is an empty object, which means nothing to Stripe; leave it out, or set one of adjustable_quantity, dynamic_tax_rates, price, price_data, quantity, tax_rates."},
		{"empty map", body(`"metadata":{}`), "parameter_invalid_empty", "metadata", "% is empty, which means nothing to Stripe; leave it out."},
		{"an object without parameters", body(`"payment_method_options":{"pay_by_bank":{}}`), "parameter_invalid_empty", "payment_method_options[pay_by_bank]", "% is empty, which means nothing to Stripe; leave it out."},
		{"empty idempotency key", `{"body":{"mode":"setup"},"idempotency_key":""}`, "parameter_invalid_empty", "idempotency_key", "% is empty; set a value or leave it out."},

		{"text too long", body(`"client_reference_id":"` + strings.Repeat("é", 201) + `"`), "", "client_reference_id", "% must have at most 200 characters; it has 201."},
		{"metadata value too long", body(`"metadata":{"order":"` + strings.Repeat("x", 501) + `"}`), "", "metadata[order]", "% must have at most 500 characters; it has 501."},
		{"idempotency key too long", `{"body":{"mode":"setup"},"idempotency_key":"` + strings.Repeat("x", 256) + `"}`, "", "idempotency_key", "% must have at most 255 characters; it has 256."},
		{"too many items", body(`"custom_fields":[` + strings.Repeat(`{"key":"k","label":{"type":"custom","custom":"l"},"type":"text"},`, 3) + `{"key":"k","label":{"type":"custom","custom":"l"},"type":"text"}]`), "", "custom_fields", "% must have at most 3 items; it has 4."},
		{"too many keys", body(`"metadata":{` + metadataKeys(51) + `}`), "", "metadata", "% must have at most 50 keys; it has 51."},

		{"negative amount", item(`"price_data":{"currency":"usd","unit_amount":-1}`), "", "line_items[0][price_data][unit_amount]", "% must be at least 0; got -1." + amountHint},
		{"more than an int64", item(`"price":"price_1","quantity":9223372036854775808`), "", "line_items[0][quantity]", "% must be at most 9223372036854775807; got 9223372036854775808."},
		{"far more than an int64", item(`"price":"price_1","quantity":1e30`), "", "line_items[0][quantity]", "% must be at most 9223372036854775807; got 1000000000000000000000000000000."},
		{"less than an int64", item(`"price":"price_1","adjustable_quantity":{"enabled":true,"minimum":-9223372036854775809}`), "", "line_items[0][adjustable_quantity][minimum]", "% must be at least -9223372036854775808; got -9223372036854775809."},
		{"huge exponent", item(`"price":"price_1","quantity":1e999999999`), "", "line_items[0][quantity]", "% is too long: a number can have at most 40 digits."},
		{"huge negative exponent", item(`"price":"price_1","quantity":1E-999999999`), "", "line_items[0][quantity]", "% is too long: a number can have at most 40 digits."},
		{"exponent beyond any integer", item(`"price":"price_1","quantity":1e99999999999999999999999`), "", "line_items[0][quantity]", "% is too long: a number can have at most 40 digits."},
		{"many digits", item(`"price":"price_1","quantity":` + strings.Repeat("9", 1000) + ``), "", "line_items[0][quantity]", "% is too long: a number can have at most 40 digits."},
		{"huge exponent where no number belongs", body(`"metadata":{"order":1e999999999}`), "", "metadata[order]", "% is too long: a number can have at most 40 digits."},
		{"no days of trial", body(`"subscription_data":{"trial_period_days":0}`), "", "subscription_data[trial_period_days]", "% must be at least 1; got 0."},
		{"milliseconds", body(`"expires_at":1767225600000`), "", "expires_at", "% must be between 1 and 99999999999; got 1767225600000." + secondsHint},
		{"more than 100 percent", body(`"subscription_data":{"application_fee_percent":100.01}`), "", "subscription_data[application_fee_percent]", "% must be between 0 and 100; got 100.01."},
		{"a percentage with three decimals", body(`"subscription_data":{"application_fee_percent":10.555}`), "", "subscription_data[application_fee_percent]", "% must have at most two decimal places; got 10.555."},
		{"decimals beyond Stripe's", item(`"price_data":{"currency":"usd","unit_amount_decimal":"0.1234567890123"}`), "", "line_items[0][price_data][unit_amount_decimal]", `% must match ^\d{1,12}(\.\d{1,12})?$; got "0.1234567890123".` + decimalHint},
		{"decimals beyond a float64", item(`"price_data":{"currency":"usd","unit_amount_decimal":"123456789012.123456789012"}`), "", "line_items[0][price_data][unit_amount_decimal]", `% can't be sent to Stripe as "123456789012.123456789012": only about 15 digits of a number are kept.`},
		{"negative decimal", item(`"price_data":{"currency":"usd","unit_amount_decimal":"-1"}`), "", "line_items[0][price_data][unit_amount_decimal]", `% must match ^\d{1,12}(\.\d{1,12})?$; got "-1".` + decimalHint},
		{"decimal with a line break", item(`"price_data":{"currency":"usd","unit_amount_decimal":"1\n"}`), "", "line_items[0][price_data][unit_amount_decimal]", `% must match ^\d{1,12}(\.\d{1,12})?$; got "1\n".` + decimalHint},

		{"metadata key with brackets", body(`"metadata":{"order[id]":"6735"}`), "", "metadata", `% has the key "order[id]"; keys have 1 to 40 characters and no square brackets.`},
		{"empty metadata key", body(`"metadata":{"":"6735"}`), "", "metadata", `% has the key ""; keys have 1 to 40 characters and no square brackets.`},
		{"long metadata key", body(`"metadata":{"` + strings.Repeat("k", 41) + `":"6735"}`), "", "metadata", `% has the key "` + strings.Repeat("k", 41) + `"; keys have 1 to 40 characters and no square brackets.`},
		{"metadata key in an item", item(`"price_data":{"currency":"usd","product_data":{"name":"Mug","metadata":{"a]":"b"}}}`), "", "line_items[0][price_data][product_data][metadata]", `% has the key "a]"; keys have 1 to 40 characters and no square brackets.`},
		{"form key in a currency", fixedAmount(`{"usd][x":{"amount":1}}`), "", "shipping_options[0][shipping_rate_data][fixed_amount][currency_options]", `% has the key "usd][x"; keys are three-letter ISO currency codes in lowercase, such as eur.`},
		{"currency in capitals", fixedAmount(`{"EUR":{"amount":1}}`), "", "shipping_options[0][shipping_rate_data][fixed_amount][currency_options]", `% has the key "EUR"; keys are three-letter ISO currency codes in lowercase, such as eur.`},
	})
	testRefusals(t, List, []refusal{
		{"limit too high", `{"limit":500}`, "", "limit", "% must be between 1 and 100; got 500."},
		{"limit zero", `{"limit":0}`, "", "limit", "% must be between 1 and 100; got 0."},
		{"status", `{"status":"paid"}`, "", "status", "% must be one of complete, expired, open; got \"paid\"."},
		{"no fields", `{"fields":[]}`, "parameter_invalid_empty", "fields", "% must have at least 1 item; for none, leave it out."},
		{"empty field", `{"fields":["id",""]}`, "parameter_invalid_empty", "fields[1]", "% is empty; set a value or leave it out."},
	})
	testRefusals(t, Expire, []refusal{
		{"long session id", `{"session":"cs_` + strings.Repeat("x", 300) + `"}`, "", "session", "% must have at most 255 characters; it has 303." + sessionHint},
	})
}

func TestRefusedText(t *testing.T) {
	testRefusals(t, Create, []refusal{
		{"array", `[]`, "", "", "The arguments must be a JSON object; got an array."},
		{"array of arguments", `[{"body":{}}]`, "", "", "The arguments must be a JSON object; got an array."},
		{"text", `"{}"`, "", "", `The arguments must be a JSON object; got "{}".`},
		{"number", `5`, "", "", "The arguments must be a JSON object; got 5."},
		{"boolean", `true`, "", "", "The arguments must be a JSON object; got true."},
		{"more after it", `{"body":{}} {}`, "", "", "The arguments must be a single JSON object, but more text follows it."},
		{"words after it", `{"body":{}} done`, "", "", "The arguments must be a single JSON object, but more text follows it."},
		{"a brace after it", `{"body":{}}}`, "", "", "The arguments must be a single JSON object, but more text follows it."},
		{"cut off", `{"body":{"mode":"payment"`, "", "", "The arguments are not valid JSON: unexpected EOF."},
		{"cut off in a string", `{"body":{"mode":"pay`, "", "", "The arguments are not valid JSON: unexpected EOF."},
		{"cut off after a name", `{"body":{"mode"`, "", "", "The arguments are not valid JSON: unexpected EOF."},
		{"an extra comma", `{"body":{},}`, "", "", "The arguments are not valid JSON: invalid character '}' looking for beginning of object key string."},
		{"single quotes", `{'body':{}}`, "", "", `The arguments are not valid JSON: invalid character '\''.`},
		{"not UTF-8", "{\"body\":{\"metadata\":{\"name\":\"caf\xe9\"}}}", "", "", "The arguments are not valid JSON: they are not UTF-8 text."},
		{"deep", `{"body":` + strings.Repeat(`[`, 100_000) + strings.Repeat(`]`, 100_000) + `}`, "", "", "The arguments are nested more than 32 levels deep, which no parameter needs."},
		{"deep and endless", strings.Repeat(`{"body":`, 100_000), "", "", "The arguments are nested more than 32 levels deep, which no parameter needs."},
	})
}

func TestSeveralMistakesAtOnce(t *testing.T) {
	testRefusals(t, Create, []refusal{
		{
			"one in each place, in the order of their paths",
			body(`"ui_mode":"inline","mode":"pay","line_items":[{"price":"price_1","quantity":"1"},{"prise":"price_2"}]`),
			"parameter_invalid_integer", "line_items[0][quantity]",
			"% must be an integer, without quotes around it; got \"1\". " +
				"line_items[1][prise] is not a parameter. Did you mean line_items[1][price]? " +
				"mode must be one of payment, setup, subscription; got \"pay\". " +
				"ui_mode must be one of custom, embedded, hosted; got \"inline\".",
		},
		{
			"no more than five",
			body(`"cancel_url":1,"currency":1,"customer":1,"locale":1,"mode":1,"success_url":1,"ui_mode":1`),
			"", "cancel_url",
			"% must be a string; got 1. currency must be a string; got 1. customer must be a string; got 1. locale must be a string; got 1. mode must be a string; got 1. And 2 more.",
		},
	})
}

// The same mistakes are described in the same words, whatever the order of Go's maps.
func TestRefusalsAreStable(t *testing.T) {
	args := json.RawMessage(body(`"foo":1,"bar":2,"mode":"x","metadata":{"a[":"1","b]":2,"c":3},"line_items":[{},{"quantity":"x","prise":1}],` +
		`"shipping_options":[{"shipping_rate_data":{"display_name":"","fixed_amount":{"amount":-1,"currency":"usd","currency_options":{"EUR":{"amount":1},"GBP":{"amount":1}}}}}]`))
	var first string
	for i := range 20 {
		_, err := Create.Decode(args)
		if err == nil {
			t.Fatal("accepted")
		}
		if i == 0 {
			first = err.Error()
		}
		if err.Error() != first {
			t.Fatalf("%s\nand then\n%s", first, err)
		}
	}
}

// An agent may paste a key where it doesn't belong: no error repeats it.
func TestErrorsKeepSecrets(t *testing.T) {
	secrets := []string{
		"sk_test_51AbCdEf", "sk_live_51AbCdEf", "rk_live_51AbCdEf", "pk_test_51AbCdEf", "whsec_AbCdEf", "ek_test_AbCdEf", "sk_51AbCdEf",
		"cs_test_a1b2_secret_AbCdEf", "pi_3Abc_secret_AbCdEf",
	}
	places := []string{
		`%`,
		`"%"`,
		`{"body":"%"}`,
		`{"%":1}`,
		`{"body":{"%":1}}`,
		`{"body":{"%":1,"%":2}}`,
		`{"body":{"mode":"%"}}`,
		`{"body":{"mode":" %"}}`,
		`{"body":{"mode":"Bearer %"}}`,
		`{"body":{"mode":"key_%"}}`,
		`{"body":{"expires_at":"%"}}`,
		`{"body":{"expires_at":["%"]}}`,
		`{"body":{"success_url":["%"]}}`,
		`{"body":{"allow_promotion_codes":"%"}}`,
		`{"body":{"shipping_address_collection":{"allowed_countries":["%"]}}}`,
		`{"body":{"metadata":{"%[":"x"}}}`,
		`{"body":{"metadata":{"%":1}}}`,
		`{"body":{"metadata":{"%":null}}}`,
		`{"body":{"line_items":[{"price_data":{"currency":"usd","unit_amount_decimal":"%"}}]}}`,
		`{"body":{"line_items[%]":1}}`,
		`{"body":{"line_items":[{"%":{"x":1,"x":2}}]}}`,
		`{"body":{},"idempotency_key":["%"]}`,
		`{"body":{} "%"`,
	}
	for _, secret := range secrets {
		for _, place := range places {
			_, err := Create.Decode(json.RawMessage(strings.ReplaceAll(place, "%", secret)))
			var refused *Error
			if !errors.As(err, &refused) {
				t.Fatalf("%s: got %v, want an *Error", place, err)
			}
			for _, text := range []string{refused.Code, refused.Param, refused.Message} {
				if strings.Contains(text, "AbCdEf") {
					t.Errorf("%s: %q tells %q", place, text, secret)
				}
			}
		}
		for _, created := range []string{`"%"`, `{"gte":"%"}`, `["%"]`, `{"%":1}`} {
			_, err := List.Decode(json.RawMessage(strings.ReplaceAll(`{"created":`+created+`}`, "%", secret)))
			if err == nil || strings.Contains(err.Error(), "AbCdEf") {
				t.Errorf("created %s: got %v", created, err)
			}
		}
		if _, err := Pick([]byte(`{"object":"checkout.session"}`), []string{secret}, false); err == nil || strings.Contains(err.Error(), "AbCdEf") {
			t.Errorf("fields: got %v", err)
		}
	}
}

// What looks odd and is right.
func TestAccepted(t *testing.T) {
	tests := []struct{ name, args, want string }{
		{"empty body", `{"body":{}}`, ""},
		{"blanks around", " \n{\"body\":{\"mode\":\"setup\"}}\t\n", "mode=setup"},
		{"whole number with a fraction of zero", item(`"price":"price_1","quantity":1000.0`), "line_items[0][price]=price_1\nline_items[0][quantity]=1000"},
		{"whole number with an exponent", item(`"price":"price_1","quantity":1e3`), "line_items[0][price]=price_1\nline_items[0][quantity]=1000"},
		{"negative zero", item(`"price":"price_1","quantity":-0`), "line_items[0][price]=price_1\nline_items[0][quantity]=0"},
		{"largest int64", item(`"price":"price_1","quantity":9223372036854775807`), "line_items[0][price]=price_1\nline_items[0][quantity]=9223372036854775807"},
		{"beyond a float64's integers", item(`"price":"price_1","quantity":9007199254740993`), "line_items[0][price]=price_1\nline_items[0][quantity]=9007199254740993"},
		{"fifteen digits", item(`"price_data":{"currency":"usd","unit_amount_decimal":"123456789.123456"}`), "line_items[0][price_data][currency]=usd\nline_items[0][price_data][unit_amount_decimal]=123456789.123456"},
		{"twelve decimals", item(`"price_data":{"currency":"usd","unit_amount_decimal":"0.000000000001"}`), "line_items[0][price_data][currency]=usd\nline_items[0][price_data][unit_amount_decimal]=0.000000000001"},
		{"percentage with an exponent", body(`"subscription_data":{"application_fee_percent":1.25e1}`), "subscription_data[application_fee_percent]=12.5000"},
		{"what a form would read otherwise", body(`"metadata":{"a&b=c":"d&e=f+g %20"}`), "metadata[a&b=c]=d&e=f+g %20"},
		{"escapes", body(`"metadata":{"na\u006de":"\u00e9\ud83d\ude00\n"}`), "metadata[name]=é😀\n"},
		{"text that looks like a number", body(`"metadata":{"order":"1e3"}`), "metadata[order]=1e3"},
		{"text that looks like nothing", body(`"metadata":{"order":"null"}`), "metadata[order]=null"},
		{"fifty keys", body(`"metadata":{` + metadataKeys(50) + `}`), strings.Join(fiftyKeys(), "\n")},
		{"longest text", body(`"client_reference_id":"` + strings.Repeat("é", 200) + `"`), "client_reference_id=" + strings.Repeat("é", 200)},
		{"country with few words for it", body(`"shipping_address_collection":{"allowed_countries":["XK","MF","SD"]}`), "shipping_address_collection[allowed_countries][0]=XK\nshipping_address_collection[allowed_countries][1]=MF\nshipping_address_collection[allowed_countries][2]=SD"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in, err := Create.Decode(json.RawMessage(tt.args))
			if err != nil {
				t.Fatal(err)
			}
			if got := lines(encode(in.Params)); got != tt.want {
				t.Errorf("sent\n%s\nwant\n%s", got, tt.want)
			}
		})
	}

	for _, args := range []string{``, `null`, ` null `, `{}`, `{"body":{}}`} {
		in, err := List.Decode(json.RawMessage(args))
		if err != nil {
			t.Errorf("list refuses %q: %v", args, err)
		} else if got := lines(encode(in.Params)); got != "" {
			t.Errorf("list sends %q for %q", got, args)
		}
	}
}

// A client in OpenAI's strict mode gives null for every optional argument that
// its model left out.
func TestNullIsLeftOut(t *testing.T) {
	for _, tt := range []struct{ name, args, want string }{
		{"a value", body(`"mode":"setup","customer":null`), "mode=setup"},
		{"in an array's object", item(`"price":"price_1","quantity":1,"price_data":null,"tax_rates":null`), "line_items[0][price]=price_1\nline_items[0][quantity]=1"},
		{"an object of nulls", body(`"mode":"setup","automatic_tax":{"enabled":null,"liability":{"account":null,"type":null}}`), "mode=setup"},
		{"in a map", body(`"metadata":{"order":"1","note":null}`), "metadata[order]=1"},
		{"beside body", `{"body":{"mode":"setup"},"idempotency_key":null}`, "mode=setup"},
		{"every optional argument", allNull(t, "mode", "setup"), "mode=setup"},
	} {
		in, err := Create.Decode(json.RawMessage(tt.args))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		} else if got := lines(encode(in.Params)); got != tt.want {
			t.Errorf("%s: sent\n%s\nwant\n%s", tt.name, got, tt.want)
		}
	}
}

// allNull gives one create parameter a value and null to all others.
func allNull(t *testing.T, name, value string) string {
	t.Helper()
	full, _ := Create.Schema().Properties.Get("body")
	args := map[string]any{}
	for p := full.Properties.Oldest(); p != nil; p = p.Next() {
		args[p.Key] = nil
	}
	args[name] = value
	return string(arguments(t, map[string]any{"body": args, "idempotency_key": nil}))
}

// Operations are shared by all calls of a server.
func TestDecodeInParallel(t *testing.T) {
	o := &Operation[stripe.CheckoutSessionCreateParams]{Name: "create", Write: true} // whose schema is yet to be made
	good, bad := json.RawMessage(oneOffPayment), json.RawMessage(body(`"mode":"pay","lineItems":[]`))
	_, err := Create.Decode(bad)
	want := err.Error()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 5 {
				if _, err := o.Decode(good); err != nil {
					t.Error(err)
				}
				if _, err := o.Decode(bad); err == nil || err.Error() != want {
					t.Errorf("got %v, want %s", err, want)
				}
				o.Advertised()
			}
		})
	}
	wg.Wait()
}

func metadataKeys(n int) string {
	var keys []string
	for i := range n {
		keys = append(keys, fmt.Sprintf(`"key%02d":"v"`, i))
	}
	return strings.Join(keys, ",")
}

func fiftyKeys() []string {
	var lines []string
	for i := range 50 {
		lines = append(lines, fmt.Sprintf("metadata[key%02d]=v", i))
	}
	return slices.Sorted(slices.Values(lines))
}
