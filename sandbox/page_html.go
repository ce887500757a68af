package sandbox

import (
	"strconv"
	"strings"

	g "maragu.dev/gomponents"

	m "github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/markup"
)

// What the pages look like in HTML. Package markup says why they are not
// templates.

// document returns a page with the banner that all of them have.
func document(title, refresh string, body ...m.Node) m.Node {
	head := []m.Node{
		some(refresh, func(to string) m.Node {
			return m.El("meta", m.Attr("http-equiv", "refresh"), m.Attr("content", "0;url="+webURL(to)))
		}),
		m.El("link", m.Attr("rel", "icon"), m.Attr("href", "/c/assets/icon.svg")),
		m.El("link", m.Attr("rel", "stylesheet"), m.Attr("href", "/c/assets/page.css")),
		m.El("script", m.Attr("src", "/c/assets/page.js"), m.Attr("defer")),
	}
	return m.Page(title+" · Sandbox", head,
		m.El("header", m.Attr("class", "banner"), m.El("strong", m.Text("Sandbox")), m.Text(" "), m.El("span", m.Text("No real money. Use test cards only."))),
		g.Group(body),
	)
}

// webURL returns a URL to follow if it is a web address: a javascript: URL
// would run in the page.
func webURL(to string) string {
	if strings.HasPrefix(to, "https://") || strings.HasPrefix(to, "http://") {
		return to
	}
	return "#"
}

// some shows a text if there is one.
func some(text string, show func(string) m.Node) m.Node {
	if text == "" {
		return nil
	}
	return show(text)
}

// element returns a function that shows a text in an element with a class.
func element(name, class string) func(string) m.Node {
	return func(text string) m.Node { return m.El(name, m.Attr("class", class), m.Text(text)) }
}

// attribute returns a function that shows a text as the value of an attribute.
func attribute(name string) func(string) m.Node {
	return func(value string) m.Node { return m.Attr(name, value) }
}

func rows(all []row) m.Node {
	return g.Map(all, func(r row) m.Node {
		return m.El("div", g.If(r.Strong, m.Attr("class", "strong")), m.El("dt", m.Text(r.Label)), m.El("dd", m.Text(r.Text)))
	})
}

func (n notice) html() m.Node {
	return document(n.Title, n.Refresh, m.El("main", m.Attr("class", "notice"),
		m.El("div", m.Attr("class", "mark "+n.Mark), m.Attr("aria-hidden", "true")),
		m.El("h1", m.Text(n.Title)),
		g.Map(n.Paragraphs, func(text string) m.Node { return m.El("p", m.Text(text)) }),
		g.If(len(n.Rows) > 0, m.El("dl", rows(n.Rows))),
		g.Iff(n.Link != nil, func() m.Node {
			return m.El("a", m.Attr("class", "button"), m.Attr("href", webURL(n.Link.URL)), m.Text(n.Link.Text))
		}),
		some(n.ID, element("p", "id")),
	))
}

func (c challenge) html() m.Node {
	facts := []row{{Label: "Shop", Text: c.Shop}}
	if c.Amount != "" {
		facts = append(facts, row{Label: "Amount", Text: c.Amount})
	}
	facts = append(facts, row{Label: "Card", Text: c.Card})
	const title = "Confirm it’s you"
	return document(title, "", m.El("main", m.Attr("class", "notice"),
		m.El("div", m.Attr("class", "mark lock"), m.Attr("aria-hidden", "true")),
		m.El("h1", m.Text(title)),
		m.El("p", m.Text("This stands in for the 3D Secure step that the card’s bank requires. There is no bank here: you decide how it ends.")),
		m.El("dl", rows(facts)),
		m.El("form", m.Attr("method", "post"), m.Attr("action", c.Action),
			g.Map(c.Hidden, func(i input) m.Node {
				return m.El("input", m.Attr("type", "hidden"), m.Attr("name", i.Name), m.Attr("value", i.Value))
			}),
			m.El("input", m.Attr("type", "hidden"), m.Attr("name", "action"), m.Attr("value", "pay")),
			m.El("button", m.Attr("class", "button"), m.Attr("name", "authentication"), m.Attr("value", "complete"), m.Text("Complete authentication")),
			m.Text(" "),
			m.El("button", m.Attr("class", "button quiet"), m.Attr("name", "authentication"), m.Attr("value", "fail"), m.Text("Fail authentication")),
		),
	))
}

