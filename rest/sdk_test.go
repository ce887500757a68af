package rest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stripe/stripe-go/v82"
)

// serve serves the API over HTTP and checks each exchange as usual.
func (a api) serve() string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			a.t.Error(err)
		}
		copied := r.Clone(r.Context())
		r.Body, copied.Body = io.NopCloser(bytes.NewReader(body)), io.NopCloser(bytes.NewReader(body))
		recorder := httptest.NewRecorder()
		a.handler.ServeHTTP(recorder, r)
		checkDocument(a.t, copied, recorder.Result(), recorder.Body.Bytes())
		for name, values := range recorder.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(recorder.Code)
		_, _ = w.Write(recorder.Body.Bytes())
	}))
	a.t.Cleanup(server.Close)
	return server.URL
}

// stripe-go works with only its URL changed.
func TestStripeGo(t *testing.T) {
	backend := stripe.GetBackendWithConfig(stripe.APIBackend, &stripe.BackendConfig{
		URL:               stripe.String(sandboxed(t).serve()),
		MaxNetworkRetries: stripe.Int64(0),
		LeveledLogger:     &stripe.LeveledLogger{Level: stripe.LevelNull},
	})
	sdk := stripe.NewClient("sk_test_ofTheCaller", stripe.WithBackends(&stripe.Backends{API: backend})).V1CheckoutSessions
	ctx := t.Context()

	create := &stripe.CheckoutSessionCreateParams{
		Mode:          stripe.String("payment"),
		CustomerEmail: stripe.String("jenny@example.com"),
		SuccessURL:    stripe.String("https://example.com/thanks?a=1&b=%20"),
		LineItems: []*stripe.CheckoutSessionCreateLineItemParams{
			{Quantity: stripe.Int64(2), PriceData: &stripe.CheckoutSessionCreateLineItemPriceDataParams{
				Currency: stripe.String("usd"), UnitAmount: stripe.Int64(1000),
				ProductData: &stripe.CheckoutSessionCreateLineItemPriceDataProductDataParams{Name: stripe.String("T-shirt")}}},
			{Quantity: stripe.Int64(1), PriceData: &stripe.CheckoutSessionCreateLineItemPriceDataParams{
				Currency: stripe.String("usd"), UnitAmount: stripe.Int64(500),
				ProductData: &stripe.CheckoutSessionCreateLineItemPriceDataProductDataParams{Name: stripe.String("Mug")}}},
		},
		Metadata: map[string]string{"order": "1", "a.b": "c"},
	}
	create.AddExpand("line_items")
	create.SetIdempotencyKey("order-1")
	created, err := sdk.Create(ctx, create)
	if err != nil {
		t.Fatal(err)
	}
	if created.AmountTotal != 2500 || created.Metadata["a.b"] != "c" || created.SuccessURL != "https://example.com/thanks?a=1&b=%20" || len(created.LineItems.Data) != 2 {
		t.Errorf("created %+v", created)
	}
	again, err := sdk.Create(ctx, create)
	if err != nil || again.ID != created.ID {
		t.Errorf("the same idempotency key created another session: %v", err)
	}

	list := &stripe.CheckoutSessionListParams{
		CustomerDetails: &stripe.CheckoutSessionListCustomerDetailsParams{Email: stripe.String("jenny@example.com")},
		CreatedRange:    &stripe.RangeQueryParams{GreaterThanOrEqual: created.Created},
	}
	list.AddExpand("data.line_items")
	list.Limit = stripe.Int64(1)
	var listed []string
	for session, err := range sdk.List(ctx, list) {
		if err != nil {
			t.Fatal(err)
		}
		listed = append(listed, session.ID)
	}
	if !slices.Equal(listed, []string{created.ID}) {
		t.Errorf("listed %v", listed)
	}

	retrieved, err := sdk.Retrieve(ctx, created.ID, nil)
	if err != nil || retrieved.Status != stripe.CheckoutSessionStatusOpen {
		t.Errorf("retrieved %+v, %v", retrieved, err)
	}
	items := &stripe.CheckoutSessionListLineItemsParams{Session: &created.ID}
	items.Limit = stripe.Int64(1) // two pages
	var lines []string
	for item, err := range sdk.ListLineItems(ctx, items) {
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, item.Description)
	}
	slices.Sort(lines)
	if !slices.Equal(lines, []string{"Mug", "T-shirt"}) {
		t.Errorf("line items %v", lines)
	}
	expired, err := sdk.Expire(ctx, created.ID, nil)
	if err != nil || expired.Status != stripe.CheckoutSessionStatusExpired {
		t.Errorf("expired %+v, %v", expired, err)
	}

	var failed *stripe.Error
	if _, err := sdk.Expire(ctx, created.ID, nil); !errors.As(err, &failed) || failed.HTTPStatusCode != 400 || failed.RequestID == "" || !strings.Contains(failed.Msg, "status of `expired`") {
		t.Errorf("expired twice: %v", err)
	}
	if _, err := sdk.Retrieve(ctx, "cs_test_unknown", nil); !errors.As(err, &failed) || failed.HTTPStatusCode != 404 || failed.Code != stripe.ErrorCodeResourceMissing {
		t.Errorf("an unknown session: %v", err)
	}
}

