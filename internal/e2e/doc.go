// Package e2e tests the real binary as a service among others: behind a load
// balancer, in several replicas, killed and restarted, with the official MCP
// clients for Go and TypeScript. It has nothing but tests.
package e2e
