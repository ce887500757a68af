// Bench measures what the layers between an agent and Stripe cost.
//
// It starts a stub of Stripe with recorded answers and, in front of it, a Go
// reverse proxy, which is the least that any hop costs; the plainest server
// that go-sdk makes possible; and this server over streamable HTTP, stdio and
// REST. The same load generator drives them all in short rounds that take
// turns, so that other load on the machine affects all alike. Everything is
// reported as a ratio to the proxy in the same round.
//
//	make bench
package main
