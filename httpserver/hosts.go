package httpserver

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/netaddr"
)

// allowHosts answers 403 to a request for a host that isn't on the list. That
// stops DNS rebinding, where a web page points its own name at this server. An
// empty list allows only the loopback names on a loopback listener. Elsewhere
// it allows any name, because those listeners ask for a credential that a page
// doesn't have.
func allowHosts(hosts []string, loopback bool, refuse refuser, next http.Handler) (http.Handler, error) {
	for _, h := range hosts {
		if h == "" || strings.ContainsAny(h, "/[]*") || hostname(h) != h {
			return nil, fmt.Errorf("allowed host %q must be a name or an address, without a scheme, port or wildcard", h)
		}
	}
	if len(hosts) == 0 && !loopback {
		return next, nil
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := hostname(r.Host)
		if slices.ContainsFunc(hosts, func(h string) bool { return strings.EqualFold(h, host) }) ||
			len(hosts) == 0 && netaddr.IsLoopback(host) {
			next.ServeHTTP(w, r)
			return
		}
		refuse(w, refusal{status: http.StatusForbidden, kind: "permission_error",
			message: fmt.Sprintf("This server doesn't answer for host %.100q. If it should, add that name to the allowed hosts.", host)})
	}), nil
}

// hostname strips the port, and the brackets around an IPv6 address.
func hostname(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return strings.Trim(hostport, "[]")
}
