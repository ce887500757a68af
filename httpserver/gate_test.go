package httpserver

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/recording"
)

// gated is a listener's handler behind all its gates, called without a network,
// as synctest requires.
type gated struct {
	http.Handler
	*Server
	log *recording.Buffer
}

// gate makes the handler of a listener that other machines can reach.
func gate(t *testing.T, cfg Config, h http.HandlerFunc) gated {
	t.Helper()
	routes := http.NewServeMux()
	routes.HandleFunc("/", h)
	routes.HandleFunc("POST /v1/x/{id}", h)
	l := rest(h)
	l.Handler = routes
	return gateOf(t, cfg, l)
}

func gateOf(t *testing.T, cfg Config, l Listener) gated {
	t.Helper()
	cfg.Listeners = []Listener{l}
	log := new(recording.Buffer)
	cfg.Logger = slog.New(slog.NewJSONHandler(log, nil))
	cfg.Limits.MaxTracked = 1000
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	s.closeAll()
	s.health.ready.Store(true)
	handler, err := l.handler(s, false)
	if err != nil {
		t.Fatal(err)
	}
	return gated{s.outermost(handler), s, log}
}

func (g gated) do(adjust ...func(*http.Request)) *http.Response {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{}`))
	for _, f := range adjust {
		f(r)
	}
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	return w.Result()
}

// pipeListener accepts the server ends of net.Pipe, so that net/http runs on a
// synctest bubble's clock.
type pipeListener struct {
	conns chan net.Conn
	ctx   context.Context
	stop  context.CancelFunc
}

func newPipeListener() *pipeListener {
	ctx, stop := context.WithCancel(context.Background())
	return &pipeListener{make(chan net.Conn), ctx, stop}
}

func (p *pipeListener) dial() net.Conn {
	client, server := net.Pipe()
	p.conns <- server
	return client
}

func (p *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.ctx.Done():
		return nil, net.ErrClosed
	}
}

func (p *pipeListener) Close() error   { p.stop(); return nil }
func (p *pipeListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }
