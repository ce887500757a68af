package httpserver

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/telemetry"
)

// Config is everything a [Server] needs to know.
type Config struct {
	Listeners []Listener
	// MetricsAddr, if set, is where the server serves Telemetry's Prometheus
	// metrics at /metrics, and the probes. It uses neither TLS nor
	// authentication, so it should be reachable only from inside the cluster.
	MetricsAddr string

	Auth   auth.Config
	Limits Limits
	TLS    TLSFiles

	// AllowedHosts are the host names, without a port, that requests may be
	// for. If it is empty, a listener on a loopback address answers only for
	// the loopback names and any other listener for all names.
	AllowedHosts []string
	// AllowedOrigins are the origins, such as https://app.example.com, whose
	// web pages may call this server. Pages of its own origin always may.
	AllowedOrigins []string
	// TrustedProxies are the networks whose X-Forwarded-For header the server
	// believes.
	TrustedProxies []netip.Prefix

	// DrainDelay is how long the server carries on as usual once it stops being
	// ready, so that load balancers notice. Zero means no delay.
	DrainDelay time.Duration
	// DrainTimeout is how long running calls may then take to finish. Zero
	// means no limit.
	DrainTimeout time.Duration

	Telemetry *telemetry.Telemetry // nil: none
	Logger    *slog.Logger         // nil: slog.Default()
}

// A Server is a set of open listeners. It keeps no state between requests, so
// any replica can answer any request.
type Server struct {
	cfg     Config
	health  *health
	auth    *auth.Authenticator
	callers *callerLimits
	// handling counts running handlers: net/http doesn't wait for those whose
	// connections it has closed.
	handling sync.WaitGroup
	open     []*openListener
	after    func(time.Duration) <-chan time.Time // time.After, except in tests
}

type openListener struct {
	name   string
	net    net.Listener
	server *http.Server
	tls    bool
}

// A ListenError says that the server can't listen on an address.
type ListenError struct {
	Listener string // its name
	Addr     string
	Err      error
}

func (e *ListenError) Error() string {
	return fmt.Sprintf("listener %q at %s: %v", e.Listener, e.Addr, e.Err)
}

// Unwrap returns the operating system's error.
func (e *ListenError) Unwrap() error { return e.Err }

// New checks cfg and opens the listeners, which answer nothing until
// [Server.Run]. An error says what to change.
func New(cfg Config) (*Server, error) {
	if len(cfg.Listeners) == 0 {
		return nil, errors.New("no listener")
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	if err := cfg.Limits.check(); err != nil {
		return nil, err
	}
	authenticator, err := auth.New(cfg.Auth, auth.Options{
		Failures:       cfg.Limits.AuthFailures,
		MaxTracked:     cfg.Limits.MaxTracked,
		TrustedProxies: cfg.TrustedProxies,
		Logger:         cfg.Logger,
	})
	if err != nil {
		return nil, err
	}
	s := &Server{
		cfg:     cfg,
		health:  newHealth(),
		callers: newCallerLimits(cfg.Limits),
		auth:    authenticator,
		after:   time.After,
	}
	if err := s.openAll(); err != nil {
		s.closeAll()
		return nil, err
	}
	return s, nil
}

func (s *Server) openAll() error {
	tls, err := s.cfg.TLS.config(s.cfg.Logger)
	if err != nil {
		return err
	}
	for _, l := range s.cfg.Listeners {
		o, err := s.openOne(l.Name, l.Addr)
		if err != nil {
			return err
		}
		loopback := isLoopback(o.net.Addr())
		if s.auth.Open() && !loopback && !l.Public {
			return fmt.Errorf("other machines can reach listener %q at %s, and there is no authentication: "+
				"choose --auth %s, %s or %s, or listen on 127.0.0.1", l.Name, o.net.Addr(), auth.Token, auth.StripeKey, auth.OAuth)
		}
		o.tls = tls != nil
		o.server.TLSConfig = tls.Clone() // net/http changes it
		handler, err := l.handler(s, loopback)
		if err != nil {
			return err
		}
		o.server.Handler = s.outermost(handler)
	}
	if s.cfg.MetricsAddr == "" {
		return nil
	}
	o, err := s.openOne("metrics", s.cfg.MetricsAddr)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.cfg.Telemetry.MetricsHandler())
	o.server.Handler = s.outermost(mux)
	return nil
}

// outermost wraps a listener's gates in what applies to every request.
func (s *Server) outermost(next http.Handler) http.Handler {
	counted := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.handling.Add(1)
		defer s.handling.Done()
		next.ServeHTTP(w, r)
	})
	return boundBody(s.cfg.Limits, s.health.drain, s.health.withProbes(counted))
}

func (s *Server) openOne(name, addr string) (*openListener, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, &ListenError{Listener: name, Addr: addr, Err: err}
	}
	o := &openListener{name: name, net: l, server: newHTTPServer(s.cfg.Limits, s.cfg.Logger)}
	s.open = append(s.open, o)
	return o, nil
}

// newHTTPServer returns a server with the limits that net/http enforces.
func newHTTPServer(l Limits, logger *slog.Logger) *http.Server {
	return &http.Server{
		ReadHeaderTimeout: l.HeaderTimeout,
		WriteTimeout:      l.WriteTimeout,
		IdleTimeout:       l.IdleTimeout,
		MaxHeaderBytes:    l.MaxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
}

// Addr returns the address of the listener with the given name, or nil if there
// is no such listener. The one for metrics is called "metrics".
func (s *Server) Addr(name string) net.Addr {
	for _, o := range s.open {
		if o.name == name {
			return o.net.Addr()
		}
	}
	return nil
}

func (s *Server) closeAll() {
	for _, o := range s.open {
		_ = o.server.Close()
		_ = o.net.Close() // the server doesn't know it until it serves
	}
}

func isLoopback(addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}
