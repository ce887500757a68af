package approval

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"strings"
)

var (
	//go:embed page.css
	pageCSS string

	// contentSecurityPolicy allows the page's own style and its form, and
	// nothing else: no script, no picture, no frame around it.
	contentSecurityPolicy = "default-src 'none'; style-src 'sha256-" + hash(pageCSS) + "'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// Login establishes whether a token belongs to a person who may approve.
// Whoever typed it sees the refusal.
type Login func(r *http.Request, token string) (person string, refusal error)

// A page is what is shown; page_html.go says how.
type page struct {
	State   string // ask, approved, declined, failed
	Request string // as in the link
	Code    string
	Problem string // with the token or the link
	Minutes int    // left
	Question
}

// Handler serves the approval page. login decides who may approve.
func (a *Approver) Handler(login Login, logger *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		asked, ok := a.asked(w, r.URL.Query().Get("request"))
		if ok {
			show(w, http.StatusOK, a.ask(asked, r.URL.Query().Get("request"), ""))
		}
	})
	mux.HandleFunc("POST /{$}", func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
		sealed, token, answer := r.PostFormValue("request"), strings.TrimSpace(r.PostFormValue("token")), r.PostFormValue("answer")
		asked, ok := a.asked(w, sealed)
		if !ok {
			return
		}
		person, err := login(r, token)
		if err != nil {
			show(w, http.StatusForbidden, a.ask(asked, sealed, err.Error()))
			return
		}
		p := a.ask(asked, sealed, "")
		switch answer {
		case "approve":
			p.State, p.Code = "approved", a.code(asked)
		case "decline":
			p.State = "declined"
		default:
			show(w, http.StatusBadRequest, a.ask(asked, sealed, "Choose Approve or Decline."))
			return
		}
		logger.LogAttrs(r.Context(), slog.LevelInfo, "approval",
			slog.String("answer", p.State), slog.String("by", person), slog.String("for", asked.Call.Caller),
			slog.String("operation", asked.Call.Operation), slog.Bool("livemode", asked.Question.Livemode))
		show(w, http.StatusOK, p)
	})
	return mux
}

// asked opens a link or shows what is wrong with it.
func (a *Approver) asked(w http.ResponseWriter, sealed string) (*request, bool) {
	r, err := a.open(sealed)
	switch {
	case errors.Is(err, errExpired):
		show(w, http.StatusGone, page{State: "failed", Problem: "This link has expired: it was valid for 15 minutes. Let the agent try again, and use the new link."})
	case err != nil:
		show(w, http.StatusBadRequest, page{State: "failed", Problem: "This link is not from this server, or was not copied completely. Use the link exactly as the agent received it."})
	}
	return r, err == nil
}

func (a *Approver) ask(r *request, sealed, problem string) page {
	return page{State: "ask", Request: sealed, Problem: problem, Question: r.Question,
		Minutes: int(max(1, (r.Expires-a.now().Unix())/60))}
}

func show(w http.ResponseWriter, status int, p page) {
	var body bytes.Buffer
	_ = p.html().Render(&body) // a buffer takes everything
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", contentSecurityPolicy)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer") // the link must not travel on
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // the browser is gone if this fails
}
