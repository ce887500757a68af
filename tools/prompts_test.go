package tools

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
)

var toolCall = regexp.MustCompile(`Call (\S+) with (\{.*\})\n`)

// A prompt names a call. An agent that makes exactly this call does the job in
// the sandbox.
func TestPromptsDoTheirJob(t *testing.T) {
	s := connectSandbox(t)
	for _, test := range []struct {
		name      string
		arguments map[string]string
		check     func(t *testing.T, got map[string]any)
	}{
		{
			"sell-once", map[string]string{"product": `A "nice" T-shirt`, "unit_amount": "1500", "currency": "EUR", "success_url": "https://example.com/thanks"},
			func(t *testing.T, got map[string]any) {
				if got["mode"] != "payment" || got["amount_total"] != 1500.0 || got["currency"] != "eur" || got["url"] == nil {
					t.Errorf("sold for %v %v in mode %v", got["amount_total"], got["currency"], got["mode"])
				}
			},
		},
		{
			"start-subscription", map[string]string{"product": "Pro", "unit_amount": "2000", "currency": "usd", "interval": "month", "trial_days": "14", "success_url": "https://example.com/thanks"},
			func(t *testing.T, got map[string]any) {
				if got["mode"] != "subscription" || got["amount_total"] != 0.0 {
					t.Errorf("mode %v, due now %v; want a subscription with nothing due during the trial", got["mode"], got["amount_total"])
				}
			},
		},
		{
			"why-not-paid", map[string]string{"email": "mary@example.com"},
			func(t *testing.T, got map[string]any) {
				sessions := got["data"].([]any)
				if len(sessions) == 0 {
					t.Fatal("found no session for mary@example.com")
				}
				for _, session := range sessions {
					if status := session.(map[string]any)["status"]; status != "expired" {
						t.Errorf("a session for mary@example.com is %v, want expired", status)
					}
				}
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			prompt, err := s.GetPrompt(t.Context(), &mcp.GetPromptParams{Name: test.name, Arguments: test.arguments})
			if err != nil {
				t.Fatal(err)
			}
			text := prompt.Messages[0].Content.(*mcp.TextContent).Text
			m := toolCall.FindStringSubmatch(text)
			if m == nil {
				t.Fatalf("the prompt names no call:\n%s", text)
			}
			test.check(t, succeed(t, s, m[1], m[2]))
			if tokens := countTokens(t, text); tokens > 250 {
				t.Errorf("the prompt costs %d tokens, want at most 250", tokens)
			}
		})
	}
}

func TestPromptArgumentsAreChecked(t *testing.T) {
	s := connectSandbox(t)
	valid := func(name, value string) map[string]string {
		a := map[string]string{"product": "Pro", "unit_amount": "2000", "currency": "usd", "interval": "month", "success_url": "https://example.com"}
		a[name] = value
		return a
	}
	for _, test := range []struct {
		arguments map[string]string
		want      string
	}{
		{valid("product", ""), "product is required"},
		{valid("unit_amount", "10.00"), "unit_amount must be a whole number in the currency's smallest unit: 1000 for 10.00 USD"},
		{valid("interval", "monthly"), "interval must be one of day, week, month, year"},
		{valid("trial_days", "two weeks"), "trial_days must be a whole number of days"},
	} {
		_, err := s.GetPrompt(t.Context(), &mcp.GetPromptParams{Name: "start-subscription", Arguments: test.arguments})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, want an error that says %q", err, test.want)
		}
	}
}

func TestPromptsNeedTheirTools(t *testing.T) {
	for _, test := range []struct {
		opts operations.Options
		want []string
	}{
		{operations.Options{}, []string{"sell-once", "start-subscription", "why-not-paid"}},
		{operations.Options{ReadOnly: true}, []string{"why-not-paid"}},
		{operations.Options{Tools: []string{createTool}}, []string{"sell-once", "start-subscription"}},
	} {
		s := connect(t, answering(200, "{}"), func(o *setup) { o.operations = test.opts })
		listed, err := s.ListPrompts(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range listed.Prompts {
			got = append(got, p.Name)
		}
		slices.Sort(got)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", test.opts, diff)
		}
	}
}

func TestCompletion(t *testing.T) {
	s := connectSandbox(t)
	for _, test := range []struct {
		prompt, argument, value string
		want                    []string
	}{
		{"sell-once", "currency", "E", []string{"eur"}},
		{"start-subscription", "interval", "", []string{"day", "week", "month", "year"}},
		{"start-subscription", "product", "T", []string{}},
		{"no-such-prompt", "currency", "e", []string{}},
	} {
		got, err := s.Complete(t.Context(), &mcp.CompleteParams{
			Ref:      &mcp.CompleteReference{Type: "ref/prompt", Name: test.prompt},
			Argument: mcp.CompleteParamsArgument{Name: test.argument, Value: test.value},
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, got.Completion.Values); diff != "" {
			t.Errorf("%s %s %q (-want +got):\n%s", test.prompt, test.argument, test.value, diff)
		}
	}
}
