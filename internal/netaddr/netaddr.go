// Package netaddr works out which address a request came from, even behind
// proxies, and which names mean this machine.
package netaddr

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Client returns the address that a request came from. Behind trusted proxies,
// that is the last address in X-Forwarded-For that doesn't belong to a trusted
// proxy: anything to its left comes from the client and proves nothing.
func Client(r *http.Request, trusted []netip.Prefix) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr := peer.Addr().Unmap()
	if len(trusted) == 0 {
		return addr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(addr) }) {
			break
		}
		next, ok := parse(strings.TrimSpace(hop))
		if !ok {
			break
		}
		addr = next.Unmap().WithZone("") // a zone can be any text
	}
	return addr
}

// parse reads an address, with or without a port: some proxies add one.
func parse(s string) (netip.Addr, bool) {
	if with, err := netip.ParseAddrPort(s); err == nil {
		return with.Addr(), true
	}
	addr, err := netip.ParseAddr(strings.Trim(s, "[]"))
	return addr, err == nil
}

// Network returns the network of one subscriber: a single IPv4 address, or an
// IPv6 /64, which providers give to a single subscriber.
func Network(addr netip.Addr) netip.Prefix {
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	p, _ := addr.WithZone("").Prefix(bits)
	return p
}

// IsLoopback reports whether a host name or an address means this machine. It
// doesn't resolve names other than localhost, because the answer could change
// between this check and the dial.
func IsLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}
