package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/form"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/pattern"
)

// answer is a complete HTTP answer.
type answer struct {
	status int
	header http.Header
	body   []byte
	// requestID is the id of the request that was answered first, if this is a
	// replay.
	requestID string
}

// request is a request to Stripe's API once its account and its operation are
// known.
type request struct {
	method, id     string
	idempotencyKey string
	account        *account
	now            int64
	object         string // the id in the path
	params         values
	size           int // of the form, in bytes
	pages          func() string
}

// operation is one of the API's endpoints.
type operation struct {
	params func() *param
	// kind is the kind of object it answers with, as expand knows it.
	kind string
	run  func(r *request, expand []string) (object, *apiError)
}

const (
	sessionsPath = "/v1/checkout/sessions"
	eventsPath   = "/v1/events"
)

var (
	listOperation      = operation{listParams, "sessions", (*request).listSessions}
	createOperation    = operation{createParams, "checkout.session", (*request).createSession}
	retrieveOperation  = operation{retrieveParams, "checkout.session", (*request).retrieveSession}
	expireOperation    = operation{expireParams, "checkout.session", (*request).expireSession}
	lineItemsOperation = operation{lineItemsParams, "line_items", (*request).listLineItems}

	createProduct         = operation{productParams, "product", (*request).createProduct}
	listProducts          = operation{productsParams, "products", (*request).listProducts}
	retrieveProduct       = operation{retrieveProductParams, "product", (*request).retrieveProduct}
	createPrice           = operation{priceParams, "price", (*request).createPrice}
	listPrices            = operation{pricesParams, "prices", (*request).listPrices}
	retrievePrice         = operation{retrievePriceParams, "price", (*request).retrievePrice}
	createCoupon          = operation{couponParams, "coupon", (*request).createCoupon}
	listCoupons           = operation{couponsParams, "coupons", (*request).listCoupons}
	retrieveCoupon        = operation{retrieveCouponParams, "coupon", (*request).retrieveCoupon}
	createPromotionCode   = operation{promotionCodeParams, "promotion_code", (*request).createPromotionCode}
	listPromotionCodes    = operation{promotionCodesParams, "promotion_codes", (*request).listPromotionCodes}
	retrievePromotionCode = operation{retrievePromotionCodeParams, "promotion_code", (*request).retrievePromotionCode}

	retrieveShippingRate = operation{shippingRateParams, "shipping_rate", (*request).retrieveShippingRate}

	retrieveCustomer      = operation{customerParams, "customer", (*request).retrieveCustomer}
	retrievePaymentIntent = operation{paymentIntentParams, "payment_intent", (*request).retrievePaymentIntent}
	retrieveSetupIntent   = operation{setupIntentParams, "setup_intent", (*request).retrieveSetupIntent}
	retrieveSubscription  = operation{subscriptionParams, "subscription", (*request).retrieveSubscription}
	retrieveInvoice       = operation{invoiceParams, "invoice", (*request).retrieveInvoice}

	createPaymentMethod   = operation{paymentMethodParams, "payment_method", (*request).createPaymentMethod}
	retrievePaymentMethod = operation{retrievePaymentMethodParams, "payment_method", (*request).retrievePaymentMethod}
	retrievePaymentPage   = operation{paymentPageParams, "payment_page", (*request).retrievePaymentPage}
	confirmPaymentPage    = operation{confirmPageParams, "payment_page", (*request).confirmPaymentPage}

	eventsOperation  = operation{eventsParams, "events", (*request).listEvents}
	eventOperation   = operation{eventParams, "event", (*request).retrieveEvent}
	payOperation     = operation{payParams, "checkout.session", (*request).paySession}
	advanceOperation = operation{advanceParams, "sandbox.clock", (*request).advance}
	faultOperation   = operation{faultParams, "sandbox.fault", (*request).addFault}
)

