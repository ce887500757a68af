package sandbox

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	g "maragu.dev/gomponents"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/currency"
)

//go:embed page
var pageFiles embed.FS

// assets are what a page loads besides itself, and nothing from elsewhere.
var assets = map[string]struct{ file, contentType string }{
	"/c/assets/page.css": {"page/page.css", "text/css; charset=utf-8"},
	"/c/assets/page.js":  {"page/page.js", "text/javascript; charset=utf-8"},
	"/c/assets/icon.svg": {"page/icon.svg", "image/svg+xml"},
}

const contentSecurityPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// servePage answers everything below /c/: the pages on which sessions are paid.
// As at Stripe, whoever has a session's url can pay it.
func (s *Server) servePage(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Security-Policy", contentSecurityPolicy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	if asset, ok := assets[r.URL.Path]; ok {
		content, _ := pageFiles.ReadFile(asset.file) // embedded
		header.Set("Content-Type", asset.contentType)
		header.Set("Cache-Control", "no-cache")
		_, _ = w.Write(content)
		return
	}
	header.Set("Cache-Control", "no-store")
	id, step, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, pagePath), "/")
	account, now, ok := s.find(id)
	if !ok || step != "" && step != "done" {
		render(w, http.StatusNotFound, notice{
			Title: "There is no such session", Mark: "over",
			Paragraphs: []string{"This sandbox has no Checkout Session for this link. A sandbox without a file forgets everything when it ends."},
		}.html())
		return
	}
	session, ok := account.session(id)
	p := payPage{account: account, session: session, now: now}
	switch {
	case r.Method == http.MethodPost && ok:
		// Another site must not pay on a person's behalf, not even with play
		// money.
		if err := new(http.CrossOriginProtection).Check(r); err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		p.post(w, r)
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		p.get(w, r, step)
	default:
		header.Set("Allow", "GET, HEAD, POST")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	}
}

// find looks for a session in all accounts, because a page's URL doesn't name
// one.
func (s *Server) find(id string) (*account, int64, bool) {
	for _, a := range s.all() {
		if _, ok := a.session(id); ok {
			return a, a.present(s.now().Unix()), true
		}
	}
	return nil, 0, false
}

// render writes a page.
func render(w http.ResponseWriter, status int, page g.Node) {
	var b bytes.Buffer
	_ = page.Render(&b) // a buffer takes everything
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = b.WriteTo(w)
}

// payPage is one request for a session's page.
type payPage struct {
	account *account
	session *session
	now     int64
}

func (p *payPage) url() string { return pagePath + p.session.id }

func (p *payPage) get(w http.ResponseWriter, r *http.Request, step string) {
	switch status := p.session.statusAt(p.now); {
	case status == "expired":
		render(w, http.StatusOK, p.expired().html())
	case status == "complete":
		n := p.completed()
		if step == "done" && n.Link != nil {
			n.Refresh = n.Link.URL
		}
		render(w, http.StatusOK, n.html())
	case step == "done":
		http.Redirect(w, r, p.url(), http.StatusSeeOther)
	default:
		render(w, http.StatusOK, p.checkout(p.session, values{}, nil).html())
	}
}

// maxPageBytes is far more than a person enters.
const maxPageBytes = 64 << 10

