// Package operations describes each operation on Checkout Sessions once, and
// does what every call of one needs, whichever transport it came by:
//
//  1. decode and validate the arguments;
//  2. ask the policy whether the call is allowed;
//  3. ask the quota, record a write, then call Stripe;
//  4. reduce the answer to the fields asked for;
//  5. record the outcome of a write.
//
// The table is in table.go, the life of a call in call.go, the record in
// record.go. What a transport adds, such as a tool's description or a route's
// path, is in a table of its own that refers to this one.
package operations