func (c checkout) html() m.Node {
	return document(c.Title, "", m.El("form", m.Attr("id", "checkout"), m.Attr("method", "post"), m.Attr("action", c.Action), m.Attr("novalidate"),
		// The Enter key presses the first button.
		m.El("button", m.Attr("class", "hidden"), m.Attr("name", "action"), m.Attr("value", "pay"), m.Attr("tabindex", "-1"), m.Attr("aria-hidden", "true"), m.Text("Pay")),
		m.El("main", m.Attr("class", "checkout"), c.summary(), c.details()),
	))
}

// live marks what page.js replaces when the totals change.
func live() m.Node { return m.Attr("data-live") }

// updates marks inputs after which page.js fetches new totals.
func updates() m.Node { return m.Attr("data-update") }

func (c checkout) summary() m.Node {
	back := m.El("p", m.Attr("class", "back"), m.Text(c.Shop))
	if c.CancelURL != "" {
		back = m.El("a", m.Attr("class", "back"), m.Attr("href", webURL(c.CancelURL)), m.El("span", m.Attr("aria-hidden", "true"), m.Text("←")), m.Text(" Back to "+c.Shop))
	}
	return m.El("section", m.Attr("class", "summary"), m.Attr("aria-label", "Order"), m.El("div", m.Attr("class", "inner"),
		back,
		m.El("h1", m.El("span", m.Attr("class", "headline"), m.Text(c.Title)), m.Text("\n"),
			m.El("span", m.Attr("class", "amount"), m.Attr("id", "amount"), live(), m.Attr("aria-live", "polite"), m.Text(c.Amount),
				some(c.Per, func(per string) m.Node { return g.Group{m.Text(" "), m.El("small", m.Text(per))} }))),
		some(c.Terms, func(terms string) m.Node {
			return m.El("p", m.Attr("class", "terms"), m.Attr("id", "terms"), live(), m.Text(terms))
		}),
		g.If(len(c.Lines) > 0, m.El("ul", m.Attr("class", "lines"), g.Map(c.Lines, position.line))),
		g.If(len(c.Offers) > 0, m.El("fieldset", m.Attr("class", "offers"), m.El("legend", m.Text("Add to your order")), g.Map(c.Offers, position.offer))),
		g.If(len(c.Rows) > 0, m.El("dl", m.Attr("class", "totals"), m.Attr("id", "totals"), live(), rows(c.Rows))),
		g.Iff(c.Promotion != nil, func() m.Node {
			return m.El("div", m.Attr("class", "promotion"), c.Promotion.html(), updateButton("Apply"))
		}),
		m.El("noscript", updateButton("Update total")),
	))
}

// updateButton is for browsers without a script.
func updateButton(label string) m.Node {
	return m.El("button", m.Attr("class", "button quiet"), m.Attr("name", "action"), m.Attr("value", "update"), m.Text(label))
}

func (p position) thumb() m.Node {
	return m.El("span", m.Attr("class", "thumb"), m.Attr("aria-hidden", "true"), m.Text(p.Initial))
}

// quantity returns the input for a quantity.
func (p position) quantity(low int64, more ...m.Node) m.Node {
	return m.El("input", m.Attr("id", p.ID), m.Attr("type", "number"), m.Attr("inputmode", "numeric"), m.Attr("name", p.Input), m.Attr("value", strconv.FormatInt(p.Quantity, 10)),
		m.Attr("min", strconv.FormatInt(low, 10)), m.Attr("max", strconv.FormatInt(p.High, 10)), updates(), g.Group(more))
}

