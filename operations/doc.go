// Package operations describes the operations on Checkout Sessions, each once,
// and does what every call of one does, whichever transport it came by:
//
//  1. decode the arguments and validate them;
//  2. ask the policy what may be done;
//  3. ask the quota, put a write on record, then call Stripe;
//  4. cut the answer down to the fields asked for;
//  5. put on record what became of the write.
//
// The table is in table.go, a call's life in call.go, the record in record.go.
// What a transport adds, a tool's description or a route's path, it keeps in a
// table of its own that refers to this one.
package operations
