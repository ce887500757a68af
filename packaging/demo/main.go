// Demo drives the real server, on the embedded sandbox, with a real MCP client.
// It prints what the agent sends and receives, from the offer to the payment,
// which is made in a browser if there is one. With -svg it draws that as a
// picture for the README, a terminal that fills line by line.
//
//	go run ./packaging/demo dist/stripe-checkout-mcp stdio --sandbox
//	go run ./packaging/demo -svg -screenshots docs dist/stripe-checkout-mcp stdio --sandbox >docs/demo.svg
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"html"
	"log"
	"os/exec"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("demo: ")
	svg := flag.Bool("svg", false, "draw a picture")
	screenshots := flag.String("screenshots", "", "a `folder` for screenshots of the payment page")
	flag.Parse()
	if flag.NArg() == 0 {
		log.Fatal("usage: demo [-svg] COMMAND [ARGUMENT…], an MCP server on stdio")
	}
	var r recording
	if err := r.record(context.Background(), flag.Args(), *screenshots); err != nil {
		log.Fatal(err)
	}
	if *svg {
		fmt.Print(r.svg())
	} else {
		fmt.Print(r.text())
	}
}

// A recording is lines of text, each with a kind and the time when it appears.
type recording struct {
	lines []line
	clock float64 // seconds
}

type line struct {
	kind, text string
	at         float64
}

const columns = 100

// say adds a line, or several if it is long, after a pause.
func (r *recording) say(kind, text string, pause float64) {
	if len(r.lines) > 0 { // a picture that starts empty looks broken
		r.clock += pause
	}
	mark, rest, _ := strings.Cut(id.ReplaceAllString(text, "$1…"), " ")
	indent := strings.Repeat(" ", utf8.RuneCountInString(mark)+1)
	for first := true; first || rest != ""; first = false {
		part := breakLine(rest, columns-utf8.RuneCountInString(indent))
		rest = rest[len(part):]
		lead := indent
		if first {
			lead = mark + " "
		}
		r.lines = append(r.lines, line{kind, lead + part, r.clock})
	}
}

// breakLine returns as much of the text as fits, up to a comma or a space if
// there is one.
func breakLine(text string, width int) string {
	runes := []rune(text)
	if len(runes) <= width {
		return text
	}
	part := string(runes[:width])
	if i := strings.LastIndexAny(part, ", "); i > 0 {
		return part[:i+1]
	}
	return part
}

// id matches session IDs, which are long.
var id = regexp.MustCompile(`(cs_test_[A-Za-z0-9]{8})[A-Za-z0-9]+`)

func (r *recording) record(ctx context.Context, command []string, screenshots string) (err error) {
	server := exec.Command(command[0], command[1:]...)
	var stderr bytes.Buffer
	server.Stderr = &stderr
	defer func() {
		if err != nil {
			err = fmt.Errorf("%w\n%s", err, &stderr)
		}
	}()
	session, err := mcp.NewClient(&mcp.Implementation{Name: "demo", Version: "1"}, nil).Connect(ctx, &mcp.CommandTransport{Command: server}, nil)
	if err != nil {
		return err
	}
	defer session.Close()

	created, err := r.call(ctx, session, step{"Sell Jenny two T-shirts for 10.00 USD each.", operations.Create.Tool,
		`{"body":{"mode":"payment","line_items":[{"quantity":2,"price_data":{"currency":"usd","unit_amount":1000,"product_data":{"name":"T-shirt"}}}],"customer_email":"jenny@example.com","success_url":"https://example.com/thanks"}}`,
		[]string{"id", "amount_total", "status", "url"}, false, nil})
	if err != nil {
		return err
	}
	id, hasID := created["id"].(string)
	link, hasLink := created["url"].(string)
	if !hasID || !hasLink {
		return errors.New("the created session has no id or no url")
	}
	for _, s := range []step{
		{"Tell me when she has paid.", operations.Retrieve.Tool, `{"session":"` + id + `","wait_seconds":50,"fields":["status","payment_status","amount_total"]}`, nil, false, func() error {
			r.say("page", "● Jenny opens the link and pays with the card "+testCard+".", 1.6)
			return pay(ctx, link, screenshots)
		}},
		{"What did she buy?", operations.LineItems.Tool, `{"session":"` + id + `","fields":["description","quantity","amount_total"]}`, nil, false, nil},
		{"Sell one more, for \"10.00\".", operations.Create.Tool, `{"body":{"mode":"payment","line_items":[{"quantity":1,"price_data":{"currency":"usd","unit_amount":"10.00","product_data":{"name":"T-shirt"}}}],"success_url":"https://example.com/thanks"}}`, nil, true, nil},
	} {
		if _, err := r.call(ctx, session, s); err != nil {
			return err
		}
	}
	open, err := r.call(ctx, session, step{"Which offers to Ada are still open?", operations.List.Tool, `{"customer":"cus_sandbox_ada","status":"open","fields":["id","amount_total","metadata.order"]}`, nil, false, nil})
	if err != nil {
		return err
	}
	offers, _ := open["data"].([]any)
	if len(offers) == 0 {
		return errors.New("the sandbox has no open session for Ada")
	}
	offer, _ := offers[0].(map[string]any)
	_, err = r.call(ctx, session, step{"Withdraw it.", operations.Expire.Tool, fmt.Sprintf(`{"session":"%s"}`, offer["id"]), []string{"id", "status", "url"}, false, nil})
	return err
}

