package stripeclient

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/stripe/stripe-go/v82"
)

// operations are the five operations, each with and without parameters.
var operations = []struct {
	name        string
	call        func(context.Context, *Client) (*Response, error) // with parameters
	callNil     func(context.Context, *Client) (*Response, error) // with nil parameters
	method      string
	path        string
	form        url.Values // what the parameters become
	idempotency bool
}{
	{
		name: "List",
		call: func(ctx context.Context, c *Client) (*Response, error) { return c.List(ctx, listParams()) },
		callNil: func(ctx context.Context, c *Client) (*Response, error) {
			return c.List(ctx, nil)
		},
		method: "GET", path: "/v1/checkout/sessions",
		form: url.Values{"limit": {"3"}, "status": {"open"}, "customer_details[email]": {testEmail}, "created[gte]": {"1700000000"}, "expand[0]": {"data.line_items"}, "starting_after": {"cs_test_0"}},
	},
	{
		name: "Create",
		call: func(ctx context.Context, c *Client) (*Response, error) { return c.Create(ctx, createParams()) },
		callNil: func(ctx context.Context, c *Client) (*Response, error) {
			return c.Create(ctx, nil)
		},
		method: "POST", path: "/v1/checkout/sessions", idempotency: true,
		form: url.Values{"mode": {"payment"}, "customer_email": {testEmail}, "success_url": {"https://example.com/?a=b&c"}, "line_items[0][price]": {"price_1"}, "line_items[0][quantity]": {"0"}, "metadata[k]": {"v"}, "expand[0]": {"customer"}},
	},
	{
		name: "Retrieve",
		call: func(ctx context.Context, c *Client) (*Response, error) {
			return c.Retrieve(ctx, testID, &stripe.CheckoutSessionRetrieveParams{Expand: stripe.StringSlice([]string{"line_items"})})
		},
		callNil: func(ctx context.Context, c *Client) (*Response, error) {
			return c.Retrieve(ctx, testID, nil)
		},
		method: "GET", path: "/v1/checkout/sessions/" + testID,
		form: url.Values{"expand[0]": {"line_items"}},
	},
	{
		name: "Expire",
		call: func(ctx context.Context, c *Client) (*Response, error) {
			return c.Expire(ctx, testID, &stripe.CheckoutSessionExpireParams{Expand: stripe.StringSlice([]string{"line_items"})})
		},
		callNil: func(ctx context.Context, c *Client) (*Response, error) {
			return c.Expire(ctx, testID, nil)
		},
		method: "POST", path: "/v1/checkout/sessions/" + testID + "/expire", idempotency: true,
		form: url.Values{"expand[0]": {"line_items"}},
	},
	{
		name: "ListLineItems",
		call: func(ctx context.Context, c *Client) (*Response, error) {
			p := &stripe.CheckoutSessionListLineItemsParams{Expand: stripe.StringSlice([]string{"data.price.product"})}
			p.Limit = stripe.Int64(7)
			p.EndingBefore = stripe.String("li_1")
			return c.ListLineItems(ctx, testID, p)
		},
		callNil: func(ctx context.Context, c *Client) (*Response, error) {
			return c.ListLineItems(ctx, testID, nil)
		},
		method: "GET", path: "/v1/checkout/sessions/" + testID + "/line_items",
		form: url.Values{"limit": {"7"}, "ending_before": {"li_1"}, "expand[0]": {"data.price.product"}},
	},
}

const testEmail = "jane.recognizable@customer.example"

func listParams() *stripe.CheckoutSessionListParams {
	p := &stripe.CheckoutSessionListParams{
		Status:          stripe.String("open"),
		CustomerDetails: &stripe.CheckoutSessionListCustomerDetailsParams{Email: stripe.String(testEmail)},
		CreatedRange:    &stripe.RangeQueryParams{GreaterThanOrEqual: 1700000000},
		Expand:          stripe.StringSlice([]string{"data.line_items"}),
	}
	p.Limit = stripe.Int64(3)
	p.StartingAfter = stripe.String("cs_test_0")
	return p
}

func createParams() *stripe.CheckoutSessionCreateParams {
	return &stripe.CheckoutSessionCreateParams{
		Mode:          stripe.String("payment"),
		CustomerEmail: stripe.String(testEmail),
		SuccessURL:    stripe.String("https://example.com/?a=b&c"),
		LineItems:     []*stripe.CheckoutSessionCreateLineItemParams{{Price: stripe.String("price_1"), Quantity: stripe.Int64(0)}},
		Metadata:      map[string]string{"k": "v"},
		Expand:        stripe.StringSlice([]string{"customer"}),
	}
}