// endpoints are Stripe's paths that the sandbox has, and its own under
// /sandbox/. A * is an id.
var endpoints = []struct {
	method, path string
	operation    *operation
}{
	{"GET", sessionsPath, &listOperation},
	{"POST", sessionsPath, &createOperation},
	{"GET", sessionsPath + "/*", &retrieveOperation},
	{"GET", sessionsPath + "/*/line_items", &lineItemsOperation},
	{"POST", sessionsPath + "/*/expire", &expireOperation},
	{"POST", productsPath, &createProduct},
	{"GET", productsPath, &listProducts},
	{"GET", productsPath + "/*", &retrieveProduct},
	{"POST", pricesPath, &createPrice},
	{"GET", pricesPath, &listPrices},
	{"GET", pricesPath + "/*", &retrievePrice},
	{"POST", couponsPath, &createCoupon},
	{"GET", couponsPath, &listCoupons},
	{"GET", couponsPath + "/*", &retrieveCoupon},
	{"POST", promotionCodesPath, &createPromotionCode},
	{"GET", promotionCodesPath, &listPromotionCodes},
	{"GET", promotionCodesPath + "/*", &retrievePromotionCode},
	{"GET", "/v1/shipping_rates/*", &retrieveShippingRate},
	{"GET", "/v1/customers/*", &retrieveCustomer},
	{"GET", "/v1/payment_intents/*", &retrievePaymentIntent},
	{"GET", "/v1/setup_intents/*", &retrieveSetupIntent},
	{"GET", "/v1/subscriptions/*", &retrieveSubscription},
	{"GET", "/v1/invoices/*", &retrieveInvoice},
	{"POST", paymentMethodsPath, &createPaymentMethod},
	{"GET", paymentMethodsPath + "/*", &retrievePaymentMethod},
	{"GET", paymentPagesPath + "/*", &retrievePaymentPage},
	{"POST", paymentPagesPath + "/*/confirm", &confirmPaymentPage},
	{"GET", eventsPath, &eventsOperation},
	{"GET", eventsPath + "/*", &eventOperation},
	{"POST", "/sandbox/sessions/*/pay", &payOperation},
	{"POST", "/sandbox/advance", &advanceOperation},
	{"POST", "/sandbox/faults", &faultOperation},
}

// route finds the operation for a method and a path, and the id in the path.
func route(r *http.Request) (op *operation, id string) {
	path := strings.Split(r.URL.EscapedPath(), "/")
	for _, e := range endpoints {
		if e.method != r.Method {
			continue
		}
		if id, ok := matchPath(strings.Split(e.path, "/"), path); ok {
			return e.operation, id
		}
	}
	return nil, ""
}

func matchPath(pattern, path []string) (id string, ok bool) {
	if len(pattern) != len(path) {
		return "", false
	}
	for i, segment := range path {
		if pattern[i] == segment {
			continue
		}
		unescaped, err := url.PathUnescape(segment)
		if pattern[i] != "*" || err != nil || unescaped == "" {
			return "", false
		}
		id = unescaped
	}
	return id, true
}

// answer does everything that a request asks for. It returns nil if there is to
// be no answer. Payment pages are below the URL that pages returns.
func (s *Server) answer(r *http.Request, pages func() string) *answer {
	requestID := newID("req_", 14)
	a, err := s.run(r, requestID, pages)
	if err != nil {
		a = errorAnswer(err)
	}
	if a == nil {
		return nil
	}
	replayed := a.requestID != "" && a.requestID != requestID
	header := a.header.Clone()
	header.Set("Request-Id", requestID)
	header.Set("Stripe-Version", apiVersion) // whichever was asked for: the sandbox has no other
	if key := r.Header.Get("Idempotency-Key"); key != "" && r.Method == http.MethodPost && utf8.RuneCountInString(key) <= maxIdempotencyKeyRune {
		header.Set("Idempotency-Key", key)
		if a.requestID != "" {
			header.Set("Original-Request", a.requestID)
		}
		if replayed {
			header.Set("Idempotent-Replayed", "true")
		}
	}
	if account := r.Header.Get("Stripe-Account"); account != "" && err == nil {
		header.Set("Stripe-Account", account)
	}
	return &answer{status: a.status, header: header, body: a.body}
}

var versionPattern = pattern.Lazy(`^[0-9]{4}-[0-9]{2}-[0-9]{2}(\.[a-z_]{1,40})?$`)

