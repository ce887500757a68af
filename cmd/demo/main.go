// Demo drives the real binary over stdio with a real MCP client, on the
// embedded sandbox, and prints what an agent would see.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/exec"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) < 2 {
		log.Fatal("usage: demo COMMAND [ARGUMENT…], an MCP server on stdio")
	}
	if err := run(context.Background(), os.Args[1:]); err != nil {
		log.Fatal("demo: ", err)
	}
}

func run(ctx context.Context, command []string) error {
	server := exec.Command(command[0], command[1:]...)
	server.Stderr = os.Stderr
	client := mcp.NewClient(&mcp.Implementation{Name: "demo", Version: "1"}, nil)
	session, err := client.Connect(ctx, &mcp.CommandTransport{Command: server}, nil)
	if err != nil {
		return fmt.Errorf("connecting to %s: %w", strings.Join(command, " "), err)
	}
	defer session.Close()
	a := agent{ctx, session}

	fmt.Printf("$ %s\n\n", strings.Join(command, " "))
	tools, err := session.ListTools(ctx, nil)
	if err != nil {
		return err
	}
	for _, t := range tools.Tools {
		kind := "writes"
		if t.Annotations.ReadOnlyHint {
			kind = "reads"
		}
		fmt.Printf("  %-38s %-32s %s\n", t.Name, t.Title, kind)
	}

	created, err := a.call("Sell two T-shirts for 10.00 USD each.", "stripe-post-checkout-sessions", `{"body":{"mode":"payment","line_items":[{"quantity":2,"price_data":{"currency":"usd","unit_amount":1000,"product_data":{"name":"T-shirt"}}}],"customer_email":"jenny@example.com","success_url":"https://example.com/thanks"}}`)
	if err != nil {
		return err
	}
	id, ok := created["id"].(string)
	if !ok {
		return fmt.Errorf("the created session has no id")
	}
	steps := []struct{ say, tool, arguments string }{
		{"Which sessions does jenny@example.com have?", "stripe-get-checkout-sessions", `{"customer_details":{"email":"jenny@example.com"},"fields":["id","status","amount_total","currency"]}`},
		{"Has she paid?", "stripe-get-checkout-sessions-session", `{"session":"` + id + `","fields":["status","payment_status","amount_total","url"]}`},
		{"What is in it?", "stripe-get-checkout-sessions-session-2", `{"session":"` + id + `","fields":["description","quantity","amount_total"]}`},
		{"Withdraw the offer.", "stripe-post-checkout-sessions-session", `{"session":"` + id + `"}`},
		{"Is it gone?", "stripe-get-checkout-sessions-session", `{"session":"` + id + `","fields":["status","url"]}`},
	}
	for _, step := range steps {
		if _, err := a.call(step.say, step.tool, step.arguments); err != nil {
			return err
		}
	}
	_, err = a.fail("And if the agent errs: a price of \"10.00\".", "stripe-post-checkout-sessions", `{"body":{"mode":"payment","line_items":[{"quantity":1,"price_data":{"currency":"usd","unit_amount":"10.00","product_data":{"name":"T-shirt"}}}],"success_url":"https://example.com/thanks"}}`)
	return err
}

// An agent calls tools and prints both sides.
type agent struct {
	ctx     context.Context
	session *mcp.ClientSession
}

// call prints a call that must succeed, and returns its structured content.
func (a agent) call(say, tool, arguments string) (map[string]any, error) {
	result, err := a.show(say, tool, arguments)
	if err == nil && result.IsError {
		err = fmt.Errorf("%s failed", tool)
	}
	if err != nil {
		return nil, err
	}
	object, ok := result.StructuredContent.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s gave no structured content", tool)
	}
	return object, nil
}

// fail prints a call that must fail.
func (a agent) fail(say, tool, arguments string) (*mcp.CallToolResult, error) {
	result, err := a.show(say, tool, arguments)
	if err == nil && !result.IsError {
		err = fmt.Errorf("%s should have failed", tool)
	}
	return result, err
}

func (a agent) show(say, tool, arguments string) (*mcp.CallToolResult, error) {
	fmt.Printf("\n# %s\n> %s %s\n", say, tool, arguments)
	result, err := a.session.CallTool(a.ctx, &mcp.CallToolParams{Name: tool, Arguments: json.RawMessage(arguments)})
	if err != nil {
		return nil, err
	}
	for _, content := range result.Content {
		if text, ok := content.(*mcp.TextContent); ok {
			fmt.Printf("< %s\n", shorten(text.Text))
		}
	}
	return result, nil
}

// shorten keeps what fits a terminal; an agent sees it whole.
func shorten(text string) string {
	const most = 480
	if len(text) <= most {
		return text
	}
	return fmt.Sprintf("%s… (%d bytes)", text[:most], len(text))
}
