package rest_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write examples.json anew")

var random = regexp.MustCompile(`"(li_1|price_1|prod_|req_)[A-Za-z0-9]{12,}"`)

// The examples in the OpenAPI document are the sandbox's answers.
func TestExamplesAreTheSandboxsAnswers(t *testing.T) {
	const (
		request = `{"mode":"payment","line_items":[{"quantity":2,"price_data":{"currency":"usd","unit_amount":1000,"product_data":{"name":"T-shirt"}}}],"customer_email":"jenny@example.com","success_url":"https://example.com/thanks?session={CHECKOUT_SESSION_ID}"}`
		example = "cs_test_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0u1V2w3X4y5Z6a7B8c9"
	)
	a := sandboxed(t)
	created := a.json(sessions, request).want(t, http.StatusOK)
	id := created.json(t)["id"].(string)
	// Ids are random where the sandbox makes them, and stand for any other here.
	fixed := func(text string) json.RawMessage {
		text = strings.ReplaceAll(text, id, example)
		return json.RawMessage(random.ReplaceAllString(text, `"${1}Example"`))
	}
	ok := func(r answer) json.RawMessage { return fixed(r.want(t, http.StatusOK).text) }
	missing := a.get(sessions + "/cs_test_unknown")
	missing.want(t, http.StatusNotFound)

	made, err := json.MarshalIndent(map[string]any{
		"Session": example,
		"Requests": map[string]any{
			"stripe-post-checkout-sessions":         json.RawMessage(request),
			"stripe-post-checkout-sessions-session": json.RawMessage(`{"expand":["line_items"]}`),
		},
		"Answers": map[string]any{
			"stripe-get-checkout-sessions":           ok(a.get(sessions + "?limit=2&status=complete&fields=id&fields=status&fields=payment_status&fields=amount_total&fields=currency&fields=created")),
			"stripe-post-checkout-sessions":          fixed(created.text),
			"stripe-get-checkout-sessions-session":   ok(a.get(sessions + "/" + id)),
			"stripe-post-checkout-sessions-session":  ok(a.json(sessions+"/"+id+"/expire", `{"expand":["line_items"]}`)),
			"stripe-get-checkout-sessions-session-2": ok(a.get(sessions + "/" + id + "/line-items")),
		},
		"Error": fixed(missing.text),
	}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	made = append(made, '\n')
	if *update {
		if err := os.WriteFile("examples.json", made, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile("examples.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, made) {
		t.Errorf("examples.json does not match the sandbox's answers; run: go test ./rest -run Examples -update")
	}
}