// So does today's stripe-go, which sends a newer API version. Its module is in
// testdata, so that this module doesn't require it.
func TestStripeGoOfToday(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED, not tested: -short")
	}
	t.Parallel()
	run := func(arguments ...string) ([]byte, error) {
		cmd := exec.CommandContext(t.Context(), "go", arguments...)
		cmd.Dir = "testdata/go"
		return cmd.CombinedOutput()
	}
	if out, err := run("mod", "download"); err != nil {
		t.Skipf("SKIPPED, not tested: could not get stripe-go v85: %v\n%s", err, out)
	}
	out, err := run("run", ".", sandboxed(t).serve())
	if got, want := strings.TrimSpace(string(out)), "2026-03-25.dahlia 2000 open expired 400 true"; err != nil || got != want {
		t.Errorf("%v: saw %s, want %s", err, got, want)
	}
}

// So do today's SDK for Java and an older one, from Maven Central.
func TestStripeJava(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED, not tested: -short")
	}
	t.Parallel()
	for _, program := range []string{"java", "mvn"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("SKIPPED, not tested: %v", err)
		}
	}
	for _, version := range []string{"29.5.0", "33.0.0"} {
		t.Run(version, func(t *testing.T) {
			run := func(name string, arguments ...string) ([]byte, error) {
				cmd := exec.CommandContext(t.Context(), name, arguments...)
				cmd.Dir = "testdata/java"
				return cmd.CombinedOutput()
			}
			classPath := filepath.Join(t.TempDir(), "classpath")
			out, err := run("mvn", "--quiet", "--batch-mode", "dependency:build-classpath", "-Dmdep.outputFile="+classPath, "-Dstripe.version="+version)
			if err != nil {
				t.Skipf("SKIPPED, not tested: could not get stripe-java %s: %v\n%s", version, err, out)
			}
			jars, err := os.ReadFile(classPath)
			if err != nil {
				t.Fatal(err)
			}
			out, err = run("java", "-cp", strings.TrimSpace(string(jars)), "Sdk.java", sandboxed(t).serve())
			want := `created 2500 2 {a.b=c} https://example.com/thanks?a=1&b=%20
again true
listed true
retrieved open
line items [Mug, T-shirt]
expired expired
refused 400 true
invalid 400 limit
live key 403
`
			if got := strings.ReplaceAll(string(out), "\r\n", "\n"); err != nil || got != want {
				t.Errorf("%v: saw\n%swant\n%s", err, got, want)
			}
		})
	}
}

// So do today's SDK for Node.js and an older one; both are answered in this
// server's API version.
func TestStripeNode(t *testing.T) {
	dir := nodeModules(t)
	base := sandboxed(t).serve()
	run := func(arguments ...string) (seen nodeRun) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "node", append([]string{"sdk.mjs"}, arguments...)...)
		cmd.Dir = dir
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v\n%s%s", err, out, stderr.Bytes())
		}
		if err := json.Unmarshal(out, &seen); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return seen
	}
	for _, sdk := range [][]string{
		{"stripe-basil", base, "sk_test_ofTheCaller"},
		{"stripe", base, "sk_test_ofTheCaller"},
	} {
		t.Run(sdk[0], func(t *testing.T) {
			seen := run(sdk...)
			if seen.Failed != nil {
				t.Fatalf("failed: %+v", *seen.Failed)
			}
			id := seen.Created.ID
			if id == "" || seen.Created.Amount != 2500 || seen.Created.Lines != 2 || seen.Created.Metadata["a.b"] != "c" || seen.Created.URL != "https://example.com/thanks?a=1&b=%20" {
				t.Errorf("created %+v", seen.Created)
			}
			if len(seen.Listed) == 0 || seen.Listed[0] != id || seen.Retrieved != 2 {
				t.Errorf("listed %v, retrieved %d line items", seen.Listed, seen.Retrieved)
			}
			slices.Sort(seen.Paged)
			if !slices.Equal(seen.Paged, []string{"Mug", "T-shirt"}) {
				t.Errorf("line items %v", seen.Paged)
			}
			if seen.Expired.ID != id || seen.Expired.Status != "expired" || seen.Expired.RequestID == "" {
				t.Errorf("expired %+v", seen.Expired)
			}
			if e := seen.Refused; e.Type != "StripeInvalidRequestError" || e.Status != 400 || e.RequestID == "" {
				t.Errorf("expired twice: %+v", e)
			}
			if e := seen.Invalid; e.Type != "StripeInvalidRequestError" || e.Status != 400 || e.Param != "limit" {
				t.Errorf("limit 1000: %+v", e)
			}
		})
	}
	if seen := run("stripe-basil", base, "sk_live_ofTheCaller"); seen.Failed == nil || seen.Failed.Status != 403 {
		t.Errorf("a live key for a server in test mode: %+v", seen)
	}
}

// nodeRun is what sdk.mjs prints.
type nodeRun struct {
	Created struct {
		ID            string
		Amount, Lines int
		Metadata      map[string]string
		URL           string
	}
	Listed    []string
	Retrieved int
	Paged     []string
	Expired   struct{ ID, Status, RequestID string }
	Refused   nodeError
	Invalid   nodeError
	Failed    *nodeError
}

type nodeError struct {
	Type, Message, Param, RequestID string
	Status                          int
}
