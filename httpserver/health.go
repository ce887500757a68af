package httpserver

import (
	"context"
	"net/http"
	"sync/atomic"
)

// health answers the two questions an orchestrator asks. Is the process alive?
// (/healthz: yes, if it answers at all.) Should it get requests? (/readyz: yes,
// from the start of [Server.Run] until draining begins.)
type health struct {
	ready    atomic.Bool
	drain    context.Context // done once draining has begun
	setDrain context.CancelFunc
}

func newHealth() *health {
	h := new(health)
	h.drain, h.setDrain = context.WithCancel(context.Background())
	return h
}

func (h *health) draining() bool { return h.drain.Err() != nil }

// withProbes serves both in front of next, to anyone and for any host name: the
// kubelet has no credential and calls a pod by its address. Probes are neither
// logged nor traced.
func (h *health) withProbes(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/healthz":
			answerProbe(w, http.StatusOK, "ok\n")
		case "/readyz":
			switch {
			case h.draining():
				answerProbe(w, http.StatusServiceUnavailable, "draining\n")
			case !h.ready.Load():
				answerProbe(w, http.StatusServiceUnavailable, "starting\n")
			default:
				answerProbe(w, http.StatusOK, "ready\n")
			}
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func answerProbe(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text))
}

// closeWhileDraining asks clients to give up their keep-alive connections, so
// that no client is about to use one when the server closes it.
func (h *health) closeWhileDraining(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h.draining() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}