// A step is what a person says and the call that the agent makes in response.
type step struct {
	say, tool, arguments string
	keys                 []string // which keys of the result to show; nil means all
	fails                bool
	meanwhile            func() error // what happens during the call
}

// call shows a step and its result.
func (r *recording) call(ctx context.Context, session *mcp.ClientSession, s step) (map[string]any, error) {
	r.say("person", "› "+s.say, 0.9)
	r.say("call", "→ "+s.tool+" "+s.arguments, 1.1)
	var result *mcp.CallToolResult
	called := make(chan error, 1)
	go func() {
		var err error
		result, err = session.CallTool(ctx, &mcp.CallToolParams{Name: s.tool, Arguments: json.RawMessage(s.arguments)})
		called <- err
	}()
	if s.meanwhile != nil {
		if err := s.meanwhile(); err != nil {
			return nil, err
		}
	}
	if err := <-called; err != nil {
		return nil, err
	}
	object, _ := result.StructuredContent.(map[string]any)
	text, ok := result.Content[0].(*mcp.TextContent)
	switch {
	case !ok:
		return nil, fmt.Errorf("%s returned no text", s.tool)
	case result.IsError != s.fails:
		return nil, fmt.Errorf("%s: error %v, want %v: %s", s.tool, result.IsError, s.fails, text.Text)
	case result.IsError:
		r.say("error", "← "+text.Text, 0.5)
	case s.keys != nil:
		r.say("result", "← "+only(object, s.keys), 0.5)
	default:
		r.say("result", "← "+text.Text, 0.5)
	}
	r.lines = append(r.lines, line{at: r.clock})
	return object, nil
}

// only returns an object with just the given members, and "…" for the rest.
func only(object map[string]any, keys []string) string {
	var members []string
	for _, key := range keys {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(object[key]); err != nil {
			panic(err) // can't happen: it was decoded from JSON
		}
		members = append(members, fmt.Sprintf("%q:%s", key, strings.TrimSpace(b.String())))
	}
	return "{" + strings.Join(members, ",") + ",…}"
}

func (r *recording) text() string {
	var b strings.Builder
	for _, l := range r.lines {
		fmt.Fprintln(&b, l.text)
	}
	return b.String()
}

// svg draws the terminal. A style sheet makes the lines appear one by one, so
// anyone without animations, by choice or not, still sees all of them.
func (r *recording) svg() string {
	const (
		width, advance, leading = 920, 8.8, 19
		left, top               = 20, 58
	)
	lines := r.lines[:len(r.lines)-1] // the last is empty
	height := top + len(lines)*leading + 12
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" role="img" aria-label="An agent sells with Stripe Checkout: calls of the MCP tools and their results, recorded on the sandbox">
<style>
text { font: 14.6px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; white-space: pre; fill: #c9d1d9 }
.person { fill: #ffffff; font-weight: 600 } .call { fill: #79c0ff } .result { fill: #7ee787 } .error { fill: #ffa198 } .page { fill: #e3b341 } .title { fill: #8b949e }
@keyframes appear { from { opacity: 0 } to { opacity: 1 } }
@media (prefers-reduced-motion: reduce) { text { animation: none !important } }
</style>
<rect width="%[1]d" height="%[2]d" rx="10" fill="#0d1117"/>
<circle cx="24" cy="22" r="6" fill="#ff5f57"/><circle cx="44" cy="22" r="6" fill="#febc2e"/><circle cx="64" cy="22" r="6" fill="#28c840"/>
<text class="title" x="%d" y="27" text-anchor="middle">stripe-checkout-mcp stdio --sandbox</text>
`, width, height, width/2)
	for i, l := range lines {
		if l.text == "" {
			continue
		}
		appears := ""
		if l.at > 0 {
			appears = fmt.Sprintf(` style="animation: appear 0.2s linear %.1fs backwards"`, l.at)
		}
		fmt.Fprintf(&b, `<text class="%s"%s x="%d" y="%d" textLength="%.1f" lengthAdjust="spacingAndGlyphs" xml:space="preserve">%s</text>`+"\n",
			l.kind, appears, left, top+i*leading, advance*float64(utf8.RuneCountInString(l.text)), html.EscapeString(l.text))
	}
	b.WriteString("</svg>\n")
	return b.String()
}
