package stripeclient

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/netaddr"
)

const (
	appName = "stripe-checkout-mcp"
	appURL  = "https://github.com/stripe-checkout-mcp/stripe-checkout-mcp"
)

// Config says how to reach Stripe. Only Key is required, and not even that if
// every call carries a key from [WithKey].
type Config struct {
	// Key is the API key for calls without one from WithKey.
	Key Key

	// Account is the connected account (acct_…) that calls act on, sent as the
	// Stripe-Account header; "" means the key's own account.
	// https://docs.stripe.com/connect/authentication
	Account string

	// BaseURL is the address of the API; "" means https://api.stripe.com. Plain
	// http is accepted for loopback hosts only, because every request carries
	// the key. The only paths accepted are / and /v1: stripe-go ignores answers
	// from a URL whose path does not start with /v1.
	BaseURL string

	// Transport makes the HTTP exchanges. The embedded sandbox and telemetry
	// plug in here. It may hold a request back by returning an error with a
	// method NotSent() bool that returns true. If nil, DefaultTransport is
	// used: a clone of http.DefaultTransport that keeps enough idle connections
	// for concurrent calls.
	Transport http.RoundTripper

	// Timeout bounds one attempt, from dialing to the last byte of the answer;
	// 0 means no bound. The context bounds the whole call.
	Timeout time.Duration

	// MaxRetries is how many times a failed attempt is repeated.
	MaxRetries int

	// Version is this program's version, sent to Stripe in the User-Agent.
	Version string

	// Logger receives one debug line per attempt; nil discards them. No line
	// contains a query, a body or a key.
	Logger *slog.Logger
}

// Client calls Stripe. It is safe for concurrent use.
type Client struct {
	backend    *stripe.BackendImplementation
	transport  http.RoundTripper
	timeout    time.Duration // of an attempt; 0 means none
	key        Key
	account    string
	headers    http.Header
	maxRetries int
	backoff    func(retry int) time.Duration // a field so that tests don't have to wait
	log        *slog.Logger
}

// New returns a client for c. It sends no request. Its errors name the setting
// that is wrong without repeating its value.
func New(c Config) (*Client, error) {
	base, err := checkBaseURL(c.BaseURL)
	if err != nil {
		return nil, err
	}
	if c.Account != "" {
		if err := checkAccount(c.Account); err != nil {
			return nil, err
		}
	}
	headers, err := appHeaders(c.Version)
	if err != nil {
		return nil, err
	}
	if c.Timeout < 0 {
		return nil, fmt.Errorf("the Stripe timeout is %v: use a positive duration, or 0 for none", c.Timeout)
	}
	if c.MaxRetries < 0 {
		return nil, fmt.Errorf("the number of retries is %d: use a positive number, or 0 for none", c.MaxRetries)
	}
	if c.Transport == nil {
		c.Transport = DefaultTransport()
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return &Client{
		backend: stripe.GetBackendWithConfig(stripe.APIBackend, &stripe.BackendConfig{
			URL: stripe.String(base),
			// stripe-go logs, even at error level, parts of bodies that it
			// cannot decode. Client.log has only what is fit to log.
			LeveledLogger: &stripe.LeveledLogger{Level: stripe.LevelNull},
		}).(*stripe.BackendImplementation),
		transport:  c.Transport,
		timeout:    c.Timeout,
		key:        c.Key,
		account:    c.Account,
		headers:    headers,
		maxRetries: c.MaxRetries,
		backoff:    backoff,
		log:        c.Logger,
	}, nil
}

// DefaultTransport returns the transport used when Config.Transport is nil, for
// callers that wrap it.
func DefaultTransport() http.RoundTripper {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok { // replaced by the program; Config.Transport can bring its additions back
		t = &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, TLSHandshakeTimeout: 10 * time.Second, IdleConnTimeout: 90 * time.Second}
	}
	t = t.Clone()
	// There is only one host. With a limit below the number of concurrent
	// calls, those above it would dial again each time.
	t.MaxIdleConns, t.MaxIdleConnsPerHost = 0, math.MaxInt
	t.MaxResponseHeaderBytes = 1 << 20
	return t
}

// checkBaseURL returns the base URL for stripe-go. Its errors repeat no part of
// the URL, which may contain a password.
func checkBaseURL(s string) (string, error) {
	if s == "" {
		return stripe.APIURL, nil
	}
	const want = "it looks like https://api.stripe.com, or http://127.0.0.1:12111 for a server on this machine"
	u, err := url.Parse(s)
	switch {
	case err != nil, u.Host == "", u.Hostname() == "", u.Opaque != "":
		return "", errors.New("the Stripe base URL is not an absolute URL: " + want)
	case u.User != nil:
		return "", errors.New("the Stripe base URL contains a user name or password: leave it out, because the API key authenticates; " + want)
	case u.RawQuery != "", u.ForceQuery, strings.Contains(s, "#"):
		return "", errors.New("the Stripe base URL has a query or a fragment: leave it out; " + want)
	case u.Scheme == "http" && !netaddr.IsLoopback(u.Hostname()):
		return "", errors.New("the Stripe base URL uses plain http to another machine, which would send the API key unencrypted: use https (plain http is for loopback hosts only)")
	case u.Scheme != "http" && u.Scheme != "https":
		return "", errors.New("the Stripe base URL is neither https nor http: " + want)
	case !slices.Contains([]string{"", "/", "/v1", "/v1/"}, u.EscapedPath()):
		return "", errors.New("the Stripe base URL has a path: leave it out; " + want)
	}
	return s, nil
}

var versionForm = regexp.MustCompile(`^[!-~]*$`)

// appHeaders returns the headers that identify this program. They carry the
// same as stripe.SetAppInfo would, but without its process-wide variable and
// without the host name that stripe-go takes from uname for
// X-Stripe-Client-User-Agent.
func appHeaders(version string) (http.Header, error) {
	if len(version) > 100 || !versionForm.MatchString(version) {
		return nil, errors.New("the version for Stripe's User-Agent must be printable ASCII without spaces, at most 100 characters")
	}
	app := stripe.AppInfo{Name: appName, URL: appURL, Version: version}
	name := app.Name
	if app.Version != "" {
		name += "/" + app.Version
	}
	about, err := json.Marshal(map[string]any{
		"application":      app,
		"bindings_version": stripe.ClientVersion,
		"lang":             "go",
		"lang_version":     runtime.Version(),
		"publisher":        "stripe",
	})
	if err != nil {
		return nil, fmt.Errorf("describing this program to Stripe: %w", err)
	}
	return http.Header{
		"User-Agent":                 {fmt.Sprintf("Stripe/v1 GoBindings/%s %s (%s)", stripe.ClientVersion, name, app.URL)},
		"X-Stripe-Client-User-Agent": {string(about)},
	}, nil
}
