package main

import (
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// trustMozilla falls back on Mozilla's certificate authorities where the system
// has none, as in a container image built from scratch. Package fallback does so
// at start, which takes a millisecond and 0.7 MB where nothing needs them.
var trustMozilla = sync.OnceFunc(func() {
	if system, err := x509.SystemCertPool(); err == nil && !system.Equal(x509.NewCertPool()) {
		return
	}
	pool := x509.NewCertPool()
	for root := range bundle.Roots() {
		cert, err := x509.ParseCertificate(root.Certificate)
		if err != nil {
			panic(err) // it is embedded
		}
		if root.Constraint == nil {
			pool.AddCert(cert)
		} else {
			pool.AddCertWithConstraint(cert, root.Constraint)
		}
	}
	x509.SetFallbackRoots(pool)
})

// Every connection out begins with a dial of the default transport or of a clone
// of it, except those of the OTLP exporters, which have one of their own.
func init() {
	for _, variable := range os.Environ() {
		if strings.HasPrefix(variable, "OTEL_EXPORTER_OTLP_") {
			trustMozilla()
			return
		}
	}
	transport := http.DefaultTransport.(*http.Transport)
	dial := transport.DialContext
	transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		trustMozilla()
		return dial(ctx, network, addr)
	}
}
