// Package e2e tests the real binary in company: with the clients that people
// use, over stdio and HTTP, and as a service whose replicas run behind a load
// balancer and are killed and restarted. It contains only tests.
package e2e
