package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/httpserver"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/upstream"
)

// httpFlags configure a server that other machines can reach.
type httpFlags struct {
	addr        string
	metricsAddr string
	auth        authFlags
	limits      httpserver.Limits
	upstream    upstream.Limits
	tls         httpserver.TLSFiles

	allowedHosts   []string
	allowedOrigins []string
	trustedProxies []string

	drainDelay   time.Duration
	drainTimeout time.Duration
}

func (f *httpFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.addr, "addr", "127.0.0.1:9090", "`address` to serve MCP on; needs --auth if other machines can reach it")
	flags.StringVar(&f.metricsAddr, "metrics-addr", "", "separate `address` for Prometheus metrics at /metrics and the health probes, without TLS or authentication")
	f.auth.register(flags)
	flags.StringVar(&f.tls.CertFile, "tls-cert", "", "`file` with the PEM certificate chain, re-read when it changes")
	flags.StringVar(&f.tls.KeyFile, "tls-key", "", "`file` with the certificate's PEM key")
	flags.StringSliceVar(&f.allowedHosts, "allowed-hosts", nil, "answer only requests whose Host header is one of these `names` (default the loopback names on a loopback address, any name elsewhere)")
	flags.StringSliceVar(&f.allowedOrigins, "allowed-origins", nil, "accept calls from web pages of these `origins`, such as https://app.example.com")
	flags.StringSliceVar(&f.trustedProxies, "trusted-proxies", nil, "trust X-Forwarded-For from these `networks`, such as 10.0.0.0/8")
	flags.DurationVar(&f.drainDelay, "drain-delay", 0, "how long to keep serving after SIGTERM while reporting not ready, so that load balancers notice")
	flags.DurationVar(&f.drainTimeout, "drain-timeout", 2*time.Minute, "how long running calls may then take before the server cuts them off; the default leaves time for every retry")
	f.registerLimits(flags)
}

func (f *httpFlags) registerLimits(flags *pflag.FlagSet) {
	f.limits, f.upstream = httpserver.DefaultLimits(), upstream.DefaultLimits()
	l, u := &f.limits, &f.upstream
	flags.Int64Var(&l.MaxBodyBytes, "max-body-bytes", l.MaxBodyBytes, "largest request body, in `bytes`")
	flags.IntVar(&l.MaxHeaderBytes, "max-header-bytes", l.MaxHeaderBytes, "largest request headers, in `bytes`")
	flags.DurationVar(&l.HeaderTimeout, "header-timeout", l.HeaderTimeout, "how long to wait for a request's headers")
	flags.DurationVar(&l.BodyTimeout, "body-timeout", l.BodyTimeout, "how long to wait for a request's body")
	flags.DurationVar(&l.WriteTimeout, "write-timeout", l.WriteTimeout, "how long a request may take, from its headers to the end of the response")
	flags.DurationVar(&l.IdleTimeout, "idle-timeout", l.IdleTimeout, "how long to keep an idle connection open")
	flags.IntVar(&l.MaxConcurrent, "max-concurrent", l.MaxConcurrent, "maximum number of `calls` running at once")
	flags.IntVar(&l.MaxConcurrentPerCaller, "max-concurrent-per-caller", l.MaxConcurrentPerCaller, "maximum number of `calls` running at once per caller")
	flags.Float64Var(&l.RatePerCaller, "rate-per-caller", l.RatePerCaller, "maximum number of `calls` per second per caller")
	flags.IntVar(&l.BurstPerCaller, "burst-per-caller", l.BurstPerCaller, "maximum number of `calls` that a caller may make in one burst after a pause")
	flags.IntVar(&l.AuthFailures, "auth-failures", l.AuthFailures, "maximum number of failed `attempts` to authenticate from one address, in one burst or per minute, before it has to wait")
	flags.IntVar(&l.MaxTracked, "max-tracked", l.MaxTracked, "maximum number of callers, and of addresses, to remember for the limits per caller and per address")
	flags.Float64Var(&u.Rate, "stripe-rate", u.Rate, "maximum number of `requests` per second to Stripe, per account")
	flags.IntVar(&u.Burst, "stripe-burst", u.Burst, "maximum number of `requests` to Stripe in one burst after a pause, per account")
	flags.IntVar(&u.MaxConcurrent, "stripe-max-concurrent", u.MaxConcurrent, "maximum number of `requests` to Stripe running at once")
	flags.DurationVar(&u.MaxWait, "stripe-max-wait", u.MaxWait, "how long a request may wait its turn to go to Stripe")
}

