package sandbox_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
)

const (
	item   = "line_items[0]"
	inline = item + "[price_data][currency]=usd&" + item + "[price_data][unit_amount]=2000&" + item + "[price_data][product_data][name]=Book&" + item + "[quantity]=1"
)

func many(n int, format string) string {
	forms := make([]string, n)
	for i := range forms {
		forms[i] = strings.ReplaceAll(format, "#", fmt.Sprint(i))
	}
	return strings.Join(forms, "&")
}

// What Stripe refuses in create, in Stripe's words; then what those words ask
// for, which must succeed.
func TestCreateRefuses(t *testing.T) {
	at := func(d time.Duration) string { return fmt.Sprint(newClock().Now().Add(d).Unix()) }
	for name, tt := range map[string]struct {
		form, code, param, message string
		fixed                      string
	}{
		// names and types
		"an unknown parameter": {
			payment + "&foo=1", "parameter_unknown", "foo", "Received unknown parameter: foo", payment,
		},
		"an unknown parameter before everything else": {
			"mode=nothing&line_items[0][price_data][colour]=red", "parameter_unknown", "line_items[0][price_data][colour]", "Received unknown parameter: line_items[0][price_data][colour]", payment,
		},
		"several unknown parameters": {
			payment + "&colour=red&metadata[k]=v&line_items[0][size]=S", "parameter_unknown", "line_items[0][size]", "Received unknown parameters: line_items[0][size], colour", payment + "&metadata[k]=v",
		},
		"a parameter of a newer API version": {
			payment + "&branding_settings[font_family]=inter", "parameter_unknown", "branding_settings", "Received unknown parameter: branding_settings", payment,
		},
		"a missing required parameter": {
			"mode=payment&" + success + "&" + item + "[price_data][unit_amount]=2000&" + item + "[price_data][product_data][name]=Book&" + item + "[quantity]=1",
			"parameter_missing", item + "[price_data][currency]", "Missing required param: line_items[0][price_data][currency].",
			"mode=payment&" + success + "&" + inline,
		},
		"a value outside an enumeration": {
			"mode=buy&" + tshirt + "&" + success, "", "mode", "Invalid mode: must be one of payment, setup, or subscription", payment,
		},
		"an enumeration in a list": {
			payment + "&payment_method_types[0]=cash", "", "payment_method_types[0]", "Invalid payment_method_types[0]: must be one of acss_debit, affirm", payment + "&payment_method_types[0]=affirm",
		},
		"a decimal for an integer": {
			"mode=payment&" + success + "&" + strings.Replace(inline, "=2000", "=20.00", 1), "parameter_invalid_integer", item + "[price_data][unit_amount]", "Invalid integer: 20.00",
			"mode=payment&" + success + "&" + inline,
		},
		"a date for a timestamp": {
			payment + "&expires_at=2026-01-01", "parameter_invalid_integer", "expires_at", "Invalid integer: 2026-01-01", payment + "&expires_at=" + at(time.Hour),
		},
		"an integer too large for 64 bits": {
			payment + "&expires_at=99999999999999999999", "parameter_invalid_integer", "expires_at", "Invalid integer: 99999999999999999999", payment,
		},
		"a word for a boolean": {
			payment + "&allow_promotion_codes=yes", "", "allow_promotion_codes", "Invalid boolean: yes", payment + "&allow_promotion_codes=true",
		},
		"an empty string": {
			payment + "&customer_email=", "parameter_invalid_empty", "customer_email", "You passed an empty string for 'customer_email'. We assume empty values are an attempt to unset a parameter; however 'customer_email' cannot be unset. You should remove 'customer_email' from your request or supply a non-empty value.", payment,
		},
		"an object for a string": {
			payment + "&customer_email[a]=b", "", "customer_email", `Invalid string: {"a":"b"}`, payment,
		},
		"a list for a string": {
			payment + "&locale[]=en", "", "locale", `Invalid string: ["en"]`, payment + "&locale=en",
		},
		"a string for an object": {
			payment + "&automatic_tax=true", "", "automatic_tax", "Invalid object", payment + "&automatic_tax[enabled]=true",
		},
		"a string for a list": {
			"mode=payment&" + success + "&line_items=" + sandbox.PriceTShirt, "", "line_items", "Invalid array", payment,
		},
		"a list of objects for metadata": {
			payment + "&metadata[]=x", "", "metadata", "Invalid object", payment + "&metadata[k]=x",
		},
		"a currency that does not exist": {
			"mode=payment&" + success + "&" + strings.Replace(inline, "=usd", "=xyz", 1), "", item + "[price_data][currency]", "Invalid currency: xyz. Stripe currently supports these currencies: usd, aed, afn",
			"mode=payment&" + success + "&" + inline,
		},
		"a string that is too long": {
			payment + "&client_reference_id=" + strings.Repeat("x", 201), "", "client_reference_id", "Invalid string: " + strings.Repeat("x", 100) + "...; must be at most 200 characters", payment + "&client_reference_id=" + strings.Repeat("x", 200),
		},
		"an invalid decimal": {
			"mode=payment&" + success + "&" + strings.Replace(inline, "unit_amount]=2000", "unit_amount_decimal]=1e3", 1), "", item + "[price_data][unit_amount_decimal]", "Invalid decimal: 1e3",
			"mode=payment&" + success + "&" + strings.Replace(inline, "unit_amount]=2000", "unit_amount_decimal]=1000.5", 1),
		},

		// modes
		"no mode": {
			tshirt + "&" + success, "parameter_missing", "mode", "Missing required param: mode.", payment,
		},
		"payment without line items": {
			"mode=payment&" + success, "parameter_missing", "line_items", "The `line_items` parameter is required in payment mode.", payment,
		},
		"subscription without line items": {
			"mode=subscription&" + success, "parameter_missing", "line_items", "The `line_items` parameter is required in subscription mode.", subscribe,
		},
		"setup with line items": {
			setup + "&" + tshirt, "", "line_items", "You can not pass `line_items` in `setup` mode.", setup,
		},
		"setup without a currency": {
			"mode=setup&" + success, "parameter_missing", "currency", "Missing required param: currency.", setup,
		},
		"a subscription without a recurring price": {
			"mode=subscription&" + tshirt + "&" + success, "", "line_items", "You must provide at least one recurring price in `subscription` mode when using prices.", subscribe,
		},
		"a payment with a recurring price": {
			strings.Replace(subscribe, "mode=subscription", "mode=payment", 1), "", item, "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time prices.", subscribe,
		},
		"subscription_data in a payment": {
			payment + "&subscription_data[trial_period_days]=7", "", "subscription_data", "You can not pass `subscription_data` in `payment` mode.", payment,
		},
		"payment_intent_data in a subscription": {
			subscribe + "&payment_intent_data[description]=x", "", "payment_intent_data", "You can not pass `payment_intent_data` in `subscription` mode.", subscribe,
		},
		"setup_intent_data in a payment": {
			payment + "&setup_intent_data[description]=x", "", "setup_intent_data", "You can not pass `setup_intent_data` in `payment` mode.", payment,
		},
		"submit_type subscribe in a payment": {
			payment + "&submit_type=subscribe", "", "submit_type", "You can not pass `submit_type: 'subscribe'` in `payment` mode.", payment + "&submit_type=donate",
		},

		// line items
		"a line item with neither price": {
			"mode=payment&" + success + "&line_items[0][quantity]=1", "", item, "You must provide one of `price` or `price_data` for each line item when using prices.", payment,
		},
		"a line item with both prices": {
			payment + "&" + inline, "", item + "[price]", "You may only specify one of these parameters: price, price_data.", payment,
		},
		"an unknown price": {
			strings.Replace(payment, sandbox.PriceTShirt, "price_x", 1), "resource_missing", item + "[price]", "No such price: 'price_x'", payment,
		},
		"an unknown product": {
			"mode=payment&" + success + "&" + strings.Replace(inline, "product_data][name]=Book", "product]=prod_x", 1), "resource_missing", item + "[price_data][product]", "No such product: 'prod_x'",
			"mode=payment&" + success + "&" + strings.Replace(inline, "product_data][name]=Book", "product]=prod_sandbox_mug", 1),
		},
		"price_data without a product": {
			"mode=payment&" + success + "&" + item + "[price_data][currency]=usd&" + item + "[price_data][unit_amount]=2000&" + item + "[quantity]=1", "", item + "[price_data]", "You must specify either `product` or `product_data` when creating a price.",
			"mode=payment&" + success + "&" + inline,
		},
		"price_data with two products": {
			"mode=payment&" + success + "&" + inline + "&" + item + "[price_data][product]=prod_sandbox_mug", "", item + "[price_data][product]", "You may only specify one of these parameters: product, product_data.",
			"mode=payment&" + success + "&" + inline,
		},
		"price_data without an amount": {
			"mode=payment&" + success + "&" + strings.Replace(inline, item+"[price_data][unit_amount]=2000&", "", 1), "parameter_missing", item + "[price_data][unit_amount]", "Missing required param: line_items[0][price_data][unit_amount].",
			"mode=payment&" + success + "&" + inline,
		},
		"price_data with two amounts": {
			"mode=payment&" + success + "&" + inline + "&" + item + "[price_data][unit_amount_decimal]=2000", "", item + "[price_data][unit_amount]", "You may only specify one of these parameters: unit_amount, unit_amount_decimal.",
			"mode=payment&" + success + "&" + inline,
		},
		"a negative amount": {
			"mode=payment&" + success + "&" + strings.Replace(inline, "=2000", "=-1", 1), "parameter_invalid_integer", item + "[price_data][unit_amount]", "This value must be greater than or equal to 0 (it currently is '-1').",
			"mode=payment&" + success + "&" + inline,
		},
		"a negative decimal amount": {
			"mode=payment&" + success + "&" + strings.Replace(inline, "unit_amount]=2000", "unit_amount_decimal]=-0.5", 1), "", item + "[price_data][unit_amount_decimal]", "This value must be greater than or equal to 0 (it currently is '-0.5').",
			"mode=payment&" + success + "&" + inline,
		},
		"no quantity": {
			strings.Replace(payment, "&"+item+"[quantity]=1", "", 1), "", item, "Quantity is required. Add `quantity` to `line_items[0]`", payment,
		},
		"a quantity of zero": {
			strings.Replace(payment, "[quantity]=1", "[quantity]=0", 1), "parameter_invalid_integer", item + "[quantity]", "This value must be greater than or equal to 1 (it currently is '0').", payment,
		},
		"a quantity for a metered price": {
			strings.Replace(subscribe, sandbox.PriceProMonthly, sandbox.PriceAPICalls, 1), "", item + "[quantity]", "You cannot specify a quantity for metered prices: remove `quantity` from `line_items[0]`.",
			"mode=subscription&" + success + "&" + item + "[price]=" + sandbox.PriceAPICalls,
		},
		"a quantity outside its adjustable bounds": {
			payment + "&" + item + "[adjustable_quantity][enabled]=true&" + item + "[adjustable_quantity][minimum]=2", "parameter_invalid_integer", item + "[quantity]", "This value must be greater than or equal to 2 (it currently is '1').",
			strings.Replace(payment, "[quantity]=1", "[quantity]=2", 1) + "&" + item + "[adjustable_quantity][enabled]=true&" + item + "[adjustable_quantity][minimum]=2",
		},
		"two currencies": {
			payment + "&line_items[1][price]=" + sandbox.PriceMug + "&line_items[1][quantity]=1", "", "line_items[1]", "The price specified only supports `eur`. This doesn't match the expected currency: `usd`.", payment,
		},
		"a session currency that the prices lack": {
			payment + "&currency=eur", "", item, "The price specified only supports `usd`. This doesn't match the expected currency: `eur`.", payment + "&currency=usd",
		},
		"two billing intervals": {
			subscribe + "&line_items[1][price]=" + sandbox.PriceProYearly + "&line_items[1][quantity]=1", "", "line_items", "Checkout does not support multiple prices with different billing intervals.", subscribe,
		},
		"an interval of length zero": {
			"mode=subscription&" + success + "&" + inline + "&" + item + "[price_data][recurring][interval]=month&" + item + "[price_data][recurring][interval_count]=0", "parameter_invalid_integer", item + "[price_data][recurring][interval_count]", "This value must be greater than or equal to 1 (it currently is '0').",
			"mode=subscription&" + success + "&" + inline + "&" + item + "[price_data][recurring][interval]=month&" + item + "[price_data][recurring][interval_count]=1",
		},
		"more than 100 line items": {
			"mode=payment&" + success + "&" + many(101, "line_items[#][price]="+sandbox.PriceTShirt+"&line_items[#][quantity]=1"), "", "line_items", "Array line_items exceeded maximum 100 allowed elements.",
			"mode=payment&" + success + "&" + many(100, "line_items[#][price]="+sandbox.PriceTShirt+"&line_items[#][quantity]=1"),
		},
		"more than 20 recurring line items": {
			"mode=subscription&" + success + "&" + many(21, "line_items[#][price]="+sandbox.PriceProMonthly+"&line_items[#][quantity]=1"), "", "line_items", "Array line_items exceeded maximum 20 allowed elements.",
			"mode=subscription&" + success + "&" + many(20, "line_items[#][price]="+sandbox.PriceProMonthly+"&line_items[#][quantity]=1"),
		},
		"a total that is too small": {
			"mode=payment&" + success + "&" + strings.Replace(inline, "=2000", "=49", 1), "amount_too_small", "", "The Checkout Session's total amount due must add up to at least $0.50 usd",
			"mode=payment&" + success + "&" + strings.Replace(inline, "=2000", "=50", 1),
		},
		"a total that is too large": {
			"mode=payment&" + success + "&" + strings.Replace(strings.Replace(inline, "=2000", "=99999999", 1), "[quantity]=1", "[quantity]=2", 1), "amount_too_large", "", "The Checkout Session's total amount due must be no more than $999999.99 usd",
			"mode=payment&" + success + "&" + strings.Replace(inline, "=2000", "=99999999", 1),
		},

		// URLs
		"hosted without success_url": {
			"mode=payment&" + tshirt, "parameter_missing", "success_url", "Missing required param: success_url.", payment,
		},
		"embedded with success_url": {
			payment + "&ui_mode=embedded", "", "success_url", "The following parameters are not supported with `ui_mode: embedded`: success_url.", "mode=payment&" + tshirt + "&ui_mode=embedded&return_url=https://example.com",
		},
		"custom with both URLs": {
			payment + "&ui_mode=custom&cancel_url=https://example.com", "", "cancel_url", "The following parameters are not supported with `ui_mode: custom`: cancel_url, success_url.", "mode=payment&" + tshirt + "&ui_mode=custom",
		},
		"hosted with return_url": {
			payment + "&return_url=https://example.com", "", "return_url", "The following parameters are not supported with `ui_mode: hosted`: return_url.", payment,
		},
		"embedded without return_url": {
			"mode=payment&" + tshirt + "&ui_mode=embedded", "parameter_missing", "return_url", "Missing required param: return_url.", "mode=payment&" + tshirt + "&ui_mode=embedded&return_url=https://example.com",
		},
		"return_url without a redirect": {
			"mode=payment&" + tshirt + "&ui_mode=embedded&redirect_on_completion=never&return_url=https://example.com", "", "return_url", "You can not pass `return_url` when `redirect_on_completion` is `never`.", "mode=payment&" + tshirt + "&ui_mode=embedded&redirect_on_completion=never",
		},
		"a URL without a scheme": {
			"mode=payment&" + tshirt + "&success_url=example.com/success", "url_invalid", "success_url", "Invalid URL: An explicit scheme (such as https) must be provided.", payment,
		},
		"a URL without a host": {
			"mode=payment&" + tshirt + "&success_url=https://", "url_invalid", "success_url", "Not a valid URL", payment,
		},

		// customer
		"two ways to name the customer": {
			payment + "&customer=" + sandbox.CustomerAda + "&customer_email=ada@example.com", "", "customer", "You may only specify one of these parameters: customer, customer_email.", payment + "&customer=" + sandbox.CustomerAda,
		},
		"an unknown customer": {
			payment + "&customer=cus_x", "resource_missing", "customer", "No such customer: 'cus_x'", payment,
		},
		"a known customer to create": {
			payment + "&customer=" + sandbox.CustomerAda + "&customer_creation=always", "", "customer", "You may only specify one of these parameters: customer, customer_creation.", payment + "&customer_creation=always",
		},
		"customer_update without a customer": {
			payment + "&customer_update[address]=auto", "", "customer_update", "`customer_update` can only be used with `customer`.", payment + "&customer_update[address]=auto&customer=" + sandbox.CustomerAda,
		},
		"an invalid email address": {
			payment + "&customer_email=ada", "email_invalid", "customer_email", "Invalid email address: ada", payment + "&customer_email=ada@example.com",
		},

		// discounts
		"promotion codes and a discount": {
			payment + "&allow_promotion_codes=false&discounts[0][coupon]=" + sandbox.CouponTenPercent, "", "allow_promotion_codes", "You may only specify one of these parameters: allow_promotion_codes, discounts.", payment + "&discounts[0][coupon]=" + sandbox.CouponTenPercent,
		},
		"two discounts": {
			payment + "&discounts[0][coupon]=" + sandbox.CouponTenPercent + "&discounts[1][coupon]=" + sandbox.CouponTenPercent, "", "discounts", "Array discounts exceeded maximum 1 allowed elements.", payment + "&discounts[0][coupon]=" + sandbox.CouponTenPercent,
		},
		"an unknown coupon": {
			payment + "&discounts[0][coupon]=x", "resource_missing", "discounts[0][coupon]", "No such coupon: 'x'", payment,
		},
		"an unknown promotion code": {
			payment + "&discounts[0][promotion_code]=x", "resource_missing", "discounts[0][promotion_code]", "No such promotion code: 'x'", payment + "&discounts[0][promotion_code]=" + sandbox.PromotionCodeTenPercent,
		},

		// time
		"expiring too soon": {
			payment + "&expires_at=" + at(29*time.Minute), "", "expires_at", "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.", payment + "&expires_at=" + at(30*time.Minute),
		},
		"expiring too late": {
			payment + "&expires_at=" + at(24*time.Hour+time.Second), "", "expires_at", "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.", payment + "&expires_at=" + at(24*time.Hour),
		},
		"a trial that ends too soon": {
			subscribe + "&subscription_data[trial_end]=" + at(47*time.Hour), "", "subscription_data[trial_end]", "The `trial_end` date has to be at least 2 days in the future.", subscribe + "&subscription_data[trial_end]=" + at(48*time.Hour),
		},
		"two ends for a trial": {
			subscribe + "&subscription_data[trial_period_days]=7&subscription_data[trial_end]=" + at(48*time.Hour), "", "subscription_data[trial_end]", "You may only specify one of these parameters: trial_end, trial_period_days.", subscribe + "&subscription_data[trial_period_days]=7",
		},
		"a trial of zero days": {
			subscribe + "&subscription_data[trial_period_days]=0", "parameter_invalid_integer", "subscription_data[trial_period_days]", "This value must be greater than or equal to 1 (it currently is '0').", subscribe + "&subscription_data[trial_period_days]=1",
		},

		// metadata
		"too many metadata keys": {
			payment + "&" + many(51, "metadata[k#]=v"), "", "metadata", "Metadata can have up to 50 keys, but you've set 51.", payment + "&" + many(50, "metadata[k#]=v"),
		},
		"a long metadata key": {
			payment + "&metadata[" + strings.Repeat("k", 41) + "]=v", "", "metadata", "Metadata keys can have up to 40 characters, but you passed in a key that is 41 characters. Invalid key: " + strings.Repeat("k", 41), payment + "&metadata[" + strings.Repeat("k", 40) + "]=v",
		},
		"a long metadata value": {
			payment + "&metadata[k]=" + strings.Repeat("ü", 501), "", "metadata[k]", "Metadata values can have up to 500 characters, but you passed in a value that is 501 characters. Invalid value: " + strings.Repeat("ü", 100) + "...", payment + "&metadata[k]=" + strings.Repeat("ü", 500),
		},
		"metadata of a payment": {
			payment + "&payment_intent_data[metadata][k]=" + strings.Repeat("v", 501), "", "payment_intent_data[metadata][k]", "Metadata values can have up to 500 characters", payment + "&payment_intent_data[metadata][k]=v",
		},

		// the rest
		"four custom fields": {
			payment + "&" + many(4, "custom_fields[#][key]=k#&custom_fields[#][type]=text&custom_fields[#][label][type]=custom&custom_fields[#][label][custom]=L"), "", "custom_fields", "Array custom_fields exceeded maximum 3 allowed elements.",
			payment + "&" + many(3, "custom_fields[#][key]=k#&custom_fields[#][type]=text&custom_fields[#][label][type]=custom&custom_fields[#][label][custom]=L"),
		},
		"a dropdown without options": {
			payment + "&custom_fields[0][key]=size&custom_fields[0][type]=dropdown&custom_fields[0][label][type]=custom&custom_fields[0][label][custom]=Size", "parameter_missing", "custom_fields[0][dropdown]", "Missing required param: custom_fields[0][dropdown].",
			payment + "&custom_fields[0][key]=size&custom_fields[0][type]=dropdown&custom_fields[0][label][type]=custom&custom_fields[0][label][custom]=Size&custom_fields[0][dropdown][options][0][label]=S&custom_fields[0][dropdown][options][0][value]=s",
		},
		"shipping in another currency": {
			payment + "&shipping_options[0][shipping_rate_data][display_name]=Post&shipping_options[0][shipping_rate_data][type]=fixed_amount&shipping_options[0][shipping_rate_data][fixed_amount][amount]=500&shipping_options[0][shipping_rate_data][fixed_amount][currency]=eur", "", "shipping_options[0][shipping_rate_data]", "The shipping rate specified only supports `eur`. This doesn't match the expected currency: `usd`.",
			payment + "&shipping_options[0][shipping_rate]=" + sandbox.ShippingRateStandard,
		},
		"an unknown shipping rate": {
			payment + "&shipping_options[0][shipping_rate]=shr_x", "resource_missing", "shipping_options[0][shipping_rate]", "No such shipping rate: 'shr_x'", payment,
		},
		"an unknown tax rate for a subscription": {
			"mode=subscription&success_url=https://example.com&line_items[0][quantity]=1&line_items[0][price]=" + sandbox.PriceProMonthly + "&subscription_data[default_tax_rates][0]=txr_x", "resource_missing", "subscription_data[default_tax_rates][0]", "No such tax rate: 'txr_x'",
			"mode=subscription&success_url=https://example.com&line_items[0][quantity]=1&line_items[0][price]=" + sandbox.PriceProMonthly,
		},
		"an unknown tax rate": {
			payment + "&" + item + "[tax_rates][0]=txr_x", "resource_missing", item + "[tax_rates][0]", "No such tax rate: 'txr_x'", payment,
		},
		"an unknown payment method configuration": {
			payment + "&payment_method_configuration=pmc_x", "resource_missing", "payment_method_configuration", "No such payment_method_configuration: 'pmc_x'", payment + "&payment_method_configuration=" + sandbox.PaymentConfiguration,
		},
		"a bank transfer from elsewhere": {
			payment + "&payment_method_options[customer_balance][bank_transfer][type]=eu_bank_transfer&payment_method_options[customer_balance][bank_transfer][eu_bank_transfer][country]=US", "", "payment_method_options[customer_balance][bank_transfer][eu_bank_transfer][country]", "Invalid payment_method_options[customer_balance][bank_transfer][eu_bank_transfer][country]: must be one of BE, DE, ES, FR, IE, or NL",
			payment + "&payment_method_options[customer_balance][bank_transfer][type]=eu_bank_transfer&payment_method_options[customer_balance][bank_transfer][eu_bank_transfer][country]=NL",
		},
		"a recurring optional item in a payment": {
			payment + "&optional_items[0][price]=" + sandbox.PriceProMonthly + "&optional_items[0][quantity]=1", "", "optional_items[0]", "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time prices.", payment + "&optional_items[0][price]=" + sandbox.PriceTShirt + "&optional_items[0][quantity]=1",
		},
		"an expansion that does not exist": {
			payment + "&expand[]=colour", "", "", "This property cannot be expanded (colour).", payment + "&expand[]=line_items",
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClient(t)
			before := c.list("limit=1").ids(t)[0]
			e := c.create(tt.form).want(t, http.StatusBadRequest).error()
			message, _ := e["message"].(string)
			if !strings.HasPrefix(message, tt.message) {
				t.Errorf("message %q, want %q", message, tt.message)
			}
			got := [2]string{}
			got[0], _ = e["code"].(string)
			got[1], _ = e["param"].(string)
			if want := [2]string{tt.code, tt.param}; got != want {
				t.Errorf("code and param %q, want %q", got, want)
			}
			if e["type"] != "invalid_request_error" {
				t.Errorf("type %v", e["type"])
			}
			if doc, _ := e["doc_url"].(string); (tt.code != "") != (doc == "https://stripe.com/docs/error-codes/"+strings.ReplaceAll(tt.code, "_", "-")) {
				t.Errorf("doc_url %q for code %q", doc, tt.code)
			}
			if after := c.list("limit=1").ids(t)[0]; after != before {
				t.Error("a refused request created a session")
			}
			c.create(tt.fixed).ok(t)
		})
	}
}

func TestCreateStoresTheSession(t *testing.T) {
	c := newClient(t)
	created := c.create(payment).ok(t)
	if got := c.retrieve(created.id()).ok(t); got.raw != created.raw {
		t.Errorf("retrieved %s, created %s", got.raw, created.raw)
	}
	if first := c.list("limit=1").ids(t)[0]; first != created.id() {
		t.Errorf("the newest session is %s, want %s", first, created.id())
	}
	if id := created.id(); !strings.HasPrefix(id, "cs_test_a1") || len(id) < 58 {
		t.Errorf("id %s", id)
	}
	if want := "https://checkout.stripe.com/c/pay/" + created.id(); created.text("url") != want {
		t.Errorf("url %s, want %s", created.text("url"), want)
	}
}
