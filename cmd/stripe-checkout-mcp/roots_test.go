package main

import (
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"testing"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// Without certificate authorities of the system, Mozilla's are trusted as soon
// as anything is dialled.
func TestMozillaIsTrustedWhereTheSystemHasNoRoots(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only on Linux can a process go without the system's")
	}
	const child = "ROOTS_TEST_CHILD"
	if os.Getenv(child) == "" {
		cmd := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.v")
		cmd.Env = append(os.Environ(), child+"=1", "SSL_CERT_FILE="+os.DevNull, "SSL_CERT_DIR="+t.TempDir())
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	var root *x509.Certificate
	for r := range bundle.Roots() {
		if r.Constraint == nil {
			var err error
			if root, err = x509.ParseCertificate(r.Certificate); err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	verify := func() error {
		_, err := root.Verify(x509.VerifyOptions{KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
		return err
	}
	if err := verify(); err == nil {
		t.Fatal("it is trusted before anything is dialled: the system has roots after all")
	}
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	transport := http.DefaultTransport.(*http.Transport).Clone() // as the Stripe client has it
	resp, err := (&http.Client{Transport: transport}).Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if err := verify(); err != nil {
		t.Errorf("%s is not trusted: %v", root.Subject, err)
	}
}
