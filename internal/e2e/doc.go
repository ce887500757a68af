// Package e2e tests the real binary among others: with the clients that people
// use, on stdio and over HTTP, and as a service behind a load balancer, in several
// replicas, killed and restarted. It has nothing but tests.
package e2e
