// Package tools gives AI agents the five Checkout Session operations of Stripe
// as MCP tools, one file a tool.
//
// A tool is JSON arguments in, one Stripe operation, and Stripe's JSON object
// out. What fails at Stripe, or would, is a tool result that says what to do
// next; protocol errors are for protocol faults only.
package tools