func (p *payPage) post(w http.ResponseWriter, r *http.Request) {
	if p.session.statusAt(p.now) != "open" {
		http.Redirect(w, r, p.url(), http.StatusSeeOther)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPageBytes))
	if err != nil {
		http.Error(w, "this is more than the page sends", http.StatusRequestEntityTooLarge)
		return
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		http.Error(w, "this is not what the page sends", http.StatusBadRequest)
		return
	}
	action := form.Get("action")
	p.session.countAmount(form)
	entered, problem := decodeEntered(form)
	if problem != nil {
		render(w, http.StatusUnprocessableEntity, p.checkout(p.session, entered, []*apiError{problem}).html())
		return
	}
	if action == "fill" {
		entered = p.session.fill(entered)
	}
	chosen, problem := p.session.choose(entered, p.now)
	if problem != nil {
		render(w, http.StatusUnprocessableEntity, p.checkout(p.session, entered, []*apiError{problem}).html())
		return
	}
	if action != "pay" {
		render(w, http.StatusOK, p.checkout(chosen, entered, nil).html())
		return
	}

	problems := append(chosen.problems(entered), chosen.cardProblems(entered, p.now)...)
	if len(problems) == 0 && chosen.needsPaymentMethod() {
		method, err := chosen.method(entered)
		switch {
		case err != nil:
			problems = []*apiError{err}
		case method.authenticate && !entered.has("authentication"):
			render(w, http.StatusOK, p.challenge(chosen, form, method).html())
			return
		}
	}
	if len(problems) == 0 {
		var refused *apiError
		failed := p.account.journal.keep(func() { _, refused = p.account.pay(p.session.id, entered, p.now, nil) })
		if err := cmp.Or(failed, refused); err != nil {
			problems = []*apiError{err}
		}
	}
	if len(problems) > 0 {
		delete(entered, "authentication")
		render(w, http.StatusUnprocessableEntity, p.checkout(chosen, entered, problems).html())
		return
	}
	http.Redirect(w, r, p.url()+"/done", http.StatusSeeOther)
}

// countAmount converts the amount that a customer chose to the API's unit.
// Anything that is not an amount stays as it is, and is refused later.
func (s *session) countAmount(form url.Values) {
	text := strings.ReplaceAll(strings.TrimSpace(form.Get("amount")), ",", "")
	if !decimalPattern().MatchString(text) {
		return
	}
	amount, _ := new(big.Rat).SetString(text)
	unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(currency.Decimals(s.currency))), nil)
	if amount.Mul(amount, new(big.Rat).SetInt(unit)); amount.IsInt() {
		form.Set("amount", amount.Num().String())
	}
}

// decodeEntered decodes what a browser sends: every field, even those left
// empty.
func decodeEntered(form url.Values) (values, *apiError) {
	kept := url.Values{}
	for name, all := range form {
		if value := strings.TrimSpace(form.Get(name)); value != "" && len(all) > 0 && name != "action" {
			kept.Set(name, value)
		}
	}
	if kept.Get("tax_id[value]") == "" {
		kept.Del("tax_id[type]") // a menu always has something selected
	}
	parsed, err := parseForm(kept.Encode())
	if err != nil {
		return values{}, err
	}
	entered, err := payParams().decodeParams(parsed)
	if err != nil {
		return values{}, err
	}
	return entered, nil
}

// cardProblems says what is wrong with a card's other numbers, which only the
// page asks for.
func (s *session) cardProblems(p values, now int64) (problems []*apiError) {
	if !s.needsPaymentMethod() || p.text("payment_method") != "card" {
		return nil
	}
	if p.text("card") == "" {
		problems = append(problems, invalidCode("incomplete_number", "card", "Enter the card number."))
	}
	expiry, err := time.Parse("01/06", strings.ReplaceAll(p.text("expiry"), " ", ""))
	switch {
	case err != nil:
		problems = append(problems, invalidCode("incomplete_expiry", "expiry", "Enter the expiry date as MM/YY."))
	case expiry.AddDate(0, 1, 0).Unix() <= now:
		problems = append(problems, invalidCode("invalid_expiry_year_past", "expiry", "Your card’s expiration date is in the past."))
	}
	if cvc := p.text("cvc"); len(cvc) < 3 || len(cvc) > 4 || !digitsPattern().MatchString(cvc) {
		problems = append(problems, invalidCode("incomplete_cvc", "cvc", "Enter the security code: three or four digits."))
	}
	return problems
}

// notice is a page with a single message.
type notice struct {
	Title, Mark, ID, Refresh string
	Paragraphs               []string
	Rows                     []row
	Link                     *link
}

type row struct {
	Label, Text string
	Strong      bool
}

