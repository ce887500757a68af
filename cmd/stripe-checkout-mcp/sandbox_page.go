package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
)

// sandboxWithPages is the embedded sandbox with a listener of its own, so that a
// browser reaches the pages that sessions are paid on. Without an address it
// listens on a free port of this machine once a session's url is wanted: most
// runs never show one.
func sandboxWithPages(ctx context.Context, addr string, log *slog.Logger) (*sandbox.Server, error) {
	var server *sandbox.Server
	if addr != "" {
		if err := checkAddr("sandbox-addr", addr); err != nil {
			return nil, err
		}
		listener, err := net.Listen("tcp", addr)
		if err != nil {
			return nil, listenError("--sandbox-addr", addr, err)
		}
		server = sandbox.New(sandbox.Options{PageURL: func() string { return pageURL(listener) }})
		go servePages(ctx, listener, server, log)
		return server, nil
	}
	listen := sync.OnceValue(func() string {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			log.Error("the sandbox's payment pages can't be served", "error", err)
			return ""
		}
		go servePages(ctx, listener, server, log)
		return pageURL(listener)
	})
	server = sandbox.New(sandbox.Options{PageURL: listen})
	return server, nil
}

// pageURL is how a browser on this machine reaches a listener.
func pageURL(listener net.Listener) string {
	host, port, _ := net.SplitHostPort(listener.Addr().String())
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// servePages serves until ctx ends.
func servePages(ctx context.Context, listener net.Listener, handler http.Handler, log *slog.Logger) {
	log.Info("the sandbox's payment pages are served", "url", pageURL(listener))
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(listener); ctx.Err() == nil {
		log.Error("the sandbox's payment pages are no longer served", "error", err)
	}
}