// checkLimits rejects values that make no sense. 0 means no limit where a limit
// is optional.
func (f *httpFlags) checkLimits() error {
	l, u := &f.limits, &f.upstream
	return errors.Join(
		optional("max-body-bytes", l.MaxBodyBytes),
		needed("max-header-bytes", l.MaxHeaderBytes),
		optional("header-timeout", l.HeaderTimeout),
		optional("body-timeout", l.BodyTimeout),
		optional("write-timeout", l.WriteTimeout),
		optional("idle-timeout", l.IdleTimeout),
		optional("max-concurrent", l.MaxConcurrent),
		optional("max-concurrent-per-caller", l.MaxConcurrentPerCaller),
		optional("rate-per-caller", l.RatePerCaller),
		needed("burst-per-caller", l.BurstPerCaller),
		optional("auth-failures", l.AuthFailures),
		needed("max-tracked", l.MaxTracked),
		optional("stripe-rate", u.Rate),
		needed("stripe-burst", u.Burst),
		optional("stripe-max-concurrent", u.MaxConcurrent),
		needed("stripe-max-wait", u.MaxWait),
		optional("drain-timeout", f.drainTimeout),
	)
}

type number interface {
	int | int64 | float64 | time.Duration
}

func optional[N number](flag string, n N) error {
	if n < 0 {
		return fmt.Errorf("--%s is %v: use a positive value, or 0 for no limit", flag, n)
	}
	return nil
}

func needed[N number](flag string, n N) error {
	if n <= 0 {
		return fmt.Errorf("--%s is %v: use a positive value", flag, n)
	}
	return nil
}

// checkAddr rejects an address that nothing could listen on.
func checkAddr(flag, addr string) error {
	_, port, err := net.SplitHostPort(addr)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return usageError{fmt.Errorf("--%s is %q: use a host and a port, such as 127.0.0.1:9090 or :9090", flag, addr)}
	}
	return nil
}

// config returns everything that httpserver needs except the listeners and
// telemetry.
func (f *httpFlags) config(changed func(string) bool, mode *livemode) (httpserver.Config, error) {
	if err := checkAddr("addr", f.addr); err != nil {
		return httpserver.Config{}, err
	}
	if f.metricsAddr != "" {
		if err := checkAddr("metrics-addr", f.metricsAddr); err != nil {
			return httpserver.Config{}, err
		}
	}
	if err := f.checkLimits(); err != nil {
		return httpserver.Config{}, usageError{err}
	}
	auth, err := f.auth.config(changed, mode)
	if err != nil {
		return httpserver.Config{}, usageError{err}
	}
	proxies, err := parseNetworks(f.trustedProxies)
	if err != nil {
		return httpserver.Config{}, usageError{err}
	}
	return httpserver.Config{
		MetricsAddr:    f.metricsAddr,
		Auth:           auth,
		Limits:         f.limits,
		TLS:            f.tls,
		AllowedHosts:   f.allowedHosts,
		AllowedOrigins: f.allowedOrigins,
		TrustedProxies: proxies,
		DrainDelay:     f.drainDelay,
		DrainTimeout:   f.drainTimeout,
	}, nil
}

// parseNetworks parses networks, and treats an address as a network of one.
func parseNetworks(texts []string) ([]netip.Prefix, error) {
	var networks []netip.Prefix
	for _, text := range texts {
		network, err := netip.ParsePrefix(text)
		if addr, notAddr := netip.ParseAddr(text); notAddr == nil {
			network, err = addr.Prefix(addr.BitLen())
		}
		if err != nil {
			return nil, fmt.Errorf("--trusted-proxies contains %q: use networks such as 10.0.0.0/8, or addresses", text)
		}
		networks = append(networks, network)
	}
	return networks, nil
}
