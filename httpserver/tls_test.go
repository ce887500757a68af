package httpserver

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// writeCert writes a self-signed certificate with the given serial number, the
// way certificate managers do: a new file under the old name.
func writeCert(t *testing.T, f TLSFiles, serial int64) *x509.CertPool {
	t.Helper()
	key := newECKey(t).(*ecdsa.PrivateKey)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial),
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:         true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	replace(t, f.CertFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	replace(t, f.KeyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}))
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return pool
}

func replace(t *testing.T, file string, data []byte) {
	t.Helper()
	if err := os.WriteFile(file+".new", data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		t.Fatal(err)
	}
}

func TestRenewedCertificateIsServed(t *testing.T) {
	dir := t.TempDir()
	files := TLSFiles{CertFile: filepath.Join(dir, "tls.crt"), KeyFile: filepath.Join(dir, "tls.key")}
	first := writeCert(t, files, 1)
	s := start(t, Config{Listeners: []Listener{rest(ok), {Name: "second", Addr: "127.0.0.1:0", Handler: http.HandlerFunc(ok)}}, TLS: files})

	// serial opens a new connection, whose certificate must verify.
	serial := func(listener string, roots *x509.CertPool) int64 {
		t.Helper()
		client := &http.Client{Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true, ForceAttemptHTTP2: true,
		}}
		resp, err := client.Get("https://" + s.Addr(listener).String())
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if resp.StatusCode != 200 || resp.ProtoMajor != 2 {
			t.Errorf("status %d over %s", resp.StatusCode, resp.Proto)
		}
		return resp.TLS.PeerCertificates[0].SerialNumber.Int64()
	}
	if got := serial("rest", first); got != 1 {
		t.Errorf("certificate %d, want 1", got)
	}
	second := writeCert(t, files, 2)
	for _, l := range []string{"rest", "second"} {
		if got := serial(l, second); got != 2 {
			t.Errorf("%s: certificate %d after renewal, want 2", l, got)
		}
	}
	replace(t, files.KeyFile, []byte("half a renewal"))
	if got := serial("rest", second); got != 2 {
		t.Errorf("certificate %d while the new one is broken, want 2", got)
	}
	if !strings.Contains(s.log.String(), "file changed but can't be used") {
		t.Error("the broken renewal is not in the log")
	}
	if got := serial("rest", writeCert(t, files, 3)); got != 3 {
		t.Errorf("certificate %d after the next renewal, want 3", got)
	}
}

func TestTLSFilesAreChecked(t *testing.T) {
	for want, files := range map[string]TLSFiles{
		"both":         {CertFile: "/x"},
		"/nonexistent": {CertFile: "/nonexistent", KeyFile: "/nonexistent"},
	} {
		_, err := New(Config{Listeners: []Listener{rest(ok)}, TLS: files})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want it to contain %q", err, want)
		}
	}
}
