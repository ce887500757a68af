package tools

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
)

// A prompt is one of the jobs people do most, with the tools it needs. A server
// without these tools does not offer it.
type prompt struct {
	*mcp.Prompt
	needs []*operations.Operation
	text  func(arguments map[string]string) (string, error)

	// values are the usual values of its arguments, for completion.
	values map[string][]string
}

// prompts are the jobs people do most:
// https://docs.stripe.com/payments/checkout.
var prompts = []prompt{
	{
		Prompt: &mcp.Prompt{
			Name:        "sell-once",
			Title:       "Sell a product once",
			Description: "Make a page where a customer pays for one product.",
			Arguments: []*mcp.PromptArgument{
				{Name: "product", Description: "What is sold, as the customer should read it", Required: true},
				unitAmountArgument, currencyArgument, successURLArgument,
			},
		},
		needs:  []*operations.Operation{operations.Create},
		values: map[string][]string{"currency": currencies},
		text: func(arguments map[string]string) (string, error) {
			price, err := priceData(arguments)
			if err != nil {
				return "", err
			}
			return createText("payment", price, arguments, nil)
		},
	},
	{
		Prompt: &mcp.Prompt{
			Name:        "start-subscription",
			Title:       "Start a subscription",
			Description: "Make a page where a customer subscribes, after a free trial if you like.",
			Arguments: []*mcp.PromptArgument{
				{Name: "product", Description: "What the customer subscribes to, as they should read it", Required: true},
				unitAmountArgument, currencyArgument,
				{Name: "interval", Description: "day, week, month or year", Required: true},
				{Name: "trial_days", Description: "Days before the first charge; none if left out"},
				successURLArgument,
			},
		},
		needs:  []*operations.Operation{operations.Create},
		values: map[string][]string{"currency": currencies, "interval": intervals, "trial_days": {"7", "14", "30"}},
		text: func(arguments map[string]string) (string, error) {
			price, err := priceData(arguments)
			if err != nil {
				return "", err
			}
			if !slices.Contains(intervals, arguments["interval"]) {
				return "", fmt.Errorf("interval must be one of %s", strings.Join(intervals, ", "))
			}
			price["recurring"] = map[string]any{"interval": arguments["interval"]}
			var more map[string]any
			if days := arguments["trial_days"]; days != "" && days != "0" {
				n, err := strconv.Atoi(days)
				if err != nil || n < 1 {
					return "", fmt.Errorf("trial_days must be a whole number of days")
				}
				more = map[string]any{"subscription_data": map[string]any{"trial_period_days": n}}
			}
			return createText("subscription", price, arguments, more)
		},
	},
	{
		Prompt: &mcp.Prompt{
			Name:        "why-not-paid",
			Title:       "Why did a customer not pay?",
			Description: "Find out why a customer did not finish paying, and what to do.",
			Arguments: []*mcp.PromptArgument{
				{Name: "email", Description: "The customer's email address", Required: true},
			},
		},
		needs: []*operations.Operation{operations.List, operations.LineItems},
		text: func(arguments map[string]string) (string, error) {
			find, err := json.Marshal(map[string]any{
				"customer_details": map[string]any{"email": arguments["email"]},
				"fields":           []string{"id", "created", "expires_at", "mode", "status", "payment_status", "amount_total", "currency", "url", "after_expiration.recovery.url"},
			})
			if err != nil {
				return "", err
			}
			return "Find out why this customer did not finish paying. Call " + operations.List.Tool + " with " + string(find) +
				"\nThen say for each session that is not paid: status open, they can still pay at its url until expires_at; expired, they left the page without paying (use the recovery url if there is one); complete and unpaid, a slow payment such as a bank debit is on its way. What was in it: " + operations.LineItems.Tool + ". Change nothing.", nil
		},
	},
}

var (
	currencies = []string{"aud", "brl", "cad", "chf", "dkk", "eur", "gbp", "hkd", "inr", "jpy", "mxn", "nok", "nzd", "pln", "sek", "sgd", "usd"}
	intervals  = []string{"day", "week", "month", "year"}

	unitAmountArgument = &mcp.PromptArgument{Name: "unit_amount", Description: "Price in the currency's smallest unit: 1000 is 10.00 USD, 500 is 500 JPY", Required: true}
	currencyArgument   = &mcp.PromptArgument{Name: "currency", Description: "Three letters, such as usd", Required: true}
	successURLArgument = &mcp.PromptArgument{Name: "success_url", Description: "Where the customer goes after paying", Required: true}
)

func priceData(arguments map[string]string) (map[string]any, error) {
	amount, err := strconv.ParseInt(arguments["unit_amount"], 10, 64)
	if err != nil || amount < 0 {
		return nil, fmt.Errorf("unit_amount must be a whole number in the currency's smallest unit: 1000 for 10.00 USD")
	}
	return map[string]any{
		"currency":     strings.ToLower(arguments["currency"]),
		"unit_amount":  amount,
		"product_data": map[string]any{"name": arguments["product"]},
	}, nil
}

func createText(mode string, price map[string]any, arguments map[string]string, more map[string]any) (string, error) {
	body := map[string]any{
		"mode":        mode,
		"line_items":  []any{map[string]any{"quantity": 1, "price_data": price}},
		"success_url": arguments["success_url"],
	}
	for name, value := range more {
		body[name] = value
	}
	call, err := json.Marshal(map[string]any{"body": body})
	if err != nil {
		return "", err
	}
	return "Call " + operations.Create.Tool + " with " + string(call) +
		"\nThen give me the url for the customer and the id, and say what it sells, for how much, until when, and whether it is live or test mode.", nil
}

// addPrompts adds the prompts whose tools are all offered.
func addPrompts(server *mcp.Server, offers func(*operations.Operation) bool) {
	for _, p := range prompts {
		if !slices.ContainsFunc(p.needs, func(op *operations.Operation) bool { return !offers(op) }) {
			server.AddPrompt(p.Prompt, p.get)
		}
	}
}

func (p prompt) get(_ context.Context, req *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
	for _, a := range p.Arguments {
		if a.Required && req.Params.Arguments[a.Name] == "" {
			return nil, &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: fmt.Sprintf("%s is required: %s", a.Name, a.Description)}
		}
	}
	text, err := p.text(req.Params.Arguments)
	if err != nil {
		return nil, &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: err.Error()}
	}
	return &mcp.GetPromptResult{
		Description: p.Description,
		Messages:    []*mcp.PromptMessage{{Role: "user", Content: &mcp.TextContent{Text: text}}},
	}, nil
}

// complete offers the usual values of a prompt's argument. MCP can complete the
// arguments of prompts and resource templates, but not of tools.
// https://modelcontextprotocol.io/specification/2025-11-25/server/utilities/completion
func complete(_ context.Context, req *mcp.CompleteRequest) (*mcp.CompleteResult, error) {
	result := &mcp.CompleteResult{Completion: mcp.CompletionResultDetails{Values: []string{}}}
	for _, p := range prompts {
		if req.Params.Ref.Type != "ref/prompt" || req.Params.Ref.Name != p.Name {
			continue
		}
		for _, value := range p.values[req.Params.Argument.Name] {
			if strings.HasPrefix(value, strings.ToLower(req.Params.Argument.Value)) {
				result.Completion.Values = append(result.Completion.Values, value)
			}
		}
	}
	result.Completion.Total = len(result.Completion.Values)
	return result, nil
}
