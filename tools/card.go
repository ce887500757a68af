package tools

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/currency"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
)

//go:generate sh -c "cd testdata/node && npm ci"
//go:generate sh -c "cp testdata/node/node_modules/lean-qr/index.js card/lean-qr.js"
//go:generate sh -c "cp testdata/node/node_modules/lean-qr/LICENSE card/lean-qr.LICENSE"

// The card is a small page that shows a session in a chat, by the MCP Apps
// extension. Only a client that declares the extension is told about it.
// https://github.com/modelcontextprotocol/ext-apps/blob/main/specification/2026-01-26/apps.mdx
const (
	appsExtension = "io.modelcontextprotocol/ui"
	cardURI       = "ui://stripe-checkout-mcp/session"
	cardType      = "text/html;profile=mcp-app"
)

var (
	//go:embed card/card.html
	cardPage string
	//go:embed card/lean-qr.js
	qrEncoder string // the npm package, unchanged
	//go:embed card/lean-qr.LICENSE
	qrLicense string
)

// withCard are the operations that return a single session to show.
var withCard = []*operations.Operation{operations.Create, operations.Retrieve}

// ShowsCard reports whether the client that sent the request shows cards. Over
// stateless HTTP, a client of a protocol version before 2026-07-28 says so in
// one request and can't be recognized in the next, so it gets no cards.
func ShowsCard(req mcp.Request) bool {
	client, ok := req.(interface {
		ClientCapabilities() *mcp.ClientCapabilities
	})
	if !ok {
		return false
	}
	if _, initializes := req.GetParams().(*mcp.InitializeParams); initializes && overHTTP(req) {
		return false
	}
	declared := client.ClientCapabilities()
	if declared == nil {
		return false
	}
	settings, _ := declared.Extensions[appsExtension].(map[string]any)
	types, _ := settings["mimeTypes"].([]any)
	return slices.Contains(types, any(cardType))
}

func overHTTP(req mcp.Request) bool {
	extra := req.GetExtra()
	return extra != nil && extra.Header != nil
}

// addCard offers the card to clients that show it.
func addCard(server *mcp.Server, offers func(*operations.Operation) bool) {
	page := sync.OnceValues(func() (string, error) { return card(offers) }) // most clients show none
	server.AddResource(&mcp.Resource{
		URI: cardURI, Name: "checkout-session-card", Title: "Checkout Session card", MIMEType: cardType,
		Description: "Shows a Checkout Session in the chat.",
	}, func(context.Context, *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
		text, err := page()
		if err != nil {
			return nil, err
		}
		return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{{
			URI: cardURI, MIMEType: cardType, Text: text,
			Meta: mcp.Meta{"ui": map[string]any{"prefersBorder": false}}, // the card has its own
		}}}, nil
	})
	server.AddReceivingMiddleware(offerCard)
}

// card returns the page, filled in with what it has to know about this server.
func card(offers func(*operations.Operation) bool) (string, error) {
	tool := func(o *operations.Operation) string {
		if !offers(o) {
			return ""
		}
		return o.Tool
	}
	decimals := map[string]int{}
	for _, code := range currency.Codes() {
		if n := currency.Decimals(code); n != 2 {
			decimals[code] = n
		}
	}
	served, err := json.Marshal(map[string]any{
		"retrieve": tool(operations.Retrieve), "expire": tool(operations.Expire), "decimals": decimals,
	})
	if err != nil {
		return "", fmt.Errorf("writing the card: %w", err)
	}
	return strings.NewReplacer(
		"{{served}}", string(served),
		"{{lean-qr}}", qrEncoder,
		"{{lean-qr.LICENSE}}", qrLicense,
	).Replace(cardPage), nil
}

// offerCard tells only the clients that show the card about it. To all others,
// the server has no resources.
func offerCard(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		result, err := next(ctx, method, req)
		if err != nil {
			return result, err
		}
		shows := ShowsCard(req)
		switch result := result.(type) {
		case *mcp.InitializeResult:
			declareCard(result.Capabilities, shows)
		case *mcp.DiscoverResult:
			declareCard(result.Capabilities, shows)
		case *mcp.ListToolsResult:
			if shows {
				linkCard(result.Tools)
			}
		}
		return result, nil
	}
}

func declareCard(offered *mcp.ServerCapabilities, shows bool) {
	if !shows {
		offered.Resources = nil
		return
	}
	offered.AddExtension(appsExtension, nil)
}

// linkCard replaces the tools that have a card with copies that point to it.
func linkCard(tools []*mcp.Tool) {
	for i, t := range tools {
		if slices.ContainsFunc(withCard, func(o *operations.Operation) bool { return o.Tool == t.Name }) {
			linked := *t // the original is shared by all clients
			linked.Meta = mcp.Meta{"ui": map[string]any{"resourceUri": cardURI}}
			tools[i] = &linked
		}
	}
}