func (s *Server) run(r *http.Request, requestID string, pages func() string) (*answer, *apiError) {
	id, err := authenticate(r.Header)
	if err != nil {
		return nil, err
	}
	op, object := route(r)
	if op == nil {
		return nil, newError(http.StatusNotFound, typeInvalidRequest, "", "", fmt.Sprintf("Unrecognized request URL (%s: %s). Please see https://stripe.com/docs or we can help at https://support.stripe.com/. (This sandbox has what a Checkout sale touches; docs/sandbox.md lists it.)", shorten(r.Method), shorten(r.URL.Path)))
	}
	if version := r.Header.Get("Stripe-Version"); version != "" && !versionPattern().MatchString(version) {
		return nil, invalidRequest("", "Invalid Stripe API version: %s", shorten(version))
	}
	encoded, err := readForm(r)
	if err != nil {
		return nil, err
	}
	parsed, err := parseForm(encoded)
	if err != nil {
		return nil, err
	}
	params, err := op.params().decodeParams(parsed)
	if err != nil {
		return nil, err
	}
	expand, err := checkExpand(params, op.kind)
	if err != nil {
		return nil, err
	}

	account, now := s.enter(id)
	run := &request{
		method: r.Method, id: requestID, idempotencyKey: r.Header.Get("Idempotency-Key"), account: account, now: now,
		object: object, params: params, size: len(encoded), pages: pages,
	}
	fault := account.nextFault(op)
	if err := fault.refusal(); err != nil {
		return nil, err
	}
	if fault == faultTimeout {
		select {
		case <-r.Context().Done():
		case <-time.After(longestTimeout):
		}
		return nil, nil
	}
	var a *answer
	failed := account.journal.keep(func() {
		a, err = run.execute(op, expand, func() string { return fingerprint(r, parsed) })
	})
	if failed != nil {
		return nil, failed
	}
	if fault == faultLost {
		return nil, nil
	}
	return a, err
}

// execute runs the operation or, if the request has the idempotency key of one
// that ran before, repeats its answer.
func (r *request) execute(op *operation, expand []string, fingerprint func() string) (*answer, *apiError) {
	run := func() *answer {
		body, err := op.run(r, expand)
		if err != nil {
			return errorAnswer(err)
		}
		return newAnswer(http.StatusOK, body)
	}
	if r.method != http.MethodPost || r.idempotencyKey == "" {
		return run(), nil
	}
	if n := utf8.RuneCountInString(r.idempotencyKey); n > maxIdempotencyKeyRune {
		return nil, invalidRequest("", "Idempotency keys can be up to %d characters long, but you passed in a key that is %d characters.", maxIdempotencyKeyRune, n)
	}
	stored, err, entry := r.account.idempotency.begin(r.idempotencyKey, fingerprint(), r.now)
	if err != nil || stored != nil {
		return stored, err
	}
	// From here on, the request counts as executed, and its answer, even a
	// refusal, is the answer for this key.
	var a *answer
	defer func() { r.account.idempotency.finish(entry, a) }()
	a = run()
	a.requestID = r.id
	return a, nil
}

// fingerprint is equal for two requests that ask for the same thing.
func fingerprint(r *http.Request, params *form.Node) string {
	var b strings.Builder
	b.WriteString(r.Method + " " + r.URL.EscapedPath() + " ")
	writeCanonical(&b, params)
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}

// readForm returns the parameters as they were sent: the query of a GET, the
// query and body of a POST.
func readForm(r *http.Request) (string, *apiError) {
	query := r.URL.RawQuery
	if len(query) > maxBodyBytes {
		return "", tooLarge()
	}
	if r.Method != http.MethodPost || r.Body == nil {
		return query, nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBodyBytes))
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return "", tooLarge()
	}
	if err != nil {
		return "", malformedForm()
	}
	if len(body) == 0 {
		return query, nil
	}
	if contentType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || contentType != "application/x-www-form-urlencoded" {
		return "", malformedForm()
	}
	if query == "" {
		return string(body), nil
	}
	return query + "&" + string(body), nil
}

func tooLarge() *apiError {
	return newError(http.StatusRequestEntityTooLarge, typeInvalidRequest, "", "", fmt.Sprintf("Request too large: parameters can have up to %d bytes.", maxBodyBytes))
}

func newAnswer(status int, body object) *answer {
	return &answer{status: status, body: encode(body), header: http.Header{
		"Cache-Control": {"no-cache, no-store"},
		"Content-Type":  {"application/json"},
	}}
}

func errorAnswer(e *apiError) *answer {
	a := newAnswer(e.status, object{"error": e.object()})
	switch {
	case e.status == http.StatusUnauthorized:
		a.header.Set("WWW-Authenticate", `Bearer realm="Stripe"`)
	case e.status == http.StatusConflict:
		a.header.Set("Stripe-Should-Retry", "true")
	case e.Type == typeIdempotency:
		a.header.Set("Stripe-Should-Retry", "false")
	}
	return a
}
