// Package clients tests the server with MCP clients that are not go-sdk's.
package clients