func (p position) line() m.Node {
	return m.El("li",
		p.thumb(),
		m.El("div", m.Attr("class", "what"),
			m.El("span", m.Attr("class", "name"), m.Text(p.Name)), m.Text("\n"),
			some(p.Description, element("span", "muted")), m.Text("\n"),
			some(p.Unit, element("span", "muted")), m.Text("\n"),
			g.Iff(p.Adjustable, func() m.Node {
				return g.Group{
					m.El("span", m.Attr("class", "quantity"), m.El("label", m.Attr("for", p.ID), m.Text("Quantity")), m.Text(" "), p.quantity(p.Low, invalid(p.Error, p.ID+"-error"))),
					some(p.Error, func(text string) m.Node {
						return m.El("span", m.Attr("class", "error"), m.Attr("id", p.ID+"-error"), m.Text(text))
					}),
				}
			}),
		),
		m.El("span", m.Attr("class", "price"), m.Attr("id", p.ID+"-price"), live(), m.Text(p.Price)),
	)
}

func (p position) offer() m.Node {
	choice := m.El("input", m.Attr("id", p.ID), m.Attr("type", "checkbox"), m.Attr("name", p.Input), m.Attr("value", strconv.FormatInt(p.Low, 10)), g.If(p.Quantity != 0, m.Attr("checked")), updates())
	if p.Adjustable {
		choice = p.quantity(0, m.Attr("aria-label", "Quantity of "+p.Name))
	}
	return m.El("div", m.Attr("class", "offer"),
		p.thumb(),
		m.El("div", m.Attr("class", "what"), m.El("label", m.Attr("class", "name"), m.Attr("for", p.ID), m.Text(p.Name)), some(p.Unit, element("span", "muted"))),
		choice,
	)
}

func (c checkout) details() m.Node {
	attention := "These need your attention:"
	if len(c.Problems) == 1 {
		attention = "This needs your attention:"
	}
	return m.El("section", m.Attr("class", "details"), m.Attr("aria-label", "Your details"), m.El("div", m.Attr("class", "inner"),
		some(c.Notice, element("p", "note")),
		g.If(len(c.Problems) > 0, m.El("div", m.Attr("class", "problems"), m.Attr("role", "alert"), m.Attr("tabindex", "-1"), m.Attr("autofocus"),
			m.El("p", m.Text(attention)),
			m.El("ul", g.Map(c.Problems, func(p problem) m.Node {
				if p.ID == "" {
					return m.El("li", m.Text(p.Text))
				}
				return m.El("li", m.El("a", m.Attr("href", "#"+p.ID), m.Text(p.Text)))
			})),
		)),
		m.El("div", m.Attr("class", "try"), m.El("p", m.Text("Just trying it out?")),
			m.El("button", m.Attr("class", "button quiet"), m.Attr("name", "action"), m.Attr("value", "fill"), m.Text("Fill in test details"))),
		g.Map(c.Sections, section.html),
		g.If(len(c.Methods) > 0, m.El("fieldset", m.Attr("class", "section methods"), m.El("legend", m.Text("Payment")),
			g.Map(c.Methods, func(one method) m.Node { return one.html(c.SeveralMethods) }))),
		g.Map(c.Last, section.html),
		m.El("button", m.Attr("class", "button pay"), m.Attr("name", "action"), m.Attr("value", "pay"), m.El("span", m.Attr("id", "pay-label"), live(), m.Text(c.Button))),
		some(c.SubmitText, element("p", "hint center")),
		m.El("p", m.Attr("class", "foot"), m.Text("This page belongs to the sandbox of stripe-checkout-mcp and stands in for Stripe’s. Nothing you enter leaves it.")),
	))
}

func (s section) html() m.Node {
	return m.El("fieldset", m.Attr("class", "section"), m.El("legend", m.Text(s.Title)),
		m.El("div", m.Attr("class", "fields"), g.Map(s.Fields, field.html)),
		g.If(len(s.Options) > 0, m.El("div", m.Attr("class", "options"), g.Map(s.Options, func(o option) m.Node {
			return m.El("label", m.Attr("class", "option"),
				m.El("input", m.Attr("type", "radio"), m.Attr("name", o.Name), m.Attr("value", o.Value), g.If(o.Selected, m.Attr("checked")), updates()),
				m.El("span", m.Attr("class", "what"), m.El("span", m.Attr("class", "name"), m.Text(o.Label)), some(o.Hint, element("span", "muted"))),
				m.El("span", m.Attr("class", "price"), m.Text(o.Price)))
		}))),
		some(s.Text, element("p", "hint")),
	)
}

