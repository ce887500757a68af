// Package tools gives AI agents the five Checkout Session operations of Stripe
// as MCP tools, one file per tool.
//
// A tool takes JSON arguments, makes one Stripe operation and returns Stripe's
// JSON object. Whatever Stripe refuses, or would refuse, becomes a tool result
// that says what to do next; protocol errors are for protocol faults only.
package tools
