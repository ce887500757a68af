package approval

import (
	"bytes"
	"errors"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

var (
	aCall     = Call{Caller: "token:1", Operation: "create", Digest: []byte("digest")}
	aQuestion = Question{Title: "Create a Checkout Session?", Facts: []Fact{{"Amount", "20.00 USD"}}, Items: []string{`1 × <b>"T-shirt"</b>`}}
)

const goodToken = "a-token-of-a-person"

func newApprover(t *testing.T, secret string) *Approver {
	t.Helper()
	a, err := New("https://approve.example.com", []byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func login(_ *http.Request, token string) (string, error) {
	if token != goodToken {
		return "", errors.New("The token is not known here.") // shown to a person
	}
	return "person", nil
}

// visit opens a link or, if an answer is given, answers its question.
func visit(t *testing.T, a *Approver, log io.Writer, link, token, answer string) *httptest.ResponseRecorder {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, "/?"+u.RawQuery, nil)
	if answer != "" {
		form := url.Values{"request": {u.Query().Get("request")}, "token": {token}, "answer": {answer}}
		r = httptest.NewRequest(http.MethodPost, "/", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := httptest.NewRecorder()
	a.Handler(login, slog.New(slog.NewTextHandler(log, nil))).ServeHTTP(w, r)
	return w
}

var codeForm = regexp.MustCompile(`approved_[^<]+`)

func approve(t *testing.T, a *Approver, link string) string {
	t.Helper()
	page := visit(t, a, io.Discard, link, goodToken, "approve")
	code := html.UnescapeString(codeForm.FindString(page.Body.String()))
	if page.Code != http.StatusOK || code == "" {
		t.Fatalf("%d %s", page.Code, page.Body)
	}
	return code
}

func newLink(t *testing.T, a *Approver) string {
	t.Helper()
	link, err := a.Link(aCall, aQuestion)
	if err != nil {
		t.Fatal(err)
	}
	return link
}

func TestApproved(t *testing.T) {
	t.Parallel()
	asked, shown, called := newApprover(t, "secret"), newApprover(t, "secret"), newApprover(t, "secret") // three replicas
	link := newLink(t, asked)
	page := visit(t, shown, io.Discard, link, "", "")
	body := page.Body.String()
	for _, want := range []string{"20.00 USD", "Test mode: no real money", `1 × &lt;b&gt;&#34;T-shirt&#34;&lt;/b&gt;`, `action="./"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s:\n%s", want, body)
		}
	}
	if codeForm.MatchString(body) {
		t.Error("the page shows a code before anyone has approved")
	}
	var log bytes.Buffer
	visit(t, shown, &log, link, goodToken, "approve")
	if strings.Contains(log.String(), goodToken) || !strings.Contains(log.String(), "answer=approved by=person for=token:1") {
		t.Errorf("log: %s", log.String())
	}
	code := approve(t, shown, link)
	if !IsCode(code) || IsCode("order-1") {
		t.Errorf("%s is not recognized as a code", code)
	}
	key, err := called.Check(aCall, code)
	if err != nil || len(key) < 20 {
		t.Fatalf("%q, %v", key, err)
	}
	// To Stripe, a second one is the same write.
	if again, err := called.Check(aCall, approve(t, shown, link)); err != nil || again != key {
		t.Errorf("%q, then %q, %v", key, again, err)
	}
	// Another link is another write.
	if other, err := called.Check(aCall, approve(t, shown, newLink(t, asked))); err != nil || other == key {
		t.Errorf("%q, then %q, %v", key, other, err)
	}
}

func TestACodeIsGoodForOneCall(t *testing.T) {
	t.Parallel()
	a := newApprover(t, "secret")
	code := approve(t, a, newLink(t, a))
	for name, call := range map[string]Call{
		"another caller":    {"token:2", aCall.Operation, aCall.Digest},
		"another operation": {aCall.Caller, "expire", aCall.Digest},
		"other arguments":   {aCall.Caller, aCall.Operation, []byte("digest2")},
		"parts moved":       {"token:1create", "", aCall.Digest},
	} {
		if _, err := a.Check(call, code); !errors.Is(err, ErrOther) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := newApprover(t, "another secret").Check(aCall, code); !errors.Is(err, ErrOther) {
		t.Errorf("another server's code: %v", err)
	}
	for i := range code {
		tampered := []byte(code)
		tampered[i] ^= 1
		if key, err := a.Check(aCall, string(tampered)); err == nil && i >= len(codePrefix) {
			t.Errorf("%s was accepted for %s: %s", tampered, code, key)
		}
	}
}

func TestDeclined(t *testing.T) {
	t.Parallel()
	a := newApprover(t, "secret")
	page := visit(t, a, io.Discard, newLink(t, a), goodToken, "decline")
	if page.Code != http.StatusOK || codeForm.MatchString(page.Body.String()) || !strings.Contains(page.Body.String(), "Declined") {
		t.Errorf("%d %s", page.Code, page.Body)
	}
}

func TestNotApproved(t *testing.T) {
	t.Parallel()
	a := newApprover(t, "secret")
	link := newLink(t, a)
	for name, test := range map[string]struct {
		link, token, answer string
		status              int
	}{
		"no token":                {link, "", "approve", http.StatusForbidden},
		"the agent's token":       {link, "a-token-of-an-agent", "approve", http.StatusForbidden},
		"no answer":               {link, goodToken, "yes", http.StatusBadRequest},
		"a link that was cut off": {link[:len(link)-4], goodToken, "approve", http.StatusBadRequest},
		"a link that was changed": {strings.Replace(link, "request=", "request=A", 1), goodToken, "approve", http.StatusBadRequest},
		"no link":                 {"https://approve.example.com/", goodToken, "approve", http.StatusBadRequest},
		"another server's link":   {newLink(t, newApprover(t, "other")), goodToken, "approve", http.StatusBadRequest},
	} {
		page := visit(t, a, io.Discard, test.link, test.token, test.answer)
		if page.Code != test.status || codeForm.MatchString(page.Body.String()) {
			t.Errorf("%s: %d %s", name, page.Code, page.Body)
		}
	}
}

func TestExpired(t *testing.T) {
	t.Parallel()
	a := newApprover(t, "secret")
	now := time.Now()
	a.now = func() time.Time { return now }
	link := newLink(t, a)
	now = now.Add(Within)
	code := approve(t, a, link)
	if _, err := a.Check(aCall, code); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Second)
	if _, err := a.Check(aCall, code); !errors.Is(err, ErrExpired) {
		t.Errorf("the code: %v", err)
	}
	if page := visit(t, a, io.Discard, link, goodToken, "approve"); page.Code != http.StatusGone || codeForm.MatchString(page.Body.String()) {
		t.Errorf("the link: %d %s", page.Code, page.Body)
	}
}

// The link travels through chats and logs, so it must not reveal what is sold.
func TestALinkShowsNothing(t *testing.T) {
	t.Parallel()
	a := newApprover(t, "secret")
	one, two := newLink(t, a), newLink(t, a)
	if one == two || strings.Contains(one, "T-shirt") || len(one) > 1000 {
		t.Errorf("%s\n%s", one, two)
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	a := newApprover(t, "secret")
	header := visit(t, a, io.Discard, newLink(t, a), "", "").Result().Header
	for name, want := range map[string]string{
		"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
		"Content-Security-Policy": contentSecurityPolicy,
	} {
		if got := header.Get(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if strings.Contains(contentSecurityPolicy, "unsafe") || !strings.HasPrefix(contentSecurityPolicy, "default-src 'none'") {
		t.Error(contentSecurityPolicy)
	}
}

func TestNewRefusesOtherURLs(t *testing.T) {
	t.Parallel()
	for _, u := range []string{"", "approve.example.com", "ftp://approve.example.com", "https://a:b@approve.example.com", "https://approve.example.com/?a=b"} {
		if _, err := New(u, []byte("secret")); err == nil {
			t.Errorf("%q was taken", u)
		}
	}
}

// Text stays text on the page: what an agent writes, what the link carries, and
// what a token verifier says.
func TestThePageEscapes(t *testing.T) {
	t.Parallel()
	const (
		hostile = `--></title></style>"'><evil onload=alert(1)>&amp;`
		escaped = `--&gt;&lt;/title&gt;&lt;/style&gt;&#34;&#39;&gt;&lt;evil onload=alert(1)&gt;&amp;amp;`
	)
	for state, times := range map[string]int{"ask": 7, "approved": 4, "declined": 3, "failed": 1} {
		w := httptest.NewRecorder()
		show(w, http.StatusOK, page{State: state, Request: hostile, Code: hostile, Problem: hostile,
			Question: Question{Title: hostile, Facts: []Fact{{hostile, hostile}}, Items: []string{hostile}}})
		shown := w.Body.String()
		if n := strings.Count(shown, escaped); n != times {
			t.Errorf("%s: shown %d times, want %d:\n%s", state, n, times, shown)
		}
		if strings.Contains(strings.ReplaceAll(shown, escaped, ""), "evil") {
			t.Errorf("%s:\n%s", state, shown)
		}
	}
}
