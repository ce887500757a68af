package httpserver

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/reload"
)

// TLSFiles names a PEM certificate chain and its key. The server checks both at
// every handshake and reads them again when they change. The zero value means
// plain HTTP.
type TLSFiles struct {
	CertFile, KeyFile string
}

// config returns nil for the zero value.
func (f TLSFiles) config(logger *slog.Logger) (*tls.Config, error) {
	if f == (TLSFiles{}) {
		return nil, nil
	}
	if f.CertFile == "" || f.KeyFile == "" {
		return nil, errors.New("TLS needs both a certificate file and a key file")
	}
	pair, err := reload.New(logger, func() (*tls.Certificate, error) {
		cert, err := tls.LoadX509KeyPair(f.CertFile, f.KeyFile)
		return &cert, err
	}, f.CertFile, f.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("TLS certificate: %w", err)
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return pair.Get(), nil
		},
	}, nil
}
