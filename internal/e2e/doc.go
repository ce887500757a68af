// Package e2e tests the real binary among others, with the official MCP clients
// for Go and TypeScript: on stdio, and as a service behind a load balancer, in
// several replicas, killed and restarted. It has nothing but tests.
package e2e
