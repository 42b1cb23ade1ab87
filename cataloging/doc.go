// Package cataloging publishes what has landed: it registers the table of every namespace and the partition of every
// sealed object, records the object in the ledger, and swaps in a new file set that queries read from then on.
//
// Sealed objects come as events. A lost event is harmless, because the store is compared with the ledger: all of it
// at the start, the newest arrival hours every half minute. It neither writes objects nor reads what is in them.
package cataloging
