package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
)

// When SIGTERM arrives while calls are running, every call is answered and the
// process exits 0.
func TestTermUnderLoad(t *testing.T) {
	const calls = 8
	reached := make(chan struct{}, calls)
	release := make(chan struct{})
	box := sandbox.New(sandbox.Options{})
	stripe := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			reached <- struct{}{}
			<-release
		}
		box.ServeHTTP(w, r)
	}))
	defer stripe.Close()
	addr := freeAddr(t)
	server := startReplica(t, addr, strings.TrimPrefix(stripe.URL, "http://"))

	var running sync.WaitGroup
	for n := range calls {
		running.Go(func() {
			a := &agent{t: t, addr: addr}
			content, _, err := a.try(createTool, createArguments(fmt.Sprint("term-", n)))
			if err != nil || content["status"] != "open" {
				t.Errorf("call %d: %v, %v", n, content, err)
			}
		})
	}
	for range calls {
		<-reached // every call is at Stripe
	}
	ended := make(chan error, 1)
	go func() { ended <- server.terminate() }()
	for { // until it refuses new connections
		resp, err := http.Get("http://" + addr + "/readyz")
		if err != nil {
			break
		}
		resp.Body.Close()
	}
	select {
	case err := <-ended:
		t.Fatalf("it exited with calls running: %v", err)
	default:
	}
	close(release)
	running.Wait()
	if err := <-ended; err != nil {
		t.Errorf("it ended with %v, want exit code 0", err)
	}
}

// A rolling restart loses no call behind a load balancer that respects /readyz,
// as Kubernetes does. Nobody retries here. The drain delay keeps the service
// going after it reports that it is not ready.
func TestRollingRestart(t *testing.T) {
	const delay = "2s"
	stripe := startSandbox(t)
	addrs := []string{freeAddr(t), freeAddr(t)}
	replicas := make([]*process, len(addrs))
	for i, addr := range addrs {
		replicas[i] = startReplica(t, addr, stripe.addr, "--drain-delay", delay)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: "http", Host: firstReady(t, addrs)}) },
		Transport: &http.Transport{DisableKeepAlives: true},
	}
	balancer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Without this, if the response arrives before the proxy has looked for
		// the end of the request's body, net/http closes that body and the
		// proxy breaks its own connection.
		if err := http.NewResponseController(w).EnableFullDuplex(); err != nil {
			t.Error(err)
		}
		proxy.ServeHTTP(w, r)
	}))
	defer balancer.Close()

	stop := make(chan struct{})
	var working sync.WaitGroup
	for n := range agents {
		working.Go(func() {
			a := &agent{t: t, addr: balancer.Listener.Addr().String()}
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				if _, _, err := a.try(createTool, createArguments(fmt.Sprintf("roll-%d-%d", n, i))); err != nil {
					t.Errorf("a call was lost: %v", err)
					return
				}
			}
		})
	}
	for i := range replicas {
		if err := replicas[i].terminate(); err != nil {
			t.Errorf("a replica ended with %v, want exit code 0", err)
		}
		replicas[i] = startReplica(t, addrs[i], stripe.addr, "--drain-delay", delay)
	}
	close(stop)
	working.Wait()
}

func firstReady(t *testing.T, addrs []string) string {
	for _, addr := range addrs {
		resp, err := http.Get("http://" + addr + "/readyz")
		if err != nil {
			continue
		}
		resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			return addr
		}
	}
	t.Error("no replica is ready")
	return addrs[0]
}
