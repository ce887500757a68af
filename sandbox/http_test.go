package sandbox_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/stripespec"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
)

func TestHeaders(t *testing.T) {
	c := newClient(t)
	requestID := regexp.MustCompile(`^req_[0-9A-Za-z]{14}$`)
	for name, r := range map[string]result{
		"an answer": c.list(), "a refusal": c.list("limit=0"), "no key": c.with("Authorization", "").list(), "no path": c.get("/v1/none", ""),
	} {
		if !requestID.MatchString(r.header.Get("Request-Id")) {
			t.Errorf("%s: Request-Id %q", name, r.header.Get("Request-Id"))
		}
		if got := r.header.Get("Content-Type"); got != "application/json" {
			t.Errorf("%s: Content-Type %q", name, got)
		}
		if got := r.header.Get("Stripe-Version"); got != stripe.APIVersion {
			t.Errorf("%s: Stripe-Version %q", name, got)
		}
	}
	if got := c.with("Stripe-Version", "2025-09-30.clover").list().ok(t).header.Get("Stripe-Version"); got != stripe.APIVersion {
		t.Errorf("when asked for another version, the answer has Stripe-Version %q", got)
	}
	if e := c.with("Stripe-Version", "latest").list().want(t, 400).error(); e["message"] != "Invalid Stripe API version: latest" {
		t.Errorf("an invalid version: %v", e)
	}
	if a, b := c.list(), c.list(); a.header.Get("Request-Id") == b.header.Get("Request-Id") {
		t.Error("two requests have the same id")
	}
}

func TestUnknownURLs(t *testing.T) {
	c := newClient(t)
	for _, request := range [][2]string{
		{"GET", "/"}, {"GET", "/v1"}, {"POST", "/v1/customers"}, {"DELETE", sessions}, {"PUT", sessions + "/cs_1"},
		{"GET", sessions + "/"}, {"GET", sessions + "/cs_1/"}, {"GET", sessions + "/cs_1/expire"}, {"POST", sessions + "/cs_1"},
		{"POST", sessions + "/cs_1/line_items"}, {"GET", sessions + "x"}, {"GET", "//v1/checkout/sessions"}, {"GET", sessions + "/cs_1/line_items/x"},
	} {
		e := c.do(request[0], request[1], "").want(t, http.StatusNotFound).error()
		if message, _ := e["message"].(string); !strings.HasPrefix(message, "Unrecognized request URL ("+request[0]+": "+request[1]+"). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.") {
			t.Errorf("%v: %q", request, message)
		}
	}
	for _, id := range []string{"..", "%2e%2e", "a%2Fb", "cs_test%00"} {
		if e := c.retrieve(id).want(t, http.StatusNotFound).error(); e["code"] != "resource_missing" {
			t.Errorf("session %s: %v", id, e)
		}
	}
}