func TestRequests(t *testing.T) {
	for _, op := range operations {
		for _, tt := range []struct {
			name string
			call func(context.Context, *Client) (*Response, error)
			form url.Values
		}{{"with parameters", op.call, op.form}, {"with nil parameters", op.callNil, url.Values{}}} {
			t.Run(op.name+" "+tt.name, func(t *testing.T) {
				var got *http.Request
				var body []byte
				c := serve(t, func(w http.ResponseWriter, r *http.Request) {
					got = r
					body, _ = io.ReadAll(r.Body)
					answer(200, `{"id":"x"}`, "Request-Id", "req_1")(w, r)
				})
				response, err := tt.call(t.Context(), c)
				if err != nil {
					t.Fatal(err)
				}
				if string(response.JSON) != `{"id":"x"}` || response.StatusCode != 200 || response.RequestID != "req_1" || response.Header.Get("Request-Id") != "req_1" {
					t.Errorf("response: %+v", response)
				}
				if got.Method != op.method || got.URL.Path != op.path {
					t.Errorf("%s %s, want %s %s", got.Method, got.URL.Path, op.method, op.path)
				}
				form, other := got.URL.RawQuery, string(body)
				if op.method == "POST" {
					form, other = other, form
				}
				if values, err := url.ParseQuery(form); err != nil || !reflect.DeepEqual(values, tt.form) || other != "" {
					t.Errorf("form %v (%v), elsewhere %q; want %v and nothing", values, err, other, tt.form)
				}
				if key := got.Header.Get("Idempotency-Key"); (key != "") != op.idempotency {
					t.Errorf("Idempotency-Key: %q, want one: %v", key, op.idempotency)
				}
				if got.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
					t.Errorf("Content-Type: %q", got.Header.Get("Content-Type"))
				}
			})
		}
	}
}

func TestParametersStayTheCallers(t *testing.T) {
	c := serve(t, answer(200, `{"id":"x"}`), func(c *Config) { c.Account = "acct_1" })
	list, create := listParams(), createParams()
	create.Headers = http.Header{"X-Extra": {"1"}}
	for range 2 {
		if _, err := c.List(t.Context(), list); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Create(t.Context(), create); err != nil {
			t.Fatal(err)
		}
	}
	want := createParams()
	want.Headers = http.Header{"X-Extra": {"1"}}
	if !reflect.DeepEqual(list, listParams()) {
		t.Errorf("List changed its parameters: %+v", list)
	}
	if !reflect.DeepEqual(create, want) {
		t.Errorf("Create changed its parameters: %+v", create)
	}
}

// indented contains whatever a typed decode and encode would lose: an unknown
// field, nulls, a number over 2^53, exponents, the order of keys, HTML
// characters, escapes and a duplicate key.
const indented = `{
  "id": "cs_test_1",
  "zeta": {"b": null, "a": [ ]},
  "amount_total": 9007199254740993,
  "ratio": 1.50E+3,
  "some_new_field": "<b>&amp; \u00e9 é \ud83d\ude00",
  "customer": null,
  "zeta": [1, 2 ]
}
`

const compacted = `{"id":"cs_test_1","zeta":{"b":null,"a":[]},"amount_total":9007199254740993,"ratio":1.50E+3,"some_new_field":"<b>&amp; \u00e9 é \ud83d\ude00","customer":null,"zeta":[1,2]}`

func TestAnswerIsStripesJSON(t *testing.T) {
	for _, op := range operations {
		response, err := op.call(t.Context(), serve(t, answer(200, indented)))
		if err != nil || string(response.JSON) != compacted {
			t.Errorf("%s: %v\n got %s\nwant %s", op.name, err, response.JSON, compacted)
		}
	}
}

func TestAnswerMayBeCompressed(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			t.Error("compression was not asked for")
		}
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = io.WriteString(z, indented)
		_ = z.Close()
	})
	if r, err := c.List(t.Context(), nil); err != nil || string(r.JSON) != compacted {
		t.Errorf("%+v, %v", r, err)
	}
}

