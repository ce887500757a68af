package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/netaddr"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
)

// openSandbox returns the embedded sandbox. With pages, the sandbox has its own
// listener, so that a browser can reach the pages where sessions are paid.
// Without --sandbox-addr, it starts listening, on a free port of this machine,
// only when a session's URL is needed: most runs never show one.
func (f *stripeFlags) openSandbox(ctx context.Context, pages bool, log *slog.Logger) (*sandbox.Server, error) {
	var server *sandbox.Server
	var options sandbox.Options
	var listener net.Listener
	if pages && f.pages != "" {
		if err := checkAddr("sandbox-addr", f.pages); err != nil {
			return nil, err
		}
		var err error
		if listener, err = net.Listen("tcp", f.pages); err != nil {
			return nil, listenError("--sandbox-addr", f.pages, err)
		}
		options.PageURL = func() string { return pageURL(listener) }
	} else if pages {
		options.PageURL = sync.OnceValue(func() string {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				log.Error("the sandbox's payment pages can't be served", "error", err)
				return ""
			}
			go servePages(ctx, listener, server, log)
			return pageURL(listener)
		})
	}
	server, err := openSandboxFile(f.file, options)
	if err != nil {
		return nil, err
	}
	if listener != nil {
		go servePages(ctx, listener, server, log)
	}
	return server, nil
}

// openSandboxFile opens the sandbox for the lifetime of the process. Whatever
// it has answered is already on disk, so nothing needs to be written at the
// end.
func openSandboxFile(file string, options sandbox.Options) (*sandbox.Server, error) {
	server, err := sandbox.Open(file, options)
	if err != nil {
		return nil, fmt.Errorf("--sandbox-file: %w", err)
	}
	return server, nil
}

// pageURL returns the URL at which a browser on this machine reaches a
// listener.
func pageURL(listener net.Listener) string {
	host, port, _ := net.SplitHostPort(listener.Addr().String())
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// onThisMachine makes a loopback listener answer only for loopback names, so
// that a web page that points its own name at this machine (DNS rebinding) sees
// no sales, not even pretend ones.
func onThisMachine(listener net.Listener, next http.Handler) http.Handler {
	if !netaddr.IsLoopback(hostname(listener.Addr().String())) {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !netaddr.IsLoopback(hostname(r.Host)) {
			http.Error(w, "on this address, the sandbox answers only for 127.0.0.1 and localhost", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// hostname returns an address without its port.
func hostname(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return strings.Trim(hostport, "[]")
}

// servePages serves until ctx ends.
func servePages(ctx context.Context, listener net.Listener, handler http.Handler, log *slog.Logger) {
	log.Info("serving the sandbox's payment pages", "url", pageURL(listener))
	server := &http.Server{
		Handler:           onThisMachine(listener, handler),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); ctx.Err() == nil {
		log.Error("the sandbox's payment pages are no longer served", "error", err)
	}
}