func TestBodies(t *testing.T) {
	const malformed = "Invalid request (check that your POST content type is application/x-www-form-urlencoded). If you have any questions, we can help at https://support.stripe.com/."
	c := newClient(t)
	for name, tt := range map[string]struct {
		contentType, body, message string
		status                     int
	}{
		"a form":                      {"application/x-www-form-urlencoded", payment, "", 200},
		"a form with a charset":       {"application/x-www-form-urlencoded; charset=utf-8", payment, "", 200},
		"JSON":                        {"application/json", `{"mode": "payment"}`, malformed, 400},
		"no content type":             {"", payment, malformed, 400},
		"a broken escape":             {"application/x-www-form-urlencoded", "mode=%zz", malformed, 400},
		"a broken name":               {"application/x-www-form-urlencoded", "mo%zz=payment", malformed, 400},
		"too many parameters":         {"application/x-www-form-urlencoded", strings.Repeat("a=1&", 10_001), "Invalid request: more than 10000 parameters.", 400},
		"too deep":                    {"application/x-www-form-urlencoded", "a" + strings.Repeat("[b]", 32) + "=1", "Invalid request: parameters are nested more than 32 levels deep.", 400},
		"a list that is too long":     {"application/x-www-form-urlencoded", strings.Repeat("expand[]=customer&", 1001), "Array expand exceeded maximum 1000 allowed elements.", 400},
		"too large":                   {"application/x-www-form-urlencoded", "mode=" + strings.Repeat("x", 1<<20), "Request too large: parameters can have up to 1048576 bytes.", 413},
		"a value and an object":       {"application/x-www-form-urlencoded", payment + "&metadata=1&metadata[a]=1", "Invalid object", 400},
		"an object and a value":       {"application/x-www-form-urlencoded", payment + "&metadata[a]=1&metadata=1", `Invalid string: {"a":"1"}`, 400},
		"an object and a list":        {"application/x-www-form-urlencoded", payment + "&metadata[a]=1&metadata[]=1", "Invalid array", 400},
		"a list and an object":        {"application/x-www-form-urlencoded", payment + "&expand[]=line_items&expand[a]=1", "Invalid object", 400},
		"the last of two names":       {"application/x-www-form-urlencoded", "mode=setup&" + payment, "", 200},
		"a name with an open bracket": {"application/x-www-form-urlencoded", payment + "&metadata[a=1", "Received unknown parameter: metadata[a", 400},
		"an empty name":               {"application/x-www-form-urlencoded", payment + "&=1", "Received unknown parameter: ", 400},
		"invalid UTF-8":               {"application/x-www-form-urlencoded", payment + "&client_reference_id=%ff", malformed, 400},
	} {
		t.Run(name, func(t *testing.T) {
			req, err := http.NewRequest("POST", "http://sandbox.test"+sessions, strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", "Bearer "+sandbox.Key)
			if tt.contentType != "" {
				req.Header.Set("Content-Type", tt.contentType)
			}
			r := c.send(req).want(t, tt.status)
			if message, _ := r.error()["message"].(string); message != tt.message {
				t.Errorf("%q, want %q", message, tt.message)
			}
		})
	}
	c.post(sessions+"?"+payment, "").ok(t) // parameters of a POST may be in its query

	// Without a body, no content type is required.
	req, _ := http.NewRequest("POST", "http://sandbox.test"+sessions+"/"+c.create(payment).ok(t).id()+"/expire", nil)
	req.Header.Set("Authorization", "Bearer "+sandbox.Key)
	c.send(req).ok(t)
}

// The official client works with the sandbox, both over a port and in process.
func TestStripeGo(t *testing.T) {
	for name, start := range map[string]func(*testing.T, *sandbox.Server) (url string, via http.RoundTripper){
		"over HTTP": func(t *testing.T, s *sandbox.Server) (string, http.RoundTripper) {
			server := httptest.NewServer(s)
			t.Cleanup(server.Close)
			return server.URL, server.Client().Transport
		},
		"in process": func(_ *testing.T, s *sandbox.Server) (string, http.RoundTripper) {
			return "https://api.stripe.com", s
		},
	} {
		t.Run(name, func(t *testing.T) {
			url, via := start(t, sandbox.New(sandbox.Options{}))
			backend := stripe.GetBackendWithConfig(stripe.APIBackend, &stripe.BackendConfig{
				URL: stripe.String(url), HTTPClient: &http.Client{Transport: stripespec.Transport(t, via)}, LeveledLogger: &stripe.LeveledLogger{Level: stripe.LevelNull},
				EnableTelemetry: stripe.Bool(false), MaxNetworkRetries: stripe.Int64(0),
			})
			checkout := stripe.NewClient(sandbox.Key, stripe.WithBackends(&stripe.Backends{API: backend})).V1CheckoutSessions
			ctx := t.Context()

			created, err := checkout.Create(ctx, &stripe.CheckoutSessionCreateParams{
				Mode: stripe.String("payment"), SuccessURL: stripe.String("https://example.com/success?a=1&b={CHECKOUT_SESSION_ID}"),
				LineItems: []*stripe.CheckoutSessionCreateLineItemParams{{
					Quantity: stripe.Int64(2),
					PriceData: &stripe.CheckoutSessionCreateLineItemPriceDataParams{
						Currency: stripe.String("eur"), UnitAmountDecimal: stripe.Float64(1999.5),
						ProductData: &stripe.CheckoutSessionCreateLineItemPriceDataProductDataParams{Name: stripe.String("Book & more")},
					},
				}},
				Metadata: map[string]string{"order": "1"},
				Expand:   []*string{stripe.String("line_items")},
			})
			if err != nil {
				t.Fatal(err)
			}
			if created.AmountTotal != 3999 || created.Currency != "eur" || created.Metadata["order"] != "1" || created.LineItems.Data[0].Description != "Book & more" {
				t.Errorf("created %+v", created)
			}
			got, err := checkout.Retrieve(ctx, created.ID, nil)
			if err != nil || got.SuccessURL != "https://example.com/success?a=1&b={CHECKOUT_SESSION_ID}" {
				t.Errorf("retrieved %v, %v", got, err)
			}
			var listed int
			for s, err := range checkout.List(ctx, &stripe.CheckoutSessionListParams{Status: stripe.String("open"), CreatedRange: &stripe.RangeQueryParams{GreaterThan: 1}}) {
				if err != nil {
					t.Fatal(err)
				}
				if listed++; listed == 1 && s.ID != created.ID {
					t.Errorf("the newest is %s", s.ID)
				}
			}
			if listed != 4 {
				t.Errorf("%d open sessions, want 3 and the new one", listed)
			}
			for item, err := range checkout.ListLineItems(ctx, &stripe.CheckoutSessionListLineItemsParams{Session: stripe.String(created.ID)}) {
				if err != nil || item.Price.UnitAmountDecimal != 1999.5 || item.Price.UnitAmount != 0 {
					t.Errorf("item %+v, %v", item, err)
				}
			}
			expired, err := checkout.Expire(ctx, created.ID, &stripe.CheckoutSessionExpireParams{})
			if err != nil || expired.Status != stripe.CheckoutSessionStatusExpired {
				t.Errorf("expired %v, %v", expired, err)
			}
			_, err = checkout.Expire(ctx, created.ID, nil)
			if e := (*stripe.Error)(nil); !errors.As(err, &e) || e.HTTPStatusCode != 400 || e.RequestID == "" || e.Type != stripe.ErrorTypeInvalidRequest {
				t.Errorf("a second time: %v", err)
			}
		})
	}
}

func TestRoundTripHonorsTheContext(t *testing.T) {
	server := sandbox.New(sandbox.Options{})
	request := func(ctx context.Context, body io.Reader) *http.Request {
		req, err := http.NewRequestWithContext(ctx, "POST", "http://sandbox.test"+sessions, body)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+sandbox.Key)
		req.Header["content-type"] = []string{"application/x-www-form-urlencoded"} // not canonical, as a client may do
		return req
	}

	ended, cancel := context.WithCancel(t.Context())
	cancel()
	body := &closing{Reader: strings.NewReader(payment)}
	if _, err := server.RoundTrip(request(ended, body)); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that has ended: %v", err)
	}
	if !body.closed {
		t.Error("the body was not closed")
	}

	// The body never comes, so the context ends the wait.
	ctx, cancelCause := context.WithCancelCause(t.Context())
	reader, writer := io.Pipe()
	defer writer.Close()
	stop := errors.New("enough")
	go func() {
		_, _ = writer.Write([]byte("mode=")) // returns once the sandbox reads
		cancelCause(stop)
	}()
	if _, err := server.RoundTrip(request(ctx, reader)); !errors.Is(err, stop) {
		t.Errorf("a context that ends on the way: %v", err)
	}
	if _, err := writer.Write([]byte("payment")); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("the sandbox still reads: %v", err)
	}

	ctx2, cancel2 := context.WithCancel(t.Context())
	body = &closing{Reader: strings.NewReader(payment)}
	resp, err := server.RoundTrip(request(ctx2, body))
	if err != nil || resp.StatusCode != 200 || !body.closed {
		t.Fatalf("%v, %v, closed %v", resp, err, body.closed)
	}
	if resp.ContentLength <= 0 || resp.Request == nil || resp.Proto != "HTTP/1.1" {
		t.Errorf("response %+v", resp)
	}
	cancel2()
	if _, err := resp.Body.Read(make([]byte, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("reading after the end of the context: %v", err)
	}
	resp.Body.Close()
	if _, err := resp.Body.Read(make([]byte, 1)); !errors.Is(err, http.ErrBodyReadAfterClose) {
		t.Errorf("reading a closed body: %v", err)
	}
}

type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error {
	c.closed = true
	return nil
}
