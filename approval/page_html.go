package approval

import (
	"fmt"

	g "maragu.dev/gomponents"

	m "github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/markup"
)

// html returns the page as HTML.
func (p page) html() m.Node {
	title := map[string]string{"ask": "Approve: " + p.Title, "approved": "Approved", "declined": "Declined", "failed": "Nothing to approve"}
	content := g.Group{m.El("h1", m.Text("Nothing to approve")), m.El("p", m.Attr("role", "alert"), m.Text(p.Problem))}
	if p.State != "failed" {
		content = g.Group{p.mode(), p.heading(), p.question(), g.If(p.State == "ask", p.form())}
	}
	return m.Page(title[p.State], []m.Node{m.El("style", m.Raw(pageCSS))},
		m.El("main", m.Attr("data-state", p.State), content))
}

func (p page) mode() m.Node {
	if p.Livemode {
		return m.El("p", m.Attr("class", "mode live"), m.Text("Live mode: this is real money"))
	}
	return m.El("p", m.Attr("class", "mode test"), m.Text("Test mode: no real money"))
}

func (p page) heading() m.Node {
	switch p.State {
	case "approved":
		return g.Group{
			m.El("h1", m.Text("Approved")),
			m.El("p", m.Text(fmt.Sprintf("Give this code to the agent. It is valid only for this call, once, for the next %d min.", p.Minutes))),
			m.El("p", m.El("output", m.Attr("id", "code"), m.Attr("aria-label", "Approval code"), m.Text(p.Code))),
			m.El("p", m.Attr("class", "quiet"), m.Text("Say, for example: “Approved. Call again with the same arguments and this code as idempotency_key.”")),
		}
	case "declined":
		return g.Group{
			m.El("h1", m.Text("Declined")),
			m.El("p", m.Text("Nothing was done, and no code was given out. Tell the agent not to try again.")),
		}
	}
	return g.Group{
		m.El("h1", m.Text(p.Title)),
		m.El("p", m.Text("An agent wants to do this and needs your approval.")),
	}
}

func (p page) question() m.Node {
	return g.Group{
		m.El("dl", g.Map(p.Facts, func(f Fact) m.Node { return m.El("div", m.El("dt", m.Text(f.Name)), m.El("dd", m.Text(f.Value))) })),
		g.If(len(p.Items) > 0, m.El("section", m.Attr("aria-labelledby", "items"),
			m.El("h2", m.Attr("id", "items"), m.Text("In the agent’s words")),
			m.El("ul", g.Map(p.Items, func(item string) m.Node { return m.El("li", m.Text(item)) })),
		)),
	}
}

func (p page) form() m.Node {
	describedBy, wrong, problem := "hint", m.Node(nil), m.Node(nil)
	if p.Problem != "" {
		describedBy, wrong = "problem hint", m.Attr("aria-invalid", "true")
		problem = m.El("p", m.Attr("id", "problem"), m.Attr("class", "problem"), m.Attr("role", "alert"), m.Text(p.Problem))
	}
	return m.El("form", m.Attr("method", "post"), m.Attr("action", "./"), m.Attr("autocomplete", "off"),
		m.El("input", m.Attr("type", "hidden"), m.Attr("name", "request"), m.Attr("value", p.Request)),
		m.El("label", m.Attr("for", "token"), m.Text("Your approval token")), m.Text("\n"),
		m.El("input", m.Attr("id", "token"), m.Attr("name", "token"), m.Attr("type", "password"), m.Attr("required"), m.Attr("autocomplete", "current-password"), m.Attr("aria-describedby", describedBy), wrong),
		problem,
		m.El("p", m.Attr("id", "hint"), m.Attr("class", "quiet"), m.Text("Whoever runs this server gives it to people who may approve. Never give it to an agent.")),
		m.El("div", m.Attr("class", "buttons"),
			m.El("button", m.Attr("name", "answer"), m.Attr("value", "approve"), m.Text("Approve")), m.Text("\n"),
			m.El("button", m.Attr("name", "answer"), m.Attr("value", "decline"), m.Attr("class", "second"), m.Text("Decline")),
		),
		m.El("p", m.Attr("class", "quiet"), m.Text(fmt.Sprintf("This page is valid for %d min.", p.Minutes))),
	)
}