func (p method) html(several bool) m.Node {
	choice := m.El("input", m.Attr("type", "hidden"), m.Attr("name", "payment_method"), m.Attr("value", p.Type))
	if several {
		choice = m.El("label", m.Attr("class", "option"),
			m.El("input", m.Attr("type", "radio"), m.Attr("name", "payment_method"), m.Attr("value", p.Type), g.If(p.Selected, m.Attr("checked"))),
			m.El("span", m.Attr("class", "name"), m.Text(p.Label)))
	}
	return m.El("div", m.Attr("class", "method"),
		choice,
		m.El("div", m.Attr("class", "panel"),
			m.El("div", m.Attr("class", "fields"), g.Map(p.Fields, field.html)),
			m.El("div", m.Attr("class", "numbers"), m.El("p", m.Text("Test numbers")), m.El("ul", g.Map(p.Numbers, func(n testNumber) m.Node {
				return m.El("li", m.El("button", m.Attr("type", "button"), m.Attr("data-number", n.Number), m.Attr("data-for", n.For),
					m.El("span", m.Attr("class", "number"), m.Text(n.Shown)), m.Text(" "), m.El("span", m.Text(n.Does))))
			}))),
		),
	)
}

// invalid marks an input that has an error. If the error is elsewhere on the
// page, describedBy is its id.
func invalid(text, describedBy string) m.Node {
	if text == "" {
		return nil
	}
	return g.Group{m.Attr("aria-invalid", "true"), some(describedBy, attribute("aria-describedby"))}
}

func (f field) html() m.Node {
	problem := some(f.Error, func(text string) m.Node {
		return m.El("p", m.Attr("class", "error"), m.Attr("id", f.ID()+"-error"), m.Text(text))
	})
	wrong := ""
	if f.Error != "" {
		wrong = " wrong"
	}
	if f.Type == "checkbox" {
		return m.El("div", m.Attr("class", "check"+wrong),
			m.El("input", m.Attr("type", "checkbox"), m.Attr("id", f.ID()), m.Attr("name", f.Name), m.Attr("value", "true"), g.If(f.Value == "true", m.Attr("checked")), invalid(f.Error, f.ID()+"-error")),
			m.Text(" "),
			m.El("label", m.Attr("for", f.ID()), m.Text(f.Label)),
			problem,
		)
	}
	half := ""
	if f.Half {
		half = " half"
	}
	return m.El("div", m.Attr("class", "field"+half+wrong),
		m.El("label", m.Attr("for", f.ID()), m.Text(f.Label), g.If(f.Optional, g.Group{m.Text(" "), m.El("span", m.Attr("class", "optional"), m.Text("optional"))})),
		f.control(),
		some(f.Hint, func(text string) m.Node {
			return m.El("p", m.Attr("class", "hint"), m.Attr("id", f.ID()+"-hint"), m.Text(text))
		}),
		problem,
	)
}

func (f field) control() m.Node {
	described := g.Group{invalid(f.Error, ""), some(f.DescribedBy(), attribute("aria-describedby"))}
	switch f.Type {
	case "fixed":
		return m.El("input", m.Attr("id", f.ID()), m.Attr("type", "text"), m.Attr("value", f.Value), m.Attr("readonly"))
	case "select":
		return m.El("select", m.Attr("id", f.ID()), m.Attr("name", f.Name), some(f.Autocomplete, attribute("autocomplete")), described,
			g.Map(f.Options, func(o option) m.Node {
				return m.El("option", m.Attr("value", o.Value), g.If(o.Selected, m.Attr("selected")), m.Text(o.Label))
			}))
	}
	return m.El("input", m.Attr("id", f.ID()), m.Attr("name", f.Name), m.Attr("type", f.Type), m.Attr("value", f.Value),
		some(f.Autocomplete, attribute("autocomplete")), some(f.InputMode, attribute("inputmode")), some(f.Placeholder, attribute("placeholder")),
		g.If(f.Updates, updates()), g.If(f.Required, m.Attr("aria-required", "true")), described)
}
