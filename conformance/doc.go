// Package conformance holds one suite of tests per contract of the root package. Every implementation runs the suite
// of its contract, so the memory twin that other tests use behaves like the real thing.
//
// It is NOT part of the product: only tests import it.
package conformance