func FuzzCompactObject(f *testing.F) {
	for _, s := range []string{indented, "", "{}", "null", "[1]", `"x"`, "{", `{"a":1}x`, " {\"a\" : \"\u2028\"} "} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		out, err := compactObject(in)
		var want map[string]any
		decoder := json.NewDecoder(bytes.NewReader(bytes.ToValidUTF8(in, []byte("\uFFFD"))))
		decoder.UseNumber()
		valid := json.Valid(in) && bytes.HasPrefix(bytes.TrimLeft(in, " \t\r\n"), []byte("{")) && depth(in) <= deepest
		if valid != (err == nil) {
			t.Fatalf("compactObject(%q): %v", in, err)
		}
		if !valid {
			return
		}
		if err := decoder.Decode(&want); err != nil {
			t.Fatal(err)
		}
		var got map[string]any
		decoder = json.NewDecoder(bytes.NewReader(out))
		decoder.UseNumber()
		if err := decoder.Decode(&got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("compactObject(%q) = %q (%v)", in, out, err)
		}
	})
}

func TestSessionIDIsRefusedBeforeAnyRequest(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) { t.Errorf("a request was made: %s", r.URL) })
	for _, tt := range []struct{ id, code, want string }{
		{"", "parameter_missing", "empty"},
		{".", "parameter_invalid", "letters, digits and underscores"},
		{"..", "parameter_invalid", "letters, digits and underscores"},
		{"../customers", "parameter_invalid", "letters, digits and underscores"},
		{"cs_test_1/../../refunds", "parameter_invalid", "letters, digits and underscores"},
		{"cs_test_1/expire", "parameter_invalid", "letters, digits and underscores"},
		{"cs_test_1%2Fexpire", "parameter_invalid", "letters, digits and underscores"},
		{"cs_test_1?expand[]=customer", "parameter_invalid", "letters, digits and underscores"},
		{"cs_test_1#x", "parameter_invalid", "letters, digits and underscores"},
		{"cs_test_1 ", "parameter_invalid", "letters, digits and underscores"},
		{"cs_test_1\n", "parameter_invalid", "letters, digits and underscores"},
		{"cs_test_é", "parameter_invalid", "letters, digits and underscores"},
		{strings.Repeat("a", 256), "parameter_invalid", "1 to 255"},
		{"https://checkout.stripe.com/c/pay/cs_test_1#fid", "parameter_invalid", "from a URL, pass only that part"},
		{"{CHECKOUT_SESSION_ID}", "parameter_invalid", "letters, digits and underscores"},
		{"cs_test_1_secret_hidden", "parameter_invalid", "client secret"},
		{"sk_live_hidden", "parameter_invalid", "never pass a key"},
		{"pi_1", "parameter_invalid", "a PaymentIntent, not of a Checkout Session: list the sessions with payment_intent set to"},
		{"sub_1", "parameter_invalid", "a Subscription, not of a Checkout Session: list the sessions with subscription set to"},
		{"cus_1", "parameter_invalid", "a Customer, not of a Checkout Session: list the sessions with customer set to"},
		{"plink_1", "parameter_invalid", "a Payment Link, not of a Checkout Session: list the sessions with payment_link set to"},
		{"in_1", "parameter_invalid", "an Invoice"},
		{"price_1", "parameter_invalid", "a Price"},
		{"prod_1", "parameter_invalid", "a Product"},
		{"seti_1", "parameter_invalid", "a SetupIntent"},
		{"evt_1", "parameter_invalid", "an Event"},
	} {
		for name, call := range map[string]func() (*Response, error){
			"Retrieve":      func() (*Response, error) { return c.Retrieve(t.Context(), tt.id, nil) },
			"Expire":        func() (*Response, error) { return c.Expire(t.Context(), tt.id, nil) },
			"ListLineItems": func() (*Response, error) { return c.ListLineItems(t.Context(), tt.id, nil) },
		} {
			r, err := call()
			e := failed(t, r, err)
			if e.Type != "invalid_request_error" || e.Code != tt.code || e.Param != "session" || e.HTTPStatus != 0 || e.Retryable {
				t.Errorf("%s(%q): %+v", name, tt.id, e)
			}
			if !strings.Contains(e.Error(), tt.want) || !strings.Contains(e.Error(), "cs_test_") || !strings.Contains(e.Error(), "cs_live_") || strings.Contains(e.Error(), "hidden") {
				t.Errorf("%s(%q): %q, want %q and what an id looks like", name, tt.id, e, tt.want)
			}
		}
	}
}

func FuzzCheckSessionID(f *testing.F) {
	for _, s := range []string{testID, "..", "a/b", "%2e", "pi_1", "cs_live_x?y"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, id string) {
		if CheckSessionID(id) != nil {
			return
		}
		if url.PathEscape(id) != id || id == "" || strings.Trim(id, ".") == "" || len(id) > 255 {
			t.Errorf("%q was taken", id)
		}
	})
}
