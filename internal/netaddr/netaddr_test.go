package netaddr

import (
	"net/http"
	"net/netip"
	"testing"
)

func mustAddr(s string) netip.Addr { return netip.MustParseAddr(s) }

func TestClientAddr(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for name, tc := range map[string]struct {
		peer      string
		forwarded []string
		want      string
	}{
		"no proxy":                     {"192.0.2.1:1", nil, "192.0.2.1"},
		"header from a stranger":       {"192.0.2.1:1", []string{"1.1.1.1"}, "192.0.2.1"},
		"one proxy":                    {"10.0.0.1:1", []string{"192.0.2.1"}, "192.0.2.1"},
		"two proxies":                  {"10.0.0.1:1", []string{"192.0.2.1, 10.0.0.2"}, "192.0.2.1"},
		"two headers":                  {"10.0.0.1:1", []string{"192.0.2.1", "10.0.0.2"}, "192.0.2.1"},
		"what the client made up":      {"10.0.0.1:1", []string{"1.1.1.1, 192.0.2.1"}, "192.0.2.1"},
		"a made-up proxy":              {"10.0.0.1:1", []string{"10.9.9.9, 192.0.2.1"}, "192.0.2.1"},
		"proxy without a header":       {"10.0.0.1:1", nil, "10.0.0.1"},
		"proxy with a broken header":   {"10.0.0.1:1", []string{"unknown"}, "10.0.0.1"},
		"with a port":                  {"10.0.0.1:1", []string{"192.0.2.1:4711"}, "192.0.2.1"},
		"a proxy with a port":          {"10.0.0.1:1", []string{"192.0.2.1:4711, 10.0.0.2:80"}, "192.0.2.1"},
		"IPv6 with a port":             {"[fd00::1]:1", []string{"[2001:db8::1]:4711"}, "2001:db8::1"},
		"IPv6 in brackets":             {"[fd00::1]:1", []string{"[2001:db8::1]"}, "2001:db8::1"},
		"IPv6":                         {"[fd00::1]:1", []string{"2001:db8::1"}, "2001:db8::1"},
		"IPv6 with a zone":             {"[fd00::1]:1", []string{"fe80::1%rk_test_1"}, "fe80::1"},
		"IPv4 seen from an IPv6 stack": {"[::ffff:10.0.0.1]:1", []string{"192.0.2.1"}, "192.0.2.1"},
	} {
		t.Run(name, func(t *testing.T) {
			r := &http.Request{RemoteAddr: tc.peer, Header: http.Header{"X-Forwarded-For": tc.forwarded}}
			if got := Client(r, proxies); got != mustAddr(tc.want) {
				t.Errorf("%v, want %s", got, tc.want)
			}
		})
	}
}

func FuzzClientAddr(f *testing.F) {
	f.Add("10.0.0.1:1", "192.0.2.1, 10.0.0.2")
	f.Add("[fe80::1%eth0]:1", "::1%x,,")
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	f.Fuzz(func(t *testing.T, peer, forwarded string) {
		r := &http.Request{RemoteAddr: peer, Header: http.Header{"X-Forwarded-For": {forwarded}}}
		addr := Client(r, proxies)
		if direct := Client(r, nil); !proxies[0].Contains(direct) && addr != direct {
			t.Errorf("%s was believed to be %v", peer, addr)
		}
		Network(addr)
	})
}