type link struct{ URL, Text string }

func (p *payPage) expired() notice {
	n := notice{
		Title: "This session has expired", Mark: "over", ID: p.session.id,
		Paragraphs: []string{"It can’t be paid any more. Ask the shop for a new link."},
	}
	if back := p.session.params.text("cancel_url"); back != "" {
		n.Link = &link{p.session.fillURL(back), "Back to " + shopName(back)}
	}
	return n
}

func (p *payPage) completed() notice {
	s := p.session
	n := notice{Title: "This has been paid", Mark: "done", ID: s.id}
	switch {
	case s.mode == "setup":
		n.Title, n.Paragraphs = "The payment method is saved", []string{"Nothing was charged."}
	case s.debit != nil && s.debit.settlesAt == never:
		n.Title, n.Mark = "The payment is on its way", "wait"
		n.Paragraphs = []string{"The bank hasn’t answered yet."}
	case s.debit != nil:
		n.Title, n.Mark = "The payment is on its way", "wait"
		n.Paragraphs = []string{
			fmt.Sprintf("The bank answers on %s by the sandbox’s clock.", time.Unix(s.debit.settlesAt, 0).UTC().Format("2 January 2006, 15:04 UTC")),
			"To speed this up: stripe-checkout-mcp sandbox advance 3d",
		}
	case s.paymentStatus() == "no_payment_required":
		n.Title, n.Paragraphs = "All done", []string{"Nothing was due today."}
	case s.capturedLater():
		n.Title, n.Paragraphs = "The payment is authorized", []string{"The shop will collect it later."}
	case !s.paid:
		n.Title, n.Mark, n.Paragraphs = "The payment failed", "over", []string{"The bank didn’t pay."}
	default:
		n.Paragraphs = []string{"It can’t be paid a second time."}
	}
	if s.mode != "setup" {
		n.Rows = append(n.Rows, row{Label: "Amount", Text: amountText(s.total(), s.currency)})
	}
	if s.buyer != nil && s.buyer.email != "" {
		n.Rows = append(n.Rows, row{Label: "Email", Text: s.buyer.email})
	}
	if text := s.params.object("custom_text").object("after_submit").text("message"); text != "" {
		n.Paragraphs = append(n.Paragraphs, text)
	}
	if next := s.params.text("success_url") + s.params.text("return_url"); next != "" && s.params.text("redirect_on_completion") != "never" {
		n.Link = &link{s.fillURL(next), "Continue to " + shopName(next)}
	}
	return n
}

// fillURL returns where people go, with the session's id in its placeholder.
// https://docs.stripe.com/payments/checkout/custom-success-page
func (s *session) fillURL(to string) string {
	return strings.ReplaceAll(to, "{CHECKOUT_SESSION_ID}", s.id)
}

// shopName is what the page calls a shop, about which the sandbox knows only
// where people go back to.
func shopName(to string) string {
	u, err := url.Parse(strings.NewReplacer("{", "", "}", "").Replace(to))
	if err != nil || u.Hostname() == "" {
		return "the shop"
	}
	return strings.TrimPrefix(u.Hostname(), "www.")
}

// challenge is the page that stands in for the bank's 3D Secure step.
type challenge struct {
	Shop, Amount, Card, Action string
	Hidden                     []input // what was entered, to send again
}

type input struct{ Name, Value string }

func (p *payPage) challenge(chosen *session, form url.Values, method *testMethod) challenge {
	c := challenge{Shop: p.shop(), Card: "•••• " + method.number[len(method.number)-4:], Action: p.url()}
	if chosen.mode != "setup" {
		c.Amount = amountText(chosen.total(), chosen.currency)
	}
	for _, name := range slices.Sorted(maps.Keys(form)) {
		if name != "action" && name != "authentication" {
			c.Hidden = append(c.Hidden, input{name, form.Get(name)})
		}
	}
	return c
}

func (p *payPage) shop() string {
	return shopName(p.session.params.text("success_url") + p.session.params.text("return_url"))
}
