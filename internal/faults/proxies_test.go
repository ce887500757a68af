package faults

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
)

// toxics are the connection faults in a soak test.
func toxics() (found []string) {
	for _, f := range all {
		if f.toxic != "" { // some wait for a timeout
			found = append(found, f.toxic)
		}
	}
	return append(found,
		`{"type":"reset_peer","attributes":{"timeout":0}}`,
		`{"type":"limit_data","attributes":{"bytes":3000}}`, // in the middle of an answer
		`{"type":"latency","attributes":{"latency":50,"jitter":50}}`,
	)
}

// toxiproxy leaves goroutines behind when a connection breaks, so the soak test
// runs its proxies in another process: a second instance of this one.
const proxiesVariable = "FAULTS_PROXIES_TO"

func TestMain(m *testing.M) {
	if upstream := os.Getenv(proxiesVariable); upstream != "" {
		serveProxies(upstream)
		return
	}
	os.Exit(m.Run())
}

// serveProxies prints the address of a proxy for each toxic, and serves until
// the input ends.
func serveProxies(upstream string) {
	for _, toxic := range toxics() {
		proxy, err := newProxy(upstream, toxic)
		if err != nil {
			panic(err)
		}
		fmt.Println(proxy.Listen)
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// newProxy starts a proxy with a toxic, given as JSON.
func newProxy(upstream, toxic string) (*toxiproxy.Proxy, error) {
	service := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.Nop())
	proxy := toxiproxy.NewProxy(service, "stripe", "127.0.0.1:0", upstream)
	if err := proxy.Start(); err != nil {
		return nil, err
	}
	if _, err := proxy.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
		proxy.Stop()
		return nil, err
	}
	return proxy, nil
}

// proxiesTo starts that process and returns the addresses of its proxies.
func proxiesTo(t *testing.T, upstream string) (addresses []string, stop func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), proxiesVariable+"="+upstream)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for range toxics() {
		if !lines.Scan() {
			t.Fatalf("the proxies did not start: %v", lines.Err())
		}
		addresses = append(addresses, lines.Text())
	}
	return addresses, func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the proxies ended with %v", err)
		}
	}
}
